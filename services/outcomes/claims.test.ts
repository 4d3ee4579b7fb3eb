import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';
import {
  asService,
  auditor,
  does,
  missionUnit,
  publisher,
  type Shown,
  statistician,
  tries,
} from './briefing-for-tests.js';

let world: World;
const transport = 'department-for-transport';
const contribution = `${transport}:0198c6b2-0000-7000-8000-000000000001`;
const other = `${transport}:0198c6b2-0000-7000-8000-000000000002`;
const shown =
  'claim { id state strength evidenceUrl claimant { id } steps { number kind reason organisation { id } } }';

const claims = (input: object, as = publisher) =>
  tries(
    world,
    as,
    'claimContribution',
    { outcome: 'less-warming', contribution, mechanism: 'Fewer car journeys.', strength: 'LEVEL_1', ...input },
    shown,
  );
const contests = (claim: string, as: string, reason = 'The trend began before.') =>
  tries(world, as, 'contestClaim', { claim, reason }, shown);
const withdraws = (claim: string, as: string, reason = 'Not shown.') =>
  tries(world, as, 'withdrawClaim', { claim, reason }, shown);

beforeAll(async () => {
  world = await startWorld({ services: ['outcomes'], gateway: false });
  for (const id of ['less-warming', 'cleaner-air', 'quieter-streets']) {
    const outcome = { id, title: id, kind: 'IMPACT', missions: ['clean-energy'] };
    await does(world, missionUnit, 'defineOutcome', outcome, 'outcome { id }');
  }
});
afterAll(() => world?.stop());

describe('a claim that a contribution moves an outcome', () => {
  it('is made by the contributor or the mission unit, and each may make one', async () => {
    const evidenceUrl = 'https://www.gov.uk/bus-evaluation';
    const own = await claims({ strength: 'LEVEL_3', evidenceUrl });
    expect(own.claim).toMatchObject({ state: 'STANDING', strength: 'LEVEL_3', evidenceUrl, steps: [] });
    const central = await claims({}, missionUnit);
    expect([own, central].map(({ claim }) => claim.claimant.id)).toEqual([transport, 'mission-delivery-unit']);
    expect((await claims({})).codes).toEqual(['ALREADY_CLAIMED']);
  });

  it('is read from the outcome and from the contribution, by the public', async () => {
    await claims({ contribution: other, outcome: 'cleaner-air', mechanism: 'Fewer engines.' });
    const document = `{ outcome(id: "cleaner-air") { claims(first: 5) { nodes { mechanism contribution { id } } } }
      _entities(representations: [{__typename: "Contribution", id: "${other}"}]) {
        ... on Contribution { claims { nodes { outcome { id title } state steps { number } } pageInfo { hasNextPage } } } } }`;
    expect((await world.ask(document)).data).toEqual({
      outcome: { claims: { nodes: [{ mechanism: 'Fewer engines.', contribution: { id: other } }] } },
      _entities: [
        {
          claims: {
            nodes: [{ outcome: { id: 'cleaner-air', title: 'cleaner-air' }, state: 'STANDING', steps: [] }],
            pageInfo: { hasNextPage: false },
          },
        },
      ],
    });
  });

  it('says itself that it is no attribution of the whole movement', async () => {
    const { data } = await world.ask('{ __type(name: "ContributionClaim") { description } }');
    expect(data.__type.description).toMatch(/never how much of the movement is its own/);
  });

  it('is refused by name where it is not sound', async () => {
    const codes = async (input: object) => (await claims({ outcome: 'quieter-streets', ...input })).codes;
    expect(await codes({ contribution: transport })).toEqual(['BAD_USER_INPUT']);
    expect(await codes({ mechanism: ' ' })).toEqual(['BAD_USER_INPUT']);
    expect(await codes({ evidenceUrl: 'somewhere' })).toEqual(['BAD_USER_INPUT']);
    expect(await codes({ outcome: 'nowhere' })).toEqual(['UNKNOWN_OUTCOME']);
    expect(await codes({ strength: 'LEVEL_2' })).toEqual(['EVIDENCE_MISSING']);
    expect(await codes({ contribution: contribution.replace('transport', 'education') })).toEqual(['FORBIDDEN']);
    for (const as of [statistician, auditor]) expect((await claims({}, as)).codes).toEqual(['FORBIDDEN']);
  });

  it('answers a dry run in full and makes nothing', async () => {
    const dry = await claims({ outcome: 'quieter-streets', dryRun: true });
    expect(dry.claim).toMatchObject({ state: 'STANDING', steps: [] });
    const { data } = await world.ask('{ outcome(id: "quieter-streets") { claims { nodes { id } } } }');
    expect(data.outcome.claims.nodes).toEqual([]);
  });
});

describe('a doubted claim', () => {
  it('is contested by other organisations, keeps every reason, and ends when its claimant withdraws it', async () => {
    const { claim } = await claims({ outcome: 'quieter-streets' });
    expect((await contests(claim.id, publisher)).codes).toEqual(['OWN_CLAIM']);
    for (const as of [auditor, statistician]) expect((await contests(claim.id, as)).codes).toEqual(['FORBIDDEN']);
    await contests(claim.id, 'department-for-education.publisher');
    const twice = await contests(claim.id, missionUnit, 'No counterfactual.');
    expect(twice.claim.state).toBe('CONTESTED');
    expect((await withdraws(claim.id, missionUnit)).codes).toEqual(['FORBIDDEN']);
    const ended = await withdraws(claim.id, publisher);
    expect(ended.claim.state).toBe('WITHDRAWN');
    expect(ended.claim.steps.map((step: Shown) => [step.number, step.kind, step.reason, step.organisation.id])).toEqual(
      [
        [1, 'CONTESTED', 'The trend began before.', 'department-for-education'],
        [2, 'CONTESTED', 'No counterfactual.', 'mission-delivery-unit'],
        [3, 'WITHDRAWN', 'Not shown.', transport],
      ],
    );
    for (const again of [await contests(claim.id, missionUnit), await withdraws(claim.id, publisher)])
      expect(again.codes).toEqual(['ILLEGAL_TRANSITION']);
    expect((await claims({ outcome: 'quieter-streets' })).claim.id).not.toBe(claim.id);
  });

  it('is as it stood at an instant', async () => {
    const { claim } = await claims({ contribution: other });
    const before = new Date().toISOString();
    await contests(claim.id, missionUnit);
    const document = '{ outcome(id: "less-warming") { claims { nodes { id state } } } }';
    const stateAt = async (asKnownAt?: string) =>
      (await world.ask(document, { asKnownAt })).data.outcome?.claims.nodes.find(({ id }: Shown) => id === claim.id)
        ?.state;
    expect([await stateAt(before), await stateAt()]).toEqual(['STANDING', 'CONTESTED']);
  });

  it('is refused by name where it is none, or nothing is said', async () => {
    for (const deed of [contests, withdraws]) {
      expect((await deed('claim-none', publisher)).codes).toEqual(['UNKNOWN_CLAIM']);
      expect((await deed('claim-none', publisher, ' ')).codes).toEqual(['BAD_USER_INPUT']);
    }
  });
});

describe('the database refuses by itself', () => {
  const own = [transport, 'publisher'] as const;
  const row = (more: Record<string, string> = {}) => {
    const columns = {
      ...{ id: `'claim-' || gen_random_uuid()`, outcome_id: `'cleaner-air'`, contribution_id: `'${contribution}'` },
      ...{ claimant_id: `'${transport}'`, mechanism: `'m'`, strength: `'LEVEL_1'`, illustrative: 'false', ...more },
    };
    return `insert into contribution_claim (${Object.keys(columns)}) values (${Object.values(columns)}) returning id`;
  };
  const step = (
    kind: string,
    organisation: string,
  ) => `insert into claim_step (claim_id, number, kind, organisation_id, reason)
    select id, 1, '${kind}', '${organisation}', 'r' from contribution_claim where outcome_id = 'cleaner-air' limit 1`;
  let service: Awaited<ReturnType<World['serviceRole']>>;
  const refused = (by: readonly [string, string], ...sql: string[]) => expect(asService(service, by, ...sql)).rejects;

  beforeAll(async () => {
    service = await world.serviceRole('outcomes');
  });

  it('a claim that is not its claimant’s own, is made twice, or has no evidence where some is needed', async () => {
    expect(await asService(service, own, row())).toHaveLength(1);
    await refused(['department-for-education', 'publisher'], row()).toThrow(/row-level security/);
    await refused([transport, 'statistician'], row()).toThrow(/row-level security/);
    const foreign = row({ claimant_id: `'department-for-education'` });
    await refused(['department-for-education', 'publisher'], foreign).toThrow(/claimant_id_check|check constraint/);
    await refused(own, row(), row()).toThrow(/claimed already/);
    await refused(own, row({ strength: `'LEVEL_2'` })).toThrow(/check constraint/);
    await refused(own, row({ stated_release: 'now()' })).toThrow(/check constraint/);
  });

  it('a step that contests one’s own claim, withdraws another’s, or follows a withdrawal', async () => {
    await refused(own, step('CONTESTED', transport)).toThrow(/contested by others/);
    const unit = ['mission-delivery-unit', 'mission-unit'] as const;
    await refused(unit, step('WITHDRAWN', 'mission-delivery-unit')).toThrow(/contested by others/);
    await refused(unit, step('CONTESTED', 'department-for-education')).toThrow(/row-level security/);
    const withdrawn = step('WITHDRAWN', transport);
    await refused(own, withdrawn, withdrawn.replace('select id, 1', 'select id, 2')).toThrow(/withdrawn/);
  });

  it.each(['contribution_claim', 'claim_step'])('a change of a row in %s, to its owner too', async (table) => {
    const owner = await world.owner('outcomes');
    for (const change of [
      `update ${table} set recorded_at = now()`,
      `delete from ${table}`,
      `truncate ${table} cascade`,
    ])
      await expect(owner.query(change)).rejects.toThrow(/never changed or deleted/);
  });
});
