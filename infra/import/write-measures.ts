import { HubFault } from './client.js';
import { nameAreas } from './name-areas.js';
import {
  type DeedAnswer,
  deed,
  keyFor,
  type RowAnswer,
  sendBatches,
  type UserError,
  type Work,
} from './write-batches.js';
import { makeMissions, missionState, type Wanted } from './write-missions.js';
import { missionUnit, type Registering, registerOrganisations } from './write-organisations.js';

export interface Definition {
  formula: string;
  unit: string;
  decimals: number;
  polarity: 'HIGHER' | 'LOWER' | 'RANGE';
  frequency: 'MONTH' | 'YEAR' | 'ACADEMIC_YEAR';
  source: string;
  validFrom?: string;
}

/** A later version of a definition and whether figures of the two may be compared. */
export interface Revision {
  definition: Definition;
  comparableWithPrevious: boolean;
  comparabilityReason: string;
}

/** A measure with all that must be there before its figures can be published. */
export interface WantedMeasure {
  id: string;
  title: string;
  nationalArea: string;
  steward: Registering;
  /** An outcome with the id of the measure is made for it. */
  outcomeTitle: string;
  /** The mission of the outcome: one that is there, or one to make. */
  mission: string | Wanted;
  definition: Definition;
  revisions: Revision[];
  /** When all this became known; null: now. */
  releasedAt: string | null;
}

interface Found {
  definitions: { number: number; unit: string }[];
}

const stage = 'outcomes and measures';
const readMeasure = 'query Measure($id: ID!) { measure(id: $id) { id definitions { number unit } } }';
const readOutcome = 'query Outcome($id: ID!) { outcome(id: $id) { id } }';
const readOrganisation = 'query Organisation($id: ID!) { organisation(id: $id) { id } }';

export const statisticianOf = ({ id }: { id: string }): string => `${id}.statistician`;

/** The measure as the hub has it; null when there is none. */
export async function measureOf({ hub }: Work, id: string): Promise<Found | null> {
  const question = { service: 'outcomes', client: missionUnit, document: readMeasure, variables: { id } } as const;
  return (await hub.ask<{ measure: Found | null }>(question)).measure;
}

/**
 * Makes the steward, the mission, the outcome and the measure, each where it is not there, and adds missing versions
 * of the definition. Answers whether the measure is there now: a dry run makes nothing.
 */
export async function makeMeasure(work: Work, wanted: WantedMeasure): Promise<boolean> {
  await makeSteward(work, wanted.steward);
  const found = await measureOf(work, wanted.id);
  if (found) work.report.stage(stage).count('UNCHANGED');
  else await defineMeasure(work, wanted);
  const known = found?.definitions.length ?? 1;
  if (!found && work.dryRun) return false;
  for (const [at, revision] of wanted.revisions.entries()) {
    if (at + 2 > known) await reviseDefinition(work, wanted, revision, at + 1);
  }
  return known > wanted.revisions.length || !work.dryRun;
}

async function makeSteward(work: Work, steward: Registering): Promise<void> {
  const variables = { id: steward.id };
  const question = { service: 'missions', client: missionUnit, document: readOrganisation, variables } as const;
  const { organisation } = await work.hub.ask<{ organisation: object | null }>(question);
  if (!organisation) await registerOrganisations(work, 'organisations', [steward]);
}

async function defineMeasure(work: Work, wanted: WantedMeasure): Promise<void> {
  const { id, title, nationalArea, definition, releasedAt, outcomeTitle, mission } = wanted;
  const missionId = typeof mission === 'string' ? mission : mission.id;
  if (typeof mission !== 'string') await makeMissions(work, [mission]);
  else if ((await missionState(work, mission)) === null) {
    throw new HubFault(`There is no mission ${mission}: propose it first, or leave --mission out.`);
  }
  const question = { service: 'outcomes', client: missionUnit, document: readOutcome, variables: { id } } as const;
  const { outcome } = await work.hub.ask<{ outcome: object | null }>(question);
  if (!outcome) {
    const content = {
      id,
      title: outcomeTitle,
      kind: 'OUTCOME',
      missions: [missionId],
      illustrative: false,
      releasedAt,
    };
    await make(work, 'defineOutcome', missionUnit, 'outcome { id }', content);
  }
  // Without its outcome, which a dry run does not make, a measure would be refused for the wrong reason.
  if (!outcome && work.dryRun) work.report.stage(stage).untried += 1;
  else {
    const content = { id, title, outcome: id, nationalArea, definition, releasedAt };
    await make(work, 'defineMeasure', statisticianOf(wanted.steward), 'measure { id }', content);
  }
}

function reviseDefinition(work: Work, { id, steward, releasedAt }: WantedMeasure, revision: Revision, after: number) {
  const content = { measure: id, expectedVersion: after, ...revision, releasedAt };
  return make(work, 'reviseDefinition', statisticianOf(steward), 'definition { number }', content);
}

/** Does a deed without which the import cannot go on. */
async function make({ hub, report, dryRun }: Work, name: string, client: string, selection: string, content: object) {
  const input = { ...content, dryRun, idempotencyKey: keyFor(name, content) };
  const [fault] = (await deed<DeedAnswer>(hub, { service: 'outcomes', deed: name, client, selection }, input))
    .userErrors;
  if (fault) throw new HubFault(`The hub declined to do "${name}": ${fault.message} (${fault.code})`);
  report.stage(stage).count('NEW');
}

export interface PublishedFigure {
  /** Null where it was made from several rows of the file. */
  line: number | null;
  period: string;
  area?: string | null;
  dimensions: { name: string; value: string }[];
  value: string | null;
  /** Left out, a figure without a value is missing. */
  valueKind?: 'NOT_APPLICABLE';
  status: string;
  low?: string | null;
  high?: string | null;
  sampleSize?: number | null;
  original?: string | null;
}

export interface Publication {
  measure: string;
  definition: number;
  steward: Registering;
  releasedAt: string | null;
  source: string;
  file: string;
}

interface PublishAnswer extends DeedAnswer {
  rows: { verdict: 'NEW' | 'REVISED' | 'UNCHANGED' | 'REFUSED'; userErrors: UserError[] }[];
}

/** Publishes figures of one definition in one release. */
export async function publishFigures(work: Work, to: Publication, rows: readonly PublishedFigure[]): Promise<void> {
  const name = `figures of ${to.measure}${to.definition > 1 ? `, definition ${to.definition}` : ''}`;
  const { measure, definition, releasedAt, source, file, steward } = to;
  const client = statisticianOf(steward);
  const unnamed = await nameAreas(
    work,
    { measure, source, client },
    rows.map(({ area }) => area),
  );
  // A dry run names no area, so that figures of a new one would be refused for the wrong reason.
  const ready = work.dryRun ? rows.filter(({ area }) => !area || !unnamed.has(area)) : rows;
  if (ready.length < rows.length) work.report.stage(name).untried += rows.length - ready.length;
  work.progress.begin(name, ready.length);
  await sendBatches<PublishedFigure, PublishAnswer>(work, {
    ...{ stage: name, rows: ready, service: 'outcomes', deed: 'publishObservations', client },
    selection: 'rows { verdict userErrors { code message path } }',
    input: (some) => ({
      ...{ measure, definition, releasedAt, source, file },
      rows: some.map(({ line, ...figure }) => ({ ...figure, row: line })),
    }),
    answers: ({ rows: answers }) => answers.map(answerOf),
    place: ({ line, value, period }) => ({ line, value: `${period}: ${value}` }),
  });
  work.progress.end();
}

function answerOf({ verdict, userErrors: [fault] }: PublishAnswer['rows'][number]): RowAnswer {
  return {
    verdict: verdict === 'REVISED' ? 'CHANGED' : verdict,
    reason: fault ? `${fault.message} (${fault.code})` : null,
  };
}

/** The instant a release known by its day counts from: the beginning of that day. */
export const instantOf = (day: string | null): string | null => (day === null ? null : `${day}T00:00:00.000Z`);
