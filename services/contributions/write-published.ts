import type { EntityManager } from '@mikro-orm/postgresql';
import { v7 as uuid } from 'uuid';
import type { Caller } from '../kernel/caller.js';
import type { Known } from './compare-published.js';
import type { Stated } from './published-contribution.js';
import { ContributionState } from './states.js';
import type { Terms } from './terms.js';
import { type Step, takeSteps, writeAgreements, writeContributions, writeVersions } from './writing.js';

interface Accepted {
  row: Stated;
  before: Known | null;
}

/** Where a published contribution stands after it was written. */
export interface Written {
  id: string;
  state: ContributionState;
  number: number;
  hash: string;
}

const { PLEDGED, NEGOTIATING, AGREED } = ContributionState;
const agreedOutside = 'Agreed outside the hub.';

/** Writes new and changed rows, all of them with a handful of statements. */
export async function writePublished(
  em: EntityManager,
  caller: Caller,
  accepted: readonly Accepted[],
): Promise<Written[]> {
  const contributorId = caller.organisation;
  const rows = accepted.map(({ row, before }) => {
    const id = before?.id ?? `${contributorId}:${uuid()}`;
    const of = { id, contributorId, missionId: row.is.missionId, kind: row.is.kind, pooling: row.is.pooling };
    const terms: Terms = { ...row.terms, budgetId: row.terms.budgetId ?? before?.budget_id ?? null };
    return { row, before, id, of, terms, number: (before?.number ?? 0) + 1, version: (before?.version ?? 0) + 1 };
  });
  type Row = (typeof rows)[number];
  const agreed = rows.filter(({ row }) => row.agreement);
  const step = ({ id, number, version, row }: Row, state: ContributionState): Step => {
    const { effectiveOn, releasedAt } = row;
    const reason = row.agreement ? agreedOutside : null;
    return { id, contributorId, version, number, state, effectiveOn, releasedAt, reason, sourceHash: row.source.hash };
  };
  const hashes = await writeVersions(
    em,
    rows.map(({ of, number, terms, row }) => ({
      of,
      number,
      isDraft: false,
      terms,
      releasedAt: row.releasedAt,
      provenance: row.provenance,
    })),
  );
  await writeAgreements(
    em,
    agreed.map(({ id, number, row }) => ({ ...row.agreement!, contributionId: id, number })),
  );
  const added = rows.filter(({ before }) => !before);
  await writeContributions(
    em,
    caller,
    added.map((each) => ({ ...each.of, ...each.row.is, source: each.row.source, step: step(each, each.row.state) })),
  );
  await change(
    em,
    caller,
    rows.filter(({ before }) => before),
    step,
  );
  return rows.map(({ id, number, row }, place) => ({ id, number, state: row.state, hash: hashes[place]! }));
}

/** A pledge that was agreed elsewhere passes through the negotiation that the hub did not see: the state table holds for it too. */
async function change<Row extends { id: string; row: Stated; version: number }>(
  em: EntityManager,
  caller: Caller,
  changed: readonly Row[],
  step: (row: Row, state: ContributionState) => Step,
): Promise<void> {
  const isAgreed = ({ row }: Row) => row.state === AGREED;
  await takeSteps(
    em,
    caller,
    changed.map((each) => step(each, isAgreed(each) ? NEGOTIATING : PLEDGED)),
  );
  await takeSteps(
    em,
    caller,
    changed.filter(isAgreed).map((each) => step({ ...each, version: each.version + 1 }, AGREED)),
  );
}
