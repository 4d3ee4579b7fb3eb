import { basename } from 'node:path';
import { exactAgain, minus, plainOf, quotientOf } from './read-decimal.js';
import type { AttendancesRow } from './read-nhs-ae.js';
import type { Work } from './write-batches.js';
import { type Definition, instantOf, makeMeasure, type PublishedFigure, publishFigures } from './write-measures.js';
import type { Wanted } from './write-missions.js';
import type { Registering } from './write-organisations.js';

export interface AttendancesOptions {
  path: string;
  released: { day: string; statedBy: string } | null;
  mission?: string | undefined;
  /** Whether the rows are all that the file has: only then do sums over them say something. */
  isComplete: boolean;
}

export const performanceMeasure = 'ae-four-hour-performance';

const england = 'E92000001';
const steward: Registering = {
  ...{ line: null, id: 'nhs-england', name: 'NHS England', kind: 'ARMS_LENGTH_BODY', identifiers: [] },
};
const mission: Wanted = {
  ...{ id: 'urgent-care', name: 'Urgent and emergency care', meaning: 'SPIRIT' },
  purpose: 'To see how long people wait for urgent care, by the figures that NHS England publishes month by month.',
};
const source = 'NHS England, A&E attendances and emergency admissions';

/** What was counted in some rows together; the line of the file where it is one row. */
interface Counted {
  line: number | null;
  month: string;
  area: string;
  type: string | null;
  attendances: number;
  breaches: number;
  original: string;
}

interface Kind {
  id: string;
  title: string;
  definition: Definition;
  /** Of which areas it is published: of counts, those of the whole suffice, for each row keeps its own. */
  isOf(counted: Counted): boolean;
  valueOf(counted: Counted): string | null;
}

const monthly = { frequency: 'MONTH', source } as const;
const kinds: Kind[] = [
  {
    id: performanceMeasure,
    title: 'A&E attendances that ended within four hours',
    definition: {
      ...{ ...monthly, unit: 'percent', decimals: 1, polarity: 'HIGHER' },
      formula:
        'Attendances less breaches, per hundred attendances, rounded to four decimals; a breach is an attendance of more than four hours until admission, transfer or discharge. The sample is the number of attendances.',
    },
    isOf: () => true,
    valueOf: ({ attendances, breaches }) => shareWithin(attendances, breaches),
  },
  {
    id: 'ae-attendances',
    title: 'A&E attendances',
    definition: {
      ...{ ...monthly, unit: 'attendances', decimals: 0, polarity: 'RANGE' },
      formula: 'Attendances at accident and emergency departments of all organisations, added up.',
    },
    isOf: ({ area }) => area === england,
    valueOf: ({ attendances }) => String(attendances),
  },
  {
    id: 'ae-breaches',
    title: 'A&E attendances of more than four hours',
    definition: {
      ...{ ...monthly, unit: 'attendances', decimals: 0, polarity: 'LOWER' },
      formula: 'Attendances of more than four hours until admission, transfer or discharge, added up.',
    },
    isOf: ({ area }) => area === england,
    valueOf: ({ breaches }) => String(breaches),
  },
];

/** Null where nobody came: then there is no share. */
function shareWithin(attendances: number, breaches: number): string | null {
  if (attendances === 0) return null;
  const within = minus(exactAgain(String(attendances)), exactAgain(String(breaches)));
  return plainOf(quotientOf({ ...within, digits: within.digits * 100n }, exactAgain(String(attendances)), 4));
}

/** Writes four-hour performance of England, of every organisation and of each kind of department, and England's counts. */
export async function writeNhsAe(
  work: Work,
  rows: readonly AttendancesRow[],
  options: AttendancesOptions,
): Promise<void> {
  const { path, released, isComplete } = options;
  const releasedAt = instantOf(released?.day ?? null);
  work.report.note(
    released
      ? `Released on ${released.day}, as ${released.statedBy} says: it counts as known from the beginning of that day.`
      : 'Neither the file nor --released says when it was released: it counts as known from now.',
  );
  if (!isComplete) {
    work.report.note(
      'Not all rows of the file are taken, so nothing is added up: neither England nor all departments of an organisation together.',
    );
  }
  const counted = [...(isComplete ? sumsOf(rows) : []), ...rows.map(asCounted)];
  for (const kind of kinds) {
    const { id, title, definition } = kind;
    const isThere = await makeMeasure(work, {
      ...{ id, title, definition, steward, releasedAt, revisions: [], nationalArea: england },
      ...{ outcomeTitle: title, mission: options.mission ?? mission },
    });
    const figures = counted.filter(kind.isOf).map((each) => figureOf(each, kind.valueOf(each)));
    if (!isThere) work.report.stage(`figures of ${id}`).untried += figures.length;
    else if (figures.length > 0) {
      const to = { measure: id, definition: 1, steward, releasedAt, source, file: basename(path) };
      await publishFigures(work, to, figures);
    }
  }
}

function asCounted(row: AttendancesRow): Counted {
  const { line, month, organisation, type, attendances, breaches, admissions } = row;
  const more = admissions === null ? '' : `, admissions ${admissions}`;
  const original = `attendances ${attendances}, breaches ${breaches}${more}`;
  return { line, month, area: organisation, type, attendances, breaches, original };
}

/** England by month, also by kind of department, and each organisation with all its departments. */
function sumsOf(rows: readonly AttendancesRow[]): Counted[] {
  const sums = new Map<string, Counted & { rowCount: number }>();
  const add = (row: AttendancesRow, area: string, type: string | null) => {
    const key = JSON.stringify([row.month, area, type]);
    const { month, attendances, breaches } = row;
    const sum = sums.get(key) ?? {
      line: null,
      month,
      area,
      type,
      attendances: 0,
      breaches: 0,
      original: '',
      rowCount: 0,
    };
    sum.attendances += attendances;
    sum.breaches += breaches;
    sum.rowCount += 1;
    sums.set(key, sum);
  };
  for (const row of rows) {
    add(row, england, null);
    add(row, england, row.type);
    add(row, row.organisation, null);
  }
  return [...sums.values()].map(({ rowCount, ...sum }) => ({
    ...sum,
    original: `attendances ${sum.attendances}, breaches ${sum.breaches}, added up from ${rowCount} rows`,
  }));
}

const figureOf = (
  { line, month, area, type, attendances, original }: Counted,
  value: string | null,
): PublishedFigure => ({
  ...{ line, period: month, area, value, status: 'NORMAL', sampleSize: attendances, original },
  ...(value === null && { valueKind: 'NOT_APPLICABLE' as const }),
  dimensions: type === null ? [] : [{ name: 'Type of department', value: type }],
});
