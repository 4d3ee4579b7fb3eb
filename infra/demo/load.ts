import { Hub } from './hub.js';
import { brief } from './load-briefing.js';
import { allocate, deposit, expectAll, openBudget } from './load-budget.js';
import { contribute, settle, stateOf } from './load-contributions.js';
import {
  activateMission,
  addLevers,
  decideAll,
  type Ids,
  learn,
  openDecisions,
  proposeMission,
  registerOrganisations,
} from './load-mission.js';
import { defineOutcome } from './load-outcomes.js';
import { type DemoMission, demoMissions } from './world.js';

export interface LoadOptions {
  /** The gateway's GraphQL endpoint. */
  url: string;
  /** The demo issuer: the deeds are done by its demo clients, each by the one whose part it is. */
  issuer: string;
  log?: (line: string) => void;
}

/** Whether the whole demo world is there: the last thing a load does is to start its missions. */
export async function demoIsLoaded(url: string): Promise<boolean> {
  const hub = new Hub({ url, issuer: '' });
  const query = 'query DemoIsLoaded($id: ID!) { mission(id: $id) { state } }';
  const states = await Promise.all(
    demoMissions.map(async ({ mission: { id } }) => {
      const { mission } = await hub.asks(query, { id });
      return mission?.state as string | undefined;
    }),
  );
  return states.every((state) => state !== undefined && state !== 'PROPOSED');
}

/**
 * Loads the demo world through the public API. Every deed has a key made of what it is about, so a second load changes
 * nothing, and one after an interruption goes on where the first ended.
 */
export async function loadDemo({ url, issuer, log = () => undefined }: LoadOptions): Promise<void> {
  const begun = Date.now();
  const hub = new Hub({ url, issuer });
  await registerOrganisations(hub);
  await Promise.all(demoMissions.map(({ mission }) => proposeMission(hub, mission)));
  const levers = await Promise.all(demoMissions.map(({ mission }) => addLevers(hub, mission)));
  await Promise.all(demoMissions.map((each, place) => fill(hub, each, levers[place]!)));
  await Promise.all(demoMissions.map(({ mission }) => activateMission(hub, mission)));
  const { done, replayed } = hub.counts;
  const seconds = ((Date.now() - begun) / 1000).toFixed(1);
  log(`Demo world: ${done} deeds done, ${replayed} were there already, in ${seconds} s`);
}

/** All that belongs to a mission but its start. */
async function fill(hub: Hub, { mission, money, outcomes, briefing }: DemoMission, levers: Ids): Promise<void> {
  const [decisions, contributions] = await Promise.all([
    openDecisions(hub, mission),
    fund(hub, mission.id, money, levers),
    learn(hub, mission),
    ...outcomes.map((outcome) => defineOutcome(hub, mission.id, outcome)),
  ]);
  await decideAll(hub, mission, decisions);
  if (briefing) await brief(hub, briefing, { mission: mission.id, decisions, contributions });
}

/** Answers the ids of its contributions. */
async function fund(hub: Hub, mission: string, money: DemoMission['money'], levers: Ids): Promise<Ids> {
  const pool = await openBudget(hub, mission, money);
  const given = await Promise.all(
    money.contributions.map(async (content) => {
      const id = await contribute(hub, content, { mission, budget: pool.budget, levers });
      return { content, id, state: stateOf(content) };
    }),
  );
  const paying = given.filter(({ content }) => content.deposits);
  await expectAll(
    hub,
    pool,
    paying.map(({ id }) => id),
  );
  await Promise.all(paying.map(({ content, id }) => deposit(hub, pool, content, id)));
  await Promise.all(money.allocations.map((content) => allocate(hub, pool, content)));
  const seen = given.filter(({ state }) => state !== 'DRAFT');
  await settle(hub, mission, new Map(seen.map(({ id, state }) => [id, state])));
  return new Map(given.map(({ content, id }) => [content.key, id]));
}
