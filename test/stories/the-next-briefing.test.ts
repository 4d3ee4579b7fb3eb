import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as w from '../../services/contributions/words-for-tests.js';
import { onStatement } from '../../services/kernel/database.js';
import { does, outcomeOf, publishes, type Shown } from '../../services/outcomes/briefing-for-tests.js';
import { startWorld, type World } from '../world.js';
import { table } from './story-for-tests.js';

const question = (name: string) => readFileSync(`test/questions/${name}.graphql`, 'utf8');
const mission = 'clean-energy';
const energy = 'department-for-energy-security-and-net-zero';
const contributors = [w.education, w.transport, 'greater-manchester-combined-authority'];
const of = { financialYear: '2025-26', period: 'P06' };
let world: World;
let last: string;
const briefs = (deed: string, input: object, fields = 'briefing { id }') =>
  does(world, w.missionUnit, deed, input, fields);
const ask = async (variables: object = {}): Promise<Shown> => {
  const asked = { as: w.auditor, variables: { mission, ...of, ...variables } };
  const { data, errors } = await world.ask(question('15-the-next-briefing-pack'), asked);
  expect(errors).toBeUndefined();
  return data.mission;
};

/** A mission whose last briefing is published, and what happened since. */
beforeAll(async () => {
  world = await startWorld({ services: ['missions', 'contributions', 'outcomes'] });
  const organisations = [energy, 'climate-change-committee', ...contributors];
  const named = organisations.map((id) => ({ id, name: id, kind: 'DEPARTMENT' }));
  await briefs('registerOrganisations', { organisations: named }, 'rows { id }');
  const proposal = { id: mission, name: 'Clean energy', purpose: 'p', meaning: 'PRIORITY', ambition: 'COMMITTED' };
  await briefs('proposeMission', proposal, 'mission { id }');
  await outcomeOf(world, mission, 'less-warming', ['emissions', 'leaks']);
  const [grid, homes, planning] = await Promise.all(['grid', 'homes', 'planning'].map(decisionOn));
  await decides(grid!);
  last = await publishesBriefing(grid!);
  await decides(homes!);
  const waiting = { decision: planning, waiter: energy, since: '2026-01-01', reason: 'No site can be chosen.' };
  await briefs('reportWaiting', waiting, 'dependency { id }');
  const asked = { briefing: last, text: 'What of leaks?', askedFor: 'a member of the public' };
  await does(world, w.publisher(w.education), 'askQuestion', asked, 'question { id }');
  await publishes(world, 'emissions', { 2020: '411.0', 2021: '385.0' });
  await outcomeOf(world, mission, 'warm-homes', ['cold-homes']);
  const next = { mission, heldAt: '2099-01-01T09:00:00Z', decisionMaker: 'Secretary of State' };
  await briefs('scheduleBriefing', { ...next, experts: ['climate-change-committee'] });
  await submit();
}, 60_000);
afterAll(() => world?.stop());

const decisionOn = async (subject: string): Promise<string> =>
  (await briefs('openDecision', { mission, question: `What of ${subject}?`, decider: energy }, 'decision { id }'))
    .decision.id;
const decides = (decision: string) =>
  does(world, `${energy}.approver`, 'decide', { decision, chosen: 'Yes', rationale: 'r' }, 'decision { id }');

async function publishesBriefing(decision: string): Promise<string> {
  const announced = { mission, heldAt: '2026-06-01T09:00:00Z', decisionMaker: 'Secretary of State' };
  const { id: briefing } = (await briefs('scheduleBriefing', announced)).briefing;
  await briefs('lockBriefingEvidence', { briefing });
  await briefs('holdBriefing', { briefing });
  const decisions = [{ decision, account: 'The grid came first.' }];
  await briefs('publishBriefing', { briefing, summary: 'On course.', decisions });
  return briefing;
}

/** One contributor's submission is certified, one's is not, and one has made none. */
async function submit(): Promise<void> {
  for (const organisation of contributors) {
    const rows = [w.rowOf(organisation, { mission })];
    await does(world, w.publisher(organisation), 'publishContributions', { rows }, 'rows { id }');
    if (organisation === contributors[2]) continue;
    const shown = 'submission { id hash }';
    const { submission } = await does(world, w.publisher(organisation), 'publishSubmission', of, shown);
    const certified = { submission: submission.id, hash: submission.hash };
    if (organisation === w.education)
      await does(world, w.officer(organisation), 'certifySubmission', certified, 'submission { id }');
  }
}

describe('the pack for the next briefing', () => {
  it('is one query: what changed, what to account for, open questions, and submissions late or uncertified', async () => {
    const { nextBriefing, decisions, waitingOn, contributions } = await ask();
    expect(nextBriefing.last).toMatchObject({ id: last, state: 'PUBLISHED' });
    expect(nextBriefing.scheduled.experts).toEqual([
      { id: 'climate-change-committee', name: 'climate-change-committee' },
    ]);
    const figure = (known: Shown) =>
      known ? `${known.figure.value} in ${known.figure.vintage}: ${known.verdict}` : '-';
    expect(
      table(
        ['measure', 'of', 'then', 'now', 'changes'],
        ...nextBriefing.evidence.map(({ measure, knownThen, knownNow, changes }: Shown) => [
          ...[measure.id, measure.outcome.id, figure(knownThen), figure(knownNow), changes.join(' ')],
        ]),
      ),
    ).toEqual([
      'measure    | of           | then               | now                | changes',
      'cold-homes | warm-homes   | -                  | 400.0 in 1: BEHIND | NEW_MEASURE',
      'emissions  | less-warming | 400.0 in 1: BEHIND | 385.0 in 2: AHEAD  | RESTATED VERDICT_CHANGED',
      'leaks      | less-warming | 400.0 in 1: BEHIND | 400.0 in 1: BEHIND |',
    ]);
    const moved = nextBriefing.evidence.flatMap(({ measure, restatements }: Shown) =>
      (restatements?.nodes ?? []).map(
        ({ period, value, supersedes }: Shown) => `${measure.id} ${period}: ${supersedes.value} became ${value}`,
      ),
    );
    const accounted = decisions.nodes.map(({ question: text, state, accountedFor }: Shown) => {
      return `${text} ${state}, ${accountedFor.map(({ account }: Shown) => account).join() || 'not accounted for'}`;
    });
    expect([
      ...moved,
      ...accounted.sort(),
      ...waitingOn.map(({ reason, decision }: Shown) => `${decision.question} is waited for: ${reason}`),
      ...nextBriefing.openQuestions.nodes.map(
        ({ text, askedFor, askedBy }: Shown) => `${askedFor}, by ${askedBy.id}: ${text}`,
      ),
    ]).toEqual([
      'emissions 2020: 410.0 became 411.0',
      'emissions 2021: 400.0 became 385.0',
      'What of grid? DECIDED, The grid came first.',
      'What of homes? DECIDED, not accounted for',
      'What of planning? OPEN, not accounted for',
      'What of planning? is waited for: No site can be chosen.',
      'a member of the public, by department-for-education: What of leaks?',
    ]);
    const standing = contributions.nodes.map(({ contributor: { id, history, uncertified } }: Shown) => {
      const late = history.length === 0 ? 'late' : 'in time';
      return `${id}: ${late}, ${uncertified.nodes.map(({ period }: Shown) => `${period} uncertified`).join() || '-'}`;
    });
    expect(standing).toEqual([
      'department-for-education: in time, -',
      'department-for-transport: in time, P06 uncertified',
      'greater-manchester-combined-authority: late, -',
    ]);
  });

  it('asks the same of the services and their databases for a page of one as for a page of many', async () => {
    const cost = async (first: number) => {
      const count = { statements: 0, calls: 0 };
      const stops = Object.values(world.services).map(({ orm, server }) => {
        const called = ({ url }: { url?: string }) => {
          if (url !== '/events') count.calls++;
        };
        server.on('request', called);
        const stop = onStatement(orm, (sql) => {
          // Events go on beside; what reads for pages names its parents or keys.
          if (/any\(|parent|pin\(/.test(sql) && !/sent_event|unsealed/.test(sql)) count.statements++;
        });
        return () => {
          stop();
          server.off('request', called);
        };
      });
      await ask({ first });
      for (const stop of stops) stop();
      return count;
    };
    expect(await cost(50)).toEqual(await cost(1));
  });
});

describe('a pound that is followed', () => {
  it('leads to the outcomes that its contribution is claimed to move, and from each back to all that are', async () => {
    const { data } = await world.ask(`{ mission(id: "${mission}") { contributions(first: 3) { nodes { id } } } }`);
    const [first, second] = data.mission.contributions.nodes.map(({ id }: { id: string }) => id);
    for (const [contribution, organisation] of [
      [first, w.education],
      [second, w.transport],
    ]) {
      const claim = { outcome: 'warm-homes', contribution, mechanism: 'Fitters are trained.', strength: 'LEVEL_1' };
      await does(world, w.publisher(organisation!), 'claimContribution', claim, 'claim { id }');
    }
    const followed = await world.ask(question('7-follow-one-pound'), { variables: { contribution: first } });
    const [claim] = followed.data.contribution.claims.nodes;
    expect(claim).toMatchObject({ strength: 'LEVEL_1', state: 'STANDING', outcome: { id: 'warm-homes' } });
    expect(
      claim.outcome.claims.nodes.map(({ contribution }: Shown) => [contribution.id, contribution.publicName]),
    ).toEqual([
      [first, `Contribution ${w.education}`],
      [second, `Contribution ${w.transport}`],
    ]);
  });
});
