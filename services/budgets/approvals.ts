import type { EntityManager } from '@mikro-orm/postgresql';
import { Field, ID, InputType } from 'type-graphql';
import type { Caller } from '../kernel/caller.js';
import { query } from '../kernel/database.js';
import { Day } from '../kernel/dates.js';
import type { Money } from '../kernel/money.js';
import { refuse, type UserError } from '../kernel/refusal.js';
import { Allocation, AllocationState } from './allocation.js';
import { approvesAs, DelegatedLimits } from './delegated-limit.js';
import type { Draft } from './ledger/draft.js';
import { Ledger } from './ledger/ledger.js';
import { dayNotAhead, PooledBudget } from './pooled-budget.js';
import { attempt } from './verdict.js';

@InputType({ description: 'One approval of several.' })
export class ApprovalInput {
  @Field(() => ID, { description: 'The allocation.' })
  allocation: string;

  @Field(() => String, {
    nullable: true,
    description: 'The fingerprint you decided on; HASH_MISMATCH if it is another.',
  })
  hash?: string | null;

  @Field(() => Day, {
    nullable: true,
    description: 'The day it takes effect; left out, the day it was proposed for. Later when money came later.',
  })
  effectiveOn?: string | null;
}

/** What became of one approval. Not covered: `available` says what could be set aside. */
export interface ApprovalOutcome {
  allocation: Allocation | null;
  available: Money | null;
  effectiveOn: string;
  userErrors: UserError[];
}

/**
 * Decides approvals in the order given and sets aside what the pools cover, in a few statements however many. What is
 * not covered becomes UNCOVERED: its people have approved it, and the money is what is missing.
 */
export async function approveAll(em: EntityManager, rows: readonly ApprovalInput[], caller: Caller) {
  const allocations = await lockAllocations(em, [...new Set(rows.map(({ allocation }) => allocation))]);
  const pools = await em.find(PooledBudget, {
    id: { $in: [...new Set([...allocations.values()].map(({ poolId }) => poolId))] },
  });
  const seen = new Set<string>();
  const read = rows.map((row) =>
    attempt(() => {
      if (seen.has(row.allocation)) refuse('BAD_USER_INPUT', 'It stands in an earlier row already.', ['allocation']);
      seen.add(row.allocation);
      return approvalOf(row, allocations, pools, caller);
    }),
  );
  const wanted = read.flatMap((each) => ('done' in each ? each.done : []));
  const limits = await DelegatedLimits.lock(
    em,
    wanted.map(({ allocation }) => allocation),
    pools,
  );
  const ledger = await Ledger.lock(
    em,
    wanted.map(({ draft }) => draft),
  );
  const outcomes = read.map((each): ApprovalOutcome => {
    const decided = 'done' in each ? attempt(() => setAside(each.done, limits, ledger, caller)) : each;
    if ('done' in decided) return decided.done;
    return { allocation: null, available: null, effectiveOn: '', userErrors: decided.userErrors };
  });
  await keep(em, outcomes, caller);
  await ledger.write();
  return outcomes;
}

interface Approval {
  allocation: Allocation;
  pool: PooledBudget;
  draft: Draft;
}

function setAside(
  { allocation, pool, draft }: Approval,
  limits: DelegatedLimits,
  ledger: Ledger,
  caller: Caller,
): ApprovalOutcome {
  limits.expect(allocation, pool, caller);
  const available = ledger.addOrShort(draft);
  if (!available) limits.note(allocation);
  return { allocation, available, effectiveOn: draft.effectiveOn, userErrors: [] };
}

async function keep(em: EntityManager, outcomes: ApprovalOutcome[], caller: Caller): Promise<void> {
  const decided = outcomes.flatMap(({ allocation, available }) =>
    allocation ? { id: allocation.id, state: available ? AllocationState.UNCOVERED : AllocationState.APPROVED } : [],
  );
  await query(
    em,
    `update allocation set state = decided.state, approved_by = ?, approved_as = ?, approved_hash = allocation.hash,
            version = version + 1
       from unnest(?::text[], ?::text[]) as decided (id, state) where allocation.id = decided.id`,
    [caller.subject, approvesAs(caller), decided.map(({ id }) => id), decided.map(({ state }) => state)],
  );
}

/** Locks allocations in the order of their ids. */
async function lockAllocations(em: EntityManager, ids: string[]): Promise<Map<string, Allocation>> {
  const sql = `select * from allocation where id = any(?::text[]) order by id for no key update`;
  const found = await query<Record<string, string>>(em, sql, [ids]);
  return new Map(found.map((row) => [row.id!, Allocation.of(row)]));
}

function approvalOf(
  row: ApprovalInput,
  allocations: ReadonlyMap<string, Allocation>,
  pools: PooledBudget[],
  caller: Caller,
): Approval {
  const allocation = allocations.get(row.allocation);
  if (!allocation) refuse('UNKNOWN_ALLOCATION', `There is no allocation ${row.allocation}.`, ['allocation']);
  const pool = pools.find(({ id }) => id === allocation.poolId)!;
  if (pool.hostId !== caller.organisation) {
    refuse('FORBIDDEN', 'You can approve allocations only from pools that your organisation hosts.', ['allocation']);
  }
  allocation.expectApprovable(caller.subject, row.hash);
  const effectiveOn = dayNotAhead(row.effectiveOn ?? allocation.effectiveOn);
  return { allocation, pool, draft: allocation.setAside(pool, caller.subject, effectiveOn) };
}
