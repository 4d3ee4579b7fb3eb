import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { codeOfOtherCursor, readList } from '../../test/read-list.js';
import { startWorld, type World } from '../../test/world.js';

let world: World;
let proposed: string;
const unit = 'mission-delivery-unit.mission-unit';

/** Does a deed of the mission unit; answers what it made. */
async function does(name: string, input: object, fields: string) {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`;
  const document = `mutation ($input: ${type}) { done: ${name}(input: $input) { ${fields} userErrors { code message } } }`;
  const variables = { input: { idempotencyKey: randomUUID(), ...input } };
  const { data, errors } = await world.ask(document, { as: unit, variables });
  if (errors || data.done.userErrors.length > 0) throw new Error(JSON.stringify({ data, errors }));
  return data.done;
}

const organisations = [
  ...[{ id: 'works', name: 'Ministry of Works', kind: 'DEPARTMENT', validFrom: '1943-01-01', validTo: '1962-12-31' }],
  ...[{ id: 'treasury', name: 'Treasury', kind: 'DEPARTMENT' }],
  ...[{ id: 'north', name: 'Council', kind: 'COUNCIL', validFrom: '1974-04-01', validTo: '2900-06-30' }],
  ...[{ id: 'south', name: 'Council', kind: 'COUNCIL', validFrom: '2900-07-01' }],
  ...[{ id: 'east', name: 'Council', kind: 'COUNCIL', validFrom: '1974-04-01' }],
];
const missions: [id: string, name: string, lead: string | null][] = [
  ['growth', 'Opportunity', 'treasury'],
  ['energy', 'Zero', 'treasury'],
  ['safety', 'Opportunity', 'works'],
  ['health', 'Opportunity', null],
];
/** In the order they are opened. */
const decisions: [mission: string, decider: string, dueOn: string | null][] = [
  ['growth', 'treasury', null],
  ['energy', 'east', '2026-06-30'],
  ['growth', 'treasury', '2026-01-31'],
  ['growth', 'east', null],
  ['energy', 'treasury', '2026-06-30'],
];
const decided: string[] = [];
/** On which of the decisions, and since when. */
const waitings: [decision: number, since: string][] = [
  [1, '2025-01-01'],
  [0, '2025-03-01'],
  [0, '2025-03-01'],
  [4, '2024-02-01'],
  [2, '2023-01-01'],
];

beforeAll(async () => {
  world = await startWorld({ services: ['missions'], gateway: false });
  await does('registerOrganisations', { organisations }, 'rows { verdict }');
  for (const [id, name, lead] of missions) {
    const more = { purpose: 'To try.', meaning: 'CHALLENGE', ambition: 'COMMITTED' };
    await does('proposeMission', { id, name, lead, ...more }, 'mission { id }');
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
  proposed = new Date().toISOString();
  await new Promise((resolve) => setTimeout(resolve, 20));
  for (const mission of ['growth', 'safety']) await does('activateMission', { mission }, 'mission { id }');
  for (const [mission, decider, dueOn] of decisions) {
    const { decision } = await does('openDecision', { mission, decider, dueOn, question: 'Which?' }, 'decision { id }');
    decided.push(decision.id);
  }
  for (const [decision, since] of waitings) {
    const input = { decision: decided[decision], since, waiter: 'north', reason: 'No site, no contract.' };
    await does('reportWaiting', input, 'dependency { id }');
  }
});
afterAll(() => world?.stop());

const idsOf = async (list: string, args: string, asKnownAt?: string) => {
  const { nodes, count } = await readList(world, list, { args, asKnownAt });
  expect(count).toBe(nodes.length);
  return nodes.map(({ id }) => id);
};

describe('the list of missions', () => {
  const ids = (args: string, asKnownAt?: string) => idsOf('missions', args, asKnownAt);

  it('is narrowed by state and lead, and counts what is left', async () => {
    expect(await ids('filter: { state: ACTIVE }')).toEqual(['growth', 'safety']);
    expect(await ids('filter: { lead: "treasury" }')).toEqual(['energy', 'growth']);
    expect(await ids('filter: { lead: "treasury", state: PROPOSED }')).toEqual(['energy']);
    expect(await ids('filter: { lead: "nobody" }')).toEqual([]);
    expect(await ids('filter: { lead: null }')).toEqual(['energy', 'growth', 'health', 'safety']);
  });

  it('is in the order of ids, or of names where that is asked for', async () => {
    expect(await ids('')).toEqual(['energy', 'growth', 'health', 'safety']);
    expect(await ids('orderBy: BY_ID')).toEqual(['energy', 'growth', 'health', 'safety']);
    expect(await ids('orderBy: BY_NAME')).toEqual(['growth', 'health', 'safety', 'energy']);
  });

  it('is narrowed by the state that was known at an instant', async () => {
    expect(await ids('filter: { state: ACTIVE }', proposed)).toEqual([]);
    const all = ['growth', 'health', 'safety', 'energy'];
    expect(await ids('filter: { state: PROPOSED }, orderBy: BY_NAME', proposed)).toEqual(all);
  });
});

describe('the list of organisations', () => {
  const ids = (args: string, asKnownAt?: string) => idsOf('organisations', args, asKnownAt);

  it('is narrowed by kind, and in the order of ids or of names', async () => {
    expect(await ids('')).toEqual(['east', 'north', 'south', 'treasury', 'works']);
    expect(await ids('filter: { kind: DEPARTMENT }')).toEqual(['treasury', 'works']);
    expect(await ids('orderBy: BY_NAME')).toEqual(['east', 'north', 'south', 'works', 'treasury']);
    expect(await ids('orderBy: BY_NAME, filter: { kind: DEPARTMENT }')).toEqual(['works', 'treasury']);
    expect(await ids('filter: { kind: CHARITY }, orderBy: BY_NAME')).toEqual([]);
  });

  it('shows what is open on a day, its first and its last day included', async () => {
    const on = (day: string) => ids(`filter: { openOn: "${day}" }`);
    expect(await on('1942-12-31')).toEqual(['treasury']);
    expect(await on('1943-01-01')).toEqual(['treasury', 'works']);
    expect(await on('1962-12-31')).toEqual(['treasury', 'works']);
    expect(await on('1963-01-01')).toEqual(['treasury']);
    expect(await on('2900-06-30')).toEqual(['east', 'north', 'treasury']);
    expect(await on('2900-07-01')).toEqual(['east', 'south', 'treasury']);
  });

  it('tells what is open now from what is closed or not open yet, also at an instant', async () => {
    expect(await ids('filter: { open: true }')).toEqual(['east', 'north', 'treasury']);
    expect(await ids('filter: { open: false }')).toEqual(['south', 'works']);
    expect(await ids('filter: { open: false, kind: COUNCIL }')).toEqual(['south']);
    expect(await ids('filter: { open: false, openOn: "1950-01-01" }')).toEqual(['works']);
    expect(await ids('filter: { open: true }', '2900-07-01T12:00:00Z')).toEqual(['east', 'south', 'treasury']);
    expect(await ids('filter: { open: false }', '2900-07-01T12:00:00Z')).toEqual(['north', 'works']);
  });
});

describe('the list of decisions', () => {
  const places = async (args: string) => (await idsOf('decisions', args)).map((id) => decided.indexOf(id));

  it('is in the order they were opened, or by the day they are due with those without one last', async () => {
    expect(await places('')).toEqual([0, 1, 2, 3, 4]);
    expect(await places('orderBy: AS_OPENED')).toEqual([0, 1, 2, 3, 4]);
    expect(await places('orderBy: BY_DUE')).toEqual([2, 1, 4, 0, 3]);
  });

  it('is narrowed by mission, decider and states in either order, and counts what is left', async () => {
    expect(await places('filter: { mission: "growth" }, orderBy: BY_DUE')).toEqual([2, 0, 3]);
    expect(await places('filter: { mission: "growth", decider: "treasury" }')).toEqual([0, 2]);
    expect(await places('filter: { states: [DECIDED] }')).toEqual([]);
    expect(await places('filter: { states: [OPEN, DECIDED], decider: "east" }')).toEqual([1, 3]);
  });
});

describe('the list of what is waited for', () => {
  const since = async (args: string) => {
    const { nodes, count } = await readList(world, 'waitingOn', { args, show: 'id since mission { id }' });
    expect(count).toBe(nodes.length);
    const keys = nodes.map(({ id, since, mission }) => [mission.id, since, id]);
    return { keys, shown: keys.map(([mission, day]) => `${mission} ${day}`) };
  };

  it('begins with the longest wait, or goes by mission, ties by id', async () => {
    const longest = await since('');
    expect(longest.shown).toEqual([
      ...['growth 2023-01-01', 'energy 2024-02-01', 'energy 2025-01-01', 'growth 2025-03-01', 'growth 2025-03-01'],
    ]);
    expect(await since('orderBy: LONGEST_FIRST')).toEqual(longest);
    const { keys, shown } = await since('orderBy: BY_MISSION');
    expect(shown).toEqual([
      ...['energy 2024-02-01', 'energy 2025-01-01', 'growth 2023-01-01', 'growth 2025-03-01', 'growth 2025-03-01'],
    ]);
    expect(keys.map(String)).toEqual(keys.map(String).sort());
  });

  it('is narrowed by mission and decider, and counts what is left', async () => {
    const energy = await since('filter: { mission: "energy" }');
    expect(energy.shown).toEqual(['energy 2024-02-01', 'energy 2025-01-01']);
    const treasury = await since('filter: { decider: "treasury" }, orderBy: BY_MISSION');
    expect(treasury.shown).toEqual([
      ...['energy 2024-02-01', 'growth 2023-01-01', 'growth 2025-03-01', 'growth 2025-03-01'],
    ]);
    expect((await since('filter: { mission: "health" }')).shown).toEqual([]);
  });
});

describe('a cursor', () => {
  it.each([
    ['missions', 'BY_ID', 'BY_NAME'],
    ['missions', 'BY_NAME', 'BY_ID'],
    ['organisations', 'BY_ID', 'BY_NAME'],
    ['decisions', 'AS_OPENED', 'BY_DUE'],
    ['waitingOn', 'LONGEST_FIRST', 'BY_MISSION'],
  ])('of %s in the order %s is refused in the order %s', async (list, from, to) => {
    expect(await codeOfOtherCursor(world, list, from, to)).toBe('BAD_USER_INPUT');
  });
});
