import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PoolForTests } from '../../services/budgets/pool-for-tests.js';
import * as w from '../../services/contributions/words-for-tests.js';
import { onStatement } from '../../services/kernel/database.js';
import { startWorld, type World } from '../world.js';
import { act, londonDay, table, until } from './story-for-tests.js';

const question = (name: string) => readFileSync(`test/questions/${name}.graphql`, 'utf8');
const council = 'recipient-council';
let world: World;
let [homes, rails] = [{} as PoolForTests, {} as PoolForTests];
let skills: string;
let [heat, grid] = ['', ''];

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its question.
type Asked = any;
async function ask(name: string, variables: object = {}, as = w.auditor): Promise<Asked> {
  const { data, errors } = await world.ask(question(name), { as, variables });
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}
const contributionDone = 'contribution { id state current { hash } }';
const does = async (as: string, name: string, input: object, fields = contributionDone) => {
  const done = await act(world, as, name, input, fields);
  if (done.codes.length > 0) throw new Error(`${name}: ${done.codes}`);
  return done;
};
const standsAs = (id: string, field: string, wanted: string) =>
  until(
    async () =>
      (await world.ask(`{ contribution(id: "${id}") { state deposited { amount } outstanding { amount } } }`)).data
        .contribution,
    (found) => (found?.[field]?.amount ?? found?.[field]) === wanted,
  );

/** Of two missions: what departments promised, what they say they paid, what came, and what became of it. */
beforeAll(async () => {
  world = await startWorld();
  const organisations = [w.education, w.transport, council, 'host-department', 'mission-delivery-unit'];
  await does(
    w.missionUnit,
    'registerOrganisations',
    { organisations: organisations.map((id) => ({ id, name: id, kind: 'DEPARTMENT' })) },
    'rows { id }',
  );
  [homes, rails] = [new PoolForTests(world), new PoolForTests(world)];
  for (const { mission } of [homes, rails]) {
    const proposal = { id: mission, name: mission, purpose: 'p', meaning: 'PRIORITY', ambition: 'COMMITTED' };
    await does(w.missionUnit, 'proposeMission', proposal, 'mission { id }');
  }
  await Promise.all([homes.open({ name: 'Homes' }), rails.open({ name: 'Rails' })]);
  const challenge = {
    id: 'warm-homes',
    name: 'Warm homes',
    archetype: 'COMPLEX_OUTCOME',
    missions: [{ mission: homes.mission, weight: 100 }],
  };
  await does(w.missionUnit, 'addChallenge', challenge, 'challenge { id }');
  const lever = async (name: string, leverage: number) =>
    (
      await does(
        w.missionUnit,
        'addLever',
        { challenge: 'warm-homes', name, leverage, rationale: 'r', evidence: 'WEAK' },
        'lever { id }',
      )
    ).lever.id;
  [heat, grid] = [await lever('Heat pump skills', 5), await lever('Grid', 4)];
  await lever('Planning law', 3);
  await educationPaysLate();
  await w.pledges(world, w.transport, {
    mission: homes.mission,
    challenge: 'warm-homes',
    lever: grid,
    terms: w.termsOf('300.00', { budget: homes.id }),
  });
  await w.pledges(world, w.transport, { mission: homes.mission, pooling: 'ALIGNED', terms: w.termsOf('70.00') });
  await councilPassesOn();
}, 60_000);
afterAll(() => world?.stop());

async function educationPaysLate(): Promise<void> {
  const due = (dueOn: string, amount: string) => ({ status: 'DUE', dueOn, amount: w.pounds(amount) });
  const terms = w.termsOf('1000.00', {
    budget: homes.id,
    instalments: [due('2025-05-01', '600.00'), due('2025-06-01', '250.00'), due(londonDay(40), '150.00')],
    conditions: [{ kind: 'POLICY', test: 'The rules are changed.', precedent: false }],
  });
  ({ id: skills } = await w.commits(world, w.education, {
    mission: homes.mission,
    challenge: 'warm-homes',
    lever: heat,
    terms,
  }));
  await standsAs(skills, 'outstanding', '1000.00');
  await homes.deposit('500.00', { contribution: skills, reference: 'BACS 1', financialYear: '2026-27' });
  const { data } = await world.ask(`{ contribution(id: "${skills}") { conditions { id } } }`);
  const [{ id: condition }] = data.contribution.conditions;
  await does(w.missionUnit, 'judgeCondition', {
    contribution: skills,
    condition,
    status: 'UNMET',
    evidence: 'Still in force.',
  });
  await standsAs(skills, 'state', 'PART_DEPOSITED');
  const loss = { contribution: skills, amount: w.pounds('100.00'), reason: 'A college closed.' };
  for (const as of [w.officer(w.education), w.missionFinance]) await does(as, 'writeOffContribution', loss);
  const payments = [
    { amount: w.pounds('500.00'), paidOn: '2025-05-01', reference: 'BACS 1' },
    { amount: w.pounds('80.00'), paidOn: londonDay(-7), reference: 'BACS 2' },
  ];
  await does(
    w.publisher(w.education),
    'statePayments',
    { rows: [{ contribution: skills, payments }] },
    'rows { accepted }',
  );
}

/** The council is paid out of one pool and pays part of that into another one. */
async function councilPassesOn(): Promise<void> {
  const allocation = await homes.allocate('80.00');
  await homes.pay(await homes.draw(allocation, '60.00'));
  const passed = await w.commits(world, council, {
    mission: rails.mission,
    terms: w.termsOf('90.00', { budget: rails.id }),
  });
  await standsAs(passed.id, 'outstanding', '90.00');
  await rails.deposit('90.00', { contribution: passed.id });
  await standsAs(passed.id, 'state', 'DEPOSITED');
  await does(
    w.publisher(council),
    'stateOnwardFunding',
    { contribution: passed.id, allocation },
    'contribution { id }',
  );
}

describe('one query at the gateway answers', () => {
  it('which levers have no named contribution, or only pledges', async () => {
    const { mission } = await ask('4-levers-without-contributions', { mission: homes.mission });
    const levers = mission.challenges.flatMap((challenge: Asked) => challenge.levers);
    expect(
      table(
        ['lever', 'cover', 'pledged', 'agreed', 'bound'],
        ...levers.map(({ name, coverage: { cover, pledgedCount, agreedCount, boundCount } }: Asked) =>
          [name, cover, pledgedCount, agreedCount, boundCount].map(String),
        ),
      ),
    ).toEqual([
      'lever            | cover   | pledged | agreed | bound',
      'Heat pump skills | BOUND   | 0       | 0      | 1',
      'Grid             | PLEDGED | 1       | 0      | 0',
      'Planning law     | NONE    | 0       | 0      | 0',
    ]);
  });

  it('what a contributor promised and delivered, what is late, unmet and written off, and why', async () => {
    const { organisation } = await ask('6-promised-against-delivered', { contributor: w.education });
    const { accountableTotals, delivered, contributions } = organisation;
    const [only] = contributions.nodes;
    expect([
      ...accountableTotals.map(
        ({ state, pooling, financialYear, total }: Asked) =>
          `promised ${total.amount} ${pooling} ${state} ${financialYear}`,
      ),
      ...delivered.map(({ financialYear, amount }: Asked) => `delivered ${amount.amount} ${financialYear}`),
      ...only.current.instalments.map(({ amount, late }: Asked) => `instalment ${amount.amount}, late ${late.amount}`),
      ...only.conditions.map(({ test, status, evidence }: Asked) => `condition ${status}: ${test} ${evidence}`),
      ...only.writeOffs.map(({ amount, reason }: Asked) => `written off ${amount.amount}: ${reason}`),
      `outstanding ${only.outstanding.amount}, stated as paid ${only.statements.at(-1).total.amount}`,
    ]).toEqual([
      'promised 1000.00 POOLED PART_DEPOSITED 2026-27',
      'delivered 500.00 2026-27',
      'instalment 600.00, late 100.00',
      'instalment 250.00, late 250.00',
      'instalment 150.00, late 0.00',
      'condition UNMET: The rules are changed. Still in force.',
      'written off 100.00: A college closed.',
      'outstanding 400.00, stated as paid 580.00',
    ]);
  });

  it('where a pound went, from the contributor on', async () => {
    const { contribution } = await ask('7-follow-one-pound', { contribution: skills });
    const [place] = contribution.trace.places;
    expect([
      `${contribution.contributor.id} to ${contribution.mission.id === homes.mission ? 'homes' : '?'}: ${contribution.versions.at(-1).total.amount} by ${contribution.agreement.instrument}`,
      ...contribution.receipts.nodes.map(
        ({ kind, reference, amount }: Asked) => `${kind} ${amount.amount} ${reference}`,
      ),
      `unallocated ${place.unallocated.amount}`,
      ...place.allocations.nodes.map(
        ({ allocation, available, withRecipient }: Asked) =>
          `${allocation.purpose} by ${allocation.recipient.id}: ${withRecipient.amount} paid, ${available.amount} left`,
      ),
    ]).toEqual([
      'department-for-education to homes: 1000.00 by MOU',
      'DEPOSIT 500.00 BACS 1',
      'unallocated 420.00',
      'Heat pumps by recipient-council: 60.00 paid, 20.00 left',
    ]);
  });

  it('the total over all missions, each pound once, with what was netted', async () => {
    const { totalsOverMissions, contributionTotals } = await ask('12-total-over-all-missions');
    expect([
      ...totalsOverMissions.map(
        ({ currency, controlTotal, deposited, netted, net }: Asked) =>
          `${currency} ${controlTotal}: deposited ${deposited.amount} - netted ${netted.amount} = ${net.amount}`,
      ),
      ...contributionTotals.map(
        ({ state, pooling, total, count }: Asked) => `${pooling} ${state} ${total.amount} of ${count}`,
      ),
    ]).toEqual([
      // Of the 90.00 that the council paid in, 60.00 had come out of the other pool.
      'GBP RDEL_PROGRAMME: deposited 590.00 - netted 60.00 = 530.00',
      'POOLED DEPOSITED 90.00 of 1',
      'POOLED PART_DEPOSITED 1000.00 of 1',
      'ALIGNED PLEDGED 70.00 of 1',
      'POOLED PLEDGED 300.00 of 1',
    ]);
    const perMission = await world.ask(
      `{ a: mission(id: "${homes.mission}") { contributionTotals { total { amount } } } b: mission(id: "${rails.mission}") { contributionTotals { total { amount } } } }`,
    );
    const sum = (totals: Asked[]) => totals.reduce((all, { total }) => all + Number(total.amount), 0);
    expect(sum(contributionTotals)).toBe(
      sum([...perMission.data.a.contributionTotals, ...perMission.data.b.contributionTotals]),
    );
  });

  it('what is stated beside what was received, with the history of both sides', async () => {
    const { discrepancies } = await ask('stated-beside-received', { mission: homes.mission });
    expect(
      discrepancies.nodes.map(({ kind, ageDays, stated, received, difference, contribution }: Asked) => [
        `${kind} for ${ageDays} days: ${stated.amount} stated, ${received.amount} received, ${difference.amount} differ`,
        ...contribution.statements.flatMap(({ number, payments }: Asked) =>
          payments.map(({ amount, reference }: Asked) => `stated in ${number}: ${amount.amount} ${reference}`),
        ),
        ...contribution.receipts.nodes.map(({ amount, reference }: Asked) => `received: ${amount.amount} ${reference}`),
      ]),
    ).toEqual([
      [
        'AMOUNT_DIFFERS for 7 days: 580.00 stated, 500.00 received, 80.00 differ',
        'stated in 1: 500.00 BACS 1',
        'stated in 1: 80.00 BACS 2',
        'received: 500.00 BACS 1',
      ],
    ]);
  });

  it('with the same SQL statements and subgraph calls for one contribution as for all', async () => {
    const cost = async (first: number) => {
      const count = { statements: 0, calls: 0 };
      const stops = Object.values(world.services).map(({ orm, server }) => {
        const called = ({ url }: { url?: string }) => {
          if (url !== '/events') count.calls++;
        };
        server.on('request', called);
        // Events go on beside; what reads for pages names its parents or keys.
        const stop = onStatement(orm, (sql) => {
          if (/any\(|parent/.test(sql) && !/sent_event|unsealed/.test(sql)) count.statements++;
        });
        return () => {
          stop();
          server.off('request', called);
        };
      });
      await ask('6-promised-against-delivered', { contributor: w.transport, first });
      for (const stop of stops) stop();
      return count;
    };
    /** What goes on beside can only add to what is counted. */
    const least = async (first: number) => {
      const counts = [await cost(first), await cost(first), await cost(first)];
      const of = (what: 'statements' | 'calls') => Math.min(...counts.map((count) => count[what]));
      return { statements: of('statements'), calls: of('calls') };
    };
    expect(await least(50)).toEqual(await least(1));
  });
});

describe('money that is passed on', () => {});
