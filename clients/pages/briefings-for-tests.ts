import {
  does,
  missionUnit,
  outcomeOf,
  publisher,
  publishes,
  type Shown,
  sets,
  statistician,
} from '../../services/outcomes/briefing-for-tests.js';
import { startWorld, type World } from '../../test/world.js';

export const mission = 'clean-energy';
const energy = 'department-for-energy-security-and-net-zero';

/** What a careless or hostile writer puts into a text that pages show. */
export const script = '<script>alert("x")</script>';

export const withdrawnBecause = 'Two sites were counted twice';

/** A hub with briefings in every state, and what can still happen to what they say. */
export interface Briefed {
  world: World;
  /** Of each state the briefing that is in it. */
  ids: Record<'scheduled' | 'calledOff' | 'locked' | 'held' | 'published' | 'closed', string>;
  /** An account was given of it while it was open. */
  decision: string;
}

const unitDoes = (world: World, deed: string, input: object, fields = 'briefing { id }') =>
  does(world, missionUnit, deed, input, fields);

/** Named after the first; the second name is given later, and no frozen page knows of it. */
export const names = ['Climate Change Committee', 'Committee on Climate'] as const;
export const registers = (world: World, name: string) =>
  unitDoes(
    world,
    'registerOrganisations',
    {
      organisations: [
        { id: 'climate-change-committee', name, kind: 'DEPARTMENT' },
        { id: energy, name: 'Department for Energy', kind: 'DEPARTMENT' },
        { id: 'department-for-transport', name: 'Department for Transport', kind: 'DEPARTMENT' },
      ],
    },
    'rows { id }',
  );

export async function startBriefed(): Promise<Briefed> {
  const world = await startWorld({ services: ['missions', 'outcomes'] });
  await registers(world, names[0]);
  const proposal = {
    id: mission,
    name: `Clean ${script} energy`,
    purpose: 'Power without carbon, and bills to match.',
  };
  await unitDoes(
    world,
    'proposeMission',
    { ...proposal, meaning: 'PRIORITY', ambition: 'COMMITTED' },
    'mission { id }',
  );
  await outcomeOf(world, mission, 'less-warming', ['emissions', 'leaks']);
  const asked = { mission, question: 'What of the grid?', decider: energy };
  const decision = (await unitDoes(world, 'openDecision', asked, 'decision { id }')).decision.id as string;
  const ids = {
    scheduled: await briefing(world, '2099-06-01T09:00:00Z'),
    calledOff: await briefing(world, '2099-07-01T09:00:00Z'),
    locked: await briefing(world, '2026-03-01T09:00:00Z', 1),
    held: await briefing(world, '2026-04-01T09:00:00Z', 2),
    closed: await briefing(world, '2026-05-01T09:00:00Z', 4),
    published: await briefing(world, '2026-06-01T09:00:00Z', 1),
  };
  await unitDoes(world, 'cancelBriefing', { briefing: ids.calledOff, reason: 'The House does not sit.' });
  // Between locking and publishing the figure is revised: what the page shows was known when it was locked.
  await publishes(world, 'emissions', { 2021: '395.0' });
  await unitDoes(world, 'holdBriefing', { briefing: ids.published });
  const decisions = [{ decision, account: `The grid ${script} first.` }];
  const summary = `On course, ${script}.\n\nA second paragraph.`;
  await unitDoes(world, 'publishBriefing', { briefing: ids.published, summary, decisions });
  return { world, ids, decision };
}

async function briefing(world: World, heldAt: string, steps = 0): Promise<string> {
  const more = { decisionMaker: 'Secretary of State', experts: ['climate-change-committee'] };
  const made = await unitDoes(world, 'scheduleBriefing', { mission, heldAt, ...more });
  const id: string = made.briefing.id;
  const deeds = ['lockBriefingEvidence', 'holdBriefing', 'publishBriefing', 'closeQuestions'].slice(0, steps);
  for (const deed of deeds)
    await unitDoes(world, deed, { briefing: id, ...(deed === 'publishBriefing' && { summary: 'As planned.' }) });
  return id;
}

/** Everything a page could be changed by: figures, targets, course, definition, names, decisions, questions. */
export async function learnsMore({ world, ids, decision }: Briefed): Promise<void> {
  await publishes(world, 'emissions', { 2020: '411.0', 2021: '385.0', 2022: '380.0' });
  const withdrawn = { measure: 'leaks', periods: ['2020'], because: withdrawnBecause };
  await does(world, statistician, 'withdrawObservation', withdrawn, 'tombstones { id }');
  await sets(world, 'emissions', '370.0');
  const target = { id: 'half', measure: 'emissions', kind: 'POINT_BY_DATE', value: '200', setBy: 'Parliament' };
  await does(world, statistician, 'setTarget', { ...target, periodEnd: '2030-12-31' }, 'target { id }');
  const definition = { formula: 'f2', unit: 'MtCO2', decimals: 1, polarity: 'LOWER', frequency: 'YEAR', source: 's2' };
  const revised = {
    measure: 'emissions',
    definition,
    comparableWithPrevious: false,
    comparabilityReason: 'Other gases.',
  };
  await does(world, statistician, 'reviseDefinition', revised, 'definition { number }');
  await registers(world, names[1]);
  await does(world, `${energy}.approver`, 'decide', { decision, chosen: 'Yes', rationale: 'r' }, 'decision { id }');
  const asked = { briefing: ids.published, text: `Why ${script}?`, askedFor: 'a member of the public' };
  const { question } = await does(world, publisher, 'askQuestion', asked, 'question { id }');
  await unitDoes(world, 'answerQuestion', { question: question.id, text: 'The grid waits.' }, 'question { id }');
}

/** Puts a figure into a release and answers once its hour has come. */
export async function releases(world: World): Promise<void> {
  const scheduledAt = new Date(Date.now() + 700).toISOString();
  const announced = { title: 'Emissions', scheduledAt, measures: ['leaks'] };
  const { release } = await does(world, statistician, 'scheduleRelease', announced, 'release { id }');
  await publishes(world, 'leaks', { 2021: '401.0' }, { release: release.id });
  const latest = async (): Promise<Shown> =>
    (await world.ask('{ measure(id: "leaks") { latest { value } } }')).data.measure.latest.value;
  while ((await latest()) !== '401.0') await new Promise((resolve) => setTimeout(resolve, 100));
}
