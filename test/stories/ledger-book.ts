import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import type { Answered, PoolForTests } from '../../services/budgets/pool-for-tests.js';

// LEDGER_TABLES=write writes the tables anew instead of comparing them; read what changed before you commit it.
const isWriting = process.env.LEDGER_TABLES === 'write';

const words =
  `committed deposited outstanding suspense unallocated allocated reserved drawnDown spent spentCertified refunded
  refundDue returned lapsed carriedIn carriedOut switched fxDifference`.split(/\s+/);
const document = `query ($id: ID!) { pooledBudget(id: $id) {
  name currency annual controlTotals state closedPeriods accounts { kind financialYear controlTotal balance { amount } }
  statement { ${words.map((word) => `${word} { amount }`).join(' ')} }
  transfers(first: 100, orderBy: RECORDED_EARLIEST_FIRST) { nodes { id kind effectiveOn financialYear period controlTotal
    reason reference consent contribution { id } reverses { id } exchange { rate on received { amount currency } realised { amount } }
    postings { account { kind financialYear controlTotal } amount { amount } } } } } }`;

const wide = 46;
const grouped = (amount: string) => amount.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ',');
const row = (what: string, amount: string) => `      ${what.padEnd(wide)}${grouped(amount).padStart(16)}`;

/** A story of one pool, told deed by deed with the whole ledger after each, in words and figures that stay the same. */
export class LedgerBook {
  private readonly lines: string[] = [];
  /** Ids of transfers and what their numbers in the story are. */
  private readonly numbers = new Map<string, number>();
  private told = 0;

  constructor(
    private readonly pool: PoolForTests,
    title: string,
  ) {
    this.lines.push(title, '='.repeat(title.length), '');
  }

  /** Does what a line of the story says, and notes what the ledger made of it. */
  async tell(what: string, deed: () => Promise<Answered>): Promise<Answered> {
    const answer = await deed();
    if (answer?.errors) throw new Error(JSON.stringify(answer.errors));
    const [refused] = answer?.userErrors ?? [];
    this.lines.push(`${++this.told}. ${what}`);
    if (refused) this.lines.push(`   Refused: ${refused.code}`);
    const found = await this.read();
    const fresh = found.transfers.nodes.filter(({ id }: Answered) => !this.numbers.has(id));
    for (const { id } of fresh) this.numbers.set(id, this.numbers.size + 1);
    for (const transfer of fresh) this.lines.push(...this.transferLines(transfer));
    if (fresh.length > 0) this.lines.push('   Balances', ...accountLines(found.accounts));
    else if (!refused) this.lines.push('   Nothing moves.');
    this.lines.push('');
    return answer;
  }

  /** Ends the story with its statement, and compares all of it with its table, or writes that anew. */
  async isToldBy(file: string): Promise<void> {
    const { statement, currency, state, closedPeriods } = await this.read();
    const said = words.filter((word) => statement[word] && Number(statement[word].amount) !== 0);
    this.lines.push(`Statement in ${currency}`, ...said.map((word) => row(inWords(word), statement[word].amount)));
    const closed = closedPeriods.length > 0 ? `; closed: ${closedPeriods.join(', ')}` : '';
    this.lines.push('', `The pool is ${state}${closed}.`);
    const [text, path] = [`${this.lines.join('\n')}\n`, `test/stories/${file}.ledger.txt`];
    if (isWriting) writeFileSync(path, text);
    expect(text).toBe(readFileSync(path, 'utf8'));
  }

  private async read(): Promise<Answered> {
    const { data, errors } = await this.pool.world.ask(document, { variables: { id: this.pool.id } });
    if (errors) throw new Error(JSON.stringify(errors));
    return data.pooledBudget;
  }

  private transferLines(transfer: Answered): string[] {
    const { id, kind, effectiveOn, financialYear, period, controlTotal, exchange, reverses } = transfer;
    const facts = [`effective ${effectiveOn}`, `recorded in ${financialYear} ${period}`, controlTotal];
    if (reverses) facts.push(`reverses transfer ${this.numbers.get(reverses.id)}`);
    if (transfer.contribution) facts.push(`contribution of ${transfer.contribution.id.split(':')[0]}`);
    if (transfer.reference) facts.push(`reference "${transfer.reference}"`);
    if (transfer.reason) facts.push(`reason "${transfer.reason}"`);
    if (transfer.consent) facts.push(`consent "${transfer.consent}"`);
    if (exchange) {
      const { received, rate, on, realised } = exchange;
      const credited = realised ? `, bank credited ${grouped(realised.amount)}` : '';
      facts.push(`received ${grouped(received.amount)} ${received.currency} at ${rate} of ${on}${credited}`);
    }
    const postings = transfer.postings.map(({ account, amount }: Answered) => ({ ...account, balance: amount }));
    return [`   Transfer ${this.numbers.get(id)}: ${kind}, ${facts.join(', ')}`, ...accountLines(postings)];
  }
}

// In the order in which money goes through a pool.
const kinds =
  `CONTRIBUTOR_SOURCE FX_DIFFERENCE SUSPENSE UNALLOCATED ALLOCATION_AVAILABLE ALLOCATION_RESERVED WITH_RECIPIENT SPENT
  REFUND_DUE RETURNED LAPSED CARRIED_FORWARD`.split(/\s+/);

function accountLines(accounts: Answered[]): string[] {
  const placed = accounts.map(({ kind, financialYear, controlTotal, balance }) => ({
    place: `${financialYear ?? ''} ${controlTotal}`,
    ...{ kind, line: row(`${financialYear ? `${financialYear} ` : ''}${controlTotal} ${kind}`, balance.amount) },
  }));
  const order = (one: (typeof placed)[number]) => kinds.indexOf(one.kind);
  return placed
    .sort((one, other) => (one.place === other.place ? order(one) - order(other) : one.place < other.place ? -1 : 1))
    .map(({ line }) => line);
}

const inWords = (word: string) => word.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
