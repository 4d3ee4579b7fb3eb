import { type DeedAnswer, deed, keyFor, type UserError, type Work } from './write-batches.js';
import { missionUnit } from './write-organisations.js';

/** A mission that an import needs and makes where it is not there. */
export interface Wanted {
  id: string;
  name: string;
  purpose: string;
  meaning: 'PRIORITY' | 'CHALLENGE' | 'SPIRIT';
  lead?: string;
}

interface MissionAnswer extends DeedAnswer {
  mission: { id: string } | null;
}

type State = 'DRAFT' | 'PROPOSED' | 'ACTIVE' | 'PAUSED' | 'ACHIEVED' | 'ENDED';

const stage = 'missions';
const read = 'query Mission($id: ID!) { mission(id: $id) { id state } }';

/** Where the mission stands; null when there is none. */
export async function missionState({ hub }: Work, id: string): Promise<State | null> {
  const { mission } = await hub.ask<{ mission: { state: State } | null }>({
    ...{ service: 'missions', client: missionUnit, document: read, variables: { id } },
  });
  return mission?.state ?? null;
}

/** Proposes and activates missions that are not there; those that are there stay as they are. */
export async function makeMissions(work: Work, wanted: readonly Wanted[]): Promise<void> {
  const { report, progress } = work;
  progress.begin(stage, wanted.length);
  for (const mission of wanted) {
    const state = await missionState(work, mission.id);
    const refused = state === null ? await propose(work, mission) : null;
    const waits = state === 'PROPOSED' || (state === null && !refused && !work.dryRun);
    const fault = refused ?? (waits ? await activate(work, mission.id) : null);
    if (fault) {
      report.refuse(stage, { row: null, column: null, reason: `${fault.message} (${fault.code})`, value: mission.id });
    } else report.stage(stage).count(state === null ? 'NEW' : state === 'PROPOSED' ? 'CHANGED' : 'UNCHANGED');
    progress.advance(1);
  }
  progress.end();
}

async function propose({ hub, dryRun }: Work, mission: Wanted): Promise<UserError | null> {
  const content = { ...mission, ambition: 'ASPIRATIONAL', illustrative: false };
  const input = { ...content, dryRun, idempotencyKey: keyFor('proposeMission', content) };
  const what = {
    service: 'missions',
    deed: 'proposeMission',
    client: missionUnit,
    selection: 'mission { id }',
  } as const;
  return (await deed<MissionAnswer>(hub, what, input)).userErrors[0] ?? null;
}

async function activate({ hub, dryRun }: Work, id: string): Promise<UserError | null> {
  const input = { mission: id, dryRun, idempotencyKey: keyFor('activateMission', id) };
  const what = {
    service: 'missions',
    deed: 'activateMission',
    client: missionUnit,
    selection: 'mission { id }',
  } as const;
  return (await deed<MissionAnswer>(hub, what, input)).userErrors[0] ?? null;
}
