import type { EntityManager } from '@mikro-orm/postgresql';
import { v7 as uuid } from 'uuid';
import type { Caller } from '../kernel/caller.js';
import { query } from '../kernel/database.js';
import { toMinor } from '../kernel/money.js';
import type { Known } from './compare-published.js';
import { type ContributionKind, InstalmentStatus, type Pooling } from './kinds.js';
import type { Stated } from './published-contribution.js';
import { ContributionState } from './states.js';
import { isForPool } from './telling-budgets.js';
import type { Bound, Terms } from './terms.js';
import { lastStatements, type NewStatement, writeStatements } from './write-statements.js';
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

/** Writes new and changed rows of a contributor, all of them with a handful of statements. */
export async function writePublished(
  em: EntityManager,
  { caller, organisation: contributorId }: { caller: Caller; organisation: string },
  accepted: readonly Accepted[],
): Promise<Written[]> {
  if (accepted.length === 0) return [];
  const rows = accepted.map(({ row, before }) => {
    const id = before?.id ?? `${contributorId}:${uuid()}`;
    const of = { id, contributorId, missionId: row.is.missionId, kind: row.is.kind, pooling: row.is.pooling };
    const budgetId = row.terms.budgetId ?? before?.budget_id ?? null;
    const terms: Terms = budgetId === row.terms.budgetId ? row.terms : { ...row.terms, budgetId };
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
  // What adds up is kept in a few rows for an organisation: from here on its calls go one after the other.
  await query(em, `select pg_advisory_xact_lock(hashtextextended('totals ' || ?, 0))`, [contributorId]);
  const added = rows.filter(({ before }) => !before);
  await writeContributions(
    em,
    caller,
    added.map((each) => {
      const { is, source, state } = each.row;
      const { challengeId, leverId, illustrative } = is;
      return { of: each.of, challengeId, leverId, illustrative, source, step: step(each, state) };
    }),
  );
  await change(
    em,
    caller,
    rows.filter(({ before }) => before),
    step,
  );
  await statePaid(em, caller, rows);
  return rows.map(({ id, number, row }, place) => ({ id, number, state: row.state, hash: hashes[place]! }));
}

/** What a row states as paid into a pool is a statement of its own; a row without payments says nothing of them until one did. */
async function statePaid(
  em: EntityManager,
  caller: Caller,
  rows: readonly { of: Bound; row: Stated; terms: Terms; before: Known | null }[],
): Promise<void> {
  const pooled = rows.filter(({ row }) =>
    isForPool({ kind: row.is.kind as ContributionKind, pooling: row.is.pooling as Pooling }),
  );
  const before = await lastStatements(
    em,
    pooled.filter((each) => each.before).map(({ of }) => of.id),
  );
  const statements = pooled.flatMap(({ of, row, terms }): NewStatement[] => {
    const paid = terms.instalments.flatMap((each, place) =>
      each.status === InstalmentStatus.STATED_PAID ? [{ ...each, reference: terms.references[place] ?? null }] : [],
    );
    const last = before.get(of.id);
    if (paid.length === 0 && !last) return [];
    const { currency, budgetId } = terms;
    const payments = paid.map(({ paidOn, amount }) => {
      return { paidOn: paidOn!, minor: toMinor(amount.amount, currency!).toString() };
    });
    return [
      {
        ...{ contributionId: of.id, contributorId: of.contributorId, missionId: of.missionId, budgetId },
        ...{ currency: currency!, ordinal: (last?.ordinal ?? 0) + 1, payments, goneBecause: null },
        ...{ references: paid.map(({ reference }) => reference), releasedAt: row.releasedAt, isForPool: true },
      },
    ];
  });
  await writeStatements(em, caller, statements);
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
