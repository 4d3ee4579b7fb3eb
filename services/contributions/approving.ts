import type { EntityManager } from '@mikro-orm/postgresql';
import type { Caller } from '../kernel/caller.js';
import { dayInLondon } from '../kernel/dates.js';
import { toDecimal } from '../kernel/money.js';
import { Refusal, type UserError } from '../kernel/refusal.js';
import { type Committable, lockCommittable } from './committable.js';
import { illegalTransition } from './contribution.js';
import { Side } from './kinds.js';
import { sideOf, today } from './standing.js';
import { ContributionState } from './states.js';
import { isForPool, tellCommitted } from './telling-budgets.js';
import { belowSettled, canBeVaried, stateBy } from './variation.js';
import { add, takeSteps } from './writing.js';

/** One approval somebody asks to give. */
export interface Asked {
  contribution: string;
  versionHash: string;
  effectiveOn?: string | null;
  coverConfirmed?: string[] | null;
}

export interface Verdict {
  refusal: UserError | null;
  /** Where the contribution stands afterwards; null when it is not there for the caller. */
  state: ContributionState | null;
}

interface Approved {
  row: Asked;
  of: Committable;
  side: Side;
}

/**
 * Gives one side's approval to each contribution; where the other side's is there already the agreed version becomes
 * binding. A row that is refused changes nothing and does not stop the others. One event tells of all.
 */
export async function approve(em: EntityManager, caller: Caller, asked: readonly Asked[]): Promise<Verdict[]> {
  const found = await lockCommittable(
    em,
    asked.map(({ contribution }) => contribution),
  );
  const seen = new Set<string>();
  const verdicts: Verdict[] = [];
  const approved: Approved[] = [];
  for (const row of asked) {
    const of = found.get(row.contribution);
    const side =
      of && sideOf(caller, of.accountable, { CONTRIBUTOR: 'accounting-officer', MISSION: 'mission-finance' });
    const refusal = seen.has(row.contribution)
      ? new Refusal('BAD_USER_INPUT', 'This contribution stands in an earlier row.', ['contribution'])
      : refusalOf(caller, row, of, side);
    seen.add(row.contribution);
    if (!refusal) approved.push({ row, of: of!, side: side! });
    const isSecond = !refusal && of!.approvals.length > 0;
    verdicts.push({ refusal, state: isSecond ? stateAfter(of!) : (of?.state ?? null) });
  }
  await write(em, caller, approved);
  return verdicts;
}

const minorOf = ({ total }: Committable) => (total === null ? null : BigInt(total));
const settledOf = ({ deposited, written_off }: Committable) => ({
  deposited: BigInt(deposited),
  writtenOff: BigInt(written_off),
});
const stateAfter = (of: Committable) => stateBy(settledOf(of), minorOf(of));

function refusalOf(
  caller: Caller,
  row: Asked,
  of: Committable | undefined,
  side: Side | null | undefined,
): UserError | null {
  if (!of) return new Refusal('NOT_FOUND', 'There is no contribution with this id.', ['contribution']);
  if (!side) return new Refusal('FORBIDDEN', 'This contribution is not yours to approve.', ['contribution']);
  const isReady = of.is_variation ? canBeVaried(of.state) : of.state === ContributionState.AGREED;
  if (!isReady) return illegalTransition(of.id, of.state);
  if (row.versionHash !== of.hash) {
    return new Refusal('NOT_LAST_VERSION', `What was agreed is version ${of.number}; approve it by its hash.`, [
      'versionHash',
    ]);
  }
  return separationRefusal(caller, of, side) ?? contentRefusal(row, of, side);
}

function separationRefusal(caller: Caller, { approvals }: Committable, side: Side): UserError | null {
  const isSame = approvals.some(
    (each) => each.subject === caller.subject || each.organisation === caller.organisation || each.side === side,
  );
  if (!isSame) return null;
  const message = 'Two people of two organisations approve a commitment; yours has approved it already.';
  return new Refusal('SEPARATION_OF_DUTIES', message);
}

/** What stands in the way of making the agreed version binding, whoever approves it. */
function contentRefusal(row: Asked, of: Committable, side: Side): UserError | null {
  if (isForPool(of) && !of.budget_id)
    return new Refusal('BUDGET_MISSING', 'What was agreed names no pooled budget for the money to go to.');
  if (of.unmet !== null) {
    return new Refusal('CONDITION_UNMET', `Before it is binding this must be met: ${of.unmet}`);
  }
  const lacking = of.years.filter((year) => row.coverConfirmed && !row.coverConfirmed.includes(year));
  if (side === Side.CONTRIBUTOR && lacking.length > 0) {
    const message = `Cover must be confirmed for each year; ${lacking.join(', ')} is missing.`;
    return new Refusal('COVER_NOT_CONFIRMED', message, ['coverConfirmed']);
  }
  if (row.effectiveOn && row.effectiveOn > dayInLondon(new Date())) {
    return new Refusal('BAD_USER_INPUT', `${row.effectiveOn} is in the future.`, ['effectiveOn']);
  }
  if (row.effectiveOn && of.committed_on && row.effectiveOn < of.committed_on) {
    const message = `The terms before these became binding on ${of.committed_on}; these cannot before that.`;
    return new Refusal('BAD_USER_INPUT', message, ['effectiveOn']);
  }
  return of.is_variation ? belowSettled(settledOf(of), minorOf(of), of.currency) : null;
}

async function write(em: EntityManager, caller: Caller, approved: readonly Approved[]): Promise<void> {
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
      cover_years: side === Side.CONTRIBUTOR ? of.years : null,
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
      state: stateAfter(of),
      reason: of.is_variation ? `Varied to version ${of.number}.` : null,
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
