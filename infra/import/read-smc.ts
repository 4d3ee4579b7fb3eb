import type { Cells } from './read-cells.js';
import { academicYear, type Period } from './read-dates.js';
import { plainOf } from './read-decimal.js';
import { type ObservationStatus, withoutRepeats } from './read-ons-sdg.js';
import { type Read, readTable } from './rows.js';

/**
 * Until the year 2020/21 and since 2021/22 "a good level of development" was assessed in two ways (the Early Years
 * Foundation Stage was reformed in September 2021): figures of the two are never subtracted or joined by a line.
 */
export type Definition = 'BEFORE_2021_REFORM' | 'SINCE_2021_REFORM';

export interface DevelopmentObservation {
  line: number;
  measure: string;
  area: { code: string | null; name: string; level: string };
  period: Period;
  definition: Definition;
  /** Only the breakdowns the row states: { 'Free school meals': 'FSM', Sex: 'Girls' }. */
  disaggregation: Record<string, string>;
  /** All children of England. */
  isHeadline: boolean;
  /** M where the source says NA; B in the first year of a new definition; else A. */
  status: ObservationStatus;
  /** Percent, as published; null where the source says NA. */
  value: string | null;
  low: string | null;
  high: string | null;
  sampleSize: string | null;
  note: string | null;
}

const layout = {
  format: 'smc-development',
  required:
    'Ind_code Ind_name Area_type Area_code Area_name Time_period SEB Age Sex Category_type Category Value Sample_size LCI UCI SE Unit Value_note'.split(
      ' ',
    ),
};

/** Development at age 5 as the Social Mobility Commission publishes it. */
export async function readSmcDevelopment(path: string): Promise<Read<DevelopmentObservation>> {
  const read = await readTable(path, layout, developmentIn);
  return withoutRepeats(read, ({ measure, area, period, disaggregation }) =>
    JSON.stringify([measure, area.name, period.label, Object.entries(disaggregation)]),
  );
}

function developmentIn(cells: Cells): DevelopmentObservation {
  const period = academicYear(cells.text('Time_period'));
  if (!period) cells.refuse('Time_period', 'This is not an academic year such as 201819.');
  const value = percentIn(cells, 'Value');
  const area = { code: given(cells, 'Area_code'), name: cells.text('Area_name'), level: cells.text('Area_type') };
  const category = given(cells, 'Category_type');
  const parts: [string, string | null][] = [
    ['Socio-economic background', whole(given(cells, 'SEB'))],
    ['Sex', whole(given(cells, 'Sex'))],
    [category ?? 'Category', given(cells, 'Category')],
  ];
  const disaggregation = Object.fromEntries(parts.filter((part): part is [string, string] => part[1] !== null));
  if (cells.text('Unit') !== 'Percentage') cells.refuse('Unit', 'The unit is not Percentage.');
  return {
    line: cells.line,
    measure: cells.text('Ind_name'),
    area,
    period,
    definition: period.from < '2021-09-01' ? 'BEFORE_2021_REFORM' : 'SINCE_2021_REFORM',
    disaggregation,
    isHeadline: area.level === 'National' && Object.keys(disaggregation).length === 0,
    status: value === null ? 'M' : period.label === '2021/22' ? 'B' : 'A',
    value,
    low: percentIn(cells, 'LCI'),
    high: percentIn(cells, 'UCI'),
    sampleSize: given(cells, 'Sample_size') && plainOf(cells.decimal('Sample_size')),
    note: given(cells, 'Value_note'),
  };
}

/** NA is how the source writes "there is none", for values and for breakdowns alike. */
function given(cells: Cells, column: string): string | null {
  const text = cells.maybe(column);
  return text === 'NA' ? null : text;
}

const whole = (part: string | null): string | null => (part === 'Total' ? null : part);

function percentIn(cells: Cells, column: string): string | null {
  if (given(cells, column) === null) return null;
  const exact = cells.decimal(column);
  if (exact.digits < 0n || exact.digits > 100n * 10n ** BigInt(exact.scale)) {
    cells.refuse(column, 'A percentage lies between 0 and 100.');
  }
  return plainOf(exact);
}
