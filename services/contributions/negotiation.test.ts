import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';
import * as w from './words-for-tests.js';

let world: World;
beforeAll(async () => {
  world = await startWorld({ services: ['contributions'], gateway: false });
});
afterAll(() => world?.stop());

const codes = ({ userErrors }: w.Deed) => userErrors?.map(({ code }) => code);
const pledge = (more: object, as = w.publisher(w.education)) => {
  const input = {
    mission: 'clean-energy',
    kind: 'MONEY',
    pooling: 'POOLED',
    publicName: 'Skills',
    terms: w.termsOf('10.00'),
  };
  return w.does(world, 'pledgeContribution', as, { ...input, ...more });
};
async function readAs(as: string | undefined, id: string, fields: string) {
  const { data, errors } = await world.ask(`{ contribution(id: "${id}") { ${fields} } }`, { as });
  expect(errors?.map(({ extensions: { code } }) => code)).toEqual(data.contribution ? undefined : ['NOT_FOUND']);
  return data.contribution;
}

describe('pledgeContribution', () => {
  it('publishes a contribution of the caller’s own organisation', async () => {
    const { id } = await w.pledges(world, w.education, {
      illustrative: true,
      challenge: 'warm-homes',
      lever: 'lever-1',
    });
    const seen = await readAs(
      undefined,
      id,
      `mission { id } contributor { id } challenge { id } lever { id } budget { id } kind pooling state illustrative version
       current { number amounts { financialYear controlTotal amount { amount currency } } earmark instalments { status } quantity unit }
       versions { number } states { sequence state effectiveOn reason by { id } releasedAt } agreement { signedOn } approvals { side } writeOffs { id }`,
    );
    const on = seen.states[0].effectiveOn;
    expect(seen).toEqual({
      ...{ mission: { id: 'clean-energy' }, contributor: { id: w.education }, challenge: { id: 'warm-homes' } },
      ...{ lever: { id: 'lever-1' }, budget: { id: 'budget-1' }, kind: 'MONEY', pooling: 'POOLED', state: 'PLEDGED' },
      ...{ illustrative: true, version: 1, versions: [{ number: 1 }], agreement: null, approvals: [], writeOffs: [] },
      current: {
        number: 1,
        amounts: [{ financialYear: '2026-27', controlTotal: 'RDEL_PROGRAMME', amount: w.pounds('1000000.00') }],
        ...{ earmark: 'NONE', instalments: [], quantity: null, unit: null },
      },
      states: [
        { sequence: 1, state: 'PLEDGED', effectiveOn: on, reason: null, by: { id: w.education }, releasedAt: null },
      ],
    });
  });

  it('keeps a draft from everybody but its contributor and auditors until it is published, and its draft versions after', async () => {
    const first = await pledge({ draft: true, publicName: null, terms: null });
    expect(first.contribution).toMatchObject({ state: 'DRAFT', publicName: '', current: { number: 1, total: null } });
    const { id } = first.contribution;
    const again = await pledge({
      contribution: id,
      draft: true,
      terms: w.termsOf('7.00', { reason: 'secret' }),
      expectedVersion: 1,
    });
    expect(again.contribution).toMatchObject({
      state: 'DRAFT',
      version: 2,
      current: { number: 2, total: w.pounds('7.00') },
    });
    for (const as of [undefined, w.publisher(w.transport), w.missionUnit])
      expect(await readAs(as, id, 'id')).toBeNull();
    for (const as of [w.publisher(w.education), w.auditor]) expect(await readAs(as, id, 'id')).toEqual({ id });
    const published = await pledge({ contribution: id, publicName: 'Skills', terms: null, expectedVersion: 2 });
    expect(published.contribution).toMatchObject({
      state: 'PLEDGED',
      version: 3,
      current: { number: 3, total: w.pounds('7.00') },
    });
    const history = 'versions { number reason } states { state }';
    expect(await readAs(undefined, id, history)).toEqual({
      versions: [{ number: 3, reason: 'secret' }],
      states: [{ state: 'PLEDGED' }],
    });
    expect((await readAs(w.publisher(w.education), id, history)).versions).toHaveLength(3);
  });

  it('refuses to publish a draft that says not yet how much or has no name, or changes what it is', async () => {
    const { id } = (await pledge({ draft: true, publicName: '', terms: null })).contribution;
    const kept = { contribution: id, terms: null };
    expect(codes(await pledge({ ...kept, publicName: null }))).toEqual(['BAD_USER_INPUT']);
    expect(codes(await pledge({ ...kept, publicName: 'Skills' }))).toEqual(['BAD_USER_INPUT']);
    expect((await pledge({ contribution: id, kind: 'DATA' })).userErrors[0]).toMatchObject({
      code: 'BAD_USER_INPUT',
      path: ['kind'],
    });
    expect((await pledge({ contribution: id, mission: 'other' })).userErrors[0]).toMatchObject({
      code: 'BAD_USER_INPUT',
      path: ['mission'],
    });
    expect(codes(await pledge({ contribution: id, expectedVersion: 7 }))).toEqual(['STALE_VERSION']);
  });

  it('answers for another organisation’s draft as for an id that does not exist', async () => {
    const { id } = (await pledge({ draft: true })).contribution;
    const strange = `${w.education}:00000000-0000-7000-8000-000000000000`;
    const [hidden, absent] = [
      await pledge({ contribution: id }, w.publisher(w.transport)),
      await pledge({ contribution: strange }, w.publisher(w.transport)),
    ];
    expect(hidden).toEqual(absent);
    expect(codes(hidden)).toEqual(['NOT_FOUND']);
  });

  it('refuses to pledge again what is pledged, and what is another organisation’s', async () => {
    const { id } = await w.pledges(world, w.education);
    const again = await pledge({ contribution: id });
    expect(again.userErrors).toMatchObject([
      { code: 'ILLEGAL_TRANSITION', state: 'PLEDGED', allowed: ['NEGOTIATING', 'DECLINED', 'WITHDRAWN', 'LAPSED'] },
    ]);
    const other = await pledge({ contribution: id }, w.publisher(w.transport));
    expect(other.errors![0].extensions.code).toBe('FORBIDDEN');
    expect((await pledge({}, w.officer(w.education))).errors![0].extensions.code).toBe('FORBIDDEN');
    expect(
      (await world.ask('mutation { pledgeContribution(input: {idempotencyKey: "a"}) { replayed } }')).errors![0]
        .extensions.code,
    ).toBe('UNAUTHENTICATED');
  });

  const amount = (decimal: string, more: object = {}) => ({
    financialYear: '2026-27',
    controlTotal: 'CDEL',
    amount: w.pounds(decimal),
    ...more,
  });
  const dollars = { amount: '1.00', currency: 'USD' };
  const instalment = { status: 'DUE', dueOn: '2027-01-01', amount: w.pounds('1.00') };
  const wrong: [string, string, string[], object][] = [
    ['without a mission', 'BAD_USER_INPUT', ['mission'], { mission: null }],
    ['for what is no id of a mission', 'BAD_USER_INPUT', ['mission'], { mission: 'Clean Energy' }],
    ['without a kind', 'BAD_USER_INPUT', ['kind'], { kind: null }],
    ['without a pooling', 'BAD_USER_INPUT', ['pooling'], { pooling: null }],
    ['of money in kind', 'BAD_USER_INPUT', ['pooling'], { pooling: 'IN_KIND' }],
    ['without a name', 'BAD_USER_INPUT', ['publicName'], { publicName: ' ' }],
    ['with control characters in its name', 'BAD_USER_INPUT', ['publicName'], { publicName: 'a\u202eb' }],
    ['without terms', 'BAD_USER_INPUT', ['terms', 'amounts'], { terms: null }],
    ['of zero', 'BAD_USER_INPUT', ['terms', 'amounts', '0', 'amount'], { terms: { amounts: [amount('0.00')] } }],
    [
      'of less than zero',
      'BAD_USER_INPUT',
      ['terms', 'amounts', '0', 'amount'],
      { terms: { amounts: [amount('-5')] } },
    ],
    [
      'of a fraction of a penny',
      'BAD_USER_INPUT',
      ['terms', 'amounts', '0', 'amount'],
      { terms: { amounts: [amount('0.001')] } },
    ],
    [
      'of more than the hub can hold',
      'BAD_USER_INPUT',
      ['terms', 'amounts'],
      { terms: { amounts: [amount('92233720368547758.07'), amount('0.01', { controlTotal: 'RAME' })] } },
    ],
    [
      'with a year and control total twice',
      'BAD_USER_INPUT',
      ['terms', 'amounts'],
      { terms: { amounts: [amount('1'), amount('2')] } },
    ],
    [
      'in two currencies',
      'CURRENCY_MISMATCH',
      ['terms', 'amounts', '1'],
      { terms: { amounts: [amount('1'), { ...amount('1'), financialYear: '2027-28', amount: dollars }] } },
    ],
    [
      'whose amounts do not sum to the stated total',
      'CONTROL_TOTAL_MISMATCH',
      ['terms', 'total'],
      { terms: { amounts: [amount('1')], total: w.pounds('2.00') } },
    ],
    [
      'of money with a quantity',
      'BAD_USER_INPUT',
      ['terms', 'quantity'],
      { terms: { ...w.termsOf('1'), quantity: '3', unit: 'tonnes' } },
    ],
    ['of staff with amounts', 'BAD_USER_INPUT', ['terms', 'amounts'], { kind: 'SECONDED_STAFF', pooling: 'IN_KIND' }],
    [
      'of staff without a unit',
      'BAD_USER_INPUT',
      ['terms', 'unit'],
      { kind: 'SECONDED_STAFF', terms: { quantity: '3' } },
    ],
    [
      'of no staff',
      'BAD_USER_INPUT',
      ['terms', 'quantity'],
      { kind: 'SECONDED_STAFF', terms: { quantity: '0.0', unit: 'FTE' } },
    ],
    ['of staff without a number', 'BAD_USER_INPUT', ['terms', 'quantity'], { kind: 'SECONDED_STAFF', terms: {} }],
    [
      'with an instalment in another currency',
      'CURRENCY_MISMATCH',
      ['terms', 'instalments', '0'],
      { terms: { ...w.termsOf('1'), instalments: [{ ...instalment, amount: dollars }] } },
    ],
    [
      'with an instalment due on no day',
      'BAD_USER_INPUT',
      ['terms', 'instalments', '0', 'dueOn'],
      { terms: { ...w.termsOf('1'), instalments: [{ ...instalment, dueOn: null }] } },
    ],
    [
      'with an instalment paid on no day',
      'BAD_USER_INPUT',
      ['terms', 'instalments', '0', 'paidOn'],
      { terms: { ...w.termsOf('1'), instalments: [{ ...instalment, status: 'STATED_PAID' }] } },
    ],
    [
      'with an instalment paid in the future',
      'BAD_USER_INPUT',
      ['terms', 'instalments', '0', 'paidOn'],
      { terms: { ...w.termsOf('1'), instalments: [{ ...instalment, status: 'STATED_PAID', paidOn: '2999-01-01' }] } },
    ],
  ];
  it.each(wrong)('refuses a pledge %s', async (_, code, path, more) => {
    const { contribution, userErrors } = await pledge(more);
    expect({ contribution, userErrors }).toMatchObject({ contribution: null, userErrors: [{ code, path }] });
  });

  it('keeps quantities exactly and without zeros that say nothing', async () => {
    const more = { kind: 'OUTCOME_SHARE', pooling: 'ALIGNED', terms: { quantity: '0012.50', unit: 'tonnes' } };
    const { id } = (await pledge(more)).contribution;
    expect(await readAs(undefined, id, 'current { quantity unit total { amount } }')).toEqual({
      current: { quantity: '12.5', unit: 'tonnes', total: null },
    });
  });

  it('changes nothing in a dry run and shows what it would write', async () => {
    const before = (await world.ask('{ contributions { totalCount } }')).data.contributions.totalCount;
    const { contribution } = await pledge({ dryRun: true });
    expect(contribution).toMatchObject({
      state: 'PLEDGED',
      publicName: 'Skills',
      current: { number: 1, total: w.pounds('10.00') },
    });
    expect((await world.ask('{ contributions { totalCount } }')).data.contributions.totalCount).toBe(before);
    expect(await readAs(w.publisher(w.education), contribution.id, 'id')).toBeNull();
  });

  it('is done once per idempotency key', async () => {
    const [first, again] = [await pledge({ idempotencyKey: 'once' }), await pledge({ idempotencyKey: 'once' })];
    expect(again).toMatchObject({ replayed: true, contribution: { id: first.contribution.id } });
    expect(codes(await pledge({ idempotencyKey: 'once', publicName: 'Other' }))).toEqual(['IDEMPOTENCY_KEY_REUSED']);
  });
});

describe('the hash of a version', () => {
  it('can be computed by anybody from what is public', async () => {
    const instalments = [
      {
        status: 'STATED_PAID',
        paidOn: '2026-05-01',
        amount: w.pounds('1.00'),
        original: { amount: '13.1316', currency: 'NOK', rate: '13.1' },
        reference: 'BACS 7',
      },
    ];
    const { id } = await w.pledges(world, w.education, {
      terms: { ...w.termsOf('5.00'), instalments, reason: 'A “start” & more' },
    });
    const seen = await readAs(
      undefined,
      id,
      `mission { id } contributor { id } kind pooling current { number hash publicName budget { id } earmark quantity unit reason
         amounts { financialYear controlTotal amount { amount currency } }
         instalments { status dueOn paidOn amount { amount currency } original { amount currency rate } reference } }`,
    );
    const { hash, budget, ...current } = seen.current;
    expect(current.instalments[0].reference).toBeNull();
    const { mission, contributor, kind, pooling } = seen;
    const bound = {
      ...{ contribution: id, mission: mission.id, contributor: contributor.id, kind, pooling },
      ...{
        ...current,
        budget: budget.id,
        instalments: current.instalments.map(({ reference: _, ...each }: { reference: null }) => each),
      },
    };
    const sorted = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(sorted);
      if (value === null || typeof value !== 'object') return value;
      return Object.fromEntries(
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, each]) => [key, sorted(each)]),
      );
    };
    expect(
      createHash('sha256')
        .update(JSON.stringify(sorted(bound)))
        .digest('hex'),
    ).toBe(hash);
  });
});

describe('proposeTerms', () => {
  it('opens the negotiation from either side, and rounds alternate', async () => {
    const { id } = await w.pledges(world, w.education);
    const propose = (as: string, more: object = {}) => w.does(world, 'proposeTerms', as, { contribution: id, ...more });
    const opened = await propose(w.missionUnit, { message: 'Why so little?', openQuestions: ['Which year?'] });
    expect(opened.contribution).toMatchObject({ state: 'NEGOTIATING', version: 2, current: { number: 1 } });
    expect(codes(await propose(w.missionUnit, { terms: w.termsOf('2.00') }))).toEqual(['NOT_YOUR_TURN']);
    expect(codes(await propose(w.publisher(w.education)))).toEqual(['BAD_USER_INPUT']);
    const countered = await propose(w.publisher(w.education), {
      terms: w.termsOf('1500000.00', { budget: undefined }),
      expectedVersion: 2,
    });
    expect(countered.contribution).toMatchObject({ version: 3, current: { number: 2, total: w.pounds('1500000.00') } });
    expect(codes(await propose(w.publisher(w.education), { terms: w.termsOf('3.00') }))).toEqual(['NOT_YOUR_TURN']);
    expect(codes(await propose(w.missionUnit, { terms: w.termsOf('3.00'), expectedVersion: 2 }))).toEqual([
      'STALE_VERSION',
    ]);
    await propose(w.missionUnit, { terms: w.termsOf('1750000.00') });
    const fields =
      'budget { id } versions { number total { amount } } rounds { ordinal from answer version message openQuestions by { id } }';
    const seen = await readAs(w.publisher(w.education), id, fields);
    expect(seen.budget).toEqual({ id: 'budget-1' });
    expect(seen.versions.map(({ total }: { total: { amount: string } }) => total.amount)).toEqual([
      '1000000.00',
      '1500000.00',
      '1750000.00',
    ]);
    expect(seen.rounds).toEqual([
      {
        ordinal: 1,
        from: 'MISSION',
        answer: 'COUNTER',
        version: 1,
        message: 'Why so little?',
        openQuestions: ['Which year?'],
        by: { id: 'mission-delivery-unit' },
      },
      {
        ordinal: 2,
        from: 'CONTRIBUTOR',
        answer: 'COUNTER',
        version: 2,
        message: null,
        openQuestions: [],
        by: { id: w.education },
      },
      {
        ordinal: 3,
        from: 'MISSION',
        answer: 'COUNTER',
        version: 3,
        message: null,
        openQuestions: [],
        by: { id: 'mission-delivery-unit' },
      },
    ]);
    expect((await readAs(w.missionFinance, id, fields)).rounds).toHaveLength(3);
    for (const as of [undefined, w.publisher(w.transport)]) expect((await readAs(as, id, fields)).rounds).toBeNull();
  });

  it('refuses other terms for what is not there, not yours, settled, or in another currency', async () => {
    const { id } = await w.pledges(world, w.education);
    const propose = (as: string, contribution: string, more: object = {}) =>
      w.does(world, 'proposeTerms', as, { contribution, ...more });
    expect(codes(await propose(w.missionUnit, 'nothing:1'))).toEqual(['NOT_FOUND']);
    expect((await propose(w.publisher(w.transport), id)).errors![0].extensions.code).toBe('FORBIDDEN');
    const dollars = {
      amounts: [{ financialYear: '2026-27', controlTotal: 'CDEL', amount: { amount: '1.00', currency: 'USD' } }],
    };
    expect(codes(await propose(w.missionUnit, id, { terms: dollars }))).toEqual(['CURRENCY_MISMATCH']);
    expect(
      codes(await propose(w.missionUnit, id, { terms: { ...w.termsOf('1.00'), total: w.pounds('3.00') } })),
    ).toEqual(['CONTROL_TOTAL_MISMATCH']);
    const agreed = await w.agrees(world, w.education);
    expect(codes(await propose(w.missionUnit, agreed.id, { terms: w.termsOf('2.00') }))).toEqual([
      'ILLEGAL_TRANSITION',
    ]);
  });
});

describe('acceptTerms', () => {
  const accept = (as: string, input: object) => w.does(world, 'acceptTerms', as, input);

  it('is done by the other side, for the last version by its hash, with two signatories', async () => {
    const { id, current } = await w.pledges(world, w.education);
    const acceptance = w.acceptance(id, current.hash, w.education);
    expect(codes(await accept(w.missionUnit, acceptance))).toEqual(['ILLEGAL_TRANSITION']);
    const countered = await w.does(world, 'proposeTerms', w.missionUnit, {
      contribution: id,
      terms: w.termsOf('2.00'),
    });
    const last = { ...acceptance, versionHash: countered.contribution.current.hash };
    expect(codes(await accept(w.missionUnit, last))).toEqual(['NOT_YOUR_TURN']);
    expect(codes(await accept(w.publisher(w.education), acceptance))).toEqual(['NOT_LAST_VERSION']);
    for (const signatories of [[w.education], [w.education, w.education], ['one', 'two']]) {
      expect(codes(await accept(w.publisher(w.education), { ...last, signatories }))).toEqual(['BAD_USER_INPUT']);
    }
    expect(codes(await accept(w.publisher(w.education), { ...last, signedOn: '2999-01-01' }))).toEqual([
      'BAD_USER_INPUT',
    ]);
    expect(codes(await accept(w.publisher(w.education), { ...last, expectedVersion: 1 }))).toEqual(['STALE_VERSION']);
    expect(codes(await accept(w.publisher(w.education), { ...last, contribution: 'nothing:1' }))).toEqual([
      'NOT_FOUND',
    ]);
    const done = await accept(w.publisher(w.education), { ...last, signedOn: '2026-04-02', reference: 'MOU 7' });
    expect(done.contribution).toMatchObject({ state: 'AGREED', current: { number: 2 } });
    const { agreement, states } = await readAs(
      undefined,
      id,
      'agreement { number instrument signedOn signatories { id } reference concludedOutside } states { state effectiveOn }',
    );
    expect(agreement).toEqual({
      ...{ number: 2, instrument: 'MOU', signedOn: '2026-04-02', reference: 'MOU 7', concludedOutside: false },
      signatories: [{ id: w.education }, { id: 'mission-delivery-unit' }],
    });
    expect(states.at(-1)).toEqual({ state: 'AGREED', effectiveOn: '2026-04-02' });
  });
});

describe('declineContribution and withdrawContribution', () => {
  const decline = (as: string, input: object) =>
    w.does(world, 'declineContribution', as, { reason: 'Not needed.', ...input });
  const withdraw = (as: string, input: object) =>
    w.does(world, 'withdrawContribution', as, { reason: 'Spending review.', ...input });

  it('the mission declines a pledge or a negotiation, also out of its turn, with a reason', async () => {
    const { id } = await w.pledges(world, w.education);
    await w.does(world, 'proposeTerms', w.missionUnit, { contribution: id });
    expect(codes(await decline(w.missionUnit, { contribution: id, reason: ' ' }))).toEqual(['BAD_USER_INPUT']);
    expect(codes(await decline(w.missionUnit, { contribution: id, expectedVersion: 1 }))).toEqual(['STALE_VERSION']);
    expect(codes(await decline(w.missionUnit, { contribution: 'nothing:1' }))).toEqual(['NOT_FOUND']);
    expect((await decline(w.publisher(w.education), { contribution: id })).errors![0].extensions.code).toBe(
      'FORBIDDEN',
    );
    expect((await decline(w.missionUnit, { contribution: id })).contribution.state).toBe('DECLINED');
    const { states, rounds } = await readAs(w.auditor, id, 'states { state reason } rounds { from answer }');
    expect(states.at(-1)).toEqual({ state: 'DECLINED', reason: 'Not needed.' });
    expect(rounds.at(-1)).toEqual({ from: 'MISSION', answer: 'DECLINE' });
    const again = await decline(w.missionUnit, { contribution: id });
    expect(again.userErrors).toMatchObject([{ code: 'ILLEGAL_TRANSITION', state: 'DECLINED', allowed: [] }]);
  });

  it('the contributor withdraws before commitment, not after', async () => {
    for (const { id } of [await w.pledges(world, w.education), await w.agrees(world, w.education)]) {
      expect(codes(await withdraw(w.publisher(w.education), { contribution: id, reason: '' }))).toEqual([
        'BAD_USER_INPUT',
      ]);
      expect(codes(await withdraw(w.publisher(w.education), { contribution: id, expectedVersion: 99 }))).toEqual([
        'STALE_VERSION',
      ]);
      expect((await withdraw(w.publisher(w.transport), { contribution: id })).errors![0].extensions.code).toBe(
        'FORBIDDEN',
      );
      expect((await withdraw(w.missionUnit, { contribution: id })).errors![0].extensions.code).toBe('FORBIDDEN');
      expect((await withdraw(w.publisher(w.education), { contribution: id })).contribution.state).toBe('WITHDRAWN');
    }
    const { id } = await w.commits(world, w.education);
    const late = await withdraw(w.publisher(w.education), { contribution: id });
    expect(late.userErrors).toMatchObject([{ code: 'ILLEGAL_TRANSITION', state: 'COMMITTED' }]);
    expect(codes(await withdraw(w.publisher(w.education), { contribution: 'nothing:1' }))).toEqual(['NOT_FOUND']);
  });
});
