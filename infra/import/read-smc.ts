import { open } from 'node:fs/promises';
import type { Cells } from './read-cells.js';
import { academicYear } from './read-dates.js';
import { withoutRepeats } from './read-ons-sdg.js';
import { ownColumn, readSplits } from './read-smc-splits.js';
import { type Read, readTable } from './rows.js';
import { countIn, type DevelopmentObservation, developmentOf, given, percentIn } from './smc-figure.js';

const layout = {
  format: 'smc-development',
  required:
    'Ind_code Ind_name Area_type Area_code Area_name Time_period SEB Age Sex Category_type Category Value Sample_size LCI UCI SE Unit Value_note'.split(
      ' ',
    ),
};

/** Development at age 5 as the Social Mobility Commission publishes it, in the layout before 2026 or in that since. */
export async function readSmcDevelopment(path: string): Promise<Read<DevelopmentObservation>> {
  const isSplit = (await beginningOf(path)).includes(ownColumn);
  const read = isSplit ? await readSplits(path) : await readTable(path, layout, developmentIn);
  return withoutRepeats(read, ({ measure, area, period, disaggregation }) =>
    JSON.stringify([measure, area.name, period.label, Object.entries(disaggregation)]),
  );
}

/** As much of a file as its header may be long; what cannot be read is refused where all of it is. */
async function beginningOf(path: string): Promise<string> {
  const file = await open(path).catch(() => null);
  if (!file) return '';
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2_000), 0, 2_000, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return '';
  } finally {
    await file.close();
  }
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
  return developmentOf({
    ...{ line: cells.line, measure: cells.text('Ind_name'), area, period, disaggregation, value },
    ...{ low: percentIn(cells, 'LCI'), high: percentIn(cells, 'UCI') },
    sampleSize: countIn(cells, 'Sample_size'),
    note: given(cells, 'Value_note'),
  });
}

const whole = (part: string | null): string | null => (part === 'Total' ? null : part);
