import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';
import * as w from './releases-for-tests.js';

let world: World;
const ids: Record<'first' | 'second' | 'empty' | 'off' | 'waits', string> = {} as never;
let hour: string;
const far = '2999-01-01T09:30:00.000Z';

const moves = (id: string, scheduledAt: string) =>
  w.does(world, 'rescheduleRelease', { release: id, scheduledAt, reason: 'r', expectedVersion: 1 }, w.release);
const put = (release: string, measure: string, period: string) =>
  w.publishes(world, measure, [{ period, value: '5' }], { release });
const shown = 'id hasCome figuresOf { id }';
const come = async (asKnownAt?: string, more = '') =>
  (await world.ask(`{ releases(come: true, first: 100${more}) { totalCount nodes { ${shown} } } }`, { asKnownAt })).data
    .releases;
const one = async (id: string, asKnownAt?: string, as?: string) =>
  (await world.ask(`{ release(id: "${id}") { ${shown} } }`, { asKnownAt, as })).data.release;

beforeAll(async () => {
  world = await startWorld({ services: ['outcomes'], gateway: false });
  await w.defineOutcome(world);
  for (const id of ['one', 'two']) await w.defineMeasure(world, id);
  for (const name of ['first', 'second', 'empty', 'off', 'waits'] as const) ids[name] = await w.schedules(world, far);
  for (const measure of ['two', 'one']) await put(ids.first, measure, '2019');
  await put(ids.second, 'two', '2020');
  await put(ids.off, 'one', '2021');
  await put(ids.waits, 'one', '2022');
});
afterAll(() => world?.stop());

describe('releases that have come', () => {
  it('are listed from their hour on, the last one first, with the measures that they brought figures of', async () => {
    const before = await Promise.all(Object.values(ids).map((id) => one(id, undefined, w.statistician)));
    expect(before.map(({ hasCome, figuresOf }) => [hasCome, figuresOf])).toEqual(before.map(() => [false, []]));
    expect(await come()).toEqual({ totalCount: 0, nodes: [] });
    await w.does(world, 'cancelRelease', { release: ids.off, reason: 'r', expectedVersion: 1 }, w.release);
    hour = w.soon(1_500);
    await moves(ids.first, hour);
    await moves(ids.empty, hour);
    const last = Date.parse(hour) + 100;
    await moves(ids.second, new Date(last).toISOString());
    await pause(last + 30 - Date.now());
    const { totalCount, nodes } = await come();
    expect([totalCount, nodes[0]]).toEqual([3, { id: ids.second, hasCome: true, figuresOf: [{ id: 'two' }] }]);
    expect(nodes.slice(1)).toContainEqual({ id: ids.first, hasCome: true, figuresOf: [{ id: 'one' }, { id: 'two' }] });
    expect(nodes.slice(1)).toContainEqual({ id: ids.empty, hasCome: true, figuresOf: [] });
    for (const id of [ids.off, ids.waits]) expect(await one(id)).toEqual({ id, hasCome: false, figuresOf: [] });
  });

  it('are those that had come by the instant of an As-Known-At', async () => {
    expect((await come(hour)).nodes.map(({ id }: { id: string }) => id).sort()).toEqual([ids.first, ids.empty].sort());
    const earlier = new Date(Date.parse(hour) - 1).toISOString();
    expect(await come(earlier)).toEqual({ totalCount: 0, nodes: [] });
    expect(await one(ids.first, earlier)).toEqual({ id: ids.first, hasCome: false, figuresOf: [] });
    expect(await one(ids.waits, '2999-06-01T00:00:00Z')).toEqual({ id: ids.waits, hasCome: false, figuresOf: [] });
    expect((await come('2999-06-01T00:00:00Z')).totalCount).toBe(3);
  });

  it('are never those that were called off', async () => {
    const { errors } = await world.ask('{ releases(come: true, calledOff: true) { totalCount } }');
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });
});

describe('pages of observations', () => {
  it('say the instant they were read at, by which the next ones are read in the same cut', async () => {
    const page = async (asKnownAt?: string) =>
      (await world.ask('{ measure(id: "one") { observations { readAt nodes { period } } } }', { asKnownAt })).data
        .measure.observations;
    const { readAt, nodes } = await page();
    await pause(5);
    await w.publishes(world, 'one', [{ period: '2018', value: '1' }]);
    expect((await page()).nodes).toHaveLength(nodes.length + 1);
    expect(await page(readAt)).toEqual({ readAt, nodes });
    expect(Date.parse((await page('2999-01-01T00:00:00Z')).readAt)).toBeLessThanOrEqual(Date.now());
  });
});
