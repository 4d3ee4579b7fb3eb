import type { Question } from './client.js';
import { slugFromName } from './read-govuk-organisations.js';
import { type Donor, type Fund, fundCurrency } from './read-ocha-contributions.js';
import { type DeedAnswer, deed, keyFor, type Work } from './write-batches.js';
import { makeMissions, type Wanted } from './write-missions.js';
import { missionFinance, type Registering, registerOrganisations } from './write-organisations.js';

/** OCHA holds the money of all its pooled funds: CERF by mandate, the country-based funds as their managing agent. */
export const host: Registering = {
  ...{
    line: null,
    id: 'united-nations-ocha',
    name: 'United Nations Office for the Coordination of Humanitarian Affairs',
  },
  ...{ kind: 'INTERNATIONAL', identifiers: [{ scheme: 'OCHA', code: 'OCHA' }] },
};

export const hostPublisher = `${host.id}.publisher`;
export const hostApprover = `${host.id}.approver`;

export const missionOf = (fund: Fund): string => `ocha-${slugFromName(fund.name)}`;
export const donorId = (donor: Pick<Donor, 'name'>): string => slugFromName(donor.name);

const kinds: Readonly<Record<string, Registering['kind']>> = { 'Member State': 'GOVERNMENT' };

/** Registers OCHA and the donors; a donor that stands under two types is what the first of them says. */
export async function registerDonors(work: Work, donors: readonly { line: number; donor: Donor }[]): Promise<void> {
  const found = new Map<string, Registering>([[host.id, host]]);
  const types = new Map<string, Set<string>>();
  for (const { line, donor } of donors) {
    const id = donorId(donor);
    const known = found.get(id);
    types.set(id, (types.get(id) ?? new Set()).add(donor.type));
    if (known) continue;
    const identifiers = [{ scheme: 'OCHA', code: donor.name }];
    found.set(id, { line, id, name: donor.name, kind: kinds[donor.type] ?? 'OTHER', identifiers });
  }
  const twice = [...types.values()].filter((stated) => stated.size > 1).length;
  work.report.warn('donor that the file puts under two types: the first is taken', twice);
  await registerOrganisations(work, 'organisations', [...found.values()]);
}

const purposeOf = ({ family, name }: Fund): string =>
  family === 'CERF'
    ? 'To bring help to people in emergencies at once and where it is underfunded, as published by OCHA for the Central Emergency Response Fund.'
    : `To pay for humanitarian help where it is most urgent, as published by OCHA for its pooled fund "${name}".`;

const nameOf = ({ family, name }: Fund): string =>
  family === 'CERF' ? 'Central Emergency Response Fund' : `OCHA pooled fund: ${name}`;

/** Makes a mission of each fund. */
export const makeFundMissions = (work: Work, funds: readonly Fund[]): Promise<void> =>
  makeMissions(
    work,
    funds.map((fund): Wanted => {
      return { id: missionOf(fund), name: nameOf(fund), purpose: purposeOf(fund), meaning: 'SPIRIT', lead: host.id };
    }),
  );

/** A pool as the ledger states it, in US cents. */
export interface Pool {
  id: string;
  fund: Fund;
  mission: string;
}

interface ListedPools {
  pooledBudgets: {
    nodes: {
      id: string;
      name: string;
      currency: string;
      mission: { id: string } | null;
      host: { id: string } | null;
    }[];
    pageInfo: { endCursor: string | null; hasNextPage: boolean };
  };
}

const list = `query Pools($after: String) {
  pooledBudgets(first: 100, after: $after) {
    nodes { id name currency mission { id } host { id } }
    pageInfo { endCursor hasNextPage }
  }
}`;

async function listedPools({ hub }: Work): Promise<ListedPools['pooledBudgets']['nodes']> {
  const nodes: ListedPools['pooledBudgets']['nodes'] = [];
  let after: string | null = null;
  let more = true;
  while (more) {
    const question: Question = { service: 'budgets', client: missionFinance, document: list, variables: { after } };
    const { pooledBudgets: page } = await hub.ask<ListedPools>(question);
    nodes.push(...page.nodes);
    after = page.pageInfo.endCursor;
    more = page.pageInfo.hasNextPage;
  }
  return nodes;
}

/** The pools of these funds that are open already. */
export async function poolsOf(work: Work, funds: readonly Fund[]): Promise<Map<string, Pool>> {
  const wanted = new Map(funds.map((fund) => [`${missionOf(fund)} ${fund.name}`, fund]));
  const pools = new Map<string, Pool>();
  for (const { id, name, currency, mission } of await listedPools(work)) {
    const fund = wanted.get(`${mission?.id} ${name}`);
    if (fund && mission && currency === fundCurrency) pools.set(fund.name, { id, fund, mission: mission.id });
  }
  return pools;
}

/** The missions of all funds of the host that are in the hub. */
export async function allFunds(work: Work): Promise<string[]> {
  const pools = await listedPools(work);
  return pools.flatMap((pool) => (pool.host?.id === host.id && pool.mission ? [pool.mission.id] : []));
}

interface OpenAnswer extends DeedAnswer {
  budget: { id: string } | null;
}

/** Opens the pools that are not there yet; a dry run answers with those that are. By the name of the fund. */
export async function openPools(work: Work, funds: readonly Fund[]): Promise<Map<string, Pool>> {
  const stage = 'pools';
  const pools = await poolsOf(work, funds);
  work.progress.begin(stage, funds.length);
  for (const fund of funds) {
    if (pools.has(fund.name)) work.report.stage(stage).count('UNCHANGED');
    else {
      const content = {
        ...{ mission: missionOf(fund), name: fund.name, host: host.id, currency: fundCurrency, illustrative: false },
        ...{ controlTotals: ['NON_BUDGET'], annual: false, calendarYears: true },
        sourceReference: `${fund.family} ${fund.name}`,
      };
      const input = { ...content, dryRun: work.dryRun, idempotencyKey: keyFor('openBudget', content) };
      const what = {
        service: 'budgets',
        deed: 'openBudget',
        client: missionFinance,
        selection: 'budget { id }',
      } as const;
      const { budget, userErrors } = await deed<OpenAnswer>(work.hub, what, input);
      const [fault] = userErrors;
      if (fault || !budget) {
        const reason = fault ? `${fault.message} (${fault.code})` : 'The hub opened no pool.';
        work.report.refuse(stage, { row: null, column: 'PooledFundName', reason, value: fund.name });
      } else {
        work.report.stage(stage).count('NEW');
        if (!work.dryRun) pools.set(fund.name, { id: budget.id, fund, mission: content.mission });
      }
    }
    work.progress.advance(1);
  }
  work.progress.end();
  return pools;
}

/** The funds of rows, each once, in the order of the file. */
export const fundsIn = (rows: readonly { fund: Fund }[]): Fund[] => [
  ...new Map(rows.map(({ fund }) => [fund.name, fund])).values(),
];
