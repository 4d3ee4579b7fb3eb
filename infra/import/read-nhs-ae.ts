import { isDay } from '../../services/kernel/dates.js';
import type { Cells } from './read-cells.js';
import { withoutRepeats } from './read-ons-sdg.js';
import { type Read, readTable } from './rows.js';

/** Kinds of department, as NHS England counts them. */
export const typesOfDepartment: Readonly<Record<string, string>> = {
  '1': '1: major, consultant-led',
  '2': '2: single specialty',
  other: 'other: minor injury units and walk-in centres',
};

/** What one organisation counted in one month in one kind of department. */
export interface AttendancesRow {
  line: number;
  /** 2017-03. */
  month: string;
  /** The organisation by its code in the Organisation Data Service: RF4. */
  organisation: string;
  type: string;
  attendances: number;
  /** Those of them who stayed longer than four hours before they were admitted, transferred or discharged. */
  breaches: number;
  /** Emergency admissions by way of the department; null in files that do not have them. */
  admissions: number | null;
}

const layout = {
  format: 'nhs-ae',
  required: ['period', 'org_code', 'type', 'attendances', 'breaches'],
  optional: ['admissions'],
};

/** Attendances at accident and emergency departments by organisation and month, as NHS England counts them. */
export async function readNhsAe(path: string): Promise<Read<AttendancesRow>> {
  const read = await readTable(path, layout, attendancesIn);
  return withoutRepeats(read, ({ month, organisation, type }) => JSON.stringify([month, organisation, type]));
}

function attendancesIn(cells: Cells): AttendancesRow {
  const day = cells.text('period');
  if (!isDay(day) || !day.endsWith('-01')) {
    cells.refuse('period', 'This is not the first day of a month, written YYYY-MM-01.');
  }
  const organisation = cells.text('org_code');
  if (!/^[A-Z0-9]{3,8}$/.test(organisation)) {
    cells.refuse('org_code', 'This is not the code of an organisation such as RF4.');
  }
  const attendances = countIn(cells, 'attendances');
  const breaches = countIn(cells, 'breaches');
  if (breaches > attendances) cells.refuse('breaches', 'More people waited too long than came.');
  return {
    ...{ line: cells.line, month: day.slice(0, 7), organisation, attendances, breaches },
    type: cells.oneOf('type', typesOfDepartment),
    admissions: cells.maybe('admissions') === null ? null : countIn(cells, 'admissions'),
  };
}

function countIn(cells: Cells, column: string): number {
  const text = cells.text(column);
  if (!/^\d{1,9}$/.test(text)) cells.refuse(column, 'This is not a count of people such as 1250.');
  return Number(text);
}
