import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { onStatement } from '../../services/kernel/database.js';
import { sharedDemoWorld } from '../demo-world.js';
import type { ServiceName, World } from '../world.js';

const missionView = readFileSync('test/mission-view.graphql', 'utf8');
const shared = sharedDemoWorld();
let world: World;
let emptyAt: string;
beforeAll(async () => {
  ({ world, emptyAt } = await shared.start());
}, 180_000);
afterAll(() => shared.stop());

type Amount = { amount: string } | null;
interface Contribution {
  id: string;
  pooling: string;
  state: string;
  deposited: Amount;
  outstanding: Amount;
}
interface MissionOfView {
  id: string;
  budgets: { statement: { deposited: Amount; allocated: Amount; unallocated: Amount } }[];
  contributions: { nodes: Contribution[]; unavailable: unknown[] };
  outcomes: { measures: { assessment: { verdict: string; rule: string } }[] }[];
  waitingOn: { amountBlocked: Amount; decision: { question: string } }[];
  insights: { nodes: unknown[] };
}
const missionsIn = (data: { missions: { nodes: MissionOfView[] } }) => data.missions.nodes;
const cents = (money: Amount) => BigInt(money!.amount.replace('.', ''));

/** Waits until every transfer is sealed and no event is on its way: events are requests to a service too. */
async function untilStill(): Promise<void> {
  for (const name of Object.keys(world.services) as ServiceName[]) {
    const owner = await world.owner(name);
    const left = ['select 1 from sent_event', ...(name === 'budgets' ? ['select 1 from unsealed'] : [])].join(
      ' union all ',
    );
    while ((await owner.query(left)).rows.length > 0) await pause(100);
    await owner.end();
  }
}

describe('the mission view', () => {
  it('crosses all four services in one query, for the public too', async () => {
    const { status, data, errors } = await world.ask(missionView);
    expect({ status, errors }).toEqual({ status: 200, errors: undefined });
    const missions = missionsIn(data);
    expect(missions).toHaveLength(5);
    for (const mission of missions) {
      expect(mission.budgets.length).toBeGreaterThanOrEqual(1);
      expect(mission.contributions.nodes.length).toBeGreaterThanOrEqual(4);
      expect(mission.contributions.unavailable).toEqual([]);
      expect(mission.outcomes.length).toBeGreaterThanOrEqual(2);
      expect(mission.insights.nodes.length).toBeGreaterThanOrEqual(1);
    }
    const blocked = missions.flatMap(({ waitingOn }) => waitingOn).filter(({ amountBlocked }) => amountBlocked);
    expect(blocked.length).toBeGreaterThanOrEqual(1);
  });

  it('shows each pool with as much deposited as its contributions have brought', async () => {
    const { data } = await world.ask(missionView);
    for (const { id, budgets, contributions } of missionsIn(data)) {
      const brought = contributions.nodes.reduce((sum, { deposited }) => sum + (deposited ? cents(deposited) : 0n), 0n);
      const inPools = budgets.reduce((sum, { statement }) => sum + cents(statement.deposited), 0n);
      expect({ id, inPools }).toEqual({ id, inPools: brought });
    }
  });

  it('shows a contribution as deposited just when nothing of it is outstanding', async () => {
    const { data } = await world.ask(missionView);
    const bound = missionsIn(data)
      .flatMap(({ contributions }) => contributions.nodes)
      .filter(({ outstanding, pooling }) => outstanding && pooling === 'POOLED');
    expect(bound.length).toBeGreaterThanOrEqual(5);
    for (const { id, state, outstanding } of bound)
      expect([id, state === 'DEPOSITED']).toEqual([id, cents(outstanding) === 0n]);
  });

  it('says with every verdict which rule it follows', async () => {
    const { data } = await world.ask(missionView);
    const assessments = missionsIn(data).flatMap(({ outcomes }) =>
      outcomes.flatMap(({ measures }) => measures.map(({ assessment }) => assessment)),
    );
    expect(assessments.map(({ rule }) => rule).filter((rule) => !/[.!]$/.test(rule))).toEqual([]);
    expect(new Set(assessments.map(({ verdict }) => verdict))).toContain('BEHIND');
  });

  it('costs the same SQL statements and subgraph calls for one mission and for five', async () => {
    const cost = async (first: number) => {
      const counts: Record<string, { statements: number; calls: number }> = {};
      const stops = Object.entries(world.services).map(([name, { orm, server }]) => {
        const count = { statements: 0, calls: 0 };
        counts[name] = count;
        const called = () => count.calls++;
        server.on('request', called);
        const stop = onStatement(orm, () => count.statements++);
        return () => {
          stop();
          server.off('request', called);
        };
      });
      await world.ask(missionView, { variables: { first } });
      for (const stop of stops) stop();
      return counts;
    };
    await untilStill();
    const five = await cost(5);
    expect(await cost(1)).toEqual(five);
    const calls = Object.values(five).reduce((sum, each) => sum + each.calls, 0);
    expect(calls).toBeLessThanOrEqual(8);
  });

  it('is cut at one instant in all services, which the answer says', async () => {
    const { data, extensions } = await world.ask(missionView, { asKnownAt: emptyAt });
    expect(data.missions.nodes).toEqual([]);
    expect(extensions.asKnownAt).toEqual({ instant: emptyAt, honouredBy: ['missions'], notHonouredBy: [] });
    const now = await world.ask(missionView, { asKnownAt: new Date(Date.now() - 1).toISOString() });
    expect(now.extensions.asKnownAt.honouredBy).toEqual(['budgets', 'contributions', 'missions', 'outcomes']);
    expect(now.extensions.asKnownAt.notHonouredBy).toEqual([]);
    const { data: uncut } = await world.ask(missionView);
    expect(now.data).toEqual(uncut);
  });

  it('names a service that is away and answers the rest', async () => {
    const away: ServiceName = 'budgets';
    await world.services[away].stop();
    const begun = performance.now();
    const { status, data, errors } = await world.ask(missionView);
    expect(performance.now() - begun).toBeLessThan(2_500);
    expect(status).toBe(200);
    for (const mission of missionsIn(data)) {
      expect(mission.budgets).toBeNull();
      expect(
        mission.contributions.nodes.every(({ deposited, outstanding }) => deposited === null && outstanding === null),
      ).toBe(true);
      expect(mission.outcomes.length).toBeGreaterThanOrEqual(2);
    }
    for (const { path, extensions } of errors!) {
      expect(extensions).toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE', service: 'budgets', retryable: true });
      expect(path[0]).toBe('missions');
    }
  });
});
