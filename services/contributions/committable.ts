import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import type { ContributionKind, Pooling, Side } from './kinds.js';
import { lockInOrder } from './standing.js';
import type { ContributionState } from './states.js';

interface Approval {
  side: Side;
  subject: string;
  organisation: string;
  effective_on: string | null;
}

/** A contribution with the version that is to become binding: the agreed one, or the agreed variation of a binding one. */
export interface Committable {
  id: string;
  mission_id: string;
  contributor_id: string;
  /** Who answers for it now; null where several bodies took over and none has been named. */
  accountable: string | null;
  kind: ContributionKind;
  pooling: Pooling;
  state: ContributionState;
  version: number;
  is_variation: boolean;
  /** Of the version that is to become binding. */
  number: number;
  hash: string;
  budget_id: string | null;
  total: string | null;
  currency: string | null;
  /** The financial years of its amounts. */
  years: string[];
  /** The test of a condition precedent that is not met; null when there is none. */
  unmet: string | null;
  deposited: string;
  written_off: string;
  /** The day of the last commitment; null before the first. */
  committed_on: string | null;
  approvals: Approval[];
}

const sql = `select c.id, c.mission_id, c.contributor_id, accountable_for(c.id, c.contributor_id, clock_timestamp()) as accountable, c.kind, c.pooling, c.state, c.version,
    last.number is not null as is_variation, v.number, v.hash, v.budget_id, v.total, v.currency,
    (select coalesce(json_agg(distinct a.financial_year), '[]') from contribution_amount a
      where a.contribution_id = c.id and a.number = v.number) as years,
    (select each->>'test' from jsonb_array_elements(v.conditions) as each
      where (each->>'precedent')::boolean and (select j.status from condition_judgement j where j.contribution_id = c.id
        and j.condition_id = each->>'id' order by j.ordinal desc limit 1) is distinct from 'MET' limit 1) as unmet,
    coalesce((select deposited from ledger_deposit d where d.contribution_id = c.id order by d.id desc limit 1), 0) as deposited,
    (select coalesce(sum(amount), 0) from write_off w where w.contribution_id = c.id) as written_off,
    (select effective_on::text from contribution_state s where s.contribution_id = c.id and s.state = 'COMMITTED'
      order by s.sequence desc limit 1) as committed_on,
    (select coalesce(json_agg(p), '[]') from commitment_approval p
      where p.contribution_id = c.id and p.version_hash = v.hash) as approvals
  from contribution c
    left join lateral (select number, answer from negotiation_round r where r.contribution_id = c.id
      order by r.ordinal desc limit 1) as last on last.answer = 'ACCEPT' and last.number > c.number
    cross join lateral (select number, hash, budget_id, total, currency, conditions from contribution_version
      where contribution_id = c.id and number = coalesce(last.number, c.number) limit 1) as v
  where c.id = any(?)`;

/** Those that the caller can see, by id, locked in the order of their ids where the caller may change them. */
export async function lockCommittable(em: EntityManager, ids: string[]): Promise<Map<string, Committable>> {
  await lockInOrder(em, ids);
  const rows = await query<Committable>(em, sql, [ids]);
  return new Map(rows.map((row) => [row.id, row]));
}
