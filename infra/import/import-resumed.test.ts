import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';
import { Hub, type Send } from './client.js';
import { formats } from './formats.js';
import { importing, toWorld } from './import-for-tests.js';
import { unseen } from './progress.js';
import { filesForTests, tableText } from './read-files-for-tests.js';
import { Report } from './report.js';

const written = filesForTests();

const paid = {
  CERF_ContributionId: '-1',
  ContributionCode: 'HF-1',
  DonorName: 'Norway',
  RegionName: '',
  FiscalYear: '2024',
  DonorType: 'Member State',
  LatestDate: '0001-01-01T00:00:00',
  ActivityDate: '0001-01-01T00:00:00',
  ActivityDateType: '-1',
  ContributionStatus: 'Not Available',
  FundType: 'CBPF',
  PooledFundName: 'Testland',
  PaidDate: '2024-03-01',
  PaidAmtLocalCurrency: 'NOK',
  PaidAmtCurrencyExchangeRate: '10.0',
  PaidAmtLocal: '1000.0',
  PaidAmt: '100.0',
  ReceivedComments: '',
  PledgeDate: '1900-01-01',
  PledgeAmtLocalCurrency: 'NOK',
  PledgeAmtCurrencyExchangeRate: '10.0',
  PledgeAmtLocal: '0.0',
  PledgeAmt: '0.0',
};
const pledged = {
  PaidAmt: '0.0',
  PaidAmtLocal: '0.0',
  PaidDate: '',
  PledgeDate: '2024-02-01',
  PledgeAmtLocal: '700.0',
};

const first = [
  {},
  {
    ContributionCode: 'HF-2',
    DonorName: 'Sweden',
    PaidAmtLocalCurrency: 'SEK',
    PaidAmt: '50.25',
    PaidAmtLocal: '502.5',
  },
  { ContributionCode: 'HF-2', DonorName: 'Sweden', PaidAmtLocalCurrency: 'ISK', PaidAmt: '7.0', PaidAmtLocal: '70.5' },
  { ContributionCode: 'HF-3', PooledFundName: 'Testonia', PaidAmt: '1.01' },
  { ContributionCode: 'HF-4', ...pledged, PledgeAmt: '70.0' },
  { ContributionCode: 'HF-5', FundType: 'CERF', PooledFundName: 'CERF', ContributionStatus: 'Write-Off', ...pledged },
];
const projects = {
  PooledFundName: 'Testland',
  AllocationYear: '2024',
  AllocationSourceName: 'Standard',
  ChfId: '1',
  ChfProjectCode: 'TST-1',
  Cluster: 'Health',
  SubCluster: '',
  Percentage: '100',
  ClusterBudget: '99.995',
  FundType: 'CBPF',
};
const contributionsFile = (rows: Partial<typeof paid>[], name: string) => written(tableText(paid, rows), name);

/** Loses the connection at the question with this number: it is sent, and nobody waits for its answer; or it is not. */
function cutOffAt(number: number, send: Send, isSent = true): Send {
  let asked = 0;
  return (question) => {
    asked += 1;
    if (asked >= number && !isSent) throw new Error('cut off');
    const answer = send(question);
    if (asked < number) return answer;
    answer.catch(() => undefined);
    throw new Error('cut off');
  };
}

describe('an import that is cut off again and again', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.stop());

  const statement =
    '{ pooledBudgets { nodes { name statement { committed { amount } deposited { amount } suspense { amount } allocated { amount } } } } }';
  const figures = async () => {
    const { data } = await world.ask(statement);
    const minor = ({ amount }: { amount: string }) => amount;
    return Object.fromEntries(
      data.pooledBudgets.nodes.map((pool: { name: string; statement: Record<string, { amount: string }> }) => [
        pool.name,
        Object.values(pool.statement).map(minor),
      ]),
    );
  };

  it('goes on each time and doubles nothing', async () => {
    const path = contributionsFile(first, 'cut-off.csv');
    const format = formats.find(({ name }) => name === 'ocha-contributions')!;
    let cuts = 0;
    for (let at = 1; ; at += 1) {
      const report = new Report(format.name, path, false);
      const hub = new Hub(cutOffAt(at, toWorld(world)));
      const ended = await format.import({ hub, report, progress: unseen, dryRun: false }, path, {}).then(
        () => true,
        () => false,
      );
      if (ended) break;
      cuts += 1;
    }
    expect(cuts).toBeGreaterThan(10);
    expect(await figures()).toEqual({
      Testland: ['157.25', '157.25', '0.00', '0.00'],
      Testonia: ['1.01', '1.01', '0.00', '0.00'],
      CERF: ['70.00', '0.00', '0.00', '0.00'],
    });
    const { data } = await world.ask('{ contributions(first: 50) { totalCount nodes { state } } }');
    expect(data.contributions.nodes).toHaveLength(5);
  });

  it('finds all of it unchanged at the end', async () => {
    const report = await importing(world, 'ocha-contributions', contributionsFile(first, 'again.csv'));
    expect(report.stages.map((stage) => [stage.name, stage.new, stage.changed, stage.refused])).toEqual(
      [
        'organisations',
        'missions',
        'pools',
        'contributions',
        "donors' approvals",
        'commitments',
        'write-offs',
        'deposits',
      ].map((name) => [name, 0, 0, 0]),
    );
    expect(report.exitCode).toBe(0);
  });

  it('loses, doubles and revises no figure, in a first vintage nor in one that follows it', async () => {
    const format = formats.find(({ name }) => name === 'ons-sdg')!;
    const usual = { Year: '2000', Gas: '', 'Observation status': 'Normal value', 'Unit multiplier': 'Units' };
    const cells = { ...usual, 'Unit measure': 'Tonnes', Value: '1.5' };
    // More than two batches of 500; the newer file has other numbers for every third of them.
    const rowsOf = (isNewer: boolean) =>
      Array.from({ length: 1_100 }, (_, at) => ({
        ...{ Year: String(1990 + (at % 30)), Gas: at < 30 ? '' : `Gas ${Math.floor(at / 30)}` },
        Value: isNewer && at % 3 === 0 ? `${at}.75` : `${at}.5`,
      }));
    const cutAgainAndAgain = async (path: string, choices: object): Promise<number> => {
      for (let at = 1, isSent = false; ; at += isSent ? 1 : 0, isSent = !isSent) {
        const hub = new Hub(cutOffAt(at, toWorld(world), isSent));
        const report = new Report(format.name, path, false);
        const work = { hub, report, progress: unseen, dryRun: false };
        const ended = await format.import(work, path, { polarity: 'LOWER', ...choices }).then(
          () => true,
          () => false,
        );
        if (ended) return at;
      }
    };
    const owner = await world.owner('outcomes');
    const vintages = async () => {
      const found =
        await owner.query(`select o.vintage, count(*)::int as figures, count(distinct o.source_row)::int as rows,
        sum(o.value)::text as total from observation o join series s on s.id = o.series_id
        where s.measure_id = 'sdg-98-7-6' group by o.vintage order by o.vintage`);
      return found.rows;
    };
    const file = (isNewer: boolean) => written(tableText(cells, rowsOf(isNewer)), 'indicator_98-7-6.csv');
    const first = { vintage: 1, figures: 1_100, rows: 1_100, total: '605000.0' };
    expect(await cutAgainAndAgain(file(false), { released: '2021-02-03' })).toBeGreaterThan(5);
    expect(await vintages()).toEqual([first]);
    expect(await cutAgainAndAgain(file(true), {})).toBeGreaterThan(5);
    expect(await vintages()).toEqual([first, { vintage: 2, figures: 367, rows: 367, total: '201758.25' }]);
    const again = await importing(world, 'ons-sdg', file(true), { polarity: 'LOWER' });
    expect(again.stage('figures of sdg-98-7-6')).toMatchObject({ new: 0, changed: 0, unchanged: 1_100, refused: 0 });
  }, 120_000);

  it('keeps an exchange that the ledger cannot hold with the contribution', async () => {
    const asked = 'filter: { sourceRecordId: "HF-2" }';
    const { data } = await world.ask(
      `{ contributions(${asked}) { nodes { current { instalments { amount { amount } original { amount currency rate } } } } } }`,
    );
    expect(data.contributions.nodes[0].current.instalments).toEqual([
      { amount: { amount: '7.00' }, original: { amount: '70.5', currency: 'ISK', rate: '10.0' } },
      { amount: { amount: '50.25' }, original: { amount: '502.5', currency: 'SEK', rate: '10.0' } },
    ]);
    const report = await importing(world, 'ocha-contributions', contributionsFile(first, 'warned.csv'));
    expect(report.toJSON().warnings).toMatchObject({
      'payment whose exchange the ledger cannot hold (no rate, or more decimals than the currency): it stands with the contribution': 1,
    });
  });

  it('agrees to a pledge that a newer file has as paid, and refuses what contradicts what is settled', async () => {
    const newer = [
      { PaidAmt: '101.0' },
      ...first.slice(1, 4),
      { ContributionCode: 'HF-4', PaidAmt: '69.5' },
      {
        ContributionCode: 'HF-5',
        DonorName: 'Kingdom of Norway',
        FundType: 'CERF',
        PooledFundName: 'CERF',
        PaidAmt: '70.0',
      },
    ];
    const report = await importing(world, 'ocha-contributions', contributionsFile(newer, 'newer.csv'));
    expect(report.stage('contributions')).toMatchObject({ new: 0, changed: 1, unchanged: 2, refused: 2 });
    expect(report.refusals).toEqual([
      expect.objectContaining({
        row: 7,
        column: 'DonorName',
        reason: expect.stringContaining('HF-5 is in the hub as a contribution of norway'),
      }),
      expect.objectContaining({
        row: 2,
        value: 'HF-1',
        reason: expect.stringContaining('other terms than those that were agreed'),
      }),
      expect.objectContaining({ stage: 'deposits', row: 2, column: 'PaidAmt', value: 'HF-1 2024-03-01' }),
    ]);
    expect((await figures()).Testland.slice(0, 3)).toEqual(['226.75', '226.75', '0.00']);
  });

  it('refuses allocations of a fund that it does not have, and says what to do first', async () => {
    const path = written(tableText(projects, [{}, { PooledFundName: 'Nowhere' }]), 'allocations.csv');
    const report = await importing(world, 'ocha-allocations', path);
    expect(report.refusals).toEqual([
      expect.objectContaining({
        row: 3,
        column: 'PooledFundName',
        reason: expect.stringContaining('import ocha-contributions first'),
      }),
    ]);
    expect(report.stage('allocations')).toMatchObject({ new: 1, money: { USD: '100.00' } });
    expect((await figures()).Testland[3]).toBe('100.00');
  });

  it('approves what was not covered once the money is there', async () => {
    const more = written(tableText(projects, [{}, { ChfProjectCode: 'TST-2', ClusterBudget: '200' }]), 'more.csv');
    const short = await importing(world, 'ocha-allocations', more);
    expect(short.stage('allocations')).toMatchObject({ new: 0, unchanged: 1, uncovered: 1 });
    expect(short.notes).toContainEqual(
      'Testland: until 2024-12-31, USD 73.25 more is allocated than was paid in; 1 allocations of that year, USD 200.00, are not covered.',
    );
    expect((await importing(world, 'ocha-allocations', more)).stage('allocations').uncovered).toBe(1);
    const late = contributionsFile([{ ContributionCode: 'HF-9', DonorName: 'Sweden', PaidAmt: '73.25' }], 'late.csv');
    await importing(world, 'ocha-contributions', late);
    expect((await importing(world, 'ocha-allocations', more)).stage('allocations')).toMatchObject({
      new: 1,
      unchanged: 1,
      uncovered: 0,
    });
  });

  it('keeps what it rounds by largest remainder to the letter in the provenance, where the public reads it', async () => {
    const line = { PooledFundName: 'Testonia', ChfProjectCode: 'TST-3', ClusterBudget: '0.335', Percentage: '33' };
    const other = { ...line, Cluster: 'Water', ClusterBudget: '0.675', Percentage: '67' };
    const path = written(tableText(projects, [line, other]), 'rounded.csv');
    const report = await importing(world, 'ocha-allocations', path);
    expect(report.toJSON().warnings).toEqual({
      'line with more than two decimals: rounded so that its project adds up, the text kept in the provenance': 2,
    });
    const asked = 'purpose amount { amount } provenance { source row original }';
    const { data } = await world.ask(
      `{ pooledBudgets { nodes { name allocations { nodes { reference ${asked} } } } } }`,
    );
    const testonia = data.pooledBudgets.nodes.find(({ name }: { name: string }) => name === 'Testonia');
    expect(testonia.allocations.nodes).toEqual([
      {
        ...{ reference: 'TST-3', amount: { amount: '1.01' } },
        purpose:
          'Project 1 in Testonia, standard allocation of 2024: Health 0.34 (33 percent); Water 0.67 (67 percent)',
        provenance: { source: 'rounded.csv', row: '2, 3', original: 'ClusterBudget 0.335\nClusterBudget 0.675' },
      },
    ]);
  });

  it('knows a fund by its name only', async () => {
    const path = contributionsFile(first, 'funds.csv');
    await expect(importing(world, 'ocha-contributions', path, { funds: ['Atlantis'] })).rejects.toThrow(
      'The file has no fund "Atlantis"; it has CERF, Testland, Testonia.',
    );
  });

  it('tries nothing that needs an earlier stage in a dry run', async () => {
    const path = contributionsFile([{ ContributionCode: 'HF-10', PooledFundName: 'Newland' }], 'dry.csv');
    const report = await importing(world, 'ocha-contributions', path, { dryRun: true });
    expect(report.stages.map(({ name, new: made, untried }) => [name, made, untried])).toEqual([
      ['organisations', 0, 0],
      ['missions', 1, 0],
      ['pools', 1, 0],
      ['contributions', 1, 0],
      ['commitments', 0, 1],
      ['deposits', 0, 1],
    ]);
    expect((await figures()).Newland).toBeUndefined();
  });
});
