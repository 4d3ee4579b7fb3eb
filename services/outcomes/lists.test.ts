import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { codeOfOtherCursor, readList } from '../../test/read-list.js';
import { startWorld, type World } from '../../test/world.js';
import { does, missionUnit } from './briefing-for-tests.js';

let world: World;
let outcomesKnown: string;
const outcomes: [id: string, title: string, kind: string, missions: string[]][] = [
  ['a-warmth', 'Warm homes', 'OUTCOME', ['growth', 'energy']],
  ['b-safety', 'Cleaner air', 'GUARDRAIL', ['energy']],
  ['c-safety', 'Cleaner air', 'GUARDRAIL', ['growth']],
  ['d-lives', 'Longer lives', 'IMPACT', ['growth']],
];
/** In the order they are announced. */
const briefings: [mission: string, heldAt: string][] = [
  ['growth', '2030-03-01T09:00:00Z'],
  ['energy', '2030-02-01T09:00:00Z'],
  ['growth', '2030-04-01T09:00:00Z'],
  ['growth', '2030-02-01T09:00:00Z'],
];
const announced: string[] = [];
const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

beforeAll(async () => {
  world = await startWorld({ services: ['outcomes'], gateway: false });
  for (const [id, title, kind, missions] of outcomes)
    await does(world, missionUnit, 'defineOutcome', { id, title, kind, missions }, 'outcome { id }');
  await pause();
  outcomesKnown = new Date().toISOString();
  await pause();
  const late = { id: 'e-late', title: 'A late one', kind: 'OUTPUT', missions: ['growth'] };
  await does(world, missionUnit, 'defineOutcome', late, 'outcome { id }');
  for (const [mission, heldAt] of briefings) {
    const input = { mission, heldAt, decisionMaker: 'Secretary of State', experts: ['climate-change-committee'] };
    announced.push((await does(world, missionUnit, 'scheduleBriefing', input, 'briefing { id }')).briefing.id);
  }
  const off = { briefing: announced[2], reason: 'The minister is away.' };
  await does(world, missionUnit, 'cancelBriefing', off, 'briefing { id }');
});
afterAll(() => world?.stop());

async function idsOf(list: string, args: string, asKnownAt?: string): Promise<string[]> {
  const { nodes, count } = await readList(world, list, { args, asKnownAt });
  expect(count).toBe(nodes.length);
  return nodes.map(({ id }) => id);
}

describe('the list of outcomes', () => {
  const ids = (args: string, asKnownAt?: string) => idsOf('outcomes', args, asKnownAt);

  it('is in the order of ids, or of titles where that is asked for', async () => {
    expect(await ids('')).toEqual(['a-warmth', 'b-safety', 'c-safety', 'd-lives', 'e-late']);
    expect(await ids('orderBy: BY_ID')).toEqual(['a-warmth', 'b-safety', 'c-safety', 'd-lives', 'e-late']);
    expect(await ids('orderBy: BY_TITLE')).toEqual(['e-late', 'b-safety', 'c-safety', 'd-lives', 'a-warmth']);
    expect(await ids('orderBy: BY_TITLE', outcomesKnown)).toEqual(['b-safety', 'c-safety', 'd-lives', 'a-warmth']);
  });

  it('is narrowed by mission and kind in either order, and counts what is left', async () => {
    const growth = 'filter: { mission: "growth" }';
    expect(await ids(`${growth}, orderBy: BY_TITLE`)).toEqual(['e-late', 'c-safety', 'd-lives', 'a-warmth']);
    expect(await ids('filter: { kind: GUARDRAIL }, orderBy: BY_TITLE')).toEqual(['b-safety', 'c-safety']);
    expect(await ids('filter: { mission: "energy", kind: GUARDRAIL }')).toEqual(['b-safety']);
  });

  it('refuses a cursor of another order', async () => {
    expect(await codeOfOtherCursor(world, 'outcomes', 'BY_ID', 'BY_TITLE')).toBe('BAD_USER_INPUT');
  });
});

describe('the list of briefings', () => {
  const places = async (args: string) => (await idsOf('briefings', args)).map((id) => announced.indexOf(id));

  it('begins with the one held last, or with the one held first, ties by id', async () => {
    const tie = announced[1]! < announced[3]! ? [1, 3] : [3, 1];
    expect(await places('orderBy: HELD_EARLIEST_FIRST')).toEqual([...tie, 0, 2]);
    expect(await places('')).toEqual([...tie, 0, 2].reverse());
    expect(await places('orderBy: HELD_LATEST_FIRST')).toEqual([...tie, 0, 2].reverse());
  });

  it('is narrowed by mission and state in either order, and counts what is left', async () => {
    expect(await places('filter: { mission: "growth" }')).toEqual([2, 0, 3]);
    expect(await places('filter: { mission: "growth", state: SCHEDULED }, orderBy: HELD_EARLIEST_FIRST')).toEqual([
      3, 0,
    ]);
    expect(await places('filter: { state: CALLED_OFF }')).toEqual([2]);
    expect(await places('filter: { mission: "safety" }')).toEqual([]);
  });
});
