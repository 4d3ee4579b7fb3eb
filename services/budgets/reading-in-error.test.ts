import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';
import { PoolForTests } from './pool-for-tests.js';

let world: World;
beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
});
afterAll(() => world?.stop());

it('an error in one field leaves no database connection behind, however often it is asked for', async () => {
  for (let count = 0; count < 2; count += 1) {
    const pool = await new PoolForTests(world).open();
    await pool.fund('100.00');
    await pool.pay(await pool.draw(await pool.allocate('60.00'), '40.00'));
  }
  const query = `{ pooledBudgets(first: 2) { nodes { id transfers(first: 1000) { nodes { id } }
    allocations { nodes { available { amount } drawdowns { nodes { paid { amount } } } budget { id } } } } } }`;
  for (let count = 0; count < 30; count += 1) {
    const { errors } = await world.ask(query);
    expect(errors?.[0].extensions.code).toBe('BAD_USER_INPUT');
  }
  const { errors, data } = await world.ask('{ pooledBudgets(first: 2) { nodes { id } } }');
  expect([errors, data.pooledBudgets.nodes.length]).toEqual([undefined, 2]);
});
