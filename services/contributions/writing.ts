import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import type { KeptRiskShare } from './agreement.js';
import type { AgreementInstrument, Side } from './kinds.js';
import type { ContributionState } from './states.js';
import { tellWebhooks } from './telling-webhooks.js';
import { type Bound, type Terms, versionHash } from './terms.js';
import { WebhookEvent } from './webhook.js';

// The only writer of contributions. Each function writes many rows with one statement; what a contribution points at
// (version, history, agreement) is written before the contribution itself, and PostgreSQL checks that it is there.

export interface Provenance {
  source: string;
  row: string | null;
  original: string | null;
}

export interface NewVersion {
  of: Bound;
  number: number;
  isDraft: boolean;
  terms: Terms;
  releasedAt?: Date | null;
  provenance?: Provenance | null;
}

/** One step of one contribution; `version` and `number` are those it has after the step. */
export interface Step {
  id: string;
  contributorId: string;
  version: number;
  number: number;
  state: ContributionState;
  effectiveOn: string;
  reason?: string | null;
  releasedAt?: Date | null;
  /** What its source stated, where the step follows from that. */
  sourceHash?: string;
}

export interface NewContribution {
  of: Bound;
  challengeId: string | null;
  leverId: string | null;
  illustrative: boolean;
  source: { system: string; id: string; hash: string } | null;
  step: Step;
}

export interface NewAgreement {
  contributionId: string;
  contributorId: string;
  number: number;
  instrument: AgreementInstrument;
  signedOn: string;
  signatories: string[];
  reference: string | null;
  concludedOutside: boolean;
  releasedAt?: Date | null;
  riskShares?: KeptRiskShare[];
  host?: string | null;
  poolManager?: string | null;
  exit?: string | null;
}

export interface NewRound {
  contributionId: string;
  contributorId: string;
  ordinal: number;
  side: Side;
  answer: 'COUNTER' | 'ACCEPT' | 'DECLINE';
  number: number;
  message: string | null;
  openQuestions: string[];
}

/** Who takes a step; the ledger of a pool has no organisation. */
export interface By {
  subject: string;
  organisation: string | null;
}

/** Writes versions with their amounts and what is private about them; answers their hashes. */
export async function writeVersions(em: EntityManager, versions: readonly NewVersion[]): Promise<string[]> {
  const hashes = versions.map(({ of, number, terms }) => versionHash(of, number, terms));
  await add(
    em,
    'contribution_version',
    versions.map((version, place) => rowOf(version, hashes[place]!)),
  );
  await add(
    em,
    'contribution_amount',
    versions.flatMap((version) => version.terms.amounts.map((each) => partOf(version, each))),
  );
  const isPrivate = ({ terms, provenance }: NewVersion) => provenance || terms.references.some((each) => each !== null);
  await add(em, 'contribution_evidence', versions.filter(isPrivate).map(evidenceOf));
  return hashes;
}

// Named one by one: objects put together of others cost as much as all else about a row.
const rowOf = ({ of, number, isDraft, terms, releasedAt }: NewVersion, hash: string) => ({
  contribution_id: of.id,
  number,
  contributor_id: of.contributorId,
  is_draft: isDraft,
  public_name: terms.publicName,
  budget_id: terms.budgetId,
  total: terms.minor?.toString() ?? null,
  currency: terms.currency,
  quantity: terms.quantity,
  unit: terms.unit,
  conditions: terms.conditions,
  valid_until: terms.validUntil,
  earmark: terms.earmark,
  instalments: terms.instalments,
  reason: terms.reason,
  released_at: releasedAt ?? null,
  hash,
});

const partOf = (
  { of, number, isDraft, terms: { currency } }: NewVersion,
  { financialYear, controlTotal, minor }: Terms['amounts'][number],
) => ({
  contribution_id: of.id,
  number,
  contributor_id: of.contributorId,
  is_draft: isDraft,
  financial_year: financialYear,
  control_total: controlTotal,
  amount: minor.toString(),
  currency,
});

const evidenceOf = ({ of, number, isDraft, terms, provenance }: NewVersion) => ({
  contribution_id: of.id,
  number,
  contributor_id: of.contributorId,
  is_draft: isDraft,
  instalment_references: terms.references,
  provenance: provenance ?? null,
});

/** Writes new contributions with the first line of their history. */
export async function writeContributions(
  em: EntityManager,
  by: By,
  contributions: readonly NewContribution[],
): Promise<void> {
  await writeHistory(
    em,
    by,
    contributions.map(({ step }) => step),
  );
  await add(
    em,
    'contribution',
    contributions.map(({ of, challengeId, leverId, illustrative, step, source }) => ({
      id: of.id,
      mission_id: of.missionId,
      challenge_id: challengeId,
      lever_id: leverId,
      contributor_id: of.contributorId,
      kind: of.kind,
      pooling: of.pooling,
      illustrative,
      source_system: source?.system ?? null,
      source_record_id: source?.id ?? null,
      source_hash: source?.hash ?? null,
      state: step.state,
      number: step.number,
      version: step.version,
    })),
  );
}

/** Takes steps of contributions that the caller has locked, with their history. */
export async function takeSteps(em: EntityManager, by: By, steps: readonly Step[]): Promise<void> {
  if (steps.length === 0) return;
  await writeHistory(em, by, steps);
  const moved = await query(
    em,
    `update contribution c set state = step.state, number = step.number, version = step.version,
       source_hash = coalesce(step."sourceHash", c.source_hash)
     from json_to_recordset(?::json) as step(id text, state text, number integer, version integer, "sourceHash" text)
     where c.id = step.id returning c.id`,
    [
      JSON.stringify(
        steps.map(({ id, state, number, version, sourceHash }) => ({ id, state, number, version, sourceHash })),
      ),
    ],
  );
  if (moved.length !== steps.length)
    throw new Error(`${moved.length} of ${steps.length} contributions could be changed`);
  await tellWebhooks(em, WebhookEvent.STATE_CHANGED, steps.filter(({ state }) => state !== 'DRAFT').map(happeningOf));
}

const happeningOf = ({ id, contributorId, state, number, version, effectiveOn }: Step) => ({
  ...{ contributorId, about: id },
  data: { contribution: id, state, number, version, effectiveOn },
});

export const writeAgreements = (em: EntityManager, agreements: readonly NewAgreement[]): Promise<void> =>
  add(
    em,
    'agreement',
    agreements.map((each) => ({
      contribution_id: each.contributionId,
      contributor_id: each.contributorId,
      number: each.number,
      instrument: each.instrument,
      signed_on: each.signedOn,
      signatories: each.signatories,
      reference: each.reference,
      concluded_outside: each.concludedOutside,
      released_at: each.releasedAt ?? null,
      risk_shares: each.riskShares ?? [],
      host_id: each.host ?? null,
      pool_manager_id: each.poolManager ?? null,
      exit_terms: each.exit ?? null,
    })),
  );

export const writeRound = (em: EntityManager, by: By, round: NewRound): Promise<void> =>
  add(em, 'negotiation_round', [
    {
      contribution_id: round.contributionId,
      contributor_id: round.contributorId,
      ordinal: round.ordinal,
      side: round.side,
      answer: round.answer,
      number: round.number,
      message: round.message,
      open_questions: round.openQuestions,
      by_subject: by.subject,
      by_organisation: by.organisation,
    },
  ]);

const writeHistory = (em: EntityManager, by: By, steps: readonly Step[]): Promise<void> =>
  add(
    em,
    'contribution_state',
    steps.map((step) => ({
      contribution_id: step.id,
      contributor_id: step.contributorId,
      sequence: step.version,
      state: step.state,
      number: step.number,
      effective_on: step.effectiveOn,
      reason: step.reason ?? null,
      by_subject: by.subject,
      by_organisation: by.organisation,
      released_at: step.releasedAt ?? null,
    })),
  );

/** Adds rows that all have the same columns; PostgreSQL reads their types off the table. */
export async function add(em: EntityManager, table: string, rows: readonly object[]): Promise<void> {
  if (rows.length > 0) await query(em, insertion(table, rows), [JSON.stringify(rows)]);
}

/** The statement that does so, with the rows as JSON for its parameter. */
export function insertion(table: string, [first]: readonly object[]): string {
  const columns = Object.keys(first!).join(', ');
  return `insert into ${table} (${columns}) select ${columns} from json_populate_recordset(null::${table}, ?::json)`;
}
