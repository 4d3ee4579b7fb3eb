import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld({ services: ['missions'], gateway: false });
});
afterAll(() => world?.stop());

describe('a mission', () => {
  it('is proposed by the mission unit and read by the public', async () => {
    const document = `mutation { proposeMission(input: {idempotencyKey: "1", id: "clean-energy", name: "Clean energy", purpose: "p", meaning: CHALLENGE, ambition: COMMITTED}) { mission { id state } userErrors { code message } replayed } }`;
    const first = await world.ask(document, { as: 'mission-delivery-unit.mission-unit' });
    expect(first).toEqual({ status: 200, data: { proposeMission: { mission: { id: 'clean-energy', state: 'PROPOSED' }, userErrors: [], replayed: false } } });
    const again = await world.ask(document, { as: 'mission-delivery-unit.mission-unit' });
    expect(again.data.proposeMission.replayed).toBe(true);
    const read = await world.ask('{ missions { nodes { id name lead { id } } pageInfo { hasNextPage } totalCount } }');
    expect(read.data.missions).toEqual({ nodes: [{ id: 'clean-energy', name: 'Clean energy', lead: null }], pageInfo: { hasNextPage: false }, totalCount: 1 });
  });
});
