import type { Context } from '../kernel/context.js';
import { grouped, inOrder, type Loader } from '../kernel/loader.js';
import { Agreement } from './agreement.js';
import { Condition, ConditionStatus, StageGate } from './condition.js';
import { ConditionJudgement } from './condition-judgement.js';
import { Contribution, knownBy, knownContributions } from './contribution.js';
import { CommitmentApproval, ContributionStep } from './history.js';
import { NegotiationRound } from './negotiation-round.js';
import { inItsStore } from './store.js';
import { ContributionAmount, type ContributionProvenance, ContributionVersion } from './version.js';
import { ContributionWriteOff } from './write-off.js';
import { WriteOffApproval } from './write-off-approval.js';

// What belongs to contributions, read for many of them with one statement each.

const itself = (id: string) => id;

export const contributions: Loader<string, Contribution> = inItsStore(
  {
    async batch(ids, context) {
      const sql = `select * from ${knownContributions(context)} where id = any(?)`;
      return inOrder(ids, await context.nouns(Contribution, sql, [ids]), ({ id }) => id);
    },
  },
  itself,
);

/** The rows of an append-only table that were known, by contribution. */
export const listOf = <Noun extends { contributionId: string }>(
  noun: new (...args: never[]) => Noun,
  table: string,
  order: string,
  column: 'known_at' | 'recorded_at' = 'recorded_at',
): Loader<string, Noun[]> =>
  inItsStore(
    {
      async batch(ids, context) {
        const sql = `select * from ${table} where contribution_id = any(?) and ${knownBy(context, column)} order by ${order}`;
        return grouped(ids, await context.nouns(noun, sql, [ids]), ({ contributionId }) => contributionId);
      },
    },
    itself,
  );

export const versionsOf = listOf(ContributionVersion, 'contribution_version', 'number', 'known_at');
export const stepsOf = listOf(ContributionStep, 'contribution_state', 'sequence', 'known_at');
export const agreementsOf = listOf(Agreement, 'agreement', 'number', 'known_at');
export const roundsOf = listOf(NegotiationRound, 'negotiation_round', 'ordinal');
export const approvalsOf = listOf(CommitmentApproval, 'commitment_approval', 'recorded_at, side');
export const writeOffsOf = listOf(ContributionWriteOff, 'write_off', 'id');
export const writeOffApprovalsOf = listOf(WriteOffApproval, 'write_off_approval', 'ordinal');

const judgementsOf = listOf(ConditionJudgement, 'condition_judgement', 'ordinal');

/** The conditions of a version, each with how it was last judged. */
export async function conditionsOf(version: ContributionVersion, context: Context): Promise<Condition[]> {
  if (version.conditions.length === 0) return [];
  const judgements = (await context.load(judgementsOf, version.contributionId)) ?? [];
  return version.conditions.map(({ gate, ...kept }) => {
    const last = judgements.findLast(({ conditionId }) => conditionId === kept.id);
    return Object.assign(new Condition(), kept, {
      gate: gate && Object.assign(new StageGate(), { ...gate, measureId: gate.measure }),
      status: last?.status ?? ConditionStatus.OPEN,
      evidence: last?.evidence ?? null,
      figure: last?.value ?? null,
      observation: last?.observationId ?? null,
      judgedAt: last?.recordedAt ?? null,
      judgedBy: last?.byOrganisation ?? null,
    });
  });
}

/** Names one version of one contribution. */
export interface VersionKey {
  contributionId: string;
  number: number;
}

const textOf = ({ contributionId, number }: VersionKey) => `${contributionId} ${number}`;
const idOf = ({ contributionId }: VersionKey) => contributionId;
const columnsOf = (keys: readonly VersionKey[]) => [
  keys.map((key) => key.contributionId),
  keys.map(({ number }) => number),
];
const wanted = 'unnest(?::text[], ?::integer[]) as wanted(contribution_id, number)';

export const versions: Loader<VersionKey, ContributionVersion> = inItsStore(
  {
    cacheKey: textOf,
    async batch(keys, context) {
      const sql = `select v.* from ${wanted} join contribution_version v using (contribution_id, number)`;
      return inOrder(keys.map(textOf), await context.nouns(ContributionVersion, sql, columnsOf(keys)), textOf);
    },
  },
  idOf,
);

export const amountsOf: Loader<VersionKey, ContributionAmount[]> = inItsStore(
  {
    cacheKey: textOf,
    async batch(keys, context) {
      const sql = `select a.* from ${wanted} join contribution_amount a using (contribution_id, number) order by financial_year, control_total`;
      return grouped(keys.map(textOf), await context.nouns(ContributionAmount, sql, columnsOf(keys)), textOf);
    },
  },
  idOf,
);

/** What is private about a version; row-level security leaves it out for everybody else. */
export interface Evidence {
  references: (string | null)[];
  provenance: ContributionProvenance | null;
}

export const evidenceOf: Loader<VersionKey, Evidence> = inItsStore(
  {
    cacheKey: textOf,
    async batch(keys, context) {
      const rows = await context.rows<
        { contribution_id: string; number: number; instalment_references: (string | null)[] } & Evidence
      >(`select e.* from ${wanted} join contribution_evidence e using (contribution_id, number)`, columnsOf(keys));
      const found = new Map(
        rows.map((row) => [textOf({ contributionId: row.contribution_id, number: row.number }), row]),
      );
      return keys.map((key) => {
        const row = found.get(textOf(key));
        return row ? { references: row.instalment_references, provenance: row.provenance } : null;
      });
    },
  },
  idOf,
);

/**
 * Whether the caller is one of the two sides or an auditor: they see the talk behind a contribution. Who took over from
 * the contributor stands in its place.
 */
export async function isInside(context: Context, contributor: string): Promise<boolean> {
  const { caller } = context;
  if (!caller) return false;
  if (caller.organisation === contributor) return true;
  if ((['mission-unit', 'mission-finance', 'auditor'] as const).some((role) => caller.roles.has(role))) return true;
  return (await context.load(heirsOf, contributor))?.includes(caller.organisation) ?? false;
}

/** The bodies that answer for one that is gone, now. */
const heirsOf: Loader<string, string[]> = inItsStore(
  {
    async batch(ids, context) {
      const sql = `select id, (select json_agg(heir->>'organisation') from jsonb_array_elements(heirs_of(id, clock_timestamp()))
          as heir) as heirs from unnest(?::text[]) as id`;
      const rows = await context.rows<{ id: string; heirs: string[] | null }>(sql, [ids]);
      return inOrder(ids, rows, ({ id }) => id).map((row) => row?.heirs ?? []);
    },
  },
  itself,
);
