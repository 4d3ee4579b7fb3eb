import { beforeAll, describe, expect, it } from '@jest/globals';
import { fundNames } from './fund-names.js';
import { plainOf, sumOf } from './read-decimal.js';
import { describePublished, filesForTests, foundIn, publishedFile, tableText } from './read-files-for-tests.js';
import { agreementsOf } from './read-ocha-agreements.js';
import { type AllocatedProject, type AllocationRow, projectsOf, readOchaAllocations } from './read-ocha-allocations.js';
import { readOchaContributions } from './read-ocha-contributions.js';
import { shortfalls } from './read-ocha-cover.js';
import type { Read } from './rows.js';

const written = filesForTests();

describePublished('the published allocations', () => {
  let file: Read<AllocationRow>;
  let projects: AllocatedProject[];
  let paid: Awaited<ReturnType<typeof readOchaContributions>>;
  beforeAll(async () => {
    file = await readOchaAllocations(publishedFile('budgets/ocha_pooled_fund_allocations.csv'));
    projects = projectsOf(file.rows);
    paid = await foundIn(readOchaContributions, 'contributions/ocha_pooled_fund_contributions.csv');
  });

  it('are 34,587 lines of 25,568 projects, none of them refused', () => {
    expect([file.rowCount, file.rows.length, file.refused, projects.length]).toEqual([34587, 34587, [], 25568]);
    expect(new Set(projects.map((project) => project.projectCode)).size).toBe(25568);
  });

  it('add up to USD 23,024,981,035.18, to the cent in the lines, the projects and the file', () => {
    expect(plainOf(sumOf(file.rows.map((row) => row.budget)))).toBe('23024981035.180006');
    expect(projects.reduce((sum, project) => sum + project.usd, 0n)).toBe(2_302_498_103_518n);
    const lines = projects.flatMap((project) => project.clusters);
    expect(lines.reduce((sum, line) => sum + line.usd, 0n)).toBe(2_302_498_103_518n);
    expect(lines).toHaveLength(34587);
  });

  it('have 7,171 lines with more than two decimals, whose text is kept, in projects of whole cents but one', () => {
    expect(file.rows.filter((row) => /\.\d{3,}$/.test(row.text))).toHaveLength(7171);
    expect(
      projects.filter((project) => /\.\d\d\d*[1-9]\d*$/.test(project.exact)).map((project) => project.exact),
    ).toEqual(['248520.880006']);
  });

  it('went to one fund CERF and to the country-based funds that the contributions know', () => {
    const of = (family: string) => projects.filter((project) => project.fund.family === family);
    const sum = (family: string) => of(family).reduce((money, project) => money + project.usd, 0n);
    expect([sum('CERF'), sum('CBPF')]).toEqual([1_018_039_432_853n, 1_284_458_670_665n]);
    expect(new Set(of('CERF').map((project) => project.fund.name))).toEqual(new Set(['CERF']));
    const funds = new Set(paid.rows.map((row) => row.fund.name));
    expect(projects.filter((project) => !funds.has(project.fund.name))).toEqual([]);
  });

  it('name 15 funds otherwise than the contributions, and each of them is mapped', () => {
    const here = new Set(file.rows.filter((row) => row.fund.family === 'CBPF').map((row) => row.place));
    const there = new Set(paid.rows.filter((row) => row.fund.family === 'CBPF').map((row) => row.fund.name));
    expect([...here].filter((name) => !there.has(name)).sort()).toEqual(fundNames.map((pair) => pair.inAllocations));
    expect(fundNames).toHaveLength(15);
    expect(fundNames.filter((pair) => here.has(pair.inContributions) || !there.has(pair.inContributions))).toEqual([]);
    expect([...there].filter((name) => !here.has(name))).toHaveLength(15);
  });

  it('exceed by USD 13,139,958.54 what was paid into the fund for Somalia until the end of 2017', () => {
    const { agreements } = agreementsOf(paid.rows);
    const found = shortfalls(agreements, projects, 'FISCAL_YEAR');
    expect(found.map(({ fund, year, short }) => [fund, year, short])).toEqual([
      ['Somalia', 2014, 828_047_622n],
      ['Somalia', 2015, 739_292_503n],
      ['Somalia', 2016, 1_230_030_596n],
      ['Somalia', 2017, 1_313_995_854n],
      ['Somalia', 2018, 1_183_994_837n],
      ['Somalia', 2019, 632_197_324n],
    ]);
    expect(found[3]).toMatchObject({ paidIn: 41_762_031_397n, allocated: 43_076_027_251n });
  });

  it('exceed in one more fund, Jordan in 2015, what had arrived by the day of payment', () => {
    const { agreements } = agreementsOf(paid.rows);
    const byDay = shortfalls(agreements, projects, 'PAID_ON');
    expect(byDay.filter(({ fund }) => fund !== 'Somalia').map(({ fund, year, short }) => [fund, year, short])).toEqual([
      ['Jordan', 2015, 250_154_074n],
    ]);
    expect(byDay.find(({ year, fund }) => fund === 'Somalia' && year === 2017)?.short).toBe(1_313_995_854n);
  });
});

describe('an allocation', () => {
  const usual = {
    PooledFundName: 'Chad (RhPF)',
    AllocationYear: '2025',
    AllocationSourceName: 'Standard',
    ChfId: '7',
    ChfProjectCode: 'TCD-7',
    Cluster: 'Health',
    SubCluster: '',
    Percentage: '33.3',
    ClusterBudget: '100.335',
    FundType: 'CBPF',
  };
  const read = (...rows: Partial<typeof usual>[]) => readOchaAllocations(written(tableText(usual, rows)));

  it('of one project is rounded so that the exact sum of its lines stands', async () => {
    const { rows } = await read({}, { Cluster: 'Nutrition' }, { ClusterBudget: '2E+07' }, { ChfProjectCode: 'TCD-8' });
    const projects = projectsOf(rows);
    expect(projects.map(({ projectCode, usd, exact }) => [projectCode, usd, exact])).toEqual([
      ['TCD-7', 2_000_020_067n, '20000200.670'],
      ['TCD-8', 10_034n, '100.335'],
    ]);
    expect(projects[0]?.clusters.map(({ usd, text }) => [usd, text])).toEqual([
      [10_034n, '100.335'],
      [10_033n, '100.335'],
      [2_000_000_000n, '2E+07'],
    ]);
  });

  it('bears the fund name of the contributions and keeps its own', async () => {
    const [mapped, cerf] = (await read({}, { FundType: 'CERF', PooledFundName: 'Chad' })).rows;
    expect(mapped).toMatchObject({ fund: { family: 'CBPF', name: 'Chad (RhPF-WCA)' }, place: 'Chad (RhPF)' });
    expect(cerf).toMatchObject({ fund: { family: 'CERF', name: 'CERF' }, place: 'Chad' });
  });

  const refusals: [string, Partial<typeof usual>, string][] = [
    ['a budget that is no number', { ClusterBudget: 'N/A' }, 'ClusterBudget'],
    ['a budget below zero', { ClusterBudget: '-1.0' }, 'ClusterBudget'],
    ['a budget beyond 63 bits', { ClusterBudget: '1E+30' }, 'ClusterBudget'],
    ['a year that is none', { AllocationYear: '0000' }, 'AllocationYear'],
    ['no project', { ChfProjectCode: '' }, 'ChfProjectCode'],
    ['an unknown source', { AllocationSourceName: 'Lottery' }, 'AllocationSourceName'],
    ['an unknown family of funds', { FundType: 'X' }, 'FundType'],
  ];
  it.each(refusals)('an allocation with %s is refused by its column', async (_, cells, column) => {
    const { rows, refused } = await read({}, cells);
    expect(rows).toHaveLength(1);
    expect(refused).toEqual([expect.objectContaining({ row: 3, column, value: Object.values(cells)[0] })]);
  });
});
