import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { lapseContributions } from './lapse-contributions.js';
import * as w from './words-for-tests.js';

let world: World;
let owner: Client;
let service: Client;
beforeAll(async () => {
  world = await startWorld({ services: ['contributions'], gateway: false });
  owner = await world.owner('contributions');
  service = await world.serviceRole('contributions');
});
afterAll(() => world?.stop());

const codes = ({ userErrors }: w.Deed) => userErrors?.map(({ code }) => code);
const read = async (id: string, fields: string) =>
  (await world.ask(`{ contribution(id: "${id}") { ${fields} } }`)).data.contribution;
const dayInLondon = (daysAhead: number) =>
  new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London', dateStyle: 'short' }).format(
    Date.now() + daysAhead * 86_400_000,
  );

/** Lets so many days pass for one contribution: its last offer stood until then. */
async function validUntil(id: string, day: string): Promise<void> {
  await owner.query('begin; alter table contribution_version disable trigger user, no force row level security');
  await owner.query('update contribution_version set valid_until = $2 where contribution_id = $1', [id, day]);
  await owner.query('alter table contribution_version enable trigger user, force row level security; commit');
}
const timePasses = () => lapseContributions(world.services.contributions.orm.em.fork());

describe('a pledge or negotiation', () => {
  it('lapses on the day after its last, once, with the reason, and is in no state of talks any more', async () => {
    const pledged = await w.pledges(world, w.education);
    const negotiating = await w.pledges(world, w.transport);
    await w.does(world, 'proposeTerms', w.missionUnit, { contribution: negotiating.id });
    const [over, lastDay] = [dayInLondon(-1), dayInLondon(0)];
    for (const { id } of [pledged, negotiating]) await validUntil(id, over);
    const standing = await w.pledges(world, w.education);
    await validUntil(standing.id, lastDay);
    const endless = await w.pledges(world, w.education);
    await Promise.all([timePasses(), timePasses(), timePasses()]);
    for (const { id } of [pledged, negotiating]) {
      const { state, states } = await read(id, 'state states { state effectiveOn reason by { id } }');
      expect(state).toBe('LAPSED');
      expect(states.filter((each: { state: string }) => each.state === 'LAPSED')).toEqual([
        { state: 'LAPSED', effectiveOn: lastDay, reason: `The offer stood until ${over}.`, by: null },
      ]);
      expect(codes(await w.does(world, 'proposeTerms', w.missionUnit, { contribution: id }))).toEqual([
        'ILLEGAL_TRANSITION',
      ]);
    }
    for (const { id } of [standing, endless]) expect((await read(id, 'state')).state).toBe('PLEDGED');
  });

  it('does not lapse once it is agreed, nor by the version that was valid before the last', async () => {
    const agreed = await w.agrees(world, w.education);
    await validUntil(agreed.id, dayInLondon(-1));
    const countered = await w.pledges(world, w.education);
    await validUntil(countered.id, dayInLondon(-1));
    await w.does(world, 'proposeTerms', w.missionUnit, {
      ...{ contribution: countered.id, terms: w.termsOf('2.00', { validUntil: dayInLondon(1) }) },
    });
    await timePasses();
    expect((await read(agreed.id, 'state')).state).toBe('AGREED');
    expect(await read(countered.id, 'state current { validUntil }')).toEqual({
      state: 'NEGOTIATING',
      current: { validUntil: dayInLondon(1) },
    });
  });

  it('is not offered until a day that is over', async () => {
    const input = { mission: 'clean-energy', kind: 'MONEY', pooling: 'POOLED', publicName: 'x' };
    const terms = w.termsOf('2.00', { validUntil: dayInLondon(-1) });
    const { userErrors } = await w.does(world, 'pledgeContribution', w.publisher(w.education), { ...input, terms });
    expect(userErrors).toMatchObject([{ code: 'BAD_USER_INPUT', path: ['terms', 'validUntil'] }]);
  });

  it('lapses by nobody’s hand before its time', async () => {
    const { id } = await w.pledges(world, w.education);
    expect(await byHand(id, 'LAPSED')).toBe(`contribution ${id} lacks what this state needs`);
    await validUntil(id, dayInLondon(0));
    expect(await byHand(id, 'LAPSED')).toBe(`contribution ${id} lacks what this state needs`);
    await validUntil(id, dayInLondon(-1));
    expect(await byHand(id, 'LAPSED')).toBeNull();
  });
});

/** Takes a step with the rights of the service and all roles; nothing is kept. Answers what PostgreSQL said. */
async function byHand(id: string, state: string): Promise<string | null> {
  const { version, current } = await read(id, 'version current { number }');
  await service.query('begin');
  try {
    await service.query(
      `select set_config('app.organisation', $1, true), set_config('app.roles', 'publisher,accounting-officer,mission-unit,mission-finance,event', true)`,
      [w.education],
    );
    await service.query(
      `insert into contribution_state (contribution_id, contributor_id, sequence, state, number, effective_on, by_subject)
       values ($1, $2, $3, $4, $5, '2026-01-01', 'x')`,
      [id, w.education, version + 1, state, current.number],
    );
    await service.query('update contribution set state = $2, version = version + 1 where id = $1', [id, state]);
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await service.query('rollback');
  }
}

const arrive = (id: string, contributionId: string, deposited: string) => {
  const deposit = { contributionId, deposited, committed: '1000000.00', currency: 'GBP', effectiveOn: '2026-06-01' };
  return world.event('contributions', { id, type: 'budgets.deposited', data: { deposits: [deposit] } });
};
const close = (id: string, ...contributions: string[]) => {
  const closings = contributions.map((contributionId) => ({
    ...{ contributionId, budgetId: 'budget-1', effectiveOn: '2027-03-31' },
  }));
  return world.event('contributions', { id, type: 'budgets.closed', data: { closings } });
};

describe('the ledger’s event budgets.closed', () => {
  it('fulfils and closes what is deposited, once; the rest stays due until it is written off', async () => {
    const [whole, part] = [await w.commits(world, w.education), await w.commits(world, w.education)];
    await arrive('closing-1', whole.id, '1000000.00');
    await arrive('closing-2', part.id, '400000.00');
    for (const _ of [1, 2]) expect(await close('closing-3', whole.id, part.id)).toBe(200);
    const { state, states } = await read(whole.id, 'state states { state effectiveOn }');
    expect([state, ...states.slice(-2)]).toEqual([
      'CLOSED',
      { state: 'FULFILLED', effectiveOn: '2027-03-31' },
      { state: 'CLOSED', effectiveOn: '2027-03-31' },
    ]);
    expect((await read(part.id, 'state')).state).toBe('PART_DEPOSITED');
    const writtenOff = await w.writesOff(world, w.education, {
      ...{ contribution: part.id, amount: w.pounds('600000.00'), reason: 'The pool is closed.' },
    });
    expect(writtenOff.contribution.state).toBe('CLOSED');
    const path = (await read(part.id, 'states { state }')).states.map((each: { state: string }) => each.state);
    expect(path.slice(-4)).toEqual(['PART_DEPOSITED', 'DEPOSITED', 'FULFILLED', 'CLOSED']);
  });

  it('is not taken in when it names a contribution that is not there', async () => {
    const { id } = await w.commits(world, w.education);
    await arrive('closing-4', id, '1000000.00');
    expect(await close('closing-5', id, `${w.education}:nothing`)).toBe(500);
    expect((await read(id, 'state')).state).toBe('DEPOSITED');
  });

  it('is needed: nothing is fulfilled by hand without it', async () => {
    const { id } = await w.commits(world, w.education);
    await arrive('closing-6', id, '1000000.00');
    expect(await byHand(id, 'FULFILLED')).toBe(`contribution ${id} lacks what this state needs`);
  });
});

describe('a contribution of each kind', () => {
  const kinds: [string, string, object][] = [
    ['MONEY', 'POOLED', w.termsOf('10.00')],
    ['BUDGET_COVER', 'POOLED', w.termsOf('20.00')],
    ['SECONDED_STAFF', 'IN_KIND', { quantity: '3.5', unit: 'full-time equivalents' }],
    ['ASSET', 'IN_KIND', { quantity: '2', unit: 'buildings' }],
    ['DATA', 'IN_KIND', { quantity: '1', unit: 'data sets' }],
    ['SERVICE', 'ALIGNED', { quantity: '400', unit: 'hours' }],
    ['REGULATORY_ACTION', 'ALIGNED', { quantity: '1', unit: 'regulations' }],
    ['OUTCOME_SHARE', 'ALIGNED', { quantity: '120000', unit: 'tonnes' }],
  ];
  it('goes from pledge to commitment, and no unit is added to another or to money', async () => {
    for (const [kind, pooling, terms] of kinds) {
      const { state } = await w.commits(world, w.education, { mission: 'each-kind', kind, pooling, terms });
      expect([kind, state]).toEqual([kind, 'COMMITTED']);
    }
    const totals = `{ _entities(representations: [{__typename: "Mission", id: "each-kind"}]) { ... on Mission {
      contributionTotals { pooling currency total { amount } count } } } }`;
    const { data } = await world.ask(totals);
    const lines = data._entities[0].contributionTotals.map(
      ({
        pooling,
        currency,
        total,
        count,
      }: {
        pooling: string;
        currency: string;
        total: { amount: string };
        count: number;
      }) => `${pooling} ${total ? `${total.amount} ${currency}` : 'not money'}: ${count}`,
    );
    expect(lines.sort()).toEqual(['ALIGNED not money: 3', 'IN_KIND not money: 3', 'POOLED 30.00 GBP: 2']);
  });

  it.each([
    ['money with a quantity', 'MONEY', 'POOLED', 'quantity'],
    ['people with an amount', 'SECONDED_STAFF', 'IN_KIND', 'amounts'],
  ])('is not %s', async (_, kind, pooling, field) => {
    const terms = kind === 'MONEY' ? { ...w.termsOf('1.00'), quantity: '3', unit: 'tonnes' } : w.termsOf('1.00');
    const input = { mission: 'each-kind', kind, pooling, publicName: 'x', terms };
    const { userErrors } = await w.does(world, 'pledgeContribution', w.publisher(w.education), input);
    expect(userErrors).toMatchObject([{ code: 'BAD_USER_INPUT', path: ['terms', field] }]);
  });
});

describe('an agreement', () => {
  const details = {
    riskShares: [
      { organisation: w.education, percent: '62.5' },
      { organisation: 'mission-delivery-unit', percent: '37.5' },
    ],
    ...{ host: 'department-for-transport', poolManager: 'mission-delivery-unit', exit: 'Six months’ notice.' },
  };
  const accepts = async (more: object) => {
    const { id, current } = await w.pledges(world, w.education);
    await w.does(world, 'proposeTerms', w.missionUnit, { contribution: id });
    const acceptance = { ...w.acceptance(id, current.hash, w.education), ...details, ...more };
    return w.does(world, 'acceptTerms', w.publisher(w.education), acceptance);
  };

  it.each([
    'MOU',
    'SECTION_75',
    'COVER_TRANSFER',
    'GRANT',
    'CONTRACT',
    'SECTOR_DEAL',
  ])('is a %s that says who bears the risk, who holds the money, and how one leaves', async (instrument) => {
    const { contribution } = await accepts({ instrument });
    const fields =
      'agreement { instrument riskShares { organisation { id } percent } host { id } poolManager { id } exit }';
    expect((await read(contribution.id, fields)).agreement).toEqual({
      instrument,
      riskShares: details.riskShares.map(({ organisation, percent }) => ({
        organisation: { id: organisation },
        percent,
      })),
      ...{ host: { id: details.host }, poolManager: { id: details.poolManager }, exit: details.exit },
    });
  });

  it.each([
    ['to less than the whole', [{ organisation: w.education, percent: '99.9999' }]],
    ['to others than signatories', [{ organisation: 'home-office', percent: '100' }]],
    [
      'twice to one',
      [
        { organisation: w.education, percent: '50' },
        { organisation: w.education, percent: '50' },
      ],
    ],
    [
      'in parts of nothing',
      [
        { organisation: w.education, percent: '100' },
        { organisation: 'mission-delivery-unit', percent: '0' },
      ],
    ],
  ])('does not share the risk %s', async (_, riskShares) => {
    expect(codes(await accepts({ riskShares }))).toEqual(['BAD_USER_INPUT']);
  });

  it('names its host and pool manager by their ids', async () => {
    expect(codes(await accepts({ host: 'The Treasury' }))).toEqual(['BAD_USER_INPUT']);
    expect(codes(await accepts({ poolManager: 'The Unit' }))).toEqual(['BAD_USER_INPUT']);
  });
});
