import { fundOfAllocations } from './fund-names.js';
import type { Cells } from './read-cells.js';
import { type Exact, nothing, plainOf, roundedTogether, sumOf } from './read-decimal.js';
import { minorIn, minorOf } from './read-money.js';
import { type Fund, fundCurrency } from './read-ocha-contributions.js';
import { type Read, readTable } from './rows.js';

const sources = {
  Standard: 'STANDARD',
  Reserve: 'RESERVE',
  'Rapid Response': 'RAPID_RESPONSE',
  'Underfunded Emergencies': 'UNDERFUNDED_EMERGENCIES',
} as const;
export type AllocationSource = (typeof sources)[keyof typeof sources];

/** One line: the part of a project's budget that goes to one cluster. */
export interface AllocationRow {
  line: number;
  /** As the contributions file names it (fund-names.ts). */
  fund: Fund;
  /** What the file has as PooledFundName: the fund's name, or for CERF the country that the money went to. */
  place: string;
  year: number;
  source: AllocationSource;
  /** The fund's own number of the project; the same number can stand for two projects of CERF. */
  chfId: string;
  /** Names one project across the whole file. */
  projectCode: string;
  cluster: string;
  subCluster: string | null;
  /** As stated; the shares of one project do not always add up to 100. */
  percentage: string;
  budget: Exact;
  /** The budget to the letter, for provenance. */
  text: string;
}

/** What was allocated to one project, exact to the cent: `usd` is the sum of its clusters' `usd`. */
export interface AllocatedProject {
  key: string;
  fund: Fund;
  place: string;
  year: number;
  source: AllocationSource;
  chfId: string;
  projectCode: string;
  usd: bigint;
  /** The exact sum of the lines as stated, before it was rounded to the cent. */
  exact: string;
  clusters: {
    line: number;
    cluster: string;
    subCluster: string | null;
    percentage: string;
    usd: bigint;
    text: string;
  }[];
}

const layout = {
  format: 'ocha-allocations',
  required:
    'PooledFundName AllocationYear AllocationSourceName ChfId ChfProjectCode Cluster SubCluster Percentage ClusterBudget FundType'.split(
      ' ',
    ),
};

/** One row per line of the file of what OCHA's pooled funds allocated. */
export const readOchaAllocations = (path: string): Promise<Read<AllocationRow>> =>
  readTable(path, layout, allocationIn);

function allocationIn(cells: Cells): AllocationRow {
  const family = cells.oneOf('FundType', { CERF: 'CERF', CBPF: 'CBPF' } as const);
  const place = cells.text('PooledFundName');
  const budget = cells.decimal('ClusterBudget');
  if (minorIn(cells, 'ClusterBudget', fundCurrency).minor < 0n)
    cells.refuse('ClusterBudget', 'A budget is not below zero.');
  return {
    line: cells.line,
    fund: { family, name: family === 'CERF' ? 'CERF' : fundOfAllocations(place) },
    place,
    year: cells.year('AllocationYear'),
    source: cells.oneOf('AllocationSourceName', sources),
    chfId: cells.text('ChfId'),
    projectCode: cells.text('ChfProjectCode'),
    cluster: cells.text('Cluster'),
    subCluster: cells.maybe('SubCluster'),
    percentage: plainOf(cells.decimal('Percentage')),
    budget,
    text: cells.text('ClusterBudget'),
  };
}

/**
 * Groups lines into projects, in the order of the file. Lines have up to six decimals: the project's exact sum is
 * rounded to the cent, half to even, and the lines are rounded so that they add up to it (largest remainder).
 */
export function projectsOf(rows: readonly AllocationRow[]): AllocatedProject[] {
  const groups = new Map<string, [AllocationRow, ...AllocationRow[]]>();
  for (const row of rows) {
    const key = [row.fund.family, row.place, row.chfId, row.projectCode, row.year, row.source].join('|');
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups].map(([key, group]) => projectOf(key, group));
}

function projectOf(key: string, rows: [AllocationRow, ...AllocationRow[]]): AllocatedProject {
  const { fund, place, year, source, chfId, projectCode } = rows[0];
  const exact = sumOf(rows.map((row) => row.budget));
  const shares = roundedTogether(
    rows.map((row) => row.budget),
    2,
  );
  const clusters = rows.map(({ line, cluster, subCluster, percentage, text }, at) => {
    const share = shares[at] ?? nothing;
    return { line, cluster, subCluster, percentage, usd: minorOf(share, fundCurrency).minor, text };
  });
  const usd = clusters.reduce((sum, cluster) => sum + cluster.usd, 0n);
  return { key, fund, place, year, source, chfId, projectCode, usd, exact: plainOf(exact), clusters };
}
