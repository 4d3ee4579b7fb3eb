import { randomUUID } from 'node:crypto';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { dropWorldDatabases, worldDatabase } from '../../test/databases.js';
import type { Role } from '../kernel/caller.js';
import { connect, query } from '../kernel/database.js';
import { begin } from '../kernel/transaction.js';
import { Allocation, AllocationState } from './allocation.js';
import { AccountKind } from './ledger/account.js';
import { TransferKind } from './ledger/chart.js';
import { ControlTotal } from './ledger/control-total.js';
import type { Draft } from './ledger/draft.js';
import { Ledger } from './ledger/ledger.js';
import { BudgetState, PooledBudget } from './pooled-budget.js';
import { answerOf } from './rules-for-tests.js';
import { budgets } from './service.js';

/** The tables of the budgets service and nothing else: for rules that ask the database, without a service around them. */
export class TablesForTests {
  private constructor(
    private readonly orm: MikroORM,
    private readonly name: string,
  ) {}

  static async make(): Promise<TablesForTests> {
    const { name, serviceUrl } = await worldDatabase(budgets);
    return new TablesForTests(await connect(budgets, serviceUrl), name);
  }

  async drop(): Promise<void> {
    await this.orm.close(true);
    await dropWorldDatabases([this.name]);
  }

  /** Works on a pool of its own in a database transaction that is rolled back. */
  async inPool(work: (em: EntityManager, pool: PooledBudget) => Promise<void>, more: object = {}): Promise<void> {
    const { em } = await begin(this.orm.em);
    try {
      await work(em, await poolIn(em, more));
    } finally {
      await em.rollback();
    }
  }
}

const { CONTRIBUTOR_SOURCE, UNALLOCATED, ALLOCATION_AVAILABLE } = AccountKind;
const { DEPOSIT, MATCH, ALLOCATION } = TransferKind;

export async function poolIn(em: EntityManager, more: object = {}): Promise<PooledBudget> {
  const pool = em.create(PooledBudget, {
    ...{ id: `budget-${randomUUID()}`, missionId: randomUUID(), name: 'Pool', hostId: 'host', currency: 'GBP' },
    ...{ state: BudgetState.OPEN, annual: false, calendarYears: false, controlTotals: [ControlTotal.CDEL] },
    ...{ illustrative: false, poolManagerId: null, sourceReference: null, stateReason: null, ...more },
  });
  await em.flush();
  const sql = `insert into expected (id, mission_id, contributor_id, pool_id, currency, committed, effective_on)
    values (?, ?, 'funder', ?, 'GBP', 1000000, '2025-04-01')`;
  await query(em, sql, [funderOf(pool), pool.missionId, pool.id]);
  return pool;
}

/** The one contribution that a pool of these tests expects: 10,000.00. */
export const funderOf = ({ id }: PooledBudget) => `funder:${id}`;

export type Way = [kind: TransferKind, from: AccountKind, to: AccountKind];
export const paidIn: Way = [DEPOSIT, CONTRIBUTOR_SOURCE, UNALLOCATED];
export const setAside: Way = [ALLOCATION, UNALLOCATED, ALLOCATION_AVAILABLE];

export const draftOf = (
  pool: PooledBudget,
  [kind, from, to]: Way,
  minor: bigint,
  day: string,
  more: Partial<Draft> = {},
) => ({
  ...{
    kind,
    pool,
    effectiveOn: day,
    financialYear: '2025-26',
    controlTotal: ControlTotal.CDEL,
    requestedBy: 'somebody',
  },
  ...{ moves: [{ from, to, minor }], reference: kind === DEPOSIT ? randomUUID() : null },
  ...{ contributionId: kind === DEPOSIT || kind === MATCH ? funderOf(pool) : null, ...more },
});

/** Adds drafts one after the other: what each was short of ("of 40"), its refusal, or what it became. */
export async function tried(em: EntityManager, drafts: Draft[]): Promise<string[]> {
  const ledger = await Ledger.lock(em, drafts);
  const answers = drafts.map((draft) => {
    try {
      return answerOf(() => {
        const short = ledger.addOrShort(draft);
        return short ? `${short.currency} of ${short.minor}` : 'added';
      });
    } catch (error) {
      return `fault: ${(error as Error).message}`;
    }
  });
  const written = await ledger.write();
  return answers.map((answer) => (answer === 'added' ? written.shift()!.period : answer));
}

/** Writes drafts that fit; answers their ids. */
export async function written(em: EntityManager, drafts: Draft[]): Promise<string[]> {
  const ledger = await Ledger.lock(em, drafts);
  for (const draft of drafts) ledger.add(draft);
  return (await ledger.write()).map(({ id }) => id);
}

export const approver = { subject: 'approver', organisation: 'host', roles: new Set<Role>(['approver']) };
export const officer = { ...approver, subject: 'officer', roles: new Set<Role>(['accounting-officer']) };

export async function allocationIn(em: EntityManager, pool: PooledBudget, more: object = {}): Promise<Allocation> {
  const allocation = em.create(Allocation, {
    ...{
      id: `allocation-${randomUUID()}`,
      poolId: pool.id,
      currency: 'GBP',
      recipientId: 'council',
      challengeId: null,
    },
    ...{
      purpose: 'Roofs',
      reference: null,
      financialYear: '2025-26',
      controlTotal: ControlTotal.CDEL,
      amountMinor: 10n,
    },
    ...{ effectiveOn: '2025-06-01', hash: 'seen', state: AllocationState.PROPOSED, requestedBy: 'proposer' },
    ...{ approvedBy: null, approvedAs: null, approvedHash: null, ...more },
  } as never);
  await em.flush();
  return allocation;
}

export async function drawdownIn(em: EntityManager, allocationId: string): Promise<string> {
  const id = `drawdown-${randomUUID()}`;
  const sql = `insert into drawdown (id, allocation_id, currency, amount_minor, state, requested_by, approved_by, approved_hash)
    values (?, ?, 'GBP', 30, 'APPROVED', 'council', 'approver', drawdown_hash(?, 'GBP', 30, null))`;
  await query(em, sql, [id, allocationId, allocationId]);
  return id;
}
