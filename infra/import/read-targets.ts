import type { Cells } from './read-cells.js';
import { plainOf } from './read-decimal.js';
import { type Read, readTable } from './rows.js';

const kinds = {
  POINT_BY_DATE: 'POINT_BY_DATE',
  FLOOR: 'FLOOR',
  CEILING: 'CEILING',
  CUMULATIVE_CAP: 'CUMULATIVE_CAP',
  RATE: 'RATE',
} as const;

export interface TargetRow {
  line: number;
  /** The file whose series it is a target for. */
  indicatorFile: string;
  /** What is measured, in words. */
  measure: string;
  geography: string;
  kind: keyof typeof kinds;
  /** The first and the last day it holds for. A cap has both, a floor has the day it began, a point the day it is due. */
  from: string | null;
  to: string | null;
  value: string;
  unit: string;
  polarity: 'LOWER' | 'HIGHER';
  setBy: string;
  source: string | null;
  /** PARTLY: the text that says so names a part that was not verified. */
  verified: 'YES' | 'PARTLY' | 'NO';
  verifiedText: string;
}

const layout = {
  format: 'targets',
  required:
    'indicator_file measure geography target_type period_start period_end target_value unit direction set_by source_url verified'.split(
      ' ',
    ),
};

/** Targets that somebody has set for published series, each with its source. */
export const readTargets = (path: string): Promise<Read<TargetRow>> => readTable(path, layout, targetIn);

function targetIn(cells: Cells): TargetRow {
  const kind = cells.oneOf('target_type', kinds);
  const from = cells.maybeDay('period_start');
  const to = cells.maybeDay('period_end');
  if (from && to && to < from) cells.refuse('period_end', 'The period ends before it begins.');
  if (kind === 'CUMULATIVE_CAP' && !from)
    cells.refuse('period_start', 'A cumulative cap needs the day its period begins.');
  if (kind === 'FLOOR' || kind === 'CEILING') {
    if (!from) cells.refuse('period_start', 'A floor or ceiling needs the day from which it holds.');
  } else if (!to) cells.refuse('period_end', 'This target needs the day on which it is due.');
  const source = cells.maybe('source_url');
  if (source && !/^https?:\/\/\S+$/.test(source)) cells.refuse('source_url', 'This is not a web address.');
  const verifiedText = cells.text('verified');
  return {
    line: cells.line,
    indicatorFile: cells.text('indicator_file'),
    measure: cells.text('measure'),
    geography: cells.text('geography'),
    kind,
    from,
    to,
    value: plainOf(cells.decimal('target_value')),
    unit: cells.text('unit'),
    polarity: cells.oneOf('direction', { LOWER_IS_BETTER: 'LOWER', HIGHER_IS_BETTER: 'HIGHER' } as const),
    setBy: cells.text('set_by'),
    source,
    verified: verifiedIn(verifiedText),
    verifiedText,
  };
}

function verifiedIn(text: string): TargetRow['verified'] {
  if (/^NOT verified/i.test(text)) return 'NO';
  if (/NOT verified/i.test(text)) return 'PARTLY';
  return /^yes\b/i.test(text) ? 'YES' : 'NO';
}
