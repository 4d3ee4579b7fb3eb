import { type Hub, marked, missionUnit, pounds } from './hub.js';
import type { MissionContent } from './shape.js';

/** Ids that the hub gave to what the content names by keys. */
export type Ids = ReadonlyMap<string, string>;

export async function proposeMission(hub: Hub, content: MissionContent): Promise<void> {
  const { id, name, purpose, meaning, ambition, horizon, lead } = content;
  const input = { id, name, purpose, meaning, ambition, horizon, lead, illustrative: true };
  await hub.does(missionUnit, 'proposeMission', id, input, 'mission { id }');
}

/** Its challenges and levers. Answers the ids of the levers. */
export async function addLevers(hub: Hub, { challenges, levers }: MissionContent): Promise<Ids> {
  await Promise.all(
    challenges.map(({ id, operatingModel, ...challenge }) => {
      const input = { id, ...challenge, operatingModel: marked(operatingModel) };
      return hub.does(missionUnit, 'addChallenge', id, input, 'challenge { id }');
    }),
  );
  const added = await Promise.all(
    levers.map(async ({ key, rationale, ...lever }): Promise<[string, string]> => {
      const input = { ...lever, rationale: marked(rationale) };
      const answer = await hub.does(missionUnit, 'addLever', `lever/${lever.challenge}/${key}`, input, 'lever { id }');
      return [key, answer.lever.id];
    }),
  );
  return new Map(added);
}

/** Decisions, who waits on them and what was said about them; those that are settled are settled last. */
export async function openDecisions(
  hub: Hub,
  { id: mission, decisions, waiting, insights }: MissionContent,
): Promise<void> {
  const ids = new Map<string, string>();
  for (const { key, settled: _, ...decision } of decisions) {
    const input = { mission, ...decision, illustrative: true };
    const answer = await hub.does(missionUnit, 'openDecision', `decision/${mission}/${key}`, input, 'decision { id }');
    ids.set(key, answer.decision.id);
  }
  await Promise.all(
    waiting.map(({ key, blocked, ...each }) => {
      const decision = ids.get(each.decision)!;
      const input = { ...each, decision, amountBlocked: blocked ? pounds(blocked) : null, illustrative: true };
      return hub.does(`${each.waiter}.publisher`, 'reportWaiting', `waiting/${key}`, input, 'dependency { id }');
    }),
  );
  for (const { key, sharedBy, changed, ...insight } of insights) {
    const led = changed.map((decision) => ids.get(decision)!);
    const input = { mission, ...insight, decisions: led, consent: true, illustrative: true };
    await hub.does(sharedBy, 'shareInsight', `insight/${mission}/${key}`, input, 'insight { id }');
  }
  for (const { key, settled } of decisions) {
    if (!settled) continue;
    const { by, ...input } = settled;
    const deed = { decision: ids.get(key), ...input };
    await hub.does(by, 'decide', `decide/${mission}/${key}`, deed, 'decision { id }');
  }
}

/** The last deed of a mission: who finds it active finds all of it. */
export async function activateMission(hub: Hub, { id }: MissionContent): Promise<void> {
  await hub.does(missionUnit, 'activateMission', `activate/${id}`, { mission: id }, 'mission { id }');
}
