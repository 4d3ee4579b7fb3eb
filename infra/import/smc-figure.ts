import type { Cells } from './read-cells.js';
import type { Period } from './read-dates.js';
import { plainOf } from './read-decimal.js';
import type { ObservationStatus } from './read-ons-sdg.js';

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
  /** Only the breakdowns the row states: { 'Socio-economic background': 'FSM', Sex: 'Girls' }. */
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

/** What the layouts write under other names. */
type Stated = Omit<DevelopmentObservation, 'definition' | 'isHeadline' | 'status'>;

export function developmentOf(stated: Stated): DevelopmentObservation {
  const { area, disaggregation, period, value } = stated;
  return {
    ...stated,
    definition: period.from < '2021-09-01' ? 'BEFORE_2021_REFORM' : 'SINCE_2021_REFORM',
    isHeadline: area.level === 'National' && Object.keys(disaggregation).length === 0,
    status: value === null ? 'M' : period.label === '2021/22' ? 'B' : 'A',
  };
}

/** NA is how the source writes "there is none", for values and for breakdowns alike. */
export function given(cells: Cells, column: string): string | null {
  const text = cells.maybe(column);
  return text === 'NA' ? null : text;
}

export const countIn = (cells: Cells, column: string): string | null =>
  given(cells, column) && plainOf(cells.decimal(column));

export function percentIn(cells: Cells, column: string): string | null {
  if (given(cells, column) === null) return null;
  const exact = cells.decimal(column);
  if (exact.digits < 0n || exact.digits > 100n * 10n ** BigInt(exact.scale)) {
    cells.refuse(column, 'A percentage lies between 0 and 100.');
  }
  return plainOf(exact);
}
