import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deed, gbp, PoolForTests } from '../../services/budgets/pool-for-tests.js';
import * as w from '../../services/contributions/words-for-tests.js';
import { does, outcomeOf, type Shown, statistician } from '../../services/outcomes/briefing-for-tests.js';
import { startWorld, type World } from '../world.js';
import { londonDay, table } from './story-for-tests.js';

const council = 'recipient-council';
const [started, ended, closed] = [londonDay(-80), londonDay(-40), londonDay(-30)];
let world: World;
let pool: PoolForTests;
const unit = (name: string, input: object, fields: string) => does(world, w.missionUnit, name, input, fields);

let beforeMoney: string;
async function ask(name: string, asKnownAt?: string): Promise<Shown> {
  const question = readFileSync(`test/questions/${name}.graphql`, 'utf8');
  const { data, errors } = await world.ask(question, { variables: { mission: pool.mission }, asKnownAt });
  expect(errors).toBeUndefined();
  return data.mission;
}

/** The label of the month so many after the one a day lies in. */
function monthAfter(day: string, months: number): string {
  const [year, month] = day.split('-').map(Number) as [number, number];
  return new Date(Date.UTC(year, month - 1 + months, 1)).toISOString().slice(0, 7);
}

const addsChallenge = (id: string, archetype: string, spending?: string) => {
  const missions = [{ mission: pool.mission, weight: 50 }];
  return unit('addChallenge', { id, name: id, archetype, spending, missions }, 'challenge { id }');
};

const definesOutcome = (id: string, kind: string, challenge?: string) =>
  unit('defineOutcome', { id, title: id, kind, missions: [pool.mission], challenge }, 'outcome { id }');

/** A measure by month; figures with an interval of 95 percent, from the month in which the change was made on. */
async function measuresMonthly(id: string, outcome: string): Promise<void> {
  const definition = { formula: 'f', unit: 'visits', decimals: 0, polarity: 'LOWER', frequency: 'MONTH', source: 's' };
  const measure = { id, title: id, outcome, definition, releasedAt: '2000-01-01T00:00:00Z' };
  await does(world, statistician, 'defineMeasure', measure, 'measure { id }');
  const points = [-1, 0, 1].map((after) => ({ period: monthAfter(started, after), value: '900' }));
  const course = { measure: id, method: 'm', author: 'a', points, releasedAt: '2000-01-01T00:00:00Z' };
  await does(world, statistician, 'setTrajectory', course, 'trajectory { version }');
  const before = { period: monthAfter(started, -1), value: '1000' };
  const known = { measure: id, source: 's', rows: [before], releasedAt: `${londonDay(-81)}T00:00:00Z` };
  await does(world, statistician, 'publishObservations', known, 'rows { verdict }');
  const between = (value: string, low: string, high: string) => ({ value, low, high, confidenceLevel: '95' });
  const rows = [
    { ...before, value: '1010' },
    { period: monthAfter(started, 0), ...between('950', '890', '1010') },
    { period: monthAfter(started, 1), ...between('800', '760', '840') },
  ];
  await does(world, statistician, 'publishObservations', { measure: id, source: 's', rows }, 'rows { verdict }');
}

/** Money set aside before the change, set aside and moved while it ran, and paid when it was over. */
async function movesMoney(): Promise<void> {
  await pool.fund('1000.00', '2025-05-01');
  const early = await pool.allocate('300.00', { challenge: 'well-before-ill', effectiveOn: londonDay(-200) });
  const hospitals = await pool.allocate('400.00', { challenge: 'beds', effectiveOn: londonDay(-200) });
  await pool.allocate('100.00', { challenge: 'well-before-ill', effectiveOn: londonDay(-70) });
  const asked = { from: hospitals, to: early, amount: gbp('50.00'), reason: 'Prevention first.' };
  const { virement } = await deed(world, `${pool.host}.publisher`, 'requestVirement', asked);
  const approval = { virement: virement.id, effectiveOn: londonDay(-60) };
  await deed(world, `${pool.host}.approver`, 'approveVirement', approval);
  await pool.pay(await pool.draw(early, '120.00', londonDay(-55)), { effectiveOn: londonDay(-50) });
  await pool.spend(early, '70.00', { effectiveOn: londonDay(-45) });
  await pool.pay(await pool.draw(hospitals, '200.00', londonDay(-20)), { effectiveOn: londonDay(-10) });
}

async function learns(): Promise<void> {
  const tried = {
    ...{ challenge: 'well-before-ill', hypothesis: 'Who is rung up stays well.', change: 'Nurses ring up 200 people.' },
    ...{ startedOn: started, endsOn: ended, measure: 'visits', expected: 'Fewer visits.', expectedChange: '-100' },
  };
  const { learningCycle } = await unit('startLearningCycle', tried, 'learningCycle { id }');
  const came = { observed: 'Fewer visits in the second month.', learned: 'It takes a month.', next: 'SCALE' };
  const end = { learningCycle: learningCycle.id, closedOn: closed, ...came };
  await unit('closeLearningCycle', end, 'learningCycle { id }');
  const again = {
    ...tried,
    challenge: 'beds',
    change: 'Beds are counted.',
    startedOn: londonDay(),
    endsOn: londonDay(6),
  };
  await unit('startLearningCycle', again, 'learningCycle { id }');
}

async function pledges(): Promise<void> {
  const day = londonDay(-5);
  const nurses = { text: 'Community nurses', quantity: '400', unit: 'nurses', dueOn: day, outcome: 'fewer-visits' };
  const settled = async (pledge: object, how: string, delivered?: string) => {
    const of = { mission: pool.mission, pledger: council, ...pledge };
    const { inputPledge } = await does(world, `${council}.publisher`, 'pledgeInput', of, 'inputPledge { id }');
    const verdict = { inputPledge: inputPledge.id, how, delivered, evidence: 'Counted.' };
    if (how !== 'SCHEDULED') await unit('settleInputPledge', verdict, 'inputPledge { id }');
  };
  await settled(nurses, 'PARTIALLY_MET', '310.5');
  await settled(
    { ...nurses, text: 'Beds', quantity: '90', unit: 'beds', outcome: null, dueOn: londonDay(9) },
    'MET',
    '90',
  );
  await settled({ text: 'A shared record', dueOn: londonDay(10) }, 'SCHEDULED');
}

beforeAll(async () => {
  world = await startWorld({ services: ['missions', 'budgets', 'outcomes'] });
  pool = new PoolForTests(world);
  const organisations = [council, 'host-department'].map((id) => ({ id, name: id, kind: 'COUNCIL' }));
  await unit('registerOrganisations', { organisations }, 'rows { id }');
  const proposal = {
    id: pool.mission,
    name: 'Healthy lives',
    purpose: 'p',
    meaning: 'CHALLENGE',
    ambition: 'COMMITTED',
  };
  await unit('proposeMission', proposal, 'mission { id }');
  await pool.open({ name: 'Health' });
  await addsChallenge('well-before-ill', 'PREVENTION_SHIFT', 'PREVENTION');
  await addsChallenge('beds', 'SERVICE_REDESIGN', 'ACUTE');
  await addsChallenge('one-record', 'INFRASTRUCTURE');
  await definesOutcome('fewer-visits', 'OUTCOME', 'beds');
  await definesOutcome('nobody-worse-off', 'GUARDRAIL');
  await measuresMonthly('visits', 'fewer-visits');
  await measuresMonthly('waits', 'nobody-worse-off');
  await outcomeOf(world, pool.mission, 'well-at-home', ['falls']);
  beforeMoney = new Date().toISOString();
  await movesMoney();
  await learns();
  await pledges();
}, 60_000);
afterAll(() => world?.stop());

const amounts = (money: Shown) =>
  ['allocated', 'movedIn', 'movedOut', 'drawnDown', 'spent'].map((of) => money[of].amount);

describe('one query at the gateway, question 8,', () => {
  it('says of each change what was expected of it, what was learned and what is done next', async () => {
    const { nodes } = (await ask('8-what-last-months-change-did')).learningCycles;
    const rows = nodes.map((each: Shown) => [
      ...[each.challenge.id, each.hypothesis, each.expected, each.expectedChange, `${each.lengthDays} days`],
      ...[each.warning ? 'long' : '-', each.state, each.learned ?? '-', each.next ?? '-'],
    ]);
    expect(
      table(['challenge', 'hypothesis', 'expected', 'by', 'length', 'warning', 'state', 'learned', 'next'], ...rows),
    ).toEqual([
      'challenge       | hypothesis                 | expected      | by   | length  | warning | state   | learned           | next',
      'beds            | Who is rung up stays well. | Fewer visits. | -100 | 7 days  | -       | RUNNING | -                 | -',
      'well-before-ill | Who is rung up stays well. | Fewer visits. | -100 | 41 days | long    | CLOSED  | It takes a month. | SCALE',
    ]);
  });

  it('shows the money that moved for its challenge from the day it started until it was closed, and no other', async () => {
    const { nodes } = (await ask('8-what-last-months-change-did')).learningCycles;
    const rows = nodes.flatMap(({ challenge, moneyMoved }: Shown) =>
      moneyMoved.map((money: Shown) => [challenge.id, money.budget.name, money.controlTotal, ...amounts(money)]),
    );
    expect(table(['challenge', 'pool', 'control total', 'allocated', 'in', 'out', 'drawn', 'spent'], ...rows)).toEqual([
      'challenge       | pool   | control total  | allocated | in    | out  | drawn  | spent',
      'well-before-ill | Health | RDEL_PROGRAMME | 100.00    | 50.00 | 0.00 | 120.00 | 70.00',
    ]);
  });

  it('shows the figures that came after the change, with their uncertainty and what was expected of them', async () => {
    const { nodes } = (await ask('8-what-last-months-change-did')).learningCycles;
    const { effect, nextObservations } = nodes[1];
    const figure = ({ value, low, high }: Shown) => (low === null ? value : `${value} (${low} to ${high})`);
    const rows = nextObservations.map(({ figure: each, beganBefore, expected, verdict }: Shown, at: number) => {
      expect(each.period).toBe(monthAfter(started, at));
      return [`month ${at}`, beganBefore ? 'in part' : 'whole', figure(each), expected, verdict];
    });
    expect(table(['period', 'after the change', 'figure', 'expected', 'verdict'], ...rows)).toEqual([
      'period  | after the change | figure            | expected | verdict',
      `month 0 | ${started.endsWith('-01') ? 'whole  ' : 'in part'}          | 950 (890 to 1010) | 900      | NOT_DISTINGUISHABLE`,
      'month 1 | whole            | 800 (760 to 840)  | 900      | AHEAD',
    ]);
    expect([effect.knownThen, effect.knownNow].map((known) => [figure(known.figure), known.verdict])).toEqual([
      ['1000', 'BEHIND'],
      ['800 (760 to 840)', 'AHEAD'],
    ]);
    expect(nodes[0].nextObservations).toEqual([]);
  });
});

describe('one query at the gateway, question 9,', () => {
  it('shows what is spent on prevention beside what is acute or not said, with the demand and the guardrails', async () => {
    const { challenges, guardrails } = await ask('9-prevention-against-acute');
    const rows = challenges.map(({ id, spending, archetype, money, outcomes }: Shown) => {
      const demand = outcomes.flatMap(({ measures }: Shown) =>
        measures.map(({ id: of, latest }: Shown) => `${of} ${latest.value}`),
      );
      const [spent] = money.map((each: Shown) => amounts(each));
      return [id, archetype, spending ?? 'not said', ...(spent ?? Array(5).fill('-')), demand.join() || '-'];
    });
    const head = ['challenge', 'archetype', 'spends on', 'allocated', 'in', 'out', 'drawn', 'spent', 'measures'];
    expect(table(head, ...rows)).toEqual([
      'challenge       | archetype        | spends on  | allocated | in    | out   | drawn  | spent | measures',
      'beds            | SERVICE_REDESIGN | ACUTE      | 400.00    | 0.00  | 50.00 | 200.00 | 0.00  | visits 800',
      'one-record      | INFRASTRUCTURE   | not said   | -         | -     | -     | -      | -     | -',
      'well-before-ill | PREVENTION_SHIFT | PREVENTION | 400.00    | 50.00 | 0.00  | 120.00 | 70.00 | -',
    ]);
    const guarded = guardrails.flatMap(({ id, measures }: Shown) =>
      measures.map((each: Shown) => [id, each.id, each.assessment.verdict]),
    );
    expect(guarded).toEqual([['nobody-worse-off', 'waits', 'AHEAD']]);
  });

  it('knows of no money at an instant before the ledger did, and of the challenges all the same', async () => {
    const { challenges } = await ask('9-prevention-against-acute', beforeMoney);
    expect(challenges.map(({ spending, money }: Shown) => [spending, money])).toEqual([
      ['ACUTE', []],
      [null, []],
      ['PREVENTION', []],
    ]);
  });

  it('never adds up the money of two control totals', async () => {
    const capital = Object.assign(new PoolForTests(world), { mission: pool.mission });
    await capital.open({ name: 'Capital', controlTotals: ['CDEL'] });
    await capital.fund('20.00');
    await capital.allocate('20.00', { challenge: 'one-record' });
    await pool.allocate('5.00', { challenge: 'one-record' });
    const { challenges } = await ask('9-prevention-against-acute');
    const [, record] = challenges;
    expect(record.money.map((each: Shown) => `${each.controlTotal}: ${each.allocated.amount}`).sort()).toEqual([
      'CDEL: 20.00',
      'RDEL_PROGRAMME: 5.00',
    ]);
  });
});

describe('one query at the gateway, question 10,', () => {
  it('shows which input pledges were met, against which outcomes moved', async () => {
    const { inputPledges, outcomes } = await ask('10-input-pledges-against-outcomes');
    const stands = new Map<string, string>(
      outcomes.map(({ id, measures }: Shown) => [
        id,
        measures.map((each: Shown) => `${each.id} ${each.assessment.verdict}`).join(),
      ]),
    );
    const rows = inputPledges.nodes.map(({ text, pledger, quantity, delivered, unit: of, state, outcome }: Shown) => [
      ...[text, pledger.id, quantity ? `${delivered ?? '-'} of ${quantity} ${of}` : '-', state],
      ...[outcome?.id ?? '-', stands.get(outcome?.id) ?? '-'],
    ]);
    expect(table(['pledge', 'by', 'came', 'state', 'for', 'outcome'], ...rows)).toEqual([
      'pledge           | by                | came                | state         | for          | outcome',
      'Community nurses | recipient-council | 310.5 of 400 nurses | PARTIALLY_MET | fewer-visits | visits AHEAD',
      'Beds             | recipient-council | 90 of 90 beds       | MET           | -            | -',
      'A shared record  | recipient-council | -                   | SCHEDULED     | -            | -',
    ]);
    expect([...stands].sort()).toEqual([
      ['fewer-visits', 'visits AHEAD'],
      ['nobody-worse-off', 'waits AHEAD'],
      ['well-at-home', 'falls BEHIND'],
    ]);
  });
});
