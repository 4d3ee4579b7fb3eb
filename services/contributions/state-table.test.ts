import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { v7 as uuid } from 'uuid';
import { startWorld, type World } from '../../test/world.js';
import { Contribution } from './contribution.js';
import { ContributionState, nextStates } from './states.js';
import * as w from './words-for-tests.js';

const states = Object.values(ContributionState);
const hash = 'a'.repeat(64);
let world: World;
let owner: Client;
let service: Client;
const ids = {} as Record<ContributionState, string>;

beforeAll(async () => {
  world = await startWorld({ services: ['contributions'], gateway: false });
  owner = await world.owner('contributions');
  service = await world.serviceRole('contributions');
  await owner.query(`select set_config('app.organisation', $1, false)`, [w.education]);
  for (const state of states) ids[state] = await standingAt(state);
});
afterAll(() => world?.stop());

/** A contribution in any state, put there past the guards. */
async function standingAt(state: ContributionState): Promise<string> {
  const id = `${w.education}:${uuid()}`;
  await owner.query('begin');
  for (const number of [1, 2]) {
    await owner.query(
      `insert into contribution_version (contribution_id, contributor_id, number, is_draft, public_name, total, currency, budget_id, earmark, instalments, hash)
       values ($1, $2, $3, $4, 'x', 100, 'GBP', 'budget-1', 'NONE', '[]', $5)`,
      [id, w.education, number, state === 'DRAFT' && number === 1, hash],
    );
  }
  await owner.query('alter table contribution disable trigger user');
  await owner.query(
    `insert into contribution (id, mission_id, contributor_id, kind, pooling, illustrative, state, number, version)
     values ($1, 'table', $2, 'MONEY', 'POOLED', false, $3, 1, 1)`,
    [id, w.education, state],
  );
  await owner.query('commit; alter table contribution enable trigger user');
  return id;
}

/** What PostgreSQL says to a step, asked with the rights of the service; nothing is changed. */
async function refusalOf(
  from: ContributionState,
  to: ContributionState,
  roles: string,
  organisation = w.education,
): Promise<string | null> {
  await service.query('begin');
  try {
    await service.query(`select set_config('app.organisation', $1, true), set_config('app.roles', $2, true)`, [
      organisation,
      roles,
    ]);
    const isNew = from === to || to === 'PLEDGED' ? 1 : 0;
    const sql = `update contribution set state = $2, version = version + 1, number = number + ${isNew} where id = $1`;
    const { rowCount } = await service.query(sql, [ids[from], to]);
    return rowCount === 0 ? 'not there' : null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await service.query('rollback');
  }
}

const pairs = states.flatMap((from) => states.map((to) => [from, to] as const));
const illegal = pairs.filter(([from, to]) => !nextStates[from].includes(to));
// Other terms in the same state: restated before they are negotiated, varied when they are binding.
const restated = new Set(['DRAFT DRAFT', 'PLEDGED PLEDGED', 'COMMITTED COMMITTED', 'PART_DEPOSITED PART_DEPOSITED']);
const everyRole = 'publisher,accounting-officer,mission-unit,mission-finance,event';

describe('the state table', () => {
  it('names every state, and only the last ones lead nowhere', () => {
    const last = states.filter((state) => nextStates[state].length === 0);
    expect(last).toEqual(['CLOSED', 'DECLINED', 'WITHDRAWN', 'LAPSED', 'WRITTEN_OFF']);
  });

  it.each(illegal)('%s does not become %s, in code', (from, to) => {
    const contribution = Object.assign(new Contribution(), { id: 'x', state: from });
    expect(() => contribution.mayBecome(to)).toThrow(`Contribution x is ${from}`);
    expect(contribution.cannot()).toMatchObject({ code: 'ILLEGAL_TRANSITION', state: from, allowed: nextStates[from] });
  });

  it('is the same in PostgreSQL, which refuses every other step to the service with all roles at once', async () => {
    const found: string[] = [];
    for (const [from, to] of pairs) {
      const refusal = await refusalOf(from, to, everyRole);
      if (refusal !== `contribution ${ids[from]} is ${from}; you cannot make it ${to}`) found.push(`${from} ${to}`);
    }
    const expected = pairs.filter(([from, to]) => nextStates[from].includes(to)).map(([from, to]) => `${from} ${to}`);
    expect(found.filter((step) => !restated.has(step))).toEqual(expected);
    expect(found.filter((step) => restated.has(step))).toEqual([...restated]);
  });

  it('gives each step to whom it belongs', async () => {
    const mayNot = [
      ['AGREED', 'COMMITTED', 'mission-unit'],
      ['PLEDGED', 'DECLINED', 'mission-finance'],
      ['NEGOTIATING', 'AGREED', 'mission-finance'],
      ['AGREED', 'WITHDRAWN', 'mission-unit,mission-finance,event'],
      ['COMMITTED', 'WRITTEN_OFF', 'mission-unit,event'],
      ['COMMITTED', 'DEPOSITED', 'mission-unit,mission-finance'],
      ['NEGOTIATING', 'DECLINED', 'event'],
      ['PLEDGED', 'LAPSED', 'mission-unit,mission-finance'],
      ['COMMITTED', 'SUSPENDED', 'mission-finance,event'],
      ['COMMITTED', 'COMMITTED', 'mission-unit,event'],
    ] as const;
    for (const [from, to, roles] of mayNot) {
      expect(await refusalOf(ContributionState[from], ContributionState[to], roles, 'mission-delivery-unit')).toMatch(
        /you cannot make it/,
      );
    }
    expect(await refusalOf(ContributionState.PLEDGED, ContributionState.DECLINED, 'publisher')).toMatch(
      /you cannot make it/,
    );
    expect(
      await refusalOf(ContributionState.COMMITTED, ContributionState.DEPOSITED, 'publisher,accounting-officer'),
    ).toMatch(/you cannot make it/);
  });

  const deeds: [string, ContributionState, string, object][] = [
    ['pledgeContribution', ContributionState.PLEDGED, w.publisher(w.education), {}],
    ['proposeTerms', ContributionState.NEGOTIATING, w.publisher(w.education), { terms: w.termsOf('2.00') }],
    ['proposeTerms', ContributionState.NEGOTIATING, w.missionUnit, { terms: w.termsOf('2.00') }],
    ['acceptTerms', ContributionState.AGREED, w.missionUnit, w.acceptance('', hash, w.education)],
    ['declineContribution', ContributionState.DECLINED, w.missionUnit, { reason: 'r' }],
    ['withdrawContribution', ContributionState.WITHDRAWN, w.publisher(w.education), { reason: 'r' }],
    ['commitContribution', ContributionState.COMMITTED, w.officer(w.education), { versionHash: hash }],
    ['commitContribution', ContributionState.COMMITTED, w.missionFinance, { versionHash: hash }],
    [
      'writeOffContribution',
      ContributionState.WRITTEN_OFF,
      w.officer(w.education),
      { amount: w.pounds('1.00'), reason: 'r' },
    ],
    [
      'writeOffContribution',
      ContributionState.WRITTEN_OFF,
      w.missionFinance,
      { amount: w.pounds('1.00'), reason: 'r' },
    ],
    ['suspendContribution', ContributionState.SUSPENDED, w.officer(w.education), { reason: 'r' }],
    ['suspendContribution', ContributionState.SUSPENDED, w.missionUnit, { reason: 'r' }],
  ];
  it.each(deeds)('%s (to %s) is refused to %s from every other state', async (deed, to, as, input) => {
    for (const from of illegal.filter(([, target]) => target === to).map(([state]) => state)) {
      const { userErrors } = await w.does(world, deed, as, { ...input, contribution: ids[from] });
      const hidden = from === 'DRAFT' && as.startsWith('mission');
      expect(userErrors).toMatchObject([
        hidden ? { code: 'NOT_FOUND' } : { code: 'ILLEGAL_TRANSITION', state: from, allowed: nextStates[from] },
      ]);
    }
  });

  const inPlace: [string, ContributionState[], string, object][] = [
    [
      'varyContribution',
      [ContributionState.COMMITTED, ContributionState.PART_DEPOSITED],
      w.missionUnit,
      { terms: w.termsOf('2.00') },
    ],
    ['resumeContribution', [ContributionState.SUSPENDED], w.missionUnit, {}],
    [
      'judgeCondition',
      [
        ...[ContributionState.AGREED, ContributionState.COMMITTED, ContributionState.PART_DEPOSITED],
        ContributionState.SUSPENDED,
      ],
      w.missionUnit,
      { condition: 'x', status: 'MET', evidence: 'e' },
    ],
  ];
  it.each(inPlace)('%s is done only in %s', async (deed, does, as, input) => {
    const refusing: string[] = [];
    for (const from of states) {
      const { userErrors } = await w.does(world, deed, as, { ...input, contribution: ids[from], dryRun: true });
      // What is put there past the guards has no amounts: a deed that its state allows ends in a fault or another refusal.
      if (['ILLEGAL_TRANSITION', 'NOT_FOUND'].includes(userErrors?.[0]?.code ?? '')) refusing.push(from);
    }
    expect(refusing).toEqual(states.filter((state) => !does.includes(state)));
  });
});

describe('PostgreSQL refuses to the service, with all roles at once,', () => {
  /** Runs statements with the rights of the service in one database transaction that is rolled back. */
  async function asService(work: () => Promise<unknown>) {
    await service.query('begin');
    await service.query(`select set_config('app.organisation', $1, true), set_config('app.roles', $2, true)`, [
      w.education,
      everyRole,
    ]);
    try {
      await work();
      await service.query('set constraints all immediate');
    } finally {
      await service.query('rollback');
    }
  }

  const history = (id: string, sequence: number, state: string) =>
    service.query(
      `insert into contribution_state (contribution_id, contributor_id, sequence, state, number, effective_on, by_subject)
       values ($1, $2, $3, $4, 1, '2026-01-01', 'x')`,
      [id, w.education, sequence, state],
    );

  const amount = (id: string, minor: number, controlTotal = 'CDEL') =>
    service.query(
      `insert into contribution_amount (contribution_id, contributor_id, number, is_draft, financial_year, control_total, amount, currency)
       values ($1, $2, 1, false, '2026-27', $3, $4, 'GBP')`,
      [id, w.education, controlTotal, minor],
    );

  /** Writes a new contribution of 100 pence, or one that is not right. */
  async function create({ minor = 100, state = 'PLEDGED', sequence = 1, version = 1 } = {}): Promise<string> {
    const id = `${w.education}:${uuid()}`;
    await service.query(
      `insert into contribution_version (contribution_id, contributor_id, number, is_draft, public_name, total, currency, earmark, instalments, hash)
       values ($1, $2, 1, false, 'x', 100, 'GBP', 'NONE', '[]', $3)`,
      [id, w.education, hash],
    );
    await amount(id, minor);
    await history(id, sequence, state);
    await service.query(
      `insert into contribution (id, mission_id, contributor_id, kind, pooling, illustrative, state, number, version)
       values ($1, 'table', $2, 'MONEY', 'POOLED', false, $3, 1, $4)`,
      [id, w.education, state, version],
    );
    return id;
  }

  async function step(id: string, version: number, state: string) {
    await history(id, version, state);
    await service.query('update contribution set state = $2, version = version + 1 where id = $1', [id, state]);
  }

  async function agreed(): Promise<string> {
    const id = await create();
    await step(id, 2, 'NEGOTIATING');
    await service.query(
      `insert into agreement (contribution_id, contributor_id, number, instrument, signed_on, signatories, concluded_outside)
       values ($1, $2, 1, 'MOU', '2026-01-01', array[$2], true)`,
      [id, w.education],
    );
    await step(id, 3, 'AGREED');
    return id;
  }

  const approval = (id: string, side: string, subject: string) =>
    service.query(
      `insert into commitment_approval (contribution_id, contributor_id, version_hash, side, subject, organisation)
       values ($1, $2, $3, $4, $5, $2)`,
      [id, w.education, hash, side, subject],
    );

  const round = (id: string, ordinal: number, side: string, answer = 'COUNTER') =>
    service.query(
      `insert into negotiation_round (contribution_id, contributor_id, ordinal, side, answer, number, open_questions, by_subject, by_organisation)
       values ($1, $2, $3, $4, $5, 1, '{}', 'x', 'x')`,
      [id, w.education, ordinal, side, answer],
    );

  const wrong: [string, RegExp, () => Promise<unknown>][] = [
    ['amounts that do not sum to the contribution', /do not add up/, () => create({ minor: 99 })],
    ['a contribution without history', /without history/, () => create({ sequence: 2 })],
    [
      'a contribution that is committed from its birth',
      /lacks what this state needs/,
      () => create({ state: 'COMMITTED' }),
    ],
    [
      'a contribution that is agreed from its birth, by nobody',
      /lacks what this state needs/,
      () => create({ state: 'AGREED' }),
    ],
    [
      'a step without history',
      /without history/,
      async () =>
        service.query(`update contribution set state = 'NEGOTIATING', version = 2 where id = $1`, [await create()]),
    ],
    [
      'a step that leaves out a version',
      /goes from version 1 to the next/,
      async () =>
        service.query(`update contribution set state = 'NEGOTIATING', version = 3 where id = $1`, [await create()]),
    ],
    [
      'terms from elsewhere on the way to an agreement',
      /cannot take version 2/,
      async () =>
        service.query(`update contribution set state = 'WITHDRAWN', version = 2, number = 2 where id = $1`, [
          await create(),
        ]),
    ],
    [
      'an agreement that nobody made',
      /lacks what this state needs/,
      async () => {
        const id = await create();
        await step(id, 2, 'NEGOTIATING');
        await step(id, 3, 'AGREED');
      },
    ],
    [
      'a commitment that nobody approved',
      /lacks what this state needs/,
      async () => step(await agreed(), 4, 'COMMITTED'),
    ],
    [
      'a commitment that one organisation approved for both sides',
      /lacks what this state needs/,
      async () => {
        const id = await agreed();
        await approval(id, 'CONTRIBUTOR', 'one');
        await approval(id, 'MISSION', 'two');
        await step(id, 4, 'COMMITTED');
      },
    ],
    ['an amount added to terms in force', /was in force/, async () => amount(await create(), 1, 'RAME')],
    [
      'two rounds of the same side',
      /alternate/,
      async () => {
        const id = await create();
        await round(id, 1, 'CONTRIBUTOR');
        await round(id, 2, 'CONTRIBUTOR');
      },
    ],
    ['a round out of order', /alternate/, async () => round(await create(), 2, 'MISSION')],
  ];
  it.each(wrong)('%s', async (_, message, work) => {
    await expect(asService(work)).rejects.toThrow(message);
  });

  it.each([
    'PART_DEPOSITED',
    'DEPOSITED',
    'WRITTEN_OFF',
  ])('that a commitment becomes %s when nothing says so', async (to) => {
    const { id, version } = await w.commits(world, w.education);
    const second = () =>
      service.query('update contribution set state = $2, version = version + 1 where id = $1', [id, to]);
    const line = () =>
      service.query(
        `insert into contribution_state (contribution_id, contributor_id, sequence, state, number, effective_on, by_subject)
       values ($1, $2, $3, $4, 1, '2026-01-01', 'x')`,
        [id, w.education, version + 1, to],
      );
    await expect(asService(async () => [await line(), await second()])).rejects.toThrow(/lacks what this state needs/);
  });

  it('nothing that is right', async () => {
    await expect(asService(create)).resolves.toBeUndefined();
    await expect(asService(agreed)).resolves.toBeUndefined();
  });
});
