import { basename } from 'node:path';
import type { DevelopmentObservation, Definition as Method } from './smc-figure.js';
import type { Work } from './write-batches.js';
import { type Definition, instantOf, makeMeasure, type PublishedFigure, publishFigures } from './write-measures.js';
import type { Wanted } from './write-missions.js';
import type { Registering } from './write-organisations.js';

export interface DevelopmentOptions {
  path: string;
  released: { day: string; statedBy: string } | null;
  mission?: string | undefined;
}

export const developmentMeasure = 'good-level-of-development-age-5';

const steward: Registering = {
  ...{ line: null, id: 'social-mobility-commission', name: 'Social Mobility Commission' },
  ...{ kind: 'ARMS_LENGTH_BODY', identifiers: [] },
};

const mission: Wanted = {
  ...{ id: 'social-mobility', name: 'Social mobility', meaning: 'SPIRIT' },
  purpose:
    'To see how far the start of a life decides its course, by the indicators that the Social Mobility Commission publishes.',
};

const before: Definition = {
  formula:
    'Share of children at age 5 with a good level of development, as assessed by the Early Years Foundation Stage Profile before the reform of September 2021.',
  ...{ unit: 'percent', decimals: 1, polarity: 'HIGHER', frequency: 'ACADEMIC_YEAR' },
  source: 'Social Mobility Commission, development at age 5 (from the Department for Education)',
};
const since: Definition = {
  ...before,
  formula:
    'Share of children at age 5 with a good level of development, as assessed by the Early Years Foundation Stage Profile since the reform of September 2021.',
  validFrom: '2021-09-01',
};
const reform =
  'The Early Years Foundation Stage was reformed in September 2021: what counts as a good level of development is assessed in another way since.';

const definitions: Readonly<Record<Method, number>> = { BEFORE_2021_REFORM: 1, SINCE_2021_REFORM: 2 };
const statuses = { A: 'NORMAL', P: 'PROVISIONAL', E: 'ESTIMATED', B: 'BREAK', M: 'MISSING' } as const;

/** Writes development at age 5: one measure with two definitions, whose figures are never compared. */
export async function writeSmcDevelopment(
  work: Work,
  rows: readonly DevelopmentObservation[],
  options: DevelopmentOptions,
): Promise<void> {
  const { path, released } = options;
  const releasedAt = instantOf(released?.day ?? null);
  work.report.note(
    released
      ? `Released on ${released.day}, as ${released.statedBy} says: it counts as known from the beginning of that day.`
      : 'Neither the file nor --released says when it was released: it counts as known from now.',
  );
  const isThere = await makeMeasure(work, {
    ...{ id: developmentMeasure, title: 'Good level of development at age 5', steward, nationalArea: 'E92000001' },
    ...{ outcomeTitle: 'Children are ready to learn at age 5', mission: options.mission ?? mission, releasedAt },
    definition: before,
    revisions: [{ definition: since, comparableWithPrevious: false, comparabilityReason: reform }],
  });
  if (!isThere) {
    work.report.stage(`figures of ${developmentMeasure}`).untried += rows.length;
    return;
  }
  for (const [method, definition] of Object.entries(definitions)) {
    const some = rows.filter((row) => row.definition === method);
    const to = { measure: developmentMeasure, definition, steward, releasedAt, source: before.source };
    if (some.length > 0) await publishFigures(work, { ...to, file: basename(path) }, some.map(figureOf));
  }
}

function figureOf(row: DevelopmentObservation): PublishedFigure {
  const { line, period, area, disaggregation, value, low, high, sampleSize, status, note } = row;
  return {
    ...{ line, period: period.label, area: area.code ?? area.name, value, low, high, status: statuses[status] },
    dimensions: Object.entries(disaggregation).map(([name, part]) => ({ name, value: part })),
    sampleSize: sampleSize === null ? null : Number(sampleSize),
    original: note,
  };
}
