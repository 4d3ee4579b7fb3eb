import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';

let world: World;
let owner: Client;
beforeAll(async () => {
  world = await startWorld({ services: ['missions'], gateway: false });
  owner = await world.owner('missions');
});
afterAll(() => world?.stop());

const document = `mutation ($input: RegisterOrganisationsInput!) { registerOrganisations(input: $input) { rows { verdict } userErrors { code } } }`;
let keys = 0;
const body = (id: string, validTo: string | null = null, successors: string[] = []) => ({
  ...{ id, name: id, kind: 'DEPARTMENT', validTo, successors },
});
/** Registers bodies and answers, as lines, who was told to answer for whom. */
async function told(...organisations: object[]): Promise<string[]> {
  await owner.query('delete from sent_event');
  const input = { idempotencyKey: `successions-${++keys}`, organisations };
  const answer = await world.ask(document, { as: 'mission-delivery-unit.mission-unit', variables: { input } });
  expect(answer.data.registerOrganisations.userErrors).toEqual([]);
  const { rows } = await owner.query(`select event from sent_event order by number`);
  return rows.flatMap(({ event }) =>
    event.data.successions.flatMap(({ contributorId, heirs }: Told) =>
      heirs.length === 0
        ? [`${contributorId}: itself`]
        : heirs.map(({ organisation, from, until, via }) => {
            const days = `from ${from || 'ever'}${until ? ` until ${until}` : ''}`;
            return `${contributorId}: ${organisation} ${days}${via.map((each) => ` via ${each}`).join('')}`;
          }),
    ),
  );
}
interface Told {
  contributorId: string;
  heirs: { organisation: string; from: string; until: string | null; via: string[] }[];
}

describe('the register tells who took over from whom', () => {
  it('when a body has successors, from the day after its last', async () => {
    expect(await told(body('trade'), body('energy'), body('business', '2023-02-06', ['trade', 'energy']))).toEqual([
      'business: trade from 2023-02-07',
      'business: energy from 2023-02-07',
    ]);
  });

  it('and nothing when it learns nothing new about that', async () => {
    expect(await told(body('trade'), body('energy'), body('business', '2023-02-06', ['trade', 'energy']))).toEqual([]);
    expect(await told({ ...body('energy'), name: 'Energy and net zero' }, body('housing'))).toEqual([]);
  });

  it('over several changes in a row, of every body concerned', async () => {
    expect(await told(body('climate', '2027-03-31', ['planet']), body('planet'))).toEqual([
      'climate: planet from 2027-04-01',
    ]);
    expect(await told(body('energy', '2025-03-31', ['climate']))).toEqual([
      'business: trade from 2023-02-07',
      'business: energy from 2023-02-07 until 2025-03-31',
      'business: climate from 2025-04-01 until 2027-03-31 via energy',
      'business: planet from 2027-04-01 via energy via climate',
      'energy: climate from 2025-04-01 until 2027-03-31',
      'energy: planet from 2027-04-01 via climate',
    ]);
  });

  it('when the register was wrong, and a circle in it ends', async () => {
    expect(await told(body('business', '2023-02-06'))).toEqual(['business: itself']);
    expect(await told(body('left', '2020-01-01', ['right']), body('right', '2021-01-01', ['left']))).toEqual([
      'left: right from 2020-01-02 until 2021-01-01',
      'right: itself',
    ]);
  });
});
