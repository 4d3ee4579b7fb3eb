import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DemoWorld, sharedDemoWorld } from '../../test/demo-world.js';
import type { ServiceName, World } from '../../test/world.js';
import { missionUnit } from './hub.js';
import { demoIsLoaded, loadDemo } from './load.js';
import { demoMissions } from './world.js';

const missionView = readFileSync('test/mission-view.graphql', 'utf8');
const services: ServiceName[] = ['missions', 'budgets', 'contributions', 'outcomes'];

// biome-ignore lint/suspicious/noExplicitAny: a GraphQL answer has the shape of its question.
type Shown = any;

const shared = sharedDemoWorld();
let world: World;
let demo: DemoWorld;
let view: Shown;
beforeAll(async () => {
  demo = await shared.start();
  world = demo.world;
  view = (await world.ask(missionView)).data.missions.nodes;
}, 180_000);
afterAll(() => shared.stop());

/** Rows as a table that people can read and compare. */
function table(rows: (string | number | null | undefined)[][]): string[] {
  const texts = rows.map((row) => row.map((cell) => String(cell ?? '-')));
  const widths = texts[0]!.map((_, column) => Math.max(...texts.map((row) => row[column]!.length)));
  return texts.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}

const millions = (money: { amount: string } | null) => money && (Number(money.amount) / 1e6).toFixed(2);
const missionOf = (id: string) => view.find((mission: { id: string }) => mission.id === id);

async function deedCounts(): Promise<Record<string, string>> {
  const counts: Record<string, string> = {};
  for (const service of services) {
    const owner = await world.owner(service);
    counts[service] = (await owner.query('select count(*) as count from deed')).rows[0].count;
  }
  return counts;
}

describe('the demo world', () => {
  it('goes on where an interrupted load ended', () => {
    expect(demo.before).toEqual({
      first: false,
      interrupted: expect.stringMatching(/^The demo world could not be loaded: the hub at http:\S+ does not answer/),
      afterwards: false,
    });
    expect(view).toHaveLength(5);
  });

  it('is changed in nothing by a second load', async () => {
    const counts = await deedCounts();
    const whole = JSON.stringify(view);
    await loadDemo(demo);
    expect(JSON.stringify((await world.ask(missionView)).data.missions.nodes)).toBe(whole);
    expect(await deedCounts()).toEqual(counts);
    expect(await demoIsLoaded(demo.url)).toBe(true);
  });

  it('shows what each pool was promised, got, set aside, paid and saw spent, in millions of pounds', () => {
    const words = ['committed', 'deposited', 'unallocated', 'allocated', 'drawnDown', 'spent'];
    const rows = view.map((mission: Shown) => {
      const [{ statement }] = mission.budgets;
      return [mission.id, ...words.map((word) => millions(statement[word]))];
    });
    expect(table([['mission', ...words], ...rows])).toEqual([
      'mission          committed  deposited  unallocated  allocated  drawnDown  spent',
      'clean-energy     255.00     240.00     80.00        160.00     64.00      41.50',
      'economic-growth  144.00     126.00     67.40        58.60      27.40      24.52',
      'healthy-lives    198.00     150.00     41.00        109.00     62.00      42.75',
      'opportunity      75.00      69.00      35.00        34.00      14.00      10.45',
      'safer-streets    77.00      65.00      37.00        28.00      17.00      12.25',
    ]);
  });

  it('shows contributions in many states, pooled, aligned and in kind', () => {
    const rows = missionOf('clean-energy').contributions.nodes.map((each: Shown) => [
      ...[each.contributor.id, each.kind, each.pooling, each.state],
      ...[millions(each.deposited), millions(each.outstanding)],
    ]);
    expect(table(rows)).toEqual([
      'department-for-energy-security-and-net-zero           MONEY           POOLED   DEPOSITED       150.00  0.00',
      'department-for-science-innovation-and-technology      MONEY           ALIGNED  COMMITTED       -       -',
      'department-of-health-and-social-care                  MONEY           POOLED   NEGOTIATING     -       -',
      'greater-manchester-combined-authority                 MONEY           POOLED   PART_DEPOSITED  30.00   15.00',
      'greater-manchester-combined-authority                 OUTCOME_SHARE   IN_KIND  AGREED          -       -',
      'leeds-city-council                                    SECONDED_STAFF  IN_KIND  COMMITTED       -       -',
      'ministry-of-housing-communities-and-local-government  MONEY           POOLED   DEPOSITED       60.00   0.00',
      'nesta                                                 DATA            IN_KIND  PLEDGED         -       -',
    ]);
    const all = view.flatMap((mission: Shown) => mission.contributions.nodes);
    expect([...new Set(all.map(({ state }: { state: string }) => state))].sort()).toEqual([
      ...['AGREED', 'COMMITTED', 'DECLINED', 'DEPOSITED', 'NEGOTIATING', 'PART_DEPOSITED', 'PLEDGED', 'WITHDRAWN'],
    ]);
    const years = view.flatMap((mission: Shown) =>
      mission.contributionTotals.map(({ financialYear }: { financialYear: string | null }) => financialYear),
    );
    expect([...new Set(years.filter(Boolean))].sort()).toEqual(['2025-26', '2026-27', '2027-28']);
  });

  it('accounts for a decision in a briefing, leaves a question open, and shows who contests a claim', async () => {
    const { data, errors } = await world.ask(`{ mission(id: "clean-energy") {
      briefings { nodes { state decisions { decision { chosen } } evidence { measure { id } knownThen { verdict } } } }
      nextBriefing { openQuestions { nodes { askedBy { id } } } }
      outcomes { claims { nodes { state contribution { publicName } outcome { id } } } } } }`);
    expect(errors).toBeUndefined();
    const { briefings, nextBriefing, outcomes } = data.mission;
    const [briefing] = briefings.nodes;
    expect([briefing.state, briefing.decisions]).toEqual([
      'PUBLISHED',
      [{ decision: { chosen: 'Both, by kind of home' } }],
    ]);
    expect(table(briefing.evidence.map(({ measure, knownThen }: Shown) => [measure.id, knownThen.verdict]))).toEqual([
      'emissions-within-uk-borders  ON',
      'heat-pumps-installed         BEHIND',
      'households-in-fuel-poverty   ON',
      'renewable-share-of-energy    AHEAD',
    ]);
    expect(nextBriefing.openQuestions.nodes).toEqual([{ askedBy: { id: 'greater-manchester-combined-authority' } }]);
    const claims = outcomes.flatMap(({ claims: { nodes } }: Shown) => nodes);
    expect(
      table(claims.map(({ state, contribution, outcome }: Shown) => [outcome.id, state, contribution.publicName])),
    ).toEqual([
      'clean-heat       CONTESTED  Retrofit of social homes',
      'lower-emissions  STANDING   A named share of the carbon saved',
    ]);
  });

  it('shows how every measure stands', () => {
    const rows = view.flatMap(({ outcomes }: Shown) =>
      outcomes.flatMap(({ kind, measures }: Shown) =>
        measures.map(({ id, latest, assessment }: Shown) => [
          ...[kind, id, latest?.period, latest?.value, assessment.verdict],
        ]),
      ),
    );
    expect(table(rows).sort()).toEqual([
      'GUARDRAIL  good-level-of-development-free-meals  2024/25  51                NOT_COMPARABLE',
      'GUARDRAIL  households-in-fuel-poverty            2024     11.0              ON',
      'GUARDRAIL  real-disposable-income-per-head       2025 Q3  -0.8              BEHIND',
      'GUARDRAIL  searches-that-lead-to-arrest          2021-22  13                ON',
      'GUARDRAIL  waiting-over-a-year                   2026-06  96693             BEHIND',
      'IMPACT     emissions-within-uk-borders           2021     426.509996438525  ON',
      'IMPACT     real-gdp-per-head                     2025 Q3  0.0               NOT_DISTINGUISHABLE',
      'OUTCOME    good-level-of-development             2024/25  68                BEHIND',
      'OUTCOME    knife-offences                        2022-23  50489             BEHIND',
      'OUTCOME    renewable-share-of-energy             2021     13.2              AHEAD',
      'OUTCOME    seen-within-4-hours                   2019-03  86.6              BEHIND',
      'OUTCOME    treated-within-18-weeks               2026-06  64.9              BEHIND',
      'OUTPUT     heat-pumps-installed                  2024 Q4  11492             BEHIND',
      'OUTPUT     major-projects-decided                -        -                 NO_DATA',
      'OUTPUT     neighbourhood-policing                2024-25  17175             BEHIND',
      'OUTPUT     net-additional-dwellings              2024-25  208600            BEHIND',
    ]);
  });

  it('has enough of everything in each mission to show it', async () => {
    const query = `{ missions(first: 5) { nodes { id state challenges { levers { id } } budgets { id }
      contributions(first: 100) { nodes { contributor { id } } } outcomes { kind measures { id } }
      decisions { nodes { state } } waitingOn { id } insights(first: 10) { nodes { id } } } } }`;
    for (const mission of (await world.ask(query)).data.missions.nodes) {
      const { nodes } = mission.contributions;
      expect(mission.state).toBe('ACTIVE');
      expect(mission.challenges.length).toBeGreaterThanOrEqual(2);
      expect(mission.challenges.flatMap((each: Shown) => each.levers).length).toBeGreaterThanOrEqual(3);
      expect(mission.budgets).toHaveLength(1);
      expect(nodes.length).toBeGreaterThanOrEqual(4);
      expect(new Set(nodes.map((each: Shown) => each.contributor.id)).size).toBeGreaterThanOrEqual(3);
      expect(mission.outcomes.filter((each: Shown) => each.kind === 'GUARDRAIL')).toHaveLength(1);
      expect(mission.outcomes.every((each: Shown) => each.measures.length > 0)).toBe(true);
      expect(mission.decisions.nodes.map((each: Shown) => each.state).sort()).toEqual(['DECIDED', 'OPEN']);
      expect(mission.waitingOn.length).toBeGreaterThanOrEqual(1);
      expect(mission.insights.nodes.length).toBeGreaterThanOrEqual(2);
    }
  });
});

describe('the story of the demo world', () => {
  it('has a pool of which two thirds are allocated', () => {
    const [{ statement }] = missionOf('clean-energy').budgets;
    const [deposited, allocated] = [statement.deposited, statement.allocated].map(({ amount }) =>
      BigInt(amount.replace('.', '')),
    );
    expect(allocated! * 3n).toBe(deposited! * 2n);
    expect([statement.drawnDown.amount, statement.spent.amount]).toEqual(['64000000.00', '41500000.00']);
  });

  it('has a negotiation that stands still over a question that nobody answers', async () => {
    const query = `{ contributions(first: 10, filter: { mission: "clean-energy", state: NEGOTIATING }) { nodes {
      contributor { id } rounds { from answer message openQuestions } } } }`;
    const [stalled] = (await world.ask(query, { as: missionUnit })).data.contributions.nodes;
    expect(stalled.contributor.id).toBe('department-of-health-and-social-care');
    expect(stalled.rounds.at(-1)).toEqual({
      ...{ from: 'CONTRIBUTOR', answer: 'COUNTER' },
      message: expect.stringContaining('sent 18 May 2026'),
      openQuestions: ['Who carries the running cost if electricity stays dearer than gas?'],
    });
    expect((await world.ask(query)).data.contributions.nodes[0].rounds).toBeNull();
  });

  it('has a decision that holds up seventy million pounds for months', async () => {
    const waiting = missionOf('clean-energy').waitingOn;
    expect(table(waiting.map((each: Shown) => [each.since, millions(each.amountBlocked)]))).toEqual([
      '2026-03-02  45.00',
      '2026-05-18  25.00',
    ]);
    expect(new Set(waiting.map((each: Shown) => each.decision.id)).size).toBe(1);
    const query = '{ mission(id: "clean-energy") { waitingOn { daysWaited waiter { id } } } }';
    const [longest] = (await world.ask(query)).data.mission.waitingOn;
    expect(longest.waiter.id).toBe('greater-manchester-combined-authority');
    expect(longest.daysWaited).toBeGreaterThan(90);
  });

  it('has an insight that changed a decision', async () => {
    const query = `{ mission(id: "healthy-lives") { insights(first: 5) { nodes { profession area text
      decisions { state chosen rationale } } } } }`;
    const { nodes } = (await world.ask(query)).data.mission.insights;
    const [changed] = nodes.filter((each: Shown) => each.decisions.length > 0);
    expect([changed.profession, changed.area]).toEqual(['Occupational therapist', 'Kent']);
    expect(changed.decisions).toEqual([
      { state: 'DECIDED', chosen: 'Discharge teams on seven days', rationale: expect.stringContaining('Therapists') },
    ]);
  });

  it('has levers that nobody has named a contribution for', async () => {
    const query = `{ missions(first: 5) { nodes { challenges { levers { id name } }
      contributions(first: 100) { nodes { lever { id } } } } } }`;
    const { nodes } = (await world.ask(query)).data.missions;
    const levers = new Map<string, string>();
    const pulled = new Set<string>();
    for (const { challenges, contributions } of nodes) {
      for (const each of challenges) for (const { id, name } of each.levers) levers.set(id, name);
      for (const { lever } of contributions.nodes) if (lever) pulled.add(lever.id);
    }
    expect([...pulled].every((id) => levers.has(id))).toBe(true);
    const free = [...levers].filter(([id]) => !pulled.has(id)).map(([, name]) => name);
    expect(free).toEqual(expect.arrayContaining(['Rules of the connection queue', 'Planners in councils']));
  });

  it('answers what was known when it decided, what was learned, what prevention gets and which inputs came', async () => {
    const ask = async (name: string, variables: object): Promise<Shown> => {
      const question = readFileSync(`test/questions/${name}.graphql`, 'utf8');
      const { data, errors } = await world.ask(question, { variables });
      expect(errors).toBeUndefined();
      return data.decision ?? data.mission;
    };
    const listed = '{ decisions(filter: { mission: "clean-energy" }) { nodes { id state } } }';
    const { nodes } = (await world.ask(listed)).data.decisions;
    const { id: decision } = nodes.find(({ state }: Shown) => state === 'DECIDED');
    const { evidence, measures } = await ask('3-as-known-when-decided', { decision });
    expect(evidence.map(({ observation }: Shown) => [observation.period, observation.value])).toEqual([
      ['2024', '11.0'],
      ['2021', '426.509996438525'],
    ]);
    expect(measures).toHaveLength(4);
    const mission = 'healthy-lives';
    const [cycle] = (await ask('8-what-last-months-change-did', { mission })).learningCycles.nodes;
    const [money] = cycle.moneyMoved;
    expect([cycle.next, millions(money.allocated), millions(money.drawnDown)]).toEqual(['ADAPT', '75.00', '30.00']);
    expect(
      cycle.nextObservations.map(({ figure, beganBefore, verdict }: Shown) => [figure.period, beganBefore, verdict]),
    ).toEqual([
      ['2026-05', true, 'BEHIND'],
      ['2026-06', false, 'BEHIND'],
    ]);
    const spending = ['opportunity', mission].map(async (id) => {
      const { challenges } = await ask('9-prevention-against-acute', { mission: id });
      const said = challenges.filter(({ spending: on }: Shown) => on !== null);
      return said.flatMap(({ id: of, spending: on, money: some }: Shown) =>
        (some.length > 0 ? some : [null]).map((each: Shown) => [id, on, of, millions(each?.allocated ?? null)]),
      );
    });
    expect(table((await Promise.all(spending)).flat())).toEqual([
      'opportunity    PREVENTION  first-job                 -',
      'opportunity    PREVENTION  seen-before-school        12.00',
      'opportunity    PREVENTION  well-before-ill           -',
      'healthy-lives  ACUTE       home-when-ready           109.00',
      'healthy-lives  ACUTE       planned-care-in-18-weeks  -',
      'healthy-lives  PREVENTION  well-before-ill           -',
    ]);
    const { inputPledges } = await ask('10-input-pledges-against-outcomes', { mission });
    expect(
      inputPledges.nodes.map(({ delivered, quantity, state, outcome }: Shown) => [
        delivered,
        quantity,
        state,
        outcome.id,
      ]),
    ).toEqual([
      ['84', '120', 'PARTIALLY_MET', 'emergency-care-in-time'],
      [null, '12', 'SCHEDULED', 'seen-in-time'],
    ]);
  });

  it('pins as evidence of a decision only what was public when it was decided', async () => {
    const query = '{ decisions(first: 100) { nodes { decidedAt evidence { observation { releasedAt } } } } }';
    const found: Shown[] = (await world.ask(query)).data.decisions.nodes;
    const pinned = found.flatMap(({ decidedAt, evidence }) =>
      evidence.map(({ observation }: Shown) => ({ decidedAt, releasedAt: observation.releasedAt })),
    );
    expect(pinned.length).toBeGreaterThanOrEqual(2);
    expect(pinned.filter(({ decidedAt, releasedAt }) => releasedAt > decidedAt)).toEqual([]);
  });

  it('says at the end of a year what is unspent, what may be carried over, what lapses and whose share it is', async () => {
    const question = readFileSync('test/questions/13-year-end.graphql', 'utf8');
    const asked = view.map(async ({ id: mission }: { id: string }) => {
      const { data, errors } = await world.ask(question, { variables: { mission, year: '2025-26' } });
      expect(errors).toBeUndefined();
      return data.mission.budgets;
    });
    const budgets: Shown[] = (await Promise.all(asked)).flat();
    const rows = budgets.flatMap(({ name, yearEnd }) =>
      yearEnd.map((of: Shown) => [
        ...[name, of.controlTotal],
        ...[of.unspent, of.mayBeCarriedOver, of.willLapse, of.withRecipients].map(millions),
        of.shares.map((share: Shown) => `${share.contributor.id} ${millions(share.amount)}`).join(', '),
      ]),
    );
    expect(table([['pool', 'of', 'unspent', 'over', 'lapses', 'out', 'shares'], ...rows])).toEqual([
      'pool                      of              unspent  over   lapses  out    shares',
      'Clean heat pool           CDEL            38.50    0.00   16.00   22.50  department-for-energy-security-and-net-zero 12.00, ministry-of-housing-communities-and-local-government 4.00',
      'Homes and permits pool    CDEL            24.10    17.00  5.00    2.10   ministry-of-housing-communities-and-local-government 22.00',
      'Homes and permits pool    RDEL_PROGRAMME  0.00     0.00   0.00    0.00',
      'Home when ready pool      RDEL_PROGRAMME  9.50     6.00   2.00    1.50   department-of-health-and-social-care 8.00',
      'Ready to learn pool       RDEL_PROGRAMME  16.20    10.00  3.00    3.20   department-for-education 13.00',
      'Violence prevention pool  RDEL_PROGRAMME  19.10    18.00  0.00    1.10   home-office 18.00',
    ]);
  });

  it('says of each carbon budget whether shares that bind close its gap', async () => {
    const question = readFileSync('test/questions/11-carbon-budget.graphql', 'utf8');
    const variables = { measure: 'emissions-within-uk-borders' };
    const { data, errors } = await world.ask(question, { variables });
    expect(errors).toBeUndefined();
    const rows = data.measure.targets.map(({ id, cumulative, closing }: Shown) => [
      ...[id, cumulative.gap, closing.bound.total, closing.agreed.total, closing.closes, closing.open],
    ]);
    expect(table([['budget', 'gap', 'bound', 'agreed', 'closes', 'open'], ...rows])).toEqual([
      'budget           gap                bound  agreed  closes  open',
      'carbon-budget-3  -395.651105093123  0      0       true    0',
      'carbon-budget-4  -165.885017807375  0      0.36    true    0',
      'carbon-budget-5  -303.235017807375  0      0       true    0',
    ]);
    expect(data.measure.targets[1].closing.rule).toBe(
      'Nothing is to be closed: 165.885017807375 MtCO2e are to spare; binding shares until 2027 come to 0 MtCO2e. Not counted as binding: 0.36 agreed.',
    );
  });

  it('answers the question of README as README says; of two waitings it shows one', async () => {
    const readme = readFileSync('README.md', 'utf8');
    const written = (language: string) => new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(readme)![1]!;
    const { data } = await world.ask(written('graphql'));
    expect(data.mission.waitingOn).toHaveLength(2);
    expect({ data: { ...data, mission: { ...data.mission, waitingOn: data.mission.waitingOn.slice(0, 1) } } }).toEqual(
      JSON.parse(written('json')),
    );
  });

  it('keeps what was known of the emissions of 2019 at the end of each year', async () => {
    const query = `{ measure(id: "emissions-within-uk-borders") { observations(first: 50) { nodes {
      period value provenance { source } } } } }`;
    const figures: string[] = [];
    for (const year of [2021, 2022, 2023]) {
      const { data } = await world.ask(query, { asKnownAt: `${year}-12-31T00:00:00Z` });
      const found = data.measure.observations.nodes.find((each: Shown) => each.period === '2019');
      expect(found.provenance.source).toMatch(/^Office for National Statistics, .*(2021|2022|2023)/);
      figures.push(found.value);
    }
    expect(figures).toEqual(['454.766072621302', '447.8774362216295', '450.435177125297']);
  });

  it('says of a year without figures that they are missing, not zero', async () => {
    const query = `{ measure(id: "good-level-of-development") { observations(first: 50) { nodes { period value status } } } }`;
    const { nodes } = (await world.ask(query)).data.measure.observations;
    expect(nodes.find((each: Shown) => each.period === '2019/20')).toEqual({
      ...{ period: '2019/20', value: null, status: 'MISSING' },
    });
  });
});

describe('what is made up in the demo world', () => {
  const flagged = `id illustrative`;

  it('is marked wherever there is a mark for it', async () => {
    const query = `{ missions(first: 5) { nodes { ${flagged} budgets { ${flagged} }
      contributions(first: 100) { nodes { ${flagged} } } decisions(first: 50) { nodes { ${flagged} } }
      waitingOn { ${flagged} } insights(first: 50) { nodes { ${flagged} } }
      learningCycles { nodes { ${flagged} } } inputPledges { nodes { ${flagged} } } } } }`;
    const { nodes } = (await world.ask(query, { as: missionUnit })).data.missions;
    const marks = JSON.stringify(nodes).match(/"illustrative":\w+/g)!;
    expect(marks.length).toBeGreaterThan(70);
    expect(new Set(marks)).toEqual(new Set(['"illustrative":true']));
  });

  it('says so in its text where there is no mark', async () => {
    const query = `{ missions(first: 5) { nodes { challenges { operatingModel levers { rationale } }
      budgets { allocations(first: 50) { nodes { purpose drawdowns { nodes { purpose } } } }
        transfers(first: 100) { nodes { kind reference } } }
      contributions(first: 100) { nodes { agreement { reference } rounds { message } } }
      outcomes { measures { trajectory { method author } assessment { judged { name reason } } } } } } }`;
    const { nodes } = (await world.ask(query, { as: missionUnit })).data.missions;
    const texts: string[] = [];
    JSON.stringify(nodes, (key, value) => {
      if (typeof value === 'string' && key !== 'kind') texts.push(value);
      return value;
    });
    expect(texts.length).toBeGreaterThan(150);
    expect(texts.filter((text) => !/illustrative/i.test(text))).toEqual([]);
  });

  it('names nobody who said anything', async () => {
    const { nodes } = (
      await world.ask('{ missions(first: 5) { nodes { insights(first: 50) { nodes { text profession area } } } } }', {
        as: missionUnit,
      })
    ).data.missions;
    const said = nodes.flatMap((mission: Shown) => mission.insights.nodes);
    expect(said.every((each: Shown) => each.profession && each.area)).toBe(true);
    expect(said.filter((each: Shown) => !/^Illustrative: /.test(each.text))).toEqual([]);
  });

  it('does not include figures: each cites who published it', async () => {
    const query = `{ missions(first: 5) { nodes { outcomes { illustrative measures {
      observations(first: 50, filter: { vintages: ALL }) { nodes { provenance { source } } } } } } } }`;
    const { nodes } = (await world.ask(query)).data.missions;
    const outcomes = nodes.flatMap((mission: Shown) => mission.outcomes);
    const counted = demoMissions.flatMap(({ outcomes: all }) => all.flatMap(({ measures }) => measures));
    const figures = counted.flatMap(({ publications }) => publications.flatMap((each) => Object.keys(each.figures)));
    const sources: string[] = outcomes.flatMap(({ illustrative, measures }: Shown) => {
      const found = measures.flatMap((each: Shown) => each.observations.nodes);
      expect(illustrative).toBe(found.length === 0);
      return found.map((each: Shown) => each.provenance.source);
    });
    expect(sources).toHaveLength(figures.length);
    expect(sources.filter((source) => source.length < 40)).toEqual([]);
  });
});
