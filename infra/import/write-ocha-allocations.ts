import 'reflect-metadata';
import { toDecimal } from '../../services/kernel/money.js';
import type { AllocatedProject } from './read-ocha-allocations.js';
import { fundCurrency } from './read-ocha-contributions.js';
import {
  type Batches,
  type DeedAnswer,
  eachOf,
  type RowAnswer,
  sendAgain,
  sendBatches,
  type UserError,
  type Work,
} from './write-batches.js';
import { noteShortfalls } from './write-ocha-cover.js';
import { fundsIn, hostApprover, hostPublisher, type Pool, poolsOf } from './write-ocha-funds.js';
import { usd, yearLabel } from './write-ocha-terms.js';

/** A project that the hub has as an allocation. */
interface Proposed {
  project: AllocatedProject;
  id: string;
  hash: string;
  state: string;
}

/** A project that the pool does not cover, with what was missing when it was approved. */
export interface Uncovered {
  project: AllocatedProject;
  pool: Pool;
}

interface ProposeAnswer extends DeedAnswer {
  rows: {
    accepted: boolean;
    id: string | null;
    hash: string | null;
    state: string | null;
    alreadyProposed: boolean;
    userErrors: UserError[];
  }[];
}

interface ApproveAnswer extends DeedAnswer {
  rows: { state: 'APPROVED' | 'UNCOVERED' | null; userErrors: (UserError & { state?: string })[] }[];
}

const proposals = 'proposals';
const approvals = 'allocations';

/** Writes projects fund by fund and year by year: proposed by one person of the host, approved by another. */
export async function writeOchaAllocations(
  work: Work,
  projects: readonly AllocatedProject[],
  today: string,
): Promise<void> {
  const { report, progress } = work;
  const pools = await poolsOf(work, fundsIn(projects));
  const byFund = new Map<string, AllocatedProject[]>();
  for (const project of projects) {
    if (pools.has(project.fund.name))
      byFund.set(project.fund.name, [...(byFund.get(project.fund.name) ?? []), project]);
    else {
      const reason = 'The hub has no pool of this fund: import ocha-contributions first.';
      report.refuse(proposals, {
        row: project.clusters[0]?.line ?? null,
        column: 'PooledFundName',
        reason,
        value: project.place,
      });
    }
  }
  warnOfRounding(work, projects);
  const uncovered: Uncovered[] = [];
  progress.begin(
    approvals,
    [...byFund.values()].reduce((count, some) => count + some.length * 2, 0),
  );
  await eachOf([...byFund], 2, async ([fund, some]) => {
    const pool = pools.get(fund)!;
    const ordered = [...some].sort((one, other) => one.year - other.year);
    const proposed = await propose(work, ordered, pool, today);
    // What was not proposed has no approval to wait for.
    progress.advance(work.dryRun ? ordered.length : ordered.length - proposed.length);
    if (work.dryRun) report.stage(approvals).untried += proposed.length;
    else for (const project of await approve(work, proposed)) uncovered.push({ project, pool });
  });
  progress.end();
  await noteShortfalls(work, uncovered);
}

async function propose(work: Work, projects: AllocatedProject[], pool: Pool, today: string): Promise<Proposed[]> {
  const proposed: Proposed[] = [];
  await sendBatches<AllocatedProject, ProposeAnswer>(work, {
    ...{ stage: proposals, rows: projects, service: 'budgets', deed: 'proposeAllocations', client: hostPublisher },
    selection: 'rows { accepted id hash state alreadyProposed userErrors { code message path } }',
    input: (some) => ({ allocations: some.map((project) => inputOf(project, pool, today, work.report.file)) }),
    answers: (payload) =>
      payload.rows.map(({ accepted, alreadyProposed, userErrors: [fault] }): RowAnswer => {
        if (accepted) return { verdict: alreadyProposed ? 'UNCHANGED' : 'NEW' };
        return { verdict: 'REFUSED', reason: `${fault?.message} (${fault?.code})` };
      }),
    ...seen,
    done: (project, _answer, payload, at) => {
      const { id, hash, state } = payload.rows[at] ?? {};
      if (id && hash && state) proposed.push({ project, id, hash, state });
    },
  });
  return proposed;
}

const seen = {
  place: ({ clusters, projectCode }: AllocatedProject) => ({ line: clusters[0]?.line ?? null, value: projectCode }),
  money: (project: AllocatedProject) => ({ currency: fundCurrency, minor: project.usd }),
};

function inputOf(project: AllocatedProject, pool: Pool, today: string, source: string) {
  const lastDay = `${project.year}-12-31`;
  return {
    ...{ budget: pool.id, reference: project.projectCode, amount: usd(project.usd), purpose: purposeOf(project) },
    ...{ financialYear: yearLabel(project.year), controlTotal: 'NON_BUDGET' },
    effectiveOn: lastDay > today ? today : lastDay,
    provenance: { source, ...provenanceOf(project) },
  };
}

const longestText = 9_000;

/** The lines of the project and, in their order, what the file states to the letter for what the hub rounds. */
const provenanceOf = ({ clusters }: AllocatedProject) => ({
  row: clusters.map(({ line }) => line).join(', '),
  original: clusters
    .map(({ text }) => `ClusterBudget ${text}`)
    .join('\n')
    .slice(0, longestText),
});

/** What the project is for, cluster by cluster. */
function purposeOf({ source, year, place, chfId, clusters }: AllocatedProject): string {
  const parts = clusters.map(({ cluster, subCluster, percentage, usd: minor }) => {
    const name = subCluster && subCluster !== cluster ? `${cluster} (${subCluster})` : cluster;
    return `${name} ${toDecimal(minor, fundCurrency)} (${percentage} percent)`;
  });
  const kind = source.toLowerCase().replaceAll('_', ' ');
  return `Project ${chfId} in ${place}, ${kind} allocation of ${year}: ${parts.join('; ')}`.slice(0, longestText);
}

async function approve(work: Work, proposed: readonly Proposed[]): Promise<AllocatedProject[]> {
  const uncovered: AllocatedProject[] = [];
  const batches: Batches<Proposed, ApproveAnswer> = {
    ...{ stage: approvals, rows: proposed, service: 'budgets', deed: 'approveAllocations', client: hostApprover },
    selection: 'rows { state userErrors { code message path ... on IllegalTransition { state } } }',
    input: (some) => ({ approvals: some.map(({ id, hash }) => ({ allocation: id, hash })) }),
    answers: (payload) => payload.rows.map(answerOf),
    place: ({ project }) => seen.place(project),
    money: ({ project }) => seen.money(project),
    done: ({ project }, { verdict }) => {
      if (verdict === 'UNCOVERED') uncovered.push(project);
    },
  };
  const decided = proposed.filter(({ state }) => state === 'APPROVED');
  const waiting = proposed.filter(({ state }) => state === 'UNCOVERED');
  await sendBatches(work, { ...batches, rows: proposed.filter(({ state }) => state === 'PROPOSED') });
  const now = await sendAgain(work, { ...batches, rows: waiting });
  for (const { project } of decided) count(work, project, 'UNCHANGED');
  for (const row of waiting) {
    if (now.has(row)) continue;
    count(work, row.project, 'UNCOVERED');
    uncovered.push(row.project);
  }
  return uncovered;
}

function count({ report, progress }: Work, project: AllocatedProject, verdict: 'UNCHANGED' | 'UNCOVERED'): void {
  report.stage(approvals).count(verdict);
  if (verdict === 'UNCHANGED') report.stage(approvals).addMoney(fundCurrency, project.usd);
  progress.advance(1);
}

function answerOf({ state, userErrors: [fault] }: ApproveAnswer['rows'][number]): RowAnswer {
  if (state === 'APPROVED') return { verdict: 'NEW' };
  const reason = `${fault?.message} (${fault?.code})`;
  if (state === 'UNCOVERED') return { verdict: 'UNCOVERED', reason };
  if (fault?.state === 'APPROVED') return { verdict: 'UNCHANGED' };
  return { verdict: 'REFUSED', reason };
}

function warnOfRounding({ report }: Work, projects: readonly AllocatedProject[]): void {
  const lines = projects.flatMap(({ clusters }) => clusters).filter(({ text }) => /\.\d\d\d*[1-9]/.test(text));
  report.warn(
    'line with more than two decimals: rounded so that its project adds up, the text kept in the provenance',
    lines.length,
  );
}
