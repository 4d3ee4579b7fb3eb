import { type Cell, CellFault, type RowFault, type TableRow } from './cell.js';
import { columnCalled } from './columns.js';
import type { Places } from './mapping.js';
import type { UnknownMissions } from './missions.js';
import { type PublishedRow, publishedRow } from './published-row.js';
import type { Ways } from './read-value.js';

/** The rows of one contribution, and what they say or why that cannot be taken. */
export interface Found {
  /** Row numbers; of money one for each amount. */
  rows: number[];
  input: PublishedRow | null;
  faults: RowFault[];
}

interface Group {
  key: string;
  rows: { row: number; values: Map<string, string> }[];
  shared: Map<string, string>;
  faults: RowFault[];
}

const ofMoney = ['financialYear', 'controlTotal', 'amount', 'currency'];

/** Reads the contributions of a table, one after the other; rows of one contribution stand together. */
export class ContributionsIn {
  /** The first row of each contribution so far. */
  private readonly seen = new Map<string, number>();
  /** The missions that were named so far, by whatever rows. */
  readonly missions = new Set<string>();

  /** `unknown` has missions that are refused, each with the reason. */
  constructor(
    private readonly source: string,
    private readonly places: Places,
    private readonly ways: Ways,
    private readonly unknown: UnknownMissions = new Map(),
  ) {}

  async *read(rows: AsyncIterable<TableRow>): AsyncGenerator<Found> {
    let group: Group | null = null;
    for await (const row of rows) {
      const faults: RowFault[] = [];
      const values = this.values(row, faults);
      const key = values.has('record') ? JSON.stringify([values.get('system') ?? '', values.get('record')]) : null;
      if (group && group.key !== key) {
        yield this.finish(group);
        group = null;
      }
      if (key === null) {
        if (faults.length === 0) faults.push(this.fault(row.row, 'record', 'The row names no record.'));
        yield { rows: [row.row], input: null, faults };
        continue;
      }
      group ??= this.begin(key, row.row);
      this.add(group, row.row, values, faults);
    }
    if (group) yield this.finish(group);
  }

  private values({ row, cells, fault }: TableRow, faults: RowFault[]): Map<string, string> {
    const values = new Map<string, string>();
    if (fault) faults.push({ row, column: null, reason: fault });
    for (const [column, place] of this.places) {
      const cell: Cell = 'always' in place ? place.always : cells[place.at]!;
      if (cell.fault) faults.push(this.fault(row, column, cell.fault));
      else if (cell.text !== '') this.take(row, column, cell, values, faults);
    }
    return values;
  }

  private take(row: number, column: string, cell: Cell, values: Map<string, string>, faults: RowFault[]): void {
    try {
      values.set(column, columnCalled(column)!.read(cell, this.ways));
    } catch (fault) {
      if (!(fault instanceof CellFault)) throw fault;
      faults.push(this.fault(row, column, fault.message));
    }
  }

  private begin(key: string, row: number): Group {
    const group: Group = { key, rows: [], shared: new Map(), faults: [] };
    const before = this.seen.get(key);
    if (before === undefined) this.seen.set(key, row);
    else {
      const reason = `This record stands in row ${before} already; its rows stand together, and each contribution once.`;
      group.faults.push(this.fault(row, 'record', reason));
    }
    return group;
  }

  /** What all rows say alike may be left out in all but the first. */
  private add(group: Group, row: number, values: Map<string, string>, faults: RowFault[]): void {
    const isFirst = group.rows.length === 0;
    for (const [column, value] of values) {
      if (columnCalled(column)!.ofAmount) continue;
      const before = group.shared.get(column);
      if (isFirst) group.shared.set(column, value);
      else if (before !== value) {
        const first = group.rows[0]!.row;
        const reason = `Row ${first} of the same record says ${before === undefined ? 'nothing' : `"${before}"`} here.`;
        faults.push(this.fault(row, column, reason));
      }
    }
    group.rows.push({ row, values });
    group.faults.push(...faults);
  }

  private finish(group: Group): Found {
    const { rows, shared, faults } = group;
    const numbers = rows.map(({ row }) => row);
    const mission = shared.get('mission') ?? '';
    if (mission) this.missions.add(mission);
    const reason = this.unknown.get(mission);
    if (reason) faults.push(this.fault(numbers[0]!, 'mission', reason));
    if (faults.length === 0) faults.push(...this.missing(group));
    if (faults.length > 0) return { rows: numbers, input: null, faults };
    const range = numbers.length > 1 ? `${numbers[0]}-${numbers.at(-1)}` : String(numbers[0]);
    const provenance = { source: this.source, row: range };
    return {
      rows: numbers,
      input: publishedRow(
        shared,
        rows.map(({ values }) => values),
        provenance,
      ),
      faults,
    };
  }

  private missing({ rows, shared }: Group): RowFault[] {
    const first = rows[0]!.row;
    const faults = ['mission', 'kind', 'pooling', 'name']
      .filter((column) => !shared.has(column))
      .map((column) => this.fault(first, column, `The ${column} is missing: ${columnCalled(column)!.about}.`));
    if (shared.has('instrument') && !shared.has('signedOn'))
      faults.push(this.fault(first, 'signedOn', 'An agreement needs the day it was signed.'));
    const kind = shared.get('kind') ?? '';
    if (['MONEY', 'BUDGET_COVER'].includes(kind)) return [...faults, ...this.wrongAmounts(rows, shared.get('pooling'))];
    if (rows.length > 1) faults.push(this.fault(rows[1]!.row, 'record', `${kind} has one row for each record.`));
    for (const column of ['quantity', 'unit'])
      if (!shared.has(column)) faults.push(this.fault(first, column, `${kind} needs a ${column}.`));
    if (rows.some(({ values }) => values.has('amount')))
      faults.push(this.fault(first, 'amount', `${kind} has a quantity; leave out the amount.`));
    return faults;
  }

  private wrongAmounts(rows: Group['rows'], pooling: string | undefined): RowFault[] {
    const faults: RowFault[] = [];
    const places = new Map<string, number>();
    const currency = rows[0]!.values.get('currency');
    for (const { row, values } of rows) {
      const missing = ofMoney.filter((column) => !values.has(column));
      for (const column of missing)
        faults.push(this.fault(row, column, `Money needs its ${columnCalled(column)!.words[0]}.`));
      if (missing.length > 0) continue;
      if (values.get('currency') !== currency) {
        const reason = `This is ${values.get('currency')} and the first row of the record ${currency}; a contribution has one currency.`;
        faults.push(this.fault(row, 'currency', reason));
      }
      if (values.get('amount')!.startsWith('-') && pooling !== 'ALIGNED') {
        const reason = `"${values.get('amount')}" is not above zero; only ALIGNED money may be below, where income is more.`;
        faults.push(this.fault(row, 'amount', reason));
      }
      const place = `${values.get('financialYear')} ${values.get('controlTotal')}`;
      const before = places.get(place);
      if (before)
        faults.push(this.fault(row, 'financialYear', `${place} stands in row ${before} of the record already.`));
      places.set(place, row);
    }
    return faults;
  }

  /** A fault under the heading that people see. */
  fault(row: number, column: string, reason: string): RowFault {
    return { row, column: this.headingOf(column), reason };
  }

  headingOf(column: string): string {
    const place = this.places.get(column);
    return place && 'heading' in place ? place.heading : column;
  }
}
