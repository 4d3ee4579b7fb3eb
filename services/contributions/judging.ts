import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import type { ConditionStatus } from './condition.js';
import type { ContributionVersion } from './version.js';

export interface LastJudgement {
  condition_id: string;
  ordinal: number;
  status: ConditionStatus;
}

/** How each condition of a contribution was last judged, by the id of the condition; one that is missing is OPEN. */
export async function lastJudgements(em: EntityManager, id: string): Promise<Map<string, LastJudgement>> {
  const rows = await query<LastJudgement>(
    em,
    `select distinct on (condition_id) condition_id, ordinal, status from condition_judgement
      where contribution_id = ? order by condition_id, ordinal desc`,
    [id],
  );
  return new Map(rows.map((row) => [row.condition_id, row]));
}

/** The test of a condition of these terms that is UNMET; null when none is. */
export async function unmetOf(em: EntityManager, { contributionId, conditions }: ContributionVersion) {
  if (conditions.length === 0) return null;
  const last = await lastJudgements(em, contributionId);
  return conditions.find(({ id }) => last.get(id)?.status === 'UNMET')?.test ?? null;
}
