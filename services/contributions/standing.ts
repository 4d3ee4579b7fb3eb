import type { EntityManager } from '@mikro-orm/postgresql';
import { type Caller, missionDeliveryUnit, type Role } from '../kernel/caller.js';
import { query } from '../kernel/database.js';
import { dayInLondon } from '../kernel/dates.js';
import { Forbidden, refuse } from '../kernel/refusal.js';
import { Contribution } from './contribution.js';
import { type ControlTotal, Side } from './kinds.js';
import type { RoundAnswer } from './negotiation-round.js';
import type { Terms } from './terms.js';
import { ContributionVersion } from './version.js';

/** A contribution as a deed finds it: locked until the deed is done, with the terms that count. */
export interface Standing {
  contribution: Contribution;
  current: ContributionVersion;
}

/** The role that speaks for a side in a deed; a side that is left out has no say in it. */
export type Speakers = Partial<Record<Side, Role>>;

/**
 * Finds and locks a contribution for one of its sides. Another organisation's draft is NOT_FOUND like an id that does
 * not exist; what the caller may see but not touch throws Forbidden.
 */
export async function lockFor(
  em: EntityManager,
  caller: Caller,
  id: string,
  speakers: Speakers,
  path = ['contribution'],
): Promise<Standing & { side: Side }> {
  const [seen] = await query<{ accountable: string | null }>(
    em,
    `select accountable_for(id, contributor_id, clock_timestamp()) as accountable from contribution where id = ?`,
    [id],
  );
  if (!seen) return refuse('NOT_FOUND', 'There is no contribution with this id.', path);
  const side = sideOf(caller, seen.accountable, speakers);
  if (!side) throw new Forbidden('This contribution is not yours to change.');
  await lockInOrder(em, [id]);
  return { ...(await readStanding(em, id)), side };
}

/** Locks contributions until the deed is done, always in the order of their ids, so that two deeds cannot block each other. */
export async function lockInOrder(em: EntityManager, ids: readonly string[]): Promise<void> {
  await query(em, `select 1 from contribution where id = any(?) order by id for update`, [ids]);
}

/** The side a caller acts for: a body for the contributions it answers for, the central unit for the mission. */
export function sideOf(caller: Caller, accountable: string | null, { CONTRIBUTOR, MISSION }: Speakers): Side | null {
  if (CONTRIBUTOR && caller.roles.has(CONTRIBUTOR) && caller.organisation === accountable) return Side.CONTRIBUTOR;
  if (MISSION && caller.roles.has(MISSION) && caller.organisation === missionDeliveryUnit) return Side.MISSION;
  return null;
}

/** A contribution with its current terms, as a deed left it; also what a dry run shows. */
export async function readStanding(em: EntityManager, id: string): Promise<Standing> {
  const [row] = await query(em, `select * from contribution where id = ?`, [id]);
  const contribution = em.map(Contribution, row as never) as Contribution;
  return { contribution, current: await readVersion(em, id, contribution.number) };
}

/** One version of its terms. */
export async function readVersion(em: EntityManager, id: string, number: number): Promise<ContributionVersion> {
  const [terms] = await query(em, `select * from contribution_version where contribution_id = ? and number = ?`, [
    id,
    number,
  ]);
  return em.map(ContributionVersion, terms as never) as ContributionVersion;
}

/** The terms of a version, with its amounts and private references. */
export async function readTerms(em: EntityManager, version: ContributionVersion): Promise<Terms> {
  const key = [version.contributionId, version.number];
  const amounts = await query<{ financial_year: string; control_total: ControlTotal; amount: string }>(
    em,
    `select financial_year, control_total, amount from contribution_amount where contribution_id = ? and number = ? order by 1, 2`,
    key,
  );
  const [evidence] = await query<{ instalment_references: string[] }>(
    em,
    `select instalment_references from contribution_evidence where contribution_id = ? and number = ?`,
    key,
  );
  const { publicName, budgetId, currency, minor, quantity, unit, earmark, instalments, reason } = version;
  const { conditions, validUntil } = version;
  return {
    ...{ publicName, budgetId, currency, minor, quantity, unit, earmark, instalments, reason, conditions, validUntil },
    amounts: amounts.map((each) => ({
      ...{ financialYear: each.financial_year, controlTotal: each.control_total, minor: BigInt(each.amount) },
    })),
    references: evidence?.instalment_references ?? instalments.map(() => null),
  };
}

/** What a deed answers: the contribution as it stands now. */
export async function answerWith(em: EntityManager, id: string): Promise<Contribution> {
  em.clear();
  const { contribution, current } = await readStanding(em, id);
  contribution.currentVersion = current;
  return contribution;
}

export interface LastRound {
  ordinal: number;
  side: Side | null;
  answer: RoundAnswer | null;
  /** Of the version it is about. */
  number: number;
}

/** The round that was last, and by that how many there were. */
export async function lastRound(em: EntityManager, id: string): Promise<LastRound> {
  const [round] = await query<LastRound>(
    em,
    `select ordinal, side, answer, number from negotiation_round where contribution_id = ? order by ordinal desc limit 1`,
    [id],
  );
  return round ?? { ordinal: 0, side: null, answer: null, number: 0 };
}

export const today = (): string => dayInLondon(new Date());
