import type { EntityManager } from '@mikro-orm/postgresql';
import type { Caller } from '../kernel/caller.js';
import { query } from '../kernel/database.js';
import { dayInLondon } from '../kernel/dates.js';
import { toDecimal } from '../kernel/money.js';
import { Refusal, type UserError } from '../kernel/refusal.js';
import { illegalTransition } from './contribution.js';
import { type ContributionKind, type Pooling, Side } from './kinds.js';
import { lockInOrder, sideOf, today } from './standing.js';
import { ContributionState } from './states.js';
import { isForPool, tellCommitted } from './telling-budgets.js';
import { add, takeSteps } from './writing.js';

/** One approval somebody asks to give. */
export interface Asked {
  contribution: string;
  versionHash: string;
  effectiveOn?: string | null;
}

export interface Verdict {
  refusal: UserError | null;
  /** Where the contribution stands afterwards; null when it is not there for the caller. */
  state: ContributionState | null;
}

interface Approval {
  side: Side;
  subject: string;
  organisation: string;
  effective_on: string | null;
}

interface Found {
  id: string;
  mission_id: string;
  contributor_id: string;
  kind: ContributionKind;
  pooling: Pooling;
  state: ContributionState;
  number: number;
  version: number;
  hash: string;
  budget_id: string | null;
  total: string | null;
  currency: string | null;
  approvals: Approval[];
}

/**
 * Gives one side's approval to each contribution; where the other side's is there already the contribution becomes
 * COMMITTED. A row that is refused changes nothing and does not stop the others. One event tells of all.
 */
export async function approve(em: EntityManager, caller: Caller, asked: readonly Asked[]): Promise<Verdict[]> {
  const found = await lockAll(
    em,
    asked.map(({ contribution }) => contribution),
  );
  const seen = new Set<string>();
  const verdicts: Verdict[] = [];
  const approved: { row: Asked; of: Found; side: Side }[] = [];
  for (const row of asked) {
    const of = found.get(row.contribution);
    const side =
      of && sideOf(caller, of.contributor_id, { CONTRIBUTOR: 'accounting-officer', MISSION: 'mission-finance' });
    const refusal = seen.has(row.contribution)
      ? new Refusal('BAD_USER_INPUT', 'This contribution stands in an earlier row.', ['contribution'])
      : refusalOf(caller, row, of, side);
    seen.add(row.contribution);
    if (!refusal) approved.push({ row, of: of!, side: side! });
    const isSecond = !refusal && of!.approvals.length > 0;
    verdicts.push({ refusal, state: isSecond ? ContributionState.COMMITTED : (of?.state ?? null) });
  }
  await write(em, caller, approved);
  return verdicts;
}

function refusalOf(caller: Caller, row: Asked, of: Found | undefined, side: Side | null | undefined): UserError | null {
  if (!of) return new Refusal('NOT_FOUND', 'There is no contribution with this id.', ['contribution']);
  if (!side) return new Refusal('FORBIDDEN', 'This contribution is not yours to approve.', ['contribution']);
  if (of.state !== ContributionState.AGREED) return illegalTransition(of.id, of.state);
  if (row.versionHash !== of.hash) {
    return new Refusal('NOT_LAST_VERSION', `What was agreed is version ${of.number}; approve it by its hash.`, [
      'versionHash',
    ]);
  }
  if (isForPool(of) && !of.budget_id)
    return new Refusal('BUDGET_MISSING', 'What was agreed names no pooled budget for the money to go to.');
  if (row.effectiveOn && row.effectiveOn > dayInLondon(new Date())) {
    return new Refusal('BAD_USER_INPUT', `${row.effectiveOn} is in the future.`, ['effectiveOn']);
  }
  const same = of.approvals.find(
    ({ subject, organisation }) => subject === caller.subject || organisation === caller.organisation,
  );
  if (same || of.approvals.some((each) => each.side === side)) {
    return new Refusal(
      'SEPARATION_OF_DUTIES',
      'Two people of two organisations approve a commitment; yours has approved it already.',
    );
  }
  return null;
}

/** Contributions that the caller can see, by id, locked in the order of their ids where the caller may change them. */
async function lockAll(em: EntityManager, ids: string[]): Promise<Map<string, Found>> {
  await lockInOrder(em, ids);
  const rows = await query<Found>(
    em,
    `select c.id, c.mission_id, c.contributor_id, c.kind, c.pooling, c.state, c.number, c.version,
       v.hash, v.budget_id, v.total, v.currency,
       (select coalesce(json_agg(p), '[]') from commitment_approval p
         where p.contribution_id = c.id and p.version_hash = v.hash) as approvals
     from contribution c cross join lateral (select hash, budget_id, total, currency from contribution_version
       where contribution_id = c.id and number = c.number limit 1) as v
     where c.id = any(?)`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

async function write(
  em: EntityManager,
  caller: Caller,
  approved: { row: Asked; of: Found; side: Side }[],
): Promise<void> {
  await add(
    em,
    'commitment_approval',
    approved.map(({ row, of, side }) => ({
      contribution_id: of.id,
      contributor_id: of.contributor_id,
      version_hash: of.hash,
      side,
      subject: caller.subject,
      organisation: caller.organisation,
      effective_on: row.effectiveOn ?? null,
    })),
  );
  const committed = approved
    .filter(({ of }) => of.approvals.length > 0)
    .map(({ row, of }) => ({ of, effectiveOn: row.effectiveOn ?? of.approvals[0]!.effective_on ?? today() }));
  await takeSteps(
    em,
    caller,
    committed.map(({ of, effectiveOn }) => ({
      ...{ id: of.id, contributorId: of.contributor_id, version: of.version + 1, number: of.number, effectiveOn },
      state: ContributionState.COMMITTED,
    })),
  );
  const commitments = committed
    .filter(({ of }) => isForPool(of))
    .map(({ of, effectiveOn }) => ({
      ...{ contributionId: of.id, contributorId: of.contributor_id, missionId: of.mission_id, budgetId: of.budget_id! },
      ...{ currency: of.currency!, amount: toDecimal(BigInt(of.total!), of.currency!), effectiveOn },
    }));
  if (commitments.length > 0) await tellCommitted(em, commitments);
}
