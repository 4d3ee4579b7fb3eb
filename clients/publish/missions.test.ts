import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';
import { Gateway } from '../gateway.js';
import { unknownMissions } from './missions.js';

let world: World;
beforeAll(async () => {
  world = await startWorld({ services: ['missions'] });
});
afterAll(() => world?.stop());

const document = `mutation ($input: ProposeMissionInput!) { proposeMission(input: $input) { mission { id } } }`;

async function propose(id: string): Promise<void> {
  const input = { id, name: id, purpose: 'To try.', meaning: 'CHALLENGE', ambition: 'COMMITTED', idempotencyKey: id };
  const { data } = await world.ask(document, { as: 'mission-delivery-unit.mission-unit', variables: { input } });
  expect(data.proposeMission.mission).toEqual({ id });
}

describe('a mission that the hub does not have', () => {
  it('is told with the one that was meant, however many there are', async () => {
    await propose('aa-first');
    for (let number = 1; number <= 100; number++) await propose(`mission-${number}`);
    await propose('zz-last');
    const hub = new Gateway(world.gatewayUrl!, async () => null);
    const unknown = await unknownMissions(hub, ['aa-frist', 'zz-lsat', 'mission-7', 'something-else']);
    expect([...unknown!]).toEqual([
      ['aa-frist', 'There is no mission aa-frist; did you mean aa-first?'],
      ['zz-lsat', 'There is no mission zz-lsat; did you mean zz-last?'],
      ['something-else', 'There is no mission something-else; correct its id.'],
    ]);
  });
});
