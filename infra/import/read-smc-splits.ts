import type { Cells } from './read-cells.js';
import { academicYear } from './read-dates.js';
import { type Read, type RefusedRow, readTable } from './rows.js';
import { countIn, type DevelopmentObservation, developmentOf, given, percentIn } from './smc-figure.js';

/** The layout since the State of the Nation of 2026: each row says by up to four splits what it is about. */
const layout = {
  format: 'smc-development',
  required:
    'measure_code measure_title chart_type area_code area_type area_name primary_split_type primary_split_value secondary_split_type secondary_split_value tertiary_split_type tertiary_split_value fourth_split_type fourth_split_value time_period value lci uci sample_size unit value_note variable_used weight_used age_used year_used label'.split(
      ' ',
    ),
};

/** A column that is in this layout alone. */
export const ownColumn = 'primary_split_type';

const background = 'Socio-economic background';
const places = ['primary', 'secondary', 'tertiary', 'fourth'] as const;

/** Breakdowns as the older layout names them, so that a figure of both goes on as one series. */
const breakdowns: Readonly<Record<string, string>> = {
  ...{ seb: background, sex: 'Sex', ethnicity: 'Ethnicity', idaci_decile: 'IDACI decile' },
};
const parts: Readonly<Record<string, string>> = {
  ...{ 'Eligible for free school meals': 'FSM', 'Not eligible for free school meals': 'All other pupils' },
};
/** What a split says a second time, or of the colour on a map: no breakdown. */
const repeated: Readonly<Record<string, string | null>> = {
  ...{ time_period: 'time_period', area_name: 'area_name', quintile: null },
};
const onlyEligible = 'This contains those that are FSM eligible ONLY';

export async function readSplits(path: string): Promise<Read<DevelopmentObservation>> {
  const { rows, refused, rowCount } = await readTable(path, layout, developmentIn);
  const told = childrenOf(rows);
  return { rows: told.rows, refused: [...refused, ...told.refused].sort((a, b) => a.row - b.row), rowCount };
}

function developmentIn(cells: Cells): DevelopmentObservation {
  const period = academicYear(cells.text('time_period'));
  if (!period) cells.refuse('time_period', 'This is not an academic year such as 2018/19.');
  if (!/^Percent(age)?$/.test(cells.text('unit'))) cells.refuse('unit', 'The unit is not Percentage.');
  const level = cells.text('area_type');
  return developmentOf({
    ...{ line: cells.line, measure: cells.text('measure_title'), period },
    area: {
      ...{ code: given(cells, 'area_code'), name: cells.text('area_name') },
      level: level === 'Country' ? 'National' : level,
    },
    disaggregation: splitsIn(cells),
    value: percentIn(cells, 'value'),
    ...{ low: percentIn(cells, 'lci'), high: percentIn(cells, 'uci') },
    sampleSize: countIn(cells, 'sample_size'),
    note: given(cells, 'value_note'),
  });
}

function splitsIn(cells: Cells): Record<string, string> {
  const found: Record<string, string> = {};
  for (const place of places) {
    const [typeColumn, valueColumn] = [`${place}_split_type`, `${place}_split_value`];
    const type = given(cells, typeColumn);
    const part = given(cells, valueColumn);
    if (type === null) {
      if (part !== null) cells.refuse(valueColumn, 'It is not said what this is a part of.');
      continue;
    }
    if (part === null) cells.refuse(valueColumn, 'It is not said which part this is.');
    if (type in repeated) {
      const column = repeated[type]!;
      if (column && part !== cells.original(column)) cells.refuse(valueColumn, `It is not the ${column} of the row.`);
      continue;
    }
    const name = cells.oneOf(typeColumn, breakdowns);
    if (name in found) cells.refuse(typeColumn, 'The row is split twice by the same.');
    if (part !== 'Total') found[name] = parts[part] ?? part;
  }
  if (given(cells, 'value_note') === onlyEligible) found[background] = 'FSM';
  return found;
}

/**
 * Rows by ethnicity and sex do not say that they are about those eligible for free school meals alone, as the rows by
 * ethnicity do. Where the girls and boys of such a row add up to its sample, they are those children; else nobody knows.
 */
function childrenOf(rows: readonly DevelopmentObservation[]): Pick<Read<DevelopmentObservation>, 'rows' | 'refused'> {
  const keyOf = ({ period, area, disaggregation }: DevelopmentObservation) =>
    JSON.stringify([period.label, area.name, disaggregation.Ethnicity]);
  const isUntold = ({
    disaggregation: { Sex: sex, Ethnicity: ethnicity, [background]: which },
  }: DevelopmentObservation) => sex !== undefined && ethnicity !== undefined && which === undefined;
  const eligible = new Map<string, string | null>();
  const counted = new Map<string, bigint>();
  for (const row of rows) {
    const { disaggregation, sampleSize } = row;
    if (disaggregation[background] === 'FSM' && !disaggregation.Sex) eligible.set(keyOf(row), sampleSize);
    if (isUntold(row) && sampleSize !== null)
      counted.set(keyOf(row), (counted.get(keyOf(row)) ?? 0n) + BigInt(sampleSize));
  }
  const refused: RefusedRow[] = [];
  const told = rows.flatMap((row): DevelopmentObservation[] => {
    if (!isUntold(row)) return [row];
    if (row.sampleSize !== null && `${counted.get(keyOf(row))}` === eligible.get(keyOf(row)))
      return [{ ...row, disaggregation: { [background]: 'FSM', ...row.disaggregation } }];
    const reason =
      'It is not said whether these are all children or only those eligible for free school meals, and their sample does not tell.';
    refused.push({ row: row.line, column: 'secondary_split_type', reason, value: 'ethnicity' });
    return [];
  });
  return { rows: told, refused };
}
