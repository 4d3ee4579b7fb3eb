import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import * as w from './words-for-tests.js';

let world: World;
let service: Client;
beforeAll(async () => {
  world = await startWorld({ services: ['contributions'], gateway: false });
  service = await world.serviceRole('contributions');
});
afterAll(() => world?.stop());

const codes = ({ userErrors }: w.Deed) => userErrors?.map(({ code }) => code);
const forbidden = ({ errors }: w.Deed) => errors?.[0].extensions.code === 'FORBIDDEN';
let events = 0;
const heir = (organisation: string, more: object = {}) => ({ organisation, from: '', until: null, via: [], ...more });
/** What the register says of a body, told as the missions service tells it. */
const succeeded = async (contributorId: string, ...heirs: object[]) =>
  expect(
    await world.event('contributions', {
      ...{ id: `succession-${++events}`, type: 'missions.succeeded' },
      data: { successions: [{ contributorId, heirs }] },
    }),
  ).toBe(200);
const accountable = async (id: string, asked: object = {}) =>
  (await world.ask(`{ contribution(id: "${id}") { contributor { id } accountableNow { id } } }`, asked)).data
    .contribution.accountableNow?.id ?? null;
const assign = (contribution: string, organisation: string, more: object = {}, as = w.missionUnit) =>
  w.does(world, 'assignContribution', as, { contribution, organisation, reason: 'Transfer of functions.', ...more });
const propose = (as: string, contribution: string) => w.does(world, 'proposeTerms', as, { contribution });

/** The totals an organisation answers for, as text. */
async function totals(...organisations: string[]): Promise<string[]> {
  const asked = organisations.map((id) => `{__typename: "Organisation", id: "${id}"}`).join(', ');
  const fields = 'accountableTotals { state financialYear total { amount } count }';
  const { data } = await world.ask(
    `{ _entities(representations: [${asked}]) { ... on Organisation { id ${fields} } } }`,
  );
  return data._entities.flatMap(({ id, accountableTotals }: { id: string; accountableTotals: Total[] }) =>
    accountableTotals.map(({ state, total, count }) => `${id} ${state} ${total?.amount ?? 'not money'} (${count})`),
  );
}
interface Total {
  state: string;
  total: { amount: string } | null;
  count: number;
}

describe('an old contribution', () => {
  it('resolves to the body that took over; its contributor stays who it was', async () => {
    const { id } = await w.pledges(world, 'ministry-of-works');
    expect(await accountable(id)).toBe('ministry-of-works');
    await succeeded('ministry-of-works', heir('ministry-of-building'));
    expect(await accountable(id)).toBe('ministry-of-building');
    const { data } = await world.ask(`{ contribution(id: "${id}") { contributor { id } } }`);
    expect(data.contribution.contributor.id).toBe('ministry-of-works');
  });

  it('follows the register over time: not before the day, and no longer than until the next took over', async () => {
    const { id } = await w.pledges(world, 'board-of-roads');
    const chain = [
      heir('roads-agency', { from: '2020-04-01', until: '2024-03-31' }),
      heir('highways-body', { from: '2024-04-01', via: ['roads-agency'] }),
      heir('future-body', { from: '2999-01-01', via: ['roads-agency', 'highways-body'] }),
    ];
    await succeeded('board-of-roads', ...chain);
    expect(await accountable(id)).toBe('highways-body');
    await succeeded('board-of-roads', ...chain.slice(2));
    expect(await accountable(id)).toBe('board-of-roads');
    await succeeded('board-of-roads');
    expect(await accountable(id)).toBe('board-of-roads');
  });

  it('shows who answered for it as known then', async () => {
    const { id } = await w.pledges(world, 'office-of-lights');
    const before = new Date().toISOString();
    await succeeded('office-of-lights', heir('office-of-lamps'));
    expect(await accountable(id, { asKnownAt: before })).toBe('office-of-lights');
    expect(await accountable(id)).toBe('office-of-lamps');
  });

  it('is changed by the people of the successor, with all they need to see, and no more by those of the old body', async () => {
    const [old, now] = ['ministry-of-coal', 'ministry-of-wind'];
    const pledged = await w.pledges(world, old);
    const draft = await w.pledges(world, old, { draft: true });
    const offer = await propose(w.missionUnit, pledged.id);
    expect(offer.contribution.state).toBe('NEGOTIATING');
    const rounds = `{ contribution(id: "${pledged.id}") { rounds { from } } }`;
    expect((await world.ask(rounds, { as: w.publisher(now) })).data.contribution.rounds).toBeNull();
    await succeeded(old, heir(now));
    expect((await world.ask(rounds, { as: w.publisher(now) })).data.contribution.rounds).toEqual([{ from: 'MISSION' }]);
    expect(
      (await world.ask(`{ contribution(id: "${draft.id}") { state } }`, { as: w.publisher(now) })).data.contribution,
    ).toEqual({ state: 'DRAFT' });
    const acceptance = w.acceptance(pledged.id, pledged.current.hash, old);
    expect(forbidden(await w.does(world, 'acceptTerms', w.publisher(old), acceptance))).toBe(true);
    expect((await w.does(world, 'acceptTerms', w.publisher(now), acceptance)).contribution.state).toBe('AGREED');
    const approval = { contribution: pledged.id, versionHash: pledged.current.hash };
    expect(forbidden(await w.does(world, 'commitContribution', w.officer(old), approval))).toBe(true);
    await w.does(world, 'commitContribution', w.officer(now), approval);
    const committed = await w.does(world, 'commitContribution', w.missionFinance, approval);
    expect(committed.contribution.state).toBe('COMMITTED');
    const writeOff = { contribution: pledged.id, amount: w.pounds('1.00'), reason: 'Rounding.' };
    expect(forbidden(await w.does(world, 'writeOffContribution', w.officer(old), writeOff))).toBe(true);
    expect((await w.writesOff(world, now, writeOff)).userErrors).toEqual([]);
  });
});

describe('assignContribution', () => {
  const old = 'department-for-everything';
  const heirs = ['department-for-trade', 'department-for-energy', 'department-for-science'] as const;

  it('names one of several successors; until then nobody of them acts', async () => {
    const { id } = await w.pledges(world, old);
    await succeeded(old, ...heirs.map((each) => heir(each)));
    expect(await accountable(id)).toBeNull();
    for (const each of [old, ...heirs]) expect(forbidden(await propose(w.publisher(each), id))).toBe(true);
    await assign(id, 'department-for-energy');
    expect(await accountable(id)).toBe('department-for-energy');
    expect(forbidden(await propose(w.publisher('department-for-trade'), id))).toBe(true);
    expect((await propose(w.publisher('department-for-energy'), id)).contribution.state).toBe('NEGOTIATING');
    await assign(id, 'department-for-trade');
    expect(await accountable(id)).toBe('department-for-trade');
  });

  it('follows the body that was named when that is succeeded itself', async () => {
    const { id } = await w.pledges(world, 'agency-a');
    await succeeded('agency-a', heir('agency-b'), heir('agency-c'));
    await assign(id, 'agency-b');
    await succeeded('agency-a', heir('agency-d', { via: ['agency-b'] }), heir('agency-c'));
    expect(await accountable(id)).toBe('agency-d');
    await succeeded(
      'agency-a',
      ...[heir('agency-d', { via: ['agency-b'] }), heir('agency-e', { via: ['agency-b'] }), heir('agency-c')],
    );
    expect(await accountable(id)).toBeNull();
  });

  it('is refused for who has not taken over, without a reason, stale, to others, and for what is not there', async () => {
    const { id } = await w.pledges(world, old);
    const { id: living } = await w.pledges(world, w.education);
    expect(codes(await assign(id, w.transport))).toEqual(['NOT_A_SUCCESSOR']);
    expect(codes(await assign(living, w.transport))).toEqual(['NOT_A_SUCCESSOR']);
    expect(codes(await assign(id, heirs[0], { reason: ' ' }))).toEqual(['BAD_USER_INPUT']);
    expect(codes(await assign(id, heirs[0], { expectedVersion: 9 }))).toEqual(['STALE_VERSION']);
    expect(codes(await assign('nothing:1', heirs[0]))).toEqual(['NOT_FOUND']);
    for (const as of [w.publisher(heirs[0]), w.publisher(old), w.missionFinance, w.auditor])
      expect(forbidden(await assign(id, heirs[0], {}, as))).toBe(true);
  });
});

describe('the sum over successors', () => {
  it('equals the old body’s sum, whoever was named for what and while nobody was', async () => {
    const [old, one, other] = ['old-council', 'north-council', 'south-council'];
    const ids: string[] = [];
    for (const decimal of ['100.00', '20.00', '3.00'])
      ids.push((await w.pledges(world, old, { terms: w.termsOf(decimal) })).id);
    await w.pledges(world, one, { terms: w.termsOf('1000.00') });
    await w.pledges(world, old, { draft: true });
    const tables: Record<string, string[]> = {};
    tables.before = await totals(old, one, other);
    await succeeded(old, heir(one), heir(other));
    tables.split = await totals(old, one, other);
    await assign(ids[0]!, one);
    await assign(ids[1]!, other);
    tables.partly = await totals(old, one, other);
    await assign(ids[2]!, other);
    tables.wholly = await totals(old, one, other);
    await succeeded(old, heir(one));
    tables.merged = await totals(old, one, other);
    expect(tables).toEqual({
      before: ['old-council PLEDGED 123.00 (3)', 'north-council PLEDGED 1000.00 (1)'],
      split: ['old-council PLEDGED 123.00 (3)', 'north-council PLEDGED 1000.00 (1)'],
      partly: ['old-council PLEDGED 3.00 (1)', 'north-council PLEDGED 1100.00 (2)', 'south-council PLEDGED 20.00 (1)'],
      wholly: ['north-council PLEDGED 1100.00 (2)', 'south-council PLEDGED 23.00 (2)'],
      merged: ['north-council PLEDGED 1123.00 (4)'],
    });
  });
});

describe('PostgreSQL itself refuses', () => {
  async function byHand(organisation: string, roles: string, sql: string, params: unknown[]): Promise<string | null> {
    await service.query('begin');
    try {
      await service.query(`select set_config('app.organisation', $1, true), set_config('app.roles', $2, true)`, [
        organisation,
        roles,
      ]);
      const { rowCount } = await service.query(sql, params);
      return rowCount === 0 ? 'not there' : null;
    } catch (error) {
      return (error as Error).message;
    } finally {
      await service.query('rollback');
    }
  }

  it('a step of the old body or of another heir, an assignment to a stranger, and history rewritten', async () => {
    const [old, one, other] = ['old-harbour', 'new-harbour', 'new-fishery'];
    const { id } = await w.pledges(world, old);
    await succeeded(old, heir(one), heir(other));
    await assign(id, one);
    const withdraw = `update contribution set state = 'WITHDRAWN', version = version + 1 where id = $1`;
    const answers = `another body answers for contribution ${id} now`;
    for (const organisation of [old, other])
      expect(await byHand(organisation, 'publisher', withdraw, [id])).toBe(answers);
    expect(await byHand(one, 'publisher', withdraw, [id])).toBe(`contribution ${id} changed without history`);
    expect(await byHand(w.transport, 'publisher', withdraw, [id])).toBe('not there');
    const insert = `insert into accountability (contribution_id, contributor_id, ordinal, organisation, reason, by_subject, by_organisation)
      values ($1, $2, 2, $3, 'r', 'x', 'x')`;
    expect(await byHand('mission-delivery-unit', 'mission-unit', insert, [id, old, w.transport])).toBe(
      `${w.transport} has not taken over from ${old}`,
    );
    expect(await byHand(one, 'publisher', insert, [id, old, one])).toMatch(/row-level security/);
    const told = `insert into succession (contributor_id, heirs) values ($1, '[]')`;
    expect(await byHand(one, 'publisher,mission-unit', told, [old])).toMatch(/row-level security/);
    const owner = await world.owner('contributions');
    for (const table of ['succession', 'accountability'])
      await expect(owner.query(`delete from ${table}`)).rejects.toThrow(`${table} is only added to`);
  });
});
