import { type Hub, marked, missionUnit, pounds } from './hub.js';
import { organisations } from './organisations.js';
import type { MissionContent } from './shape.js';

/** Ids that the hub gave to what the content names by keys. */
export type Ids = ReadonlyMap<string, string>;

export async function registerOrganisations(hub: Hub): Promise<void> {
  const { rows } = await hub.does(missionUnit, 'registerOrganisations', 'organisations', { organisations });
  const refused = rows.find(({ reason }: { reason: string | null }) => reason);
  if (refused) throw new Error(`The demo world could not be loaded: ${refused.id} was refused, ${refused.reason}`);
}

export async function proposeMission(hub: Hub, content: MissionContent): Promise<void> {
  const { id, name, purpose, meaning, ambition, horizon, lead } = content;
  const input = { id, name, purpose, meaning, ambition, horizon, lead, illustrative: true };
  await hub.does(missionUnit, 'proposeMission', id, input);
}

/** Its challenges and levers. Answers the ids of the levers. */
export async function addLevers(hub: Hub, { challenges, levers }: MissionContent): Promise<Ids> {
  await Promise.all(
    challenges.map(({ operatingModel, ...challenge }) => {
      const input = { ...challenge, operatingModel: marked(operatingModel) };
      return hub.does(missionUnit, 'addChallenge', challenge.id, input);
    }),
  );
  const added = await Promise.all(
    levers.map(async ({ key, rationale, ...lever }): Promise<[string, string]> => {
      const input = { ...lever, rationale: marked(rationale) };
      const answer = await hub.does(missionUnit, 'addLever', `lever/${lever.challenge}/${key}`, input);
      return [key, answer.lever.id];
    }),
  );
  return new Map(added);
}

/** Decisions, who waits on them and what was said about them. Answers their ids. */
export async function openDecisions(hub: Hub, content: MissionContent): Promise<Ids> {
  const { id: mission, decisions, waiting, insights } = content;
  const opened = await Promise.all(
    decisions.map(async ({ key, settled: _, ...decision }): Promise<[string, string]> => {
      const input = { mission, ...decision, illustrative: true };
      const answer = await hub.does(missionUnit, 'openDecision', `decision/${mission}/${key}`, input);
      return [key, answer.decision.id];
    }),
  );
  const ids = new Map(opened);
  await Promise.all(
    waiting.map(({ key, blocked, ...each }) => {
      const decision = ids.get(each.decision);
      const input = { ...each, decision, amountBlocked: blocked ? pounds(blocked) : null, illustrative: true };
      return hub.does(`${each.waiter}.publisher`, 'reportWaiting', `waiting/${key}`, input);
    }),
  );
  // One after the other: readers see the latest first.
  for (const { key, sharedBy, changed, ...insight } of insights) {
    const led = changed.map((decision) => ids.get(decision));
    const input = { mission, ...insight, decisions: led, consent: true, illustrative: true };
    await hub.does(sharedBy, 'shareInsight', `insight/${mission}/${key}`, input);
  }
  return ids;
}

const newestFigure = 'query NewestFigure($id: ID!) { measure(id: $id) { latest { id } } }';

/** Settles decisions, each on figures that are there already. */
export async function decideAll(hub: Hub, { id: mission, decisions }: MissionContent, ids: Ids): Promise<void> {
  for (const { key, settled } of decisions) {
    if (!settled) continue;
    const { by, evidence = [], ...input } = settled;
    const figures = await Promise.all(evidence.map((id) => hub.asks(newestFigure, { id })));
    const pinned = figures.map(({ measure }) => measure.latest.id);
    await hub.does(by, 'decide', `decide/${mission}/${key}`, { decision: ids.get(key), evidence: pinned, ...input });
  }
}

/** What was tried in order to learn, and what was pledged to be put in. */
export async function learn(hub: Hub, { id: mission, cycles = [], pledges = [] }: MissionContent): Promise<void> {
  const tries = cycles.map(async ({ key, came, ...cycle }) => {
    const input = { ...cycle, illustrative: true };
    const { learningCycle } = await hub.does(missionUnit, 'startLearningCycle', `cycle/${key}`, input);
    const end = { learningCycle: learningCycle.id, ...came };
    if (came) await hub.does(missionUnit, 'closeLearningCycle', `close/${key}`, end);
  });
  const inputs = pledges.map(async ({ key, settled, ...pledge }) => {
    const input = { mission, ...pledge, illustrative: true };
    const { inputPledge } = await hub.does(`${pledge.pledger}.publisher`, 'pledgeInput', `input/${key}`, input);
    const verdict = { inputPledge: inputPledge.id, ...settled };
    if (settled) await hub.does(missionUnit, 'settleInputPledge', `settle/${key}`, verdict);
  });
  await Promise.all([...tries, ...inputs]);
}

/** The last deed of a mission: who finds it active finds all of it. */
export async function activateMission(hub: Hub, { id }: MissionContent): Promise<void> {
  await hub.does(missionUnit, 'activateMission', `activate/${id}`, { mission: id });
}
