import type { EntityManager } from '@mikro-orm/postgresql';
import { v7 as uuid } from 'uuid';
import { query, type Row } from '../../kernel/database.js';
import { Money } from '../../kernel/money.js';
import { nounOfRow } from '../../kernel/noun-of-row.js';
import { Refused, refuse } from '../../kernel/refusal.js';
import { Account, type AccountKind, belowZero } from './account.js';
import { chart, depositing, held } from './chart.js';
import { Cover, type DayChange } from './cover.js';
import { changesOf, type Draft } from './draft.js';
import { NotEnoughFunds } from './not-enough-funds.js';
import { openPeriod } from './period.js';
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
  private readonly added: { id: string; draft: Draft; period: string; changes: [Account, bigint][] }[] = [];

  private constructor(
    private readonly em: EntityManager,
    private readonly accounts: Map<string, Account>,
    private readonly cover: Cover,
  ) {}

  /** Locks every account that the drafts touch, opening those that are missing, and reads what they hold. */
  static async lock(em: EntityManager, drafts: readonly Draft[]): Promise<Ledger> {
    const wanted = new Map<string, object>();
    for (const draft of drafts) {
      for (const [key, { kind, financialYear, controlTotal }] of changesOf(draft)) {
        wanted.set(key, {
          id: `account-${uuid()}`,
          pool_id: draft.pool.id,
          currency: draft.pool.currency,
          kind,
          financial_year: financialYear,
          control_total: controlTotal,
        });
      }
    }
    const rows = await query(em, `select * from lock_accounts(?::jsonb)`, [JSON.stringify([...wanted.values()])]);
    const accounts = new Map<string, Account>();
    for (const account of rows.map(nounOfRow(em, Account))) {
      accounts.set([account.poolId, account.financialYear, account.controlTotal, account.kind].join(' '), account);
    }
    const balances = new Map([...accounts.values()].map(({ id, balanceMinor }) => [id, balanceMinor]));
    const held = await holdings(em, drafts);
    for (const { place, change } of held) balances.set(place, (balances.get(place) ?? 0n) + change);
    return new Ledger(em, accounts, new Cover(balances, [...(await pastDays(em, drafts, accounts)), ...held]));
  }

  /**
   * The most that can be taken where the draft does not fit; null when it was added. Refuses what the pool does not take
   * as it stands, and what only a closed period could hold.
   */
  addOrShort(draft: Draft): Money | null {
    draft.pool.expectMoving(draft.kind, draft.reversesId !== undefined);
    draft.pool.expectStarted(draft.effectiveOn, draft.financialYear);
    const period = openPeriod(draft.pool, draft.financialYear, draft.effectiveOn);
    const changes = this.accountsOf(draft);
    let least: bigint | null = null;
    for (const [account, change] of changes) {
      if (change >= 0n || belowZero.has(account.kind)) continue;
      for (const place of [account.id, ...holdersOf(draft, account.kind)]) {
        const available = this.cover.available(place, draft.effectiveOn);
        if (available < -change && (least === null || available < least)) least = available;
      }
    }
    if (least !== null) return new Money(least, draft.pool.currency);
    this.refuseTooLarge(changes);
    for (const [account, change] of changes) {
      for (const place of [account.id, ...holdersOf(draft, account.kind)]) {
        this.cover.move(place, draft.effectiveOn, change);
      }
    }
    this.added.push({ id: `transfer-${uuid()}`, draft, period, changes });
    return null;
  }

  /** Adds a draft; refuses with NOT_ENOUGH_FUNDS when the accounts do not cover it. */
  add(draft: Draft): void {
    const available = this.addOrShort(draft);
    if (available) throw new Refused([new NotEnoughFunds(available, draft.effectiveOn)]);
  }

  /**
   * Sends what was added to be written, in one statement. `rows` comes when it is written: what is sent after it in the
   * same database transaction need not wait for that, and nothing of it stays where it fails.
   */
  async send(): Promise<{ written: Written[]; rows: Promise<Map<string, Row>> }> {
    const written = this.added.splice(0).map(({ id, draft, period, changes }) => ({
      id,
      draft,
      period,
      postings: changes.map(([account, minor]) => new Posting(account, minor)),
    }));
    const rows = writeTransfers(this.em, written);
    // Told to whoever waits for it; an error that comes before anybody does must not end the program.
    rows.catch(() => undefined);
    const paid = written.flatMap(({ draft }) => (depositing.includes(draft.kind) && draft.contributionId ? draft : []));
    if (paid.length > 0) {
      await rows;
      await tellDeposited(this.em, paid);
    }
    return { written, rows };
  }

  /** Writes what was added in one statement; answers in the order it was added. */
  async write(): Promise<(Written & { row: Row })[]> {
    const { written, rows } = await this.send();
    const found = await rows;
    return written.map((each) => ({ ...each, row: found.get(each.id)! }));
  }

  /** Writes the one transfer that was added. */
  async writeOne(): Promise<Transfer> {
    const [one] = await this.write();
    return Transfer.justWritten(this.em, one!.row, one!.postings);
  }

  private accountsOf(draft: Draft): [Account, bigint][] {
    for (const { from, to, minor } of draft.moves) {
      const allowed = chart[draft.kind].some((pair) =>
        draft.reversesId ? pair[0] === to && pair[1] === from : pair[0] === from && pair[1] === to,
      );
      if (!allowed || minor <= 0n) throw new Error(`A ${draft.kind} does not move ${minor} from ${from} to ${to}.`);
    }
    return [...changesOf(draft)].map(([key, { minor }]) => [this.accounts.get(key)!, minor]);
  }

  private refuseTooLarge(changes: [Account, bigint][]): void {
    for (const [account, change] of changes) {
      const balance = this.cover.balance(account.id) + change;
      if (balance > largest || balance < -largest)
        refuse('LIMIT_EXCEEDED', 'With this the account would hold more than the hub can count.', ['amount']);
    }
  }
}

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
    for (const [key, { kind, minor }] of changesOf(draft)) {
      const { id, latestOn } = accounts.get(key)!;
      const isPast = minor < 0n && !belowZero.has(kind) && latestOn !== null && draft.effectiveOn < latestOn;
      if (isPast && draft.effectiveOn < (since.get(id) ?? latestOn)) since.set(id, draft.effectiveOn);
    }
  }
  if (since.size === 0) return [];
  const sql = `select account_id, day, sum(change)::text as change from unnest(?::text[], ?::date[]) as asked(id, since)
    join account_day on account_id = asked.id and day > asked.since group by account_id, day order by day`;
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
    for (const { kind, minor } of changesOf(draft).values()) {
      if (minor < 0n) for (const place of holdersOf(draft, kind)) places.add(place);
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
