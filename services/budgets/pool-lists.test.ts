import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { codeOfOtherCursor, readList } from '../../test/read-list.js';
import { startWorld, type World } from '../../test/world.js';
import { deed, PoolForTests } from './pool-for-tests.js';

let world: World;
let allOpen: string;
/** In the order they are opened. */
const pools = [
  { mission: 'growth', name: 'Warm homes', host: 'host-department', currency: 'GBP' },
  { mission: 'energy', name: 'Grid', host: 'other-department', currency: 'GBP' },
  { mission: 'growth', name: 'Grid', host: 'host-department', currency: 'EUR' },
  { mission: 'safety', name: 'Grid', host: 'host-department', currency: 'GBP' },
];
const ids: string[] = [];

beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
  for (const pool of pools) ids.push((await new PoolForTests(world).open(pool)).id);
  await new Promise((resolve) => setTimeout(resolve, 20));
  allOpen = new Date().toISOString();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const frozen = { budget: ids[1], frozen: true, reason: 'A court says so.' };
  const { codes, errors } = await deed(world, 'other-department.accounting-officer', 'freezeBudget', frozen);
  expect([codes, errors]).toEqual([[], undefined]);
});
afterAll(() => world?.stop());

/** The places of the pools listed, in the order they were opened. */
async function listed(args: string, asKnownAt?: string): Promise<number[]> {
  const { nodes, count } = await readList(world, 'pooledBudgets', { args, asKnownAt });
  expect(count).toBe(nodes.length);
  return nodes.map(({ id }) => ids.indexOf(id));
}

describe('the list of pooled budgets', () => {
  it('is narrowed by mission, host, state and currency, and counts what is left', async () => {
    expect(await listed('filter: { mission: "growth" }')).toEqual([0, 2]);
    expect(await listed('filter: { host: "host-department" }')).toEqual([0, 2, 3]);
    expect(await listed('filter: { state: FROZEN }')).toEqual([1]);
    expect(await listed('filter: { currency: "EUR" }')).toEqual([2]);
    expect(await listed('filter: { host: "host-department", currency: "GBP", state: OPEN }')).toEqual([0, 3]);
    expect(await listed('filter: { mission: "energy", state: OPEN }')).toEqual([]);
  });

  it('is in the order they were opened, or by name with ties as they were opened', async () => {
    expect(await listed('')).toEqual([0, 1, 2, 3]);
    expect(await listed('orderBy: AS_OPENED')).toEqual([0, 1, 2, 3]);
    expect(await listed('orderBy: BY_NAME')).toEqual([1, 2, 3, 0]);
    expect(await listed('orderBy: BY_NAME, filter: { mission: "growth" }')).toEqual([2, 0]);
  });

  it('is narrowed by the state that a pool was known to be in at an instant', async () => {
    expect(await listed('filter: { state: FROZEN }', allOpen)).toEqual([]);
    expect(await listed('filter: { state: OPEN }, orderBy: BY_NAME', allOpen)).toEqual([1, 2, 3, 0]);
  });

  it.each([
    ['AS_OPENED', 'BY_NAME'],
    ['BY_NAME', 'AS_OPENED'],
  ])('refuses a cursor of the order %s in the order %s', async (from, to) => {
    expect(await codeOfOtherCursor(world, 'pooledBudgets', from, to)).toBe('BAD_USER_INPUT');
  });
});
