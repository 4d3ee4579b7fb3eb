import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { exactAgain } from './read-decimal.js';
import { slugFromName } from './read-govuk-organisations.js';
import type { SdgObservation } from './read-ons-sdg.js';
import { DamagedFile } from './read-text.js';
import type { Work } from './write-batches.js';
import { type Definition, instantOf, makeMeasure, type PublishedFigure, publishFigures } from './write-measures.js';
import type { Wanted } from './write-missions.js';
import type { Registering } from './write-organisations.js';

export interface SdgOptions {
  path: string;
  /** The day the vintage was released, and who says so; null: it counts as released now. */
  released: { day: string; statedBy: string } | null;
  mission?: string | undefined;
  polarity?: Definition['polarity'] | undefined;
}

const steward: Registering = {
  ...{ line: null, id: 'office-for-national-statistics', name: 'Office for National Statistics' },
  ...{ kind: 'ARMS_LENGTH_BODY', identifiers: [] },
};

const mission: Wanted = {
  ...{ id: 'uk-sdg', name: 'UK progress on the Sustainable Development Goals', meaning: 'SPIRIT' },
  purpose:
    'To see how the United Kingdom moves on the Sustainable Development Goals, by the indicators that the Office for National Statistics publishes.',
};

/** Which way is good: the files do not say it. For other indicators whoever imports them does. */
const polarities: Readonly<Record<string, Definition['polarity']>> = { '13-2-2': 'LOWER', '7-2-1': 'HIGHER' };

const statuses = { A: 'NORMAL', P: 'PROVISIONAL', E: 'ESTIMATED', B: 'BREAK', M: 'MISSING' } as const;

/** The number of the indicator in the name of its file; null where there is none. */
export const indicatorIn = (path: string): string | null =>
  /indicator_(\d{1,2}-\w{1,2}-\d{1,2})\b/.exec(basename(path))?.[1] ?? null;

export const sdgMeasure = (indicator: string): string => `sdg-${indicator.toLowerCase()}`;

/** Writes one vintage of an indicator; each of several series in the file is a measure of its own. */
export async function writeOnsSdg(work: Work, rows: readonly SdgObservation[], options: SdgOptions): Promise<void> {
  const indicator = indicatorIn(options.path);
  if (!indicator) {
    throw new DamagedFile(
      `${options.path} does not say which indicator it holds: name the file as published, such as indicator_13-2-2.csv.`,
    );
  }
  const { released } = options;
  work.report.note(
    released
      ? `Released on ${released.day}, as ${released.statedBy} says: it counts as known from the beginning of that day.`
      : 'Neither the file nor --released says when it was released: it counts as known from now.',
  );
  const series = new Set(rows.map((row) => row.series));
  for (const name of series) {
    const id = series.size > 1 ? `${sdgMeasure(indicator)}-${slugFromName(name ?? 'whole')}` : sdgMeasure(indicator);
    await writeSeries(
      work,
      rows.filter((row) => row.series === name),
      { ...options, id, name, indicator },
    );
  }
}

interface Series extends SdgOptions {
  id: string;
  name: string | null;
  indicator: string;
}

async function writeSeries(work: Work, rows: SdgObservation[], series: Series): Promise<void> {
  const { id, indicator, path, released } = series;
  const polarity = series.polarity ?? polarities[indicator];
  if (!polarity) {
    throw new DamagedFile(`Which way is good for indicator ${indicator}? Say --polarity higher or --polarity lower.`);
  }
  const about = await descriptionOf(path);
  const title = about.graph_title ?? series.name ?? `UK indicator ${indicator.replaceAll('-', '.')}`;
  const [first] = rows;
  const unit = first ? unitOf(first) : '';
  const releasedAt = instantOf(released?.day ?? null);
  const publisher = 'Office for National Statistics, UK indicators of the Sustainable Development Goals';
  const definition: Definition = {
    ...{ unit, polarity, frequency: 'YEAR', decimals: decimalsOf(rows) },
    formula: about.national_indicator_description ?? title,
    source: about.source_url_1 ? `${publisher}; ${about.source_url_1}` : publisher,
  };
  const isThere = await makeMeasure(work, {
    ...{ id, title, steward, definition, releasedAt, revisions: [], nationalArea: 'K02000001' },
    outcomeTitle: title,
    mission: series.mission ?? mission,
  });
  const stage = `figures of ${id}`;
  const sound = rows.filter((row) => {
    if (unitOf(row) === unit) return true;
    const reason = `The row counts in another unit than the rest (${unit}): a measure has one.`;
    work.report.refuse(stage, { row: row.line, column: 'Unit measure', reason, value: row.unit });
    return false;
  });
  if (!isThere) {
    work.report.stage(stage).untried += sound.length;
    return;
  }
  const to = { measure: id, definition: 1, steward, releasedAt, source: publisher, file: basename(path) };
  await publishFigures(work, to, sound.map(figureOf));
}

function figureOf({ line, period, disaggregation, value, status, statusText }: SdgObservation): PublishedFigure {
  return {
    ...{ line, period: period.label, value, status: statuses[status] },
    dimensions: Object.entries(disaggregation).map(([name, part]) => ({ name, value: part })),
    ...(statusText !== 'Normal value' && { original: `Observation status: ${statusText}` }),
  };
}

const unitOf = ({ unit, powerOfTen }: SdgObservation): string => (powerOfTen === 0 ? unit : `10^${powerOfTen} ${unit}`);

/** Figures with a dozen decimals come out of a spreadsheet; what is printed of them has one. */
function decimalsOf(rows: SdgObservation[]): number {
  const most = Math.max(0, ...rows.map(({ value }) => (value === null ? 0 : exactAgain(value).scale)));
  return most <= 4 ? most : 1;
}

/** What ONS says about the indicator in the description beside it, as far as it stands on one line. */
async function descriptionOf(path: string): Promise<Partial<Record<string, string>>> {
  const text = await readFile(path.replace(/(\.rev[\d-]+)?\.csv$/, '.meta.md'), 'utf8').catch(() => '');
  const lines = [...text.matchAll(/^(\w+): (?!>)(.+?)\s*$/gm)];
  return Object.fromEntries(lines.map(([, name, value]) => [name!, value!]));
}
