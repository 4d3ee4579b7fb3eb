import type { Context } from '../kernel/context.js';
import { grouped, inOrder, type Loader } from '../kernel/loader.js';
import { Agreement } from './agreement.js';
import { Contribution, knownBy, knownContributions } from './contribution.js';
import { CommitmentApproval, ContributionStep } from './history.js';
import { NegotiationRound } from './negotiation-round.js';
import { ContributionAmount, type ContributionProvenance, ContributionVersion } from './version.js';
import { ContributionWriteOff } from './write-off.js';

// What belongs to contributions, read for many of them with one statement each.

export const contributions: Loader<string, Contribution> = {
  async batch(ids, context) {
    const found = await context.nouns(Contribution, `select * from ${knownContributions(context)} where id = any(?)`, [
      ids,
    ]);
    return inOrder(ids, found, ({ id }) => id);
  },
};

/** The rows of an append-only table that were known, by contribution. */
const listOf = <Noun extends { contributionId: string }>(
  noun: new (...args: never[]) => Noun,
  table: string,
  order: string,
  column: 'known_at' | 'recorded_at' = 'recorded_at',
): Loader<string, Noun[]> => ({
  async batch(ids, context) {
    const sql = `select * from ${table} where contribution_id = any(?) and ${knownBy(context, column)} order by ${order}`;
    return grouped(ids, await context.nouns(noun, sql, [ids]), ({ contributionId }) => contributionId);
  },
});

export const versionsOf = listOf(ContributionVersion, 'contribution_version', 'number', 'known_at');
export const stepsOf = listOf(ContributionStep, 'contribution_state', 'sequence', 'known_at');
export const agreementsOf = listOf(Agreement, 'agreement', 'number', 'known_at');
export const roundsOf = listOf(NegotiationRound, 'negotiation_round', 'ordinal');
export const approvalsOf = listOf(CommitmentApproval, 'commitment_approval', 'recorded_at, side');
export const writeOffsOf = listOf(ContributionWriteOff, 'write_off', 'id');

/** Names one version of one contribution. */
export interface VersionKey {
  contributionId: string;
  number: number;
}

const textOf = ({ contributionId, number }: VersionKey) => `${contributionId} ${number}`;
const columnsOf = (keys: readonly VersionKey[]) => [
  keys.map((key) => key.contributionId),
  keys.map(({ number }) => number),
];
const wanted = 'unnest(?::text[], ?::integer[]) as wanted(contribution_id, number)';

export const versions: Loader<VersionKey, ContributionVersion> = {
  cacheKey: textOf,
  async batch(keys, context) {
    const sql = `select v.* from ${wanted} join contribution_version v using (contribution_id, number)`;
    return inOrder(keys.map(textOf), await context.nouns(ContributionVersion, sql, columnsOf(keys)), textOf);
  },
};

export const amountsOf: Loader<VersionKey, ContributionAmount[]> = {
  cacheKey: textOf,
  async batch(keys, context) {
    const sql = `select a.* from ${wanted} join contribution_amount a using (contribution_id, number) order by financial_year, control_total`;
    return grouped(keys.map(textOf), await context.nouns(ContributionAmount, sql, columnsOf(keys)), textOf);
  },
};

/** What is private about a version; row-level security leaves it out for everybody else. */
export interface Evidence {
  references: (string | null)[];
  provenance: ContributionProvenance | null;
}

export const evidenceOf: Loader<VersionKey, Evidence> = {
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
};

/** Whether the caller is one of the two sides or an auditor: they see the talk behind a contribution. */
export function isInside({ caller }: Context, contributor: string): boolean {
  if (!caller) return false;
  return (
    caller.organisation === contributor ||
    (['mission-unit', 'mission-finance', 'auditor'] as const).some((role) => caller.roles.has(role))
  );
}
