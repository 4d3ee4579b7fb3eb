import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { toMinor } from '../../services/kernel/money.js';
import { startWorld, type World } from '../../test/world.js';
import { Hub } from './client.js';
import { importing, toWorld } from './import-for-tests.js';
import { foundInOscar, oscarLine, oscarPublished } from './oscar-for-tests.js';
import { unseen } from './progress.js';
import { describePublished, filesForTests, tableText } from './read-files-for-tests.js';
import { controlTotals, spendingOf } from './read-oscar.js';
import { Report } from './report.js';
import { makeMissions } from './write-missions.js';

const written = filesForTests();
const file = (name: string, ...rows: Partial<typeof oscarLine>[]) => written(tableText(oscarLine, rows), name);
const rame = {
  'Control Budget Code': 'AME',
  'Control Budget Detail Code': 'DEPT AME',
};

const sumOf = (amounts: Iterable<bigint>) => [...amounts].reduce((sum, pence) => sum + pence, 0n);

let world: World;
beforeAll(async () => {
  world = await startWorld({ services: ['missions', 'contributions'] });
});
afterAll(() => world?.stop());

const ask = async (query: string, as?: string) => {
  const { data, errors } = await world.ask(query, { ...(as && { as }) });
  if (errors && errors[0].extensions.code !== 'NOT_FOUND') throw new Error(errors[0].message);
  return data;
};

/** What the hub says a department spent itself, as one asks for it. */
const spent = async (contributor: string, asked = 'publicName state current { total { amount currency } reason }') =>
  (await ask(`{ contributions(filter: { contributor: "${contributor}", pooling: ALIGNED }) { nodes { ${asked} } } }`))
    .contributions.nodes;

describe('spending of departments that is imported', () => {
  const choices = { mission: 'tests' };
  beforeAll(async () => {
    const work = { hub: new Hub(toWorld(world)), report: new Report('', '', false), progress: unseen, dryRun: false };
    await makeMissions(work, [{ id: 'tests', name: 'Tests', purpose: 'To test', meaning: 'SPIRIT' }]);
  });
  const rows = [
    { Amount: '100' },
    { Amount: '-30.5', 'Organisation Code': 'TST002', Organisation: 'OFFICE OF RULES' },
    { Amount: '7', 'Control Budget Detail Code': 'DEL PROG', 'Economic Budget Code': 'CAPITAL' },
    { Amount: '-2', ...rame },
    { Amount: '0', 'Economic Budget Code': 'n/a' },
    {
      Amount: '5',
      'Segment Department Long Name': 'Cabinet Office',
      Year: '2015-16',
      Quarter: 'Qtr4 - 15-16',
      Month: 'Mar-16',
    },
    { Amount: '9', 'Segment Department Long Name': 'Welsh Assembly Government', Month: 'Aug-16' },
    { Amount: '-4', 'Segment Department Long Name': 'Cabinet Office', Quarter: 'Qtr2 - 16-17', Month: 'Jul-16' },
  ];

  it('is not written by a dry run', async () => {
    const report = await importing(world, 'oscar', file('dry.csv', ...rows), { ...choices, dryRun: true });
    expect(report.stage('aligned spending')).toMatchObject({ new: 2, refused: 0 });
    expect((await ask('{ organisation(id: "ministry-of-tests") { id } }')).organisation).toBeNull();
  });

  it('stands per department, quarter and control total, net of income', async () => {
    const report = await importing(world, 'oscar', file('first.csv', ...rows), choices);
    expect(report.stages.map(({ name, new: made, refused }) => [name, made, refused])).toEqual([
      ['reading', 0, 1],
      ['organisations', 2, 0],
      ['net income', 0, 1],
      ['aligned spending', 2, 0],
    ]);
    const asked =
      'publicName kind pooling state current { amounts { financialYear controlTotal amount { amount } } reason }';
    expect(await spent('ministry-of-tests', asked)).toEqual([
      {
        ...{ publicName: 'Net spending of Ministry of Tests, 2016-17 Q1, in its budget (OSCAR)' },
        ...{ kind: 'MONEY', pooling: 'ALIGNED', state: 'PLEDGED' },
        current: {
          amounts: [
            { financialYear: '2016-17', controlTotal: 'CDEL', amount: { amount: '7000.00' } },
            { financialYear: '2016-17', controlTotal: 'RAME', amount: { amount: '-2000.00' } },
            { financialYear: '2016-17', controlTotal: 'RDEL_ADMIN', amount: { amount: '69500.00' } },
          ],
          reason: 'Spent by Ministry of Tests itself, net of income, as it reported to HM Treasury (RETURN4_AUG).',
        },
      },
    ]);
    expect(report.exitCode).toBe(2);
  });

  it('is named in the report where it is below zero, of another year or refused, and adds up to the file', async () => {
    const report = await importing(world, 'oscar', file('again.csv', ...rows), choices);
    expect(report.refusals).toEqual([
      expect.objectContaining({ stage: 'reading', row: 8, column: 'Month', value: 'Aug-16' }),
      expect.objectContaining({
        ...{ stage: 'net income', row: 9, column: 'Amount' },
        value: 'Cabinet Office, 2016-17 Q2, in its budget: -4000.00',
        reason: expect.stringContaining('All of it is zero or below'),
      }),
    ]);
    expect(report.notes).toEqual([
      '3 rows are below zero, GBP -36500.00 together: income and released provisions, counted as they stand.',
      '1 rows are of 2015-16 and not of 2016-17, GBP 5000.00 together: published under their own year.',
      'The rows add up to GBP 75500.00: GBP 79500.00 in the hub as aligned spending, GBP -4000.00 in 1 quarters with net income that are listed as refused.',
    ]);
    expect(report.toJSON().warnings).toEqual({
      'row without an economic budget: it states zero, and is in no control total': 1,
    });
  });

  it('is unchanged when the same file comes again, and a new version where a later return says otherwise', async () => {
    const again = await importing(world, 'oscar', file('third.csv', ...rows), choices);
    expect(again.stage('aligned spending')).toMatchObject({ new: 0, changed: 0, unchanged: 2 });
    const later = rows.map((row) => ({ ...row, Version: 'RETURN5_SEP', ...(row.Amount === '7' && { Amount: '8' }) }));
    const report = await importing(world, 'oscar', file('later.csv', ...later.slice(0, 3)), choices);
    expect(report.stage('aligned spending')).toMatchObject({ new: 0, changed: 1, unchanged: 0 });
    const [{ current, versions }] = await spent(
      'ministry-of-tests',
      'current { total { amount } } versions { number }',
    );
    expect([current.total.amount, versions.length]).toEqual(['77500.00', 2]);
  });
});

describePublished('the published OSCAR rows, imported', () => {
  let path: string;
  let report: Report;
  beforeAll(async () => {
    path = oscarPublished(written);
    report = await importing(world, 'oscar', path, { released: '2016-09-21' });
  }, 60_000);

  it('are what each department spent itself: the Cabinet Office GBP 213,974 thousand in April to June 2016', async () => {
    const asked = 'publicName current { total { amount } amounts { controlTotal amount { amount } } }';
    const found: { publicName: string; current: { total: { amount: string }; amounts: object[] } }[] = (
      await spent('cabinet-office', asked)
    ).filter(({ publicName }: { publicName: string }) => publicName.includes('2016-17'));
    const [inside, outside] = found.sort((one, other) => (one.publicName < other.publicName ? -1 : 1));
    expect(inside!.current.total.amount).toBe('213974000.00');
    expect(inside!.current.amounts).toContainEqual({ controlTotal: 'RAME', amount: { amount: '-111000.00' } });
    expect(outside!.current.total.amount).toBe('417000.00');
  });

  it('are in the totals of their mission as aligned money alone, and with what is named they are the file', async () => {
    const asked = 'state pooling financialYear controlTotal total { amount currency }';
    const { mission } = await ask(`{ mission(id: "departmental-spending") { contributionTotals { ${asked} } } }`);
    const held: Record<string, bigint> = {};
    for (const { controlTotal, total, ...rest } of mission.contributionTotals) {
      expect(rest).toEqual({ state: 'PLEDGED', pooling: 'ALIGNED', financialYear: '2016-17' });
      held[controlTotal] = toMinor(total.amount, total.currency);
    }
    const { rows } = await foundInOscar(written);
    const thousands = (pence: bigint) => (pence / 100_000n).toString();
    const income = spendingOf(rows).filter(({ pence }) => sumOf(pence.values()) <= 0n);
    const table = controlTotals.map((each) => {
      const all = sumOf(spendingOf(rows).map(({ pence }) => pence.get(each) ?? 0n));
      const named = sumOf(income.map(({ pence }) => pence.get(each) ?? 0n));
      expect(all).toBe(held[each]! + named);
      return `${each}: ${thousands(all)} = ${thousands(held[each]!)} in the hub, ${thousands(named)} named`;
    });
    // In thousands of pounds.
    expect(table).toEqual([
      'RDEL_ADMIN: 2311369 = 2331306 in the hub, -19937 named',
      'RDEL_PROGRAMME: 77656137 = 77656137 in the hub, 0 named',
      'CDEL: 12237821 = 12237650 in the hub, 171 named',
      'RAME: 91629097 = 91632385 in the hub, -3288 named',
      'CAME: 4688251 = 4688251 in the hub, 0 named',
      'NON_BUDGET: 9889122 = 18780750 in the hub, -8891628 named',
    ]);
    expect(report.notes).toEqual([
      expect.stringContaining('3906 rows are below zero, GBP -'),
      'The rows add up to GBP 198411797000.00: GBP 207326479000.00 in the hub as aligned spending, GBP -8914682000.00 in 11 quarters with net income that are listed as refused.',
    ]);
  });
});
