import 'reflect-metadata';
import { toDecimal } from '../../services/kernel/money.js';
import { departmentId, departmentOf } from './oscar-departments.js';
import { type DepartmentSpending, type OscarRow, oscarCurrency, spendingOf } from './read-oscar.js';
import { type DeedAnswer, eachOf, type RowAnswer, sendBatches, type UserError, type Work } from './write-batches.js';
import { makeMissions } from './write-missions.js';
import { missionUnit, type Registering, registerOrganisations } from './write-organisations.js';

export interface OscarOptions {
  mission: string | undefined;
  releasedAt: string | null;
}

interface PublishAnswer extends DeedAnswer {
  rows: { verdict: RowAnswer['verdict']; userErrors: UserError[] }[];
}

const stage = 'aligned spending';
const ownMission = 'departmental-spending';
const source = 'HM Treasury, OSCAR in-year data set (Open Government Licence v3.0)';

const pounds = (pence: bigint) => ({ amount: toDecimal(pence, oscarCurrency), currency: oscarCurrency });
const said = (pence: bigint) => `${oscarCurrency} ${toDecimal(pence, oscarCurrency)}`;
const sumOf = (amounts: Iterable<bigint>) => [...amounts].reduce((sum, pence) => sum + pence, 0n);

/** Writes what departments spent themselves, each as its own publisher: aligned, so it is in no total of pooled money. */
export async function writeOscar(work: Work, rows: readonly OscarRow[], options: OscarOptions): Promise<void> {
  const spending = spendingOf(rows);
  await registerDepartments(work, spending);
  if (options.mission === undefined) {
    const purpose =
      'To show what departments spend themselves, as published by HM Treasury (OSCAR), beside what they pool. All of their spending: it says nothing of what it is for.';
    const mission = { id: ownMission, name: 'Departmental spending', purpose, meaning: 'SPIRIT' } as const;
    await makeMissions(work, [mission]);
  }
  const held = await publish(work, spending, options);
  noteWhatIsDecided(work, rows);
  noteTheSum(work, rows, spending, held);
}

/** Registers departments that are not in the register; those that are stay as they are. */
async function registerDepartments(work: Work, spending: readonly DepartmentSpending[]): Promise<void> {
  const wanted = new Map<string, Registering>();
  for (const { department, firstLine } of spending) {
    const each = departmentOf(department, firstLine);
    if (!wanted.has(each.id)) wanted.set(each.id, each);
  }
  const unknown: Registering[] = [];
  await eachOf([...wanted.values()], 4, async (each) => {
    const document = 'query Known($id: ID!) { organisation(id: $id) { id } }';
    const question = { service: 'missions', client: missionUnit, document, variables: { id: each.id } } as const;
    const { organisation } = await work.hub.ask<{ organisation: object | null }>(question);
    if (organisation) work.report.stage('organisations').count('UNCHANGED');
    else unknown.push(each);
  });
  unknown.sort((one, other) => (one.id < other.id ? -1 : 1));
  await registerOrganisations(work, 'organisations', unknown);
}

/** Publishes each department's spending as that department; answers what the hub holds of it afterwards, in pence. */
async function publish(work: Work, spending: readonly DepartmentSpending[], options: OscarOptions): Promise<bigint> {
  const byDepartment = new Map<string, DepartmentSpending[]>();
  for (const each of spending) {
    if (sumOf(each.pence.values()) <= 0n) {
      refuseIncome(work, each);
      continue;
    }
    byDepartment.set(each.department, [...(byDepartment.get(each.department) ?? []), each]);
  }
  let held = 0n;
  work.progress.begin(stage, [...byDepartment.values()].flat().length);
  await eachOf([...byDepartment], 4, async ([department, some]) => {
    await sendBatches<DepartmentSpending, PublishAnswer>(work, {
      ...{ stage, rows: some, service: 'contributions', deed: 'publishContributions' },
      client: `${departmentId(department)}.publisher`,
      selection: 'rows { verdict userErrors { code message path } }',
      input: (few) => ({ rows: few.map((each) => rowOf(each, options)) }),
      answers: (payload) =>
        payload.rows.map(({ verdict, userErrors: [fault] }) => {
          return { verdict, reason: fault ? `${fault.message} (${fault.code})` : null };
        }),
      place: (each) => ({ line: each.firstLine, column: 'Amount', value: nameOf(each) }),
      money: (each) => ({ currency: oscarCurrency, minor: sumOf(each.pence.values()) }),
      done: (each, { verdict }) => {
        if (verdict !== 'REFUSED') held += sumOf(each.pence.values());
      },
    });
  });
  work.progress.end();
  return held;
}

const nameOf = ({ department, financialYear, quarter, scope }: DepartmentSpending) =>
  `${department}, ${financialYear} Q${quarter}, ${scope === 'BUDGET' ? 'in its budget' : 'outside its budget'}`;

function rowOf(each: DepartmentSpending, { mission = ownMission, releasedAt }: OscarOptions) {
  const { department, financialYear, quarter, version, rowCount, firstLine, lastLine, evidence } = each;
  const parts = [...each.pence].filter(([, pence]) => pence !== 0n);
  return {
    ...{ sourceSystem: 'hm-treasury-oscar', sourceRecordId: nameOf(each), mission, kind: 'MONEY', pooling: 'ALIGNED' },
    publicName: `Net spending of ${nameOf(each)} (OSCAR)`,
    // The hub publishes pledges and agreements; nobody else has agreed to what a department spends itself.
    state: 'PLEDGED',
    terms: {
      amounts: parts.map(([controlTotal, pence]) => ({ financialYear, controlTotal, amount: pounds(pence) })),
      total: pounds(sumOf(parts.map(([, pence]) => pence))),
      instalments: [],
      reason: `Spent by ${department} itself, net of income, as it reported to HM Treasury (${version}).`,
    },
    effectiveOn: lastDayOf(financialYear, quarter),
    releasedAt,
    provenance: {
      source,
      row: `${rowCount} rows from line ${firstLine} to ${lastLine}`,
      original: cutAt(evidence, 9_000),
    },
    illustrative: false,
  };
}

/** As many whole lines as fit, and how many there are beyond. */
function cutAt(lines: readonly string[], longest: number): string {
  let count = lines.length;
  for (let length = lines.join('\n').length; length > longest; count -= 1) length -= lines[count - 1]!.length + 1;
  const rest = lines.length - count;
  return [...lines.slice(0, count), ...(rest > 0 ? [`and ${rest} more sums in the file`] : [])].join('\n');
}

function lastDayOf(financialYear: string, quarter: number): string {
  const year = Number(financialYear.slice(0, 4)) + (quarter === 4 ? 1 : 0);
  return `${year}-${['06-30', '09-30', '12-31', '03-31'][quarter - 1]}`;
}

/** Nothing is contributed where income was larger than what was spent: refused by name, not left out. */
function refuseIncome({ report }: Work, each: DepartmentSpending): void {
  report.refuse('net income', {
    row: each.firstLine,
    column: 'Amount',
    reason:
      'All of it is zero or below: income or released provisions are larger than what was spent. A contribution is above zero, so the hub does not hold it.',
    value: `${nameOf(each)}: ${toDecimal(sumOf(each.pence.values()), oscarCurrency)}`,
  });
}

function noteWhatIsDecided({ report }: Work, rows: readonly OscarRow[]): void {
  const below = rows.filter(({ pence }) => pence < 0n);
  report.warn('row without an economic budget: it states zero, and is in no control total', countNone(rows));
  if (below.length > 0) {
    report.note(
      `${below.length} rows are below zero, ${said(sumOf(below.map(({ pence }) => pence)))} together: income and released provisions, counted as they stand.`,
    );
  }
  const [first, ...others] = new Set(rows.map(({ financialYear }) => financialYear));
  for (const year of others) {
    const some = rows.filter(({ financialYear }) => financialYear === year);
    report.note(
      `${some.length} rows are of ${year} and not of ${first}, ${said(sumOf(some.map(({ pence }) => pence)))} together: published under their own year.`,
    );
  }
}

const countNone = (rows: readonly OscarRow[]) => rows.filter(({ controlTotal }) => controlTotal === null).length;

/** The whole file against what the hub holds, in one sentence that adds up. */
function noteTheSum(
  { report }: Work,
  rows: readonly OscarRow[],
  spending: readonly DepartmentSpending[],
  held: bigint,
): void {
  const all = sumOf(rows.map(({ pence }) => pence));
  const income = spending.map(({ pence }) => sumOf(pence.values())).filter((pence) => pence <= 0n);
  const missing = sumOf(income);
  const refused = all - held - missing;
  const rest = refused === 0n ? '' : ` and ${said(refused)} refused by the hub`;
  report.note(
    `The rows add up to ${said(all)}: ${said(held)} in the hub as aligned spending, ${said(missing)} in ${income.length} quarters with net income that are listed as refused${rest}.`,
  );
}
