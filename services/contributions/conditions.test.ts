import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import * as w from './words-for-tests.js';

let world: World;
let service: Client;
beforeAll(async () => {
  world = await startWorld({ services: ['contributions'], gateway: false });
  service = await world.serviceRole('contributions');
});
afterAll(() => world?.stop());

const codes = ({ userErrors }: w.Deed) => userErrors?.map(({ code }) => code);
const policy = { kind: 'POLICY', test: 'The planning rules are changed.', precedent: true };
const fiduciary = { kind: 'FIDUCIARY', test: 'The accounts of last year are signed.' };
const gate = {
  kind: 'STAGE_GATE',
  test: 'Half a million heat pumps are installed.',
  gate: { measure: 'heat-pumps', period: '2026-27', comparator: 'AT_LEAST', value: '500000' },
};
const withConditions = (...conditions: object[]) => ({ terms: w.termsOf('1000000.00', { conditions }) });

interface Shown {
  id: string;
  status: string;
}
const conditionsOf = async (id: string, fields = 'id status'): Promise<Shown[]> =>
  (await world.ask(`{ contribution(id: "${id}") { conditions { ${fields} } } }`)).data.contribution.conditions;
const stateOf = async (id: string) =>
  (await world.ask(`{ contribution(id: "${id}") { state } }`)).data.contribution.state;
const judge = async (contribution: string, status: string | null, more: object = {}) => {
  const [first] = await conditionsOf(contribution);
  const input = { contribution, condition: first?.id ?? 'none', status, evidence: 'Seen by the board.' };
  return w.does(world, 'judgeCondition', w.missionUnit, { ...input, ...more });
};
const suspend = (as: string, contribution: string, more: object = {}) =>
  w.does(world, 'suspendContribution', as, { contribution, reason: 'The rules stay as they are.', ...more });
const resume = (as: string, contribution: string, more: object = {}) =>
  w.does(world, 'resumeContribution', as, { contribution, ...more });
const arrive = (id: string, contributionId: string, deposited: string) => {
  const deposit = { contributionId, deposited, committed: '1000000.00', currency: 'GBP', effectiveOn: '2026-06-01' };
  return world.event('contributions', { id, type: 'budgets.deposited', data: { deposits: [deposit] } });
};
const publish = (id: string, value: string | null, releasedAt = '2026-05-01T09:30:00Z') =>
  world.event('contributions', {
    ...{ id, type: 'outcomes.published' },
    data: { measure: 'heat-pumps', figures: [{ observation: `o-${id}`, period: '2026-27', value, releasedAt }] },
  });

/** Runs statements with the rights of the service and all roles; nothing is kept. Answers what PostgreSQL said. */
async function byHand(...statements: [string, unknown[]][]): Promise<string | null> {
  await service.query('begin');
  try {
    await service.query(
      `select set_config('app.organisation', $1, true), set_config('app.roles', 'publisher,accounting-officer,mission-unit,mission-finance,event', true)`,
      [w.education],
    );
    for (const [sql, params] of statements) await service.query(sql, params);
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await service.query('rollback');
  }
}
async function stepByHand(id: string, state: string) {
  const { version, current } = (await world.ask(`{ contribution(id: "${id}") { version current { number } } }`)).data
    .contribution;
  const history = `insert into contribution_state (contribution_id, contributor_id, sequence, state, number, effective_on, by_subject)
    values ($1, $2, $3, $4, $5, '2026-01-01', 'x')`;
  return byHand(
    [history, [id, w.education, version + 1, state, current.number]],
    ['update contribution set state = $2, version = version + 1 where id = $1', [id, state]],
  );
}
const lacks = (id: string) => `contribution ${id} lacks what this state needs`;

describe('conditions', () => {
  it('are part of the terms that are signed: other conditions are another hash', async () => {
    const [one, other] = [
      await w.pledges(world, w.education, withConditions(policy)),
      await w.pledges(world, w.education),
    ];
    const document = `{ contribution(id: "${one.id}") { current { conditions { kind test precedent gate { period } status judgedAt judgedBy { id } } } } }`;
    expect((await world.ask(document)).data.contribution.current.conditions).toEqual([
      { ...policy, gate: null, status: 'OPEN', judgedAt: null, judgedBy: null },
    ]);
    expect(one.current.hash).not.toBe(other.current.hash);
  });

  const wrong: [string, string, object][] = [
    ['that says nothing', 'test', { ...policy, test: ' ' }],
    ['that is a stage gate without a measure', 'gate', { kind: 'STAGE_GATE', test: 't' }],
    ['with a measure that is no stage gate', 'gate', { ...policy, gate: gate.gate }],
    ['whose measure is no id', 'gate', { ...gate, gate: { ...gate.gate, measure: 'Heat Pumps' } }],
  ];
  it.each(wrong)('a condition %s is refused', async (_, field, condition) => {
    const input = {
      mission: 'clean-energy',
      kind: 'MONEY',
      pooling: 'POOLED',
      publicName: 'x',
      ...withConditions(condition),
    };
    const { userErrors } = await w.does(world, 'pledgeContribution', w.publisher(w.education), input);
    expect(userErrors).toMatchObject([{ code: 'BAD_USER_INPUT', path: ['terms', 'conditions', '0', field] }]);
  });

  it('that stand there twice are refused', async () => {
    const input = {
      mission: 'clean-energy',
      kind: 'MONEY',
      pooling: 'POOLED',
      publicName: 'x',
      ...withConditions(policy, policy),
    };
    const { userErrors } = await w.does(world, 'pledgeContribution', w.publisher(w.education), input);
    expect(userErrors).toMatchObject([{ code: 'BAD_USER_INPUT', path: ['terms', 'conditions', '1'] }]);
  });

  it('precedent are met before a contribution is binding; the others need not be', async () => {
    const { id, current } = await w.agrees(world, w.education, withConditions(policy, fiduciary));
    const commit = (as: string) =>
      w.does(world, 'commitContribution', as, { contribution: id, versionHash: current.hash });
    expect((await commit(w.missionFinance)).userErrors).toMatchObject([
      { code: 'CONDITION_UNMET', message: `Before it is binding this must be met: ${policy.test}` },
    ]);
    await judge(id, 'UNMET');
    expect(codes(await commit(w.missionFinance))).toEqual(['CONDITION_UNMET']);
    await judge(id, 'MET');
    expect(await conditionsOf(id, 'status evidence judgedBy { id }')).toMatchObject([
      { status: 'MET', evidence: 'Seen by the board.', judgedBy: { id: 'mission-delivery-unit' } },
      { status: 'OPEN', evidence: null, judgedBy: null },
    ]);
    await commit(w.missionFinance);
    expect((await commit(w.officer(w.education))).contribution.state).toBe('COMMITTED');
  });

  it('precedent hold in PostgreSQL too, whoever approved', async () => {
    const { id, current } = await w.agrees(world, w.education, withConditions(policy));
    await judge(id, 'MET');
    await w.does(world, 'commitContribution', w.missionFinance, { contribution: id, versionHash: current.hash });
    await judge(id, 'UNMET');
    const approval = `insert into commitment_approval (contribution_id, contributor_id, version_hash, side, subject, organisation, cover_years)
      values ($1, $2, $3, 'CONTRIBUTOR', 'somebody', $2, '{2026-27}')`;
    const history = `insert into contribution_state (contribution_id, contributor_id, sequence, state, number, effective_on, by_subject)
      values ($1, $2, 4, 'COMMITTED', 1, '2026-01-01', 'x')`;
    const change = `update contribution set state = 'COMMITTED', version = 4 where id = $1`;
    const commit: [string, unknown[]][] = [
      [approval, [id, w.education, current.hash]],
      [history, [id, w.education]],
      [change, [id]],
    ];
    expect(await byHand(...commit)).toBe(lacks(id));
    await judge(id, 'MET');
    expect(await byHand(...commit)).toBeNull();
  });

  it('keep what was judged when a variation states them again', async () => {
    const { id } = await w.agrees(world, w.education, withConditions(fiduciary));
    await judge(id, 'MET');
    const [before] = await conditionsOf(id);
    const { hash } = (await world.ask(`{ contribution(id: "${id}") { current { hash } } }`)).data.contribution.current;
    for (const as of [w.missionFinance, w.officer(w.education)])
      await w.does(world, 'commitContribution', as, { contribution: id, versionHash: hash });
    const terms = { contribution: id, terms: w.termsOf('2.00', { conditions: [policy, fiduciary] }) };
    await w.does(world, 'varyContribution', w.missionUnit, terms);
    const beside = `{ contribution(id: "${id}") { variation { version { hash conditions { id status } } } } }`;
    const { version } = (await world.ask(beside, { as: w.auditor })).data.contribution.variation;
    expect(version.conditions).toMatchObject([{ status: 'OPEN' }, before!]);
    await w.does(world, 'acceptTerms', w.publisher(w.education), w.acceptance(id, version.hash, w.education));
    const commit = () =>
      w.does(world, 'commitContribution', w.missionFinance, { contribution: id, versionHash: version.hash });
    expect(codes(await commit())).toEqual(['CONDITION_UNMET']);
    await judge(id, 'MET', { condition: version.conditions[0].id });
    expect(codes(await commit())).toEqual([]);
  });
});

describe('judgeCondition', () => {
  it('is for the mission unit, with evidence, about a condition of the terms', async () => {
    const { id } = await w.agrees(world, w.education, withConditions(policy));
    expect(codes(await judge(id, null))).toEqual(['BAD_USER_INPUT']);
    expect(codes(await judge(id, 'OPEN'))).toEqual(['BAD_USER_INPUT']);
    expect(codes(await judge(id, 'MET', { evidence: ' ' }))).toEqual(['BAD_USER_INPUT']);
    expect(codes(await judge(id, 'MET', { condition: 'x' }))).toEqual(['UNKNOWN_CONDITION']);
    expect(codes(await judge(id, 'MET', { expectedVersion: 1 }))).toEqual(['STALE_VERSION']);
    expect(codes(await judge(id, 'MET', { contribution: 'nothing:1' }))).toEqual(['NOT_FOUND']);
    const input = { contribution: id, condition: 'x', status: 'MET', evidence: 'e' };
    for (const as of [w.publisher(w.education), w.missionFinance, w.auditor])
      expect((await w.does(world, 'judgeCondition', as, input)).errors![0].extensions.code).toBe('FORBIDDEN');
    const { id: pledged } = await w.pledges(world, w.education, withConditions(policy));
    expect(codes(await judge(pledged, 'MET'))).toEqual(['ILLEGAL_TRANSITION']);
  });

  it('reads a stage gate off the newest published figure, and nobody can say otherwise', async () => {
    const { id } = await w.agrees(world, w.education, withConditions(gate));
    const lines: string[] = [];
    const reading = async (what: string) => {
      const said = codes(await judge(id, null));
      const [{ status, figure, observation }] = (await conditionsOf(id, 'id status figure observation')) as [
        Shown & { figure: string; observation: string },
      ];
      lines.push(`${what}: ${said[0] ?? 'judged'}, ${status} by ${figure} (${observation})`);
    };
    await reading('nothing published');
    await publish('a', null, '2026-04-01T09:30:00Z');
    await reading('a figure without a number');
    await publish('b', '499999.5');
    await reading('short of it');
    await publish('c', '500000.0', '2026-06-01T09:30:00Z');
    await publish('d', '1', '2026-05-15T09:30:00Z');
    await reading('revised later, and an older release that came after it');
    expect(lines).toEqual([
      'nothing published: NO_FIGURE, OPEN by null (null)',
      'a figure without a number: NO_FIGURE, OPEN by null (null)',
      'short of it: judged, UNMET by 499999.5 (o-b)',
      'revised later, and an older release that came after it: judged, MET by 500000.0 (o-c)',
    ]);
    expect(codes(await judge(id, 'UNMET'))).toEqual(['BAD_USER_INPUT']);
  });

  it('cannot be contradicted, left out or rewritten by hand', async () => {
    const { id } = await w.agrees(world, w.education, withConditions(gate));
    const [{ id: condition }] = (await conditionsOf(id)) as [Shown];
    const insert = `insert into condition_judgement (contribution_id, contributor_id, condition_id, ordinal, status, evidence, value, observation_id, by_subject, by_organisation)
      values ($1, $2, $3, $4, $5, 'e', $6, $7, 'x', 'x')`;
    const judged = (ordinal: number, status: string, value: string | null, of = condition) =>
      byHand([insert, [id, w.education, of, ordinal, status, value, value && 'o']]);
    const not = `condition ${condition} is not judged so`;
    expect(await judged(1, 'MET', '499999')).toBe(not);
    expect(await judged(1, 'UNMET', '500000')).toBe(not);
    expect(await judged(1, 'MET', null)).toBe(not);
    expect(await judged(2, 'MET', '500000')).toBe(not);
    expect(await judged(1, 'MET', '500000', 'other')).toBe(`contribution ${id} has no condition other`);
    expect(await judged(1, 'MET', '500000')).toBeNull();
    const owner = await world.owner('contributions');
    for (const table of ['condition_judgement', 'ledger_closing', 'measure_figure'])
      await expect(owner.query(`delete from ${table}`)).rejects.toThrow(`${table} is only added to`);
  });
});

describe('suspendContribution and resumeContribution', () => {
  async function commits(): Promise<string> {
    const { id } = await w.commits(world, w.education, withConditions(fiduciary));
    return id;
  }

  it('either side holds up a contribution while a condition is unmet, and lets it go on after', async () => {
    for (const [one, other] of [
      [w.officer(w.education), w.missionUnit],
      [w.missionUnit, w.officer(w.education)],
    ] as const) {
      const id = await commits();
      expect(codes(await suspend(one, id))).toEqual(['NO_CONDITION_UNMET']);
      await judge(id, 'UNMET');
      expect((await suspend(one, id)).contribution.state).toBe('SUSPENDED');
      expect(codes(await resume(other, id))).toEqual(['CONDITION_UNMET']);
      await judge(id, 'MET');
      expect((await resume(other, id)).contribution.state).toBe('COMMITTED');
    }
  });

  it.each([
    ['nothing', '0.00', 'COMMITTED'],
    ['part', '1.00', 'PART_DEPOSITED'],
    ['all', '1000000.00', 'DEPOSITED'],
  ])('goes on by what arrived meanwhile: %s', async (_, decimal, state) => {
    const id = await commits();
    await judge(id, 'UNMET');
    await suspend(w.missionUnit, id);
    if (decimal !== '0.00') expect(await arrive(`held-${decimal}`, id, decimal)).toBe(200);
    expect(await stateOf(id)).toBe('SUSPENDED');
    await judge(id, 'MET');
    expect((await resume(w.missionUnit, id)).contribution.state).toBe(state);
  });

  it('are refused to what is not there, not yours, stale, or without a reason', async () => {
    const id = await commits();
    await judge(id, 'UNMET');
    expect(codes(await suspend(w.missionUnit, 'nothing:1'))).toEqual(['NOT_FOUND']);
    expect(codes(await suspend(w.missionUnit, id, { reason: ' ' }))).toEqual(['BAD_USER_INPUT']);
    expect(codes(await suspend(w.missionUnit, id, { expectedVersion: 1 }))).toEqual(['STALE_VERSION']);
    expect(codes(await resume(w.missionUnit, 'nothing:1'))).toEqual(['NOT_FOUND']);
    expect(codes(await resume(w.missionUnit, id, { expectedVersion: 1 }))).toEqual(['STALE_VERSION']);
    for (const as of [w.officer(w.transport), w.publisher(w.education), w.missionFinance]) {
      for (const deed of [suspend, resume]) expect((await deed(as, id)).errors![0].extensions.code).toBe('FORBIDDEN');
    }
  });

  it('hold in PostgreSQL too: no suspension without an unmet condition, no return with one', async () => {
    const id = await commits();
    expect(await stepByHand(id, 'SUSPENDED')).toBe(lacks(id));
    await judge(id, 'UNMET');
    expect(await stepByHand(id, 'SUSPENDED')).toBeNull();
    await suspend(w.missionUnit, id);
    expect(await stepByHand(id, 'COMMITTED')).toBe(lacks(id));
    await judge(id, 'MET');
    expect(await stepByHand(id, 'COMMITTED')).toBeNull();
  });
});
