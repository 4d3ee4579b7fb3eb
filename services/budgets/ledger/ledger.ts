import type { EntityManager } from '@mikro-orm/postgresql';
import { v7 as uuid } from 'uuid';
import { query, type Row } from '../../kernel/database.js';
import { Money } from '../../kernel/money.js';
import { Refused, refuse } from '../../kernel/refusal.js';
import { Account, type AccountKind, belowZero } from './account.js';
import { chart, held } from './chart.js';
import { Cover, type DayChange } from './cover.js';
import { changesOf, type Draft } from './draft.js';
import { NotEnoughFunds } from './not-enough-funds.js';
import { Posting } from './posting.js';
import { tellDeposited } from './tell-deposited.js';
import { Transfer } from './transfer.js';
import { type Written, writeTransfers } from './write-transfers.js';

const largest = 2n ** 63n - 1n;

/**
 * The only writer of postings. It locks the accounts that a deed touches, in the order of their ids; decides draft by
 * draft whether they cover it, at the end of every day from the draft's effective day on; and writes what was added.
 * The database checks all of it again when the transaction commits.
 */
export class Ledger {
  private readonly added: { id: string; draft: Draft; accounts: Map<AccountKind, Account> }[] = [];

  private constructor(
    private readonly em: EntityManager,
    private readonly accounts: Map<string, Account>,
    private readonly cover: Cover,
  ) {}

  /** Locks every account that the drafts touch, opening those that are missing, and reads what they hold. */
  static async lock(em: EntityManager, drafts: readonly Draft[]): Promise<Ledger> {
    const wanted = new Map<string, object>();
    for (const draft of drafts) {
      for (const kind of changesOf(draft).keys()) {
        wanted.set(accountKey(draft, kind), {
          ...{ id: `account-${uuid()}`, pool_id: draft.pool.id, currency: draft.pool.currency, kind },
          ...{ financial_year: draft.pool.annual ? draft.financialYear : null, control_total: draft.controlTotal },
        });
      }
    }
    const rows = await query(em, `select * from lock_accounts(?::jsonb)`, [JSON.stringify([...wanted.values()])]);
    const accounts = new Map<string, Account>();
    for (const row of rows) {
      const account = em.map(Account, row as never);
      accounts.set([account.poolId, account.financialYear, account.controlTotal, account.kind].join(' '), account);
    }
    const balances = new Map([...accounts.values()].map(({ id, balanceMinor }) => [id, balanceMinor]));
    const held = await holdings(em, drafts);
    for (const { place, change } of held) balances.set(place, (balances.get(place) ?? 0n) + change);
    return new Ledger(em, accounts, new Cover(balances, [...(await pastDays(em, drafts, accounts)), ...held]));
  }

  /** The most that can be taken where the draft does not fit; null when it was added. */
  addOrShort(draft: Draft): Money | null {
    const accounts = this.accountsOf(draft);
    const changes = changesOf(draft);
    let least: bigint | null = null;
    for (const [kind, change] of changes) {
      if (change >= 0n || belowZero.has(kind)) continue;
      for (const place of [accounts.get(kind)!.id, ...holdersOf(draft, kind)]) {
        const available = this.cover.available(place, draft.effectiveOn);
        if (available < -change && (least === null || available < least)) least = available;
      }
    }
    if (least !== null) return new Money(least, draft.pool.currency);
    this.refuseTooLarge(changes, accounts);
    for (const [kind, change] of changes) {
      for (const place of [accounts.get(kind)!.id, ...holdersOf(draft, kind)]) {
        this.cover.move(place, draft.effectiveOn, change);
      }
    }
    this.added.push({ id: `transfer-${uuid()}`, draft, accounts });
    return null;
  }

  /** Adds a draft; refuses with NOT_ENOUGH_FUNDS when the accounts do not cover it. */
  add(draft: Draft): void {
    const available = this.addOrShort(draft);
    if (available) throw new Refused([new NotEnoughFunds(available, draft.effectiveOn)]);
  }

  /** Writes what was added in one statement; answers in the order it was added. */
  async write(): Promise<(Written & { row: Row })[]> {
    const written = this.added.splice(0).map(({ id, draft, accounts }) => ({
      ...{ id, draft },
      postings: [...changesOf(draft)].map(([kind, minor]) => new Posting(accounts.get(kind)!, minor)),
    }));
    const rows = await writeTransfers(this.em, written);
    await tellDeposited(
      this.em,
      written.map(({ draft }) => draft),
    );
    return written.map((each) => ({ ...each, row: rows.get(each.id)! }));
  }

  /** Writes the one transfer that was added. */
  async writeOne(): Promise<Transfer> {
    const [one] = await this.write();
    return Transfer.justWritten(this.em, one!.row, one!.postings);
  }

  private accountsOf(draft: Draft): Map<AccountKind, Account> {
    for (const { from, to, minor } of draft.moves) {
      const allowed = chart[draft.kind].some((pair) =>
        draft.reversesId ? pair[0] === to && pair[1] === from : pair[0] === from && pair[1] === to,
      );
      if (!allowed || minor <= 0n) throw new Error(`A ${draft.kind} does not move ${minor} from ${from} to ${to}.`);
    }
    const kinds = [...changesOf(draft).keys()];
    return new Map(kinds.map((kind) => [kind, this.accounts.get(accountKey(draft, kind))!]));
  }

  private refuseTooLarge(changes: Map<AccountKind, bigint>, accounts: Map<AccountKind, Account>): void {
    for (const [kind, change] of changes) {
      const balance = this.cover.balance(accounts.get(kind)!.id) + change;
      if (balance > largest || balance < -largest)
        refuse('LIMIT_EXCEEDED', 'With this the account would hold more than the hub can count.', ['amount']);
    }
  }
}

const accountKey = ({ pool, financialYear, controlTotal }: Draft, kind: AccountKind) =>
  [pool.id, pool.annual ? financialYear : null, controlTotal, kind].join(' ');

/** The allocation, drawdown or deposit whose own part of an account the draft changes. */
function holdersOf(draft: Draft, kind: AccountKind): string[] {
  const holders = Object.entries(held).filter(([, kinds]) => (kinds as ReadonlySet<AccountKind>).has(kind));
  const ids = holders.map(([column]) => draft[column as keyof typeof held]);
  return ids.filter((id) => id).map((id) => `${id} ${kind}`);
}

/** Days with changes, of accounts from which something is taken for a day before their latest. */
async function pastDays(em: EntityManager, drafts: readonly Draft[], accounts: Map<string, Account>) {
  const since = new Map<string, string>();
  for (const draft of drafts) {
    for (const [kind, change] of changesOf(draft)) {
      const { id, latestOn } = accounts.get(accountKey(draft, kind))!;
      const isPast = change < 0n && !belowZero.has(kind) && latestOn !== null && draft.effectiveOn < latestOn;
      if (isPast && draft.effectiveOn < (since.get(id) ?? latestOn)) since.set(id, draft.effectiveOn);
    }
  }
  if (since.size === 0) return [];
  const sql = `select account_id, day, change from unnest(?::text[], ?::date[]) as asked(id, since)
    join account_day on account_id = asked.id and day > asked.since order by day`;
  const rows = await query<{ account_id: string; day: string; change: string }>(em, sql, [
    [...since.keys()],
    [...since.values()],
  ]);
  return rows.map((row): DayChange => ({ place: row.account_id, day: row.day, change: BigInt(row.change) }));
}

/** What allocations, drawdowns and deposits hold, day by day, where a draft takes something from them. */
async function holdings(em: EntityManager, drafts: readonly Draft[]): Promise<DayChange[]> {
  const places = new Set<string>();
  for (const draft of drafts) {
    for (const [kind, change] of changesOf(draft)) {
      if (change < 0n) for (const place of holdersOf(draft, kind)) places.add(place);
    }
  }
  if (places.size === 0) return [];
  const ids = [...new Set([...places].map((place) => place.slice(0, place.indexOf(' '))))];
  const sql = `select holder.id, account.kind, effective_on, sum(posting.amount)::text as change
    from unnest(?::text[]) as holder(id)
    join transfer on holder.id in (allocation_id, drawdown_id, deposit_id)
    join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id
    group by holder.id, account.kind, effective_on order by effective_on`;
  const rows = await query<{ id: string; kind: string; effective_on: string; change: string }>(em, sql, [ids]);
  return rows
    .map((row) => ({ place: `${row.id} ${row.kind}`, day: row.effective_on, change: BigInt(row.change) }))
    .filter(({ place }) => places.has(place));
}
