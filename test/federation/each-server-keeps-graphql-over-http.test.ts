import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { auditServer } from 'graphql-http';
import { startWorld, type World } from '../world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

it.each([
  'gateway',
  'missions',
  'budgets',
  'contributions',
  'outcomes',
] as const)('the audit of graphql-http finds no fault with %s', async (name) => {
  const url = name === 'gateway' ? world.gatewayUrl! : world.services[name].url;
  const results = await auditServer({ url });
  expect(results.length).toBeGreaterThan(50);
  expect(results.flatMap((each) => (each.status === 'ok' ? [] : `${each.status} ${each.id} ${each.name}`))).toEqual([]);
});
