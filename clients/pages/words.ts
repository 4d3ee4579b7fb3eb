/** What the contract's values are called on a page. A status word never stands without its rule beside it. */

export const verdicts: Record<string, string> = {
  AHEAD: 'Ahead',
  ON: 'On course',
  BEHIND: 'Behind',
  NOT_DISTINGUISHABLE: 'Cannot be distinguished',
  NO_DATA: 'Not enough data',
  NOT_COMPARABLE: 'Cannot be compared',
};

export const changeWords: Record<string, string> = {
  NEW_MEASURE: 'it was no evidence then',
  NEW_PERIOD: 'there is a figure for another period',
  RESTATED: 'the figure itself was revised',
  DEFINITION_CHANGED: 'the measure is defined anew',
  TARGET_CHANGED: 'a target was added or revised',
  TRAJECTORY_CHANGED: 'the expected course was set anew',
  VERDICT_CHANGED: 'how it stands is another',
};

export const revisionReasons: Record<string, string> = {
  NEW_DATA: 'more was collected',
  METHOD: 'the method changed',
  ERROR: 'the earlier figure was wrong',
  ROUTINE: 'a routine revision',
};

/** Why there is no number where one would stand. */
const absences: Record<string, string> = {
  MISSING: 'No figure: nothing was collected or published',
  SUPPRESSED: 'Withheld, so that nobody is recognised',
  NOT_APPLICABLE: 'There cannot be a number here',
  WITHDRAWN: 'Withdrawn by its publisher',
};

const cautions: Record<string, string> = {
  BREAK: 'the first after a break in the series',
  ESTIMATED: 'estimated, not counted',
  PROVISIONAL: 'provisional, expected to be revised',
};

/** A briefing names its mission by id; the register may not know it. */
export const missionName = (mission: { name: string } | null): string =>
  mission?.name ?? 'a mission not registered here';

/** A decimal with commas between thousands; no digit is added, dropped or rounded. */
export function withCommas(decimal: string): string {
  const [whole = '', ...fraction] = decimal.split('.');
  return [whole.replace(/\B(?=(\d{3})+$)/g, ','), ...fraction].join('.');
}

export interface Figure {
  period: string;
  value: string | null;
  valueKind: string;
  low: string | null;
  high: string | null;
  confidenceLevel: string | null;
  status: string;
  unit: string;
  vintage: number;
  releasedAt: string;
  withdrawnBecause: string | null;
}

/** A figure with its unit, interval and cautions, or why there is no number. */
export function figureInWords(figure: Pick<Figure, 'value' | 'valueKind' | 'unit'> & Partial<Figure>): string {
  const { value, valueKind, unit, low, high, confidenceLevel, status, withdrawnBecause } = figure;
  if (value === null) return `${absences[valueKind] ?? 'No figure'}${withdrawnBecause ? `: ${withdrawnBecause}` : ''}`;
  const level = confidenceLevel ? ` (${confidenceLevel}% confidence)` : '';
  const interval = low && high ? `, between ${withCommas(low)} and ${withCommas(high)}${level}` : '';
  const caution = status && cautions[status] ? `; ${cautions[status]}` : '';
  return `${withCommas(value)} ${unit}${interval}${caution}`;
}

export interface Target {
  kind: string;
  value: string;
  upper: string | null;
  periodStart: string | null;
  periodEnd: string | null;
  legalBasis: string | null;
  note: string | null;
}

const within: Record<string, (value: string, upper: string) => string> = {
  POINT_BY_DATE: (value) => `reach ${value}`,
  FLOOR: (value) => `never below ${value}`,
  CEILING: (value) => `never above ${value}`,
  CUMULATIVE_CAP: (value) => `all periods together at most ${value}`,
  RATE: (value) => `change by ${value} in each period`,
  RANGE: (value, upper) => `between ${value} and ${upper}`,
};

/** What was promised, as the end of "Target: ...". */
export function targetInWords(target: Target, unit: string, day: (date: string) => string): string {
  const { kind, value, upper, periodStart, periodEnd, legalBasis, note } = target;
  const figure = (decimal: string) => `${withCommas(decimal)} ${unit}`.trim();
  const promise = (within[kind] ?? ((text) => text))(figure(value), figure(upper ?? ''));
  const from = periodStart ? ` from ${day(periodStart)}` : '';
  const until = periodEnd ? ` ${kind === 'POINT_BY_DATE' ? 'by' : 'until'} ${day(periodEnd)}` : '';
  const basis = legalBasis ? ` (${legalBasis})` : '';
  return `${promise}${from}${until}${basis}${note ? `. ${note}` : ''}`;
}
