import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { type Answered, deed, gbp, type PoolForTests } from './pool-for-tests.js';

/** The ledger of a pool as a table to read: a line for each transfer, in the order they were recorded. */
export async function journalOf(pool: PoolForTests, ...kinds: string[]): Promise<string[]> {
  const document = `query ($id: ID!) { pooledBudget(id: $id) { transfers(first: 100) { nodes {
    kind effectiveOn financialYear controlTotal
    postings { account { kind financialYear controlTotal } amount { amount } } } } } }`;
  const { data, errors } = await pool.world.ask(document, { variables: { id: pool.id } });
  if (errors) throw new Error(JSON.stringify(errors));
  const transfers: Answered[] = data.pooledBudget.transfers.nodes.reverse();
  return transfers
    .filter(({ kind }) => kinds.length === 0 || kinds.includes(kind))
    .map(({ kind, effectiveOn, financialYear, controlTotal, postings }) => {
      const elsewhere = (account: Answered) => {
        const year = account.financialYear === financialYear || !account.financialYear ? '' : account.financialYear;
        const total = account.controlTotal === controlTotal ? '' : account.controlTotal;
        return year || total ? ` of ${year || total}` : '';
      };
      const lines = postings.map(
        ({ account, amount }: Answered) => `${account.kind}${elsewhere(account)} ${amount.amount}`,
      );
      return `${effectiveOn} ${kind} ${financialYear} ${controlTotal}: ${lines.join(', ')}`;
    });
}

/** What the proof finds wrong in a pool, and in any running sum: nothing, always. */
export async function faultsIn(owner: Client, { id }: PoolForTests): Promise<unknown[]> {
  const identity = await owner.query('select * from pool_identity where pool_id = $1', [id]);
  return [...identity.rows, ...(await owner.query('select * from running_drift')).rows];
}

/** The deeds that move money between allocations and years, in the words of a pool's people. */
export class MovingMoneyForTests {
  constructor(readonly pool: PoolForTests) {}

  requestVirement(from: string, to: string, amount: string, input: object = {}): Promise<Answered> {
    const virement = { from, to, amount: gbp(amount), reason: 'It is needed there', ...input };
    return this.do('publisher', 'requestVirement', virement);
  }

  approveVirement(virement: string, input: object = {}, as = 'approver'): Promise<Answered> {
    return this.do(as, 'approveVirement', { virement, effectiveOn: '2025-10-01', ...input });
  }

  /** An approved virement of so much; answers its id. */
  async move(from: string, to: string, amount: string, input: object = {}, as?: string): Promise<string> {
    const { virement } = done(await this.requestVirement(from, to, amount, input));
    done(await this.approveVirement(virement.id, {}, as));
    return virement.id;
  }

  refund(drawdown: string, amount: string, input: object = {}): Promise<Answered> {
    const refund = { drawdown, amount: gbp(amount), reuse: true, effectiveOn: '2025-11-01', reference: 'receipt 1' };
    return this.do('accounting-officer', 'refundDrawdown', { ...refund, ...input });
  }

  giveBack(amount: string, input: object = {}): Promise<Answered> {
    const whole = { budget: this.pool.id, amount: gbp(amount), from: 'UNALLOCATED', effectiveOn: '2025-12-01' };
    return this.do('accounting-officer', 'returnToContributors', { ...whole, ...input });
  }

  carryOver(amount: string, input: object = {}): Promise<Answered> {
    const over = { budget: this.pool.id, financialYear: '2025-26', amount: gbp(amount) };
    return this.do('accounting-officer', 'carryOver', { ...over, ...input });
  }

  lapse(amount: string, input: object = {}): Promise<Answered> {
    const lapsed = { budget: this.pool.id, financialYear: '2025-26', amount: gbp(amount), reason: 'Not needed' };
    return this.do('accounting-officer', 'lapseFunds', { ...lapsed, ...input });
  }

  /** Commits a contribution and pays all of it in. */
  async paidIn(contribution: string, amount: string, input: object = {}): Promise<void> {
    await this.pool.commit(contribution, amount);
    done(await this.pool.deposit(amount, { contribution, ...input }));
  }

  do(role: string, name: string, input: object): Promise<Answered> {
    return deed(this.pool.world, `${this.pool.host}.${role}`, name, input);
  }
}

/** Halts a pool, so that nothing moves in it; or opens it again. */
export async function halted(owner: Client, { id }: PoolForTests, state: 'FROZEN' | 'OPEN' = 'FROZEN'): Promise<void> {
  await owner.query('update pooled_budget set state = $2 where id = $1', [id, state]);
}

/** The answer of a deed that was not declined. */
export function done(answer: Answered): Answered {
  if (answer.errors || answer.codes.length > 0) throw new Error(JSON.stringify(answer));
  return answer;
}

/** A transfer as somebody would write it by hand. */
export interface ByHand {
  kind: string;
  row?: Record<string, unknown>;
  lines: [account: string, minor: number][];
}

/** Writes by hand, in one database transaction: first `sql`, then the transfers. Answers the code of what refused it. */
export async function writeByHand(
  client: Client,
  pool: PoolForTests,
  transfers: ByHand[],
  sql: [text: string, params: unknown[]][] = [],
): Promise<string> {
  try {
    await client.query('begin');
    for (const [text, params] of sql) await client.query(text, params);
    for (const { kind, row = {}, lines } of transfers) {
      const id = `transfer-${randomUUID()}`;
      const columns = {
        ...{ id, kind, pool_id: pool.id, currency: 'GBP', effective_on: '2025-10-01', financial_year: '2025-26' },
        ...{ period: 'P07', control_total: 'RDEL_PROGRAMME', requested_by: 'by hand', ...row },
        amount_minor: lines.reduce((sum, [, minor]) => sum + Math.max(minor, 0), 0),
      };
      const places = Object.keys(columns).map((_, place) => `$${place + 1}`);
      const insert = `insert into transfer (${Object.keys(columns).join(', ')}) values (${places.join(', ')})`;
      await client.query(insert, Object.values(columns));
      await client.query('insert into posting select $1, * from unnest($2::text[], $3::bigint[])', [
        ...[id, lines.map(([account]) => account), lines.map(([, minor]) => minor)],
      ]);
    }
    await client.query('commit');
    return 'written';
  } catch (error) {
    await client.query('rollback');
    const { code, constraint } = error as { code: string; constraint?: string };
    return constraint ?? code;
  }
}

/** An account's id, opened where it is not there yet. */
export async function accountOf(owner: Client, { id }: PoolForTests, kind: string, row: object = {}): Promise<string> {
  const wanted = { id: `account-${randomUUID()}`, pool_id: id, currency: 'GBP', kind, financial_year: null };
  const { rows } = await owner.query('select id from lock_accounts($1::jsonb)', [
    JSON.stringify([{ ...wanted, control_total: 'RDEL_PROGRAMME', ...row }]),
  ]);
  return rows[0].id;
}
