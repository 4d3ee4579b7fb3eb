import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';
import * as w from './words-for-tests.js';

let world: World;
beforeAll(async () => {
  world = await startWorld({ services: ['contributions'], gateway: false });
});
afterAll(() => world?.stop());

interface Row {
  row: number;
  accepted: boolean;
  verdict: string;
  id: string;
  state: string;
  number: number;
  versionHash: string;
  userErrors: { code: string; path: string[]; state?: string }[];
}

async function publish(rows: object[], more: object = {}, as = w.publisher(w.education)) {
  const { data, errors } = await world.ask(w.publishRows, {
    as,
    variables: { input: { idempotencyKey: w.newKey(), rows, ...more } },
  });
  return { ...data?.publishContributions, errors } as {
    rows: Row[];
    receipt: { batch: string } | null;
    userErrors: { code: string }[];
    replayed: boolean;
    errors?: { extensions: { code: string } }[];
  };
}
const read = async (id: string, fields: string, asked: { as?: string; asKnownAt?: string } = {}) => {
  const { data, errors } = await world.ask(`{ contribution(id: "${id}") { ${fields} } }`, asked);
  expect(errors?.map(({ extensions: { code } }) => code)).toEqual(data.contribution ? undefined : ['NOT_FOUND']);
  return data.contribution;
};
const outside = { state: 'AGREED', agreement: { instrument: 'GRANT', signedOn: '2016-02-01', reference: 'G 12' } };

describe('publishContributions', () => {
  it('takes a department’s own rows with what their source states', async () => {
    const [paid, due] = [
      {
        status: 'STATED_PAID',
        paidOn: '2016-03-01',
        amount: w.pounds('60.00'),
        original: { amount: '512.255', currency: 'NOK', rate: '8.5376' },
        reference: 'BACS 1',
      },
      { status: 'DUE', dueOn: '2016-09-01', amount: w.pounds('40.00') },
    ];
    const provenance = { source: 'contributions.csv', row: '12-13', original: '100.0000,NOK' };
    const terms = { ...w.termsOf('100.00'), instalments: [paid, due], earmark: 'SOFT' };
    const { rows } = await publish([
      w.rowOf('full', { ...outside, terms, provenance, releasedAt: '2016-02-02T00:00:00Z', illustrative: true }),
    ]);
    expect(rows[0]).toMatchObject({ accepted: true, verdict: 'NEW', state: 'AGREED', number: 1, userErrors: [] });
    const fields = `sourceSystem sourceRecordId illustrative state
      current { hash earmark releasedAt provenance { source row original } instalments { status dueOn paidOn amount { amount } original { amount currency rate } reference } }
      agreement { instrument signedOn reference signatories { id } concludedOutside number }
      states { state effectiveOn reason releasedAt knownAt recordedAt }`;
    const seen = await read(rows[0]!.id, fields, { as: w.missionUnit });
    expect(seen).toMatchObject({
      ...{ sourceSystem: 'finance', sourceRecordId: 'full', illustrative: true, state: 'AGREED' },
      current: {
        ...{ hash: rows[0]!.versionHash, earmark: 'SOFT', releasedAt: '2016-02-02T00:00:00.000Z', provenance },
        instalments: [
          { ...paid, amount: { amount: '60.00' }, dueOn: null },
          { ...due, amount: { amount: '40.00' }, paidOn: null, original: null, reference: null },
        ],
      },
      agreement: {
        instrument: 'GRANT',
        signedOn: '2016-02-01',
        reference: 'G 12',
        signatories: [{ id: w.education }],
        concludedOutside: true,
        number: 1,
      },
      states: [
        {
          state: 'AGREED',
          effectiveOn: '2016-02-01',
          reason: 'Agreed outside the hub.',
          releasedAt: '2016-02-02T00:00:00.000Z',
          knownAt: '2016-02-02T00:00:00.000Z',
        },
      ],
    });
    expect(new Date(seen.states[0].recordedAt).getFullYear()).toBeGreaterThan(2016);
    for (const as of [undefined, w.publisher(w.transport)]) {
      const { current } = await read(rows[0]!.id, fields, { as });
      expect(current.provenance).toBeNull();
      expect(current.instalments.map(({ reference }: { reference: null }) => reference)).toEqual([null, null]);
    }
  });

  it('changes nothing when the same rows come again, also from another line of a newer file', async () => {
    const rows = Array.from({ length: 30 }, (_, place) => w.rowOf(`same-${place}`, place % 2 ? outside : {}));
    const first = await publish(
      rows.map((row, place) => ({ ...row, provenance: { source: 'a.csv', row: String(place) } })),
    );
    const owner = await world.owner('contributions');
    const counted = async () => {
      const tables = [
        'contribution',
        'contribution_version',
        'contribution_amount',
        'contribution_state',
        'contribution_evidence',
        'agreement',
      ];
      const counts = tables.map((table) => `(select count(*) from ${table})`).join(', ');
      await owner.query(`select set_config('app.organisation', '${w.education}', false)`);
      return (await owner.query({ text: `select ${counts}`, rowMode: 'array' })).rows;
    };
    const before = await counted();
    const second = await publish(
      rows.map((row) => ({ ...row, provenance: { source: 'b.csv', row: '99' }, releasedAt: '2020-01-01T00:00:00Z' })),
    );
    expect(second.rows).toEqual(first.rows.map((row) => ({ ...row, verdict: 'UNCHANGED' })));
    expect(await counted()).toEqual(before);
  });

  it('answers a repeated request from memory, and two publishers of the same rows at once publish them once', async () => {
    const rows = [w.rowOf('again'), w.rowOf('again-refused', { state: 'COMMITTED' })];
    const [first, again] = [
      await publish(rows, { idempotencyKey: 'again' }),
      await publish(rows, { idempotencyKey: 'again' }),
    ];
    expect(again).toEqual({ ...first, replayed: true });
    const racing = Array.from({ length: 40 }, (_, place) => w.rowOf(`race-${place}`));
    const answers = await Promise.all([1, 2, 3].map(() => publish(racing)));
    expect(answers.map(({ rows: [row] }) => row!.verdict).sort()).toEqual(['NEW', 'UNCHANGED', 'UNCHANGED']);
  });

  it('makes a changed pledge a new version, and an agreement concluded elsewhere passes through the state table', async () => {
    const [{ id }] = (await publish([w.rowOf('changing', { terms: w.termsOf('100.00') })])).rows as [Row];
    const more = await publish([
      w.rowOf('changing', { terms: w.termsOf('90.00', { budget: null }), publicName: 'Renamed' }),
    ]);
    expect(more.rows[0]).toMatchObject({ verdict: 'CHANGED', id, state: 'PLEDGED', number: 2 });
    const agreed = await publish([
      w.rowOf('changing', { terms: w.termsOf('80.00'), publicName: 'Renamed', ...outside }),
    ]);
    expect(agreed.rows[0]).toMatchObject({ verdict: 'CHANGED', id, state: 'AGREED', number: 3 });
    const seen = await read(
      id,
      'publicName budget { id } version versions { number publicName total { amount } } states { state number }',
    );
    expect(seen).toEqual({
      ...{ publicName: 'Renamed', budget: { id: 'budget-1' }, version: 4 },
      versions: [
        { number: 1, publicName: 'Contribution changing', total: { amount: '100.00' } },
        { number: 2, publicName: 'Renamed', total: { amount: '90.00' } },
        { number: 3, publicName: 'Renamed', total: { amount: '80.00' } },
      ],
      states: [
        ...[
          { state: 'PLEDGED', number: 1 },
          { state: 'PLEDGED', number: 2 },
          { state: 'NEGOTIATING', number: 3 },
          { state: 'AGREED', number: 3 },
        ],
      ],
    });
  });

  it('refuses a change of what is negotiated or agreed, and the row as it was is still unchanged', async () => {
    const negotiated = (await publish([w.rowOf('talked-about')])).rows[0]!;
    await w.does(world, 'proposeTerms', w.missionUnit, { contribution: negotiated.id });
    await publish([w.rowOf('settled', outside)]);
    const { rows } = await publish([
      w.rowOf('talked-about', { terms: w.termsOf('1.00') }),
      w.rowOf('settled', { ...outside, terms: w.termsOf('1.00') }),
      w.rowOf('settled', outside),
    ]);
    expect(rows).toMatchObject([
      {
        accepted: false,
        verdict: 'REFUSED',
        id: negotiated.id,
        state: 'NEGOTIATING',
        userErrors: [{ code: 'ILLEGAL_TRANSITION', state: 'NEGOTIATING' }],
      },
      {
        accepted: false,
        verdict: 'REFUSED',
        state: 'AGREED',
        userErrors: [{ code: 'ILLEGAL_TRANSITION', state: 'AGREED' }],
      },
      {
        accepted: false,
        verdict: 'REFUSED',
        id: null,
        userErrors: [{ code: 'BAD_USER_INPUT', path: ['sourceRecordId'] }],
      },
    ]);
    expect(
      (await publish([w.rowOf('talked-about'), w.rowOf('settled', outside)])).rows.map(({ verdict }) => verdict),
    ).toEqual(['UNCHANGED', 'UNCHANGED']);
  });

  const wrong: [string, string, string[], object][] = [
    ['is committed already', 'BAD_USER_INPUT', ['state'], { state: 'COMMITTED' }],
    ['is agreed without an agreement', 'BAD_USER_INPUT', ['agreement'], { state: 'AGREED' }],
    ['is pledged with an agreement', 'BAD_USER_INPUT', ['agreement'], { ...outside, state: 'PLEDGED' }],
    [
      'was signed in the future',
      'BAD_USER_INPUT',
      ['agreement', 'signedOn'],
      { state: 'AGREED', agreement: { instrument: 'MOU', signedOn: '2999-01-01' } },
    ],
    [
      'names a signatory wrongly',
      'BAD_USER_INPUT',
      ['agreement', 'signatories'],
      { state: 'AGREED', agreement: { ...outside.agreement, signatories: ['The Treasury'] } },
    ],
    ['was released in the future', 'BAD_USER_INPUT', ['releasedAt'], { releasedAt: '2999-01-01T00:00:00Z' }],
    ['is effective in the future', 'BAD_USER_INPUT', ['effectiveOn'], { effectiveOn: '2999-01-01' }],
    ['has no id in its system', 'BAD_USER_INPUT', ['sourceRecordId'], { sourceRecordId: ' ' }],
    ['names no mission', 'BAD_USER_INPUT', ['mission'], { mission: 'No Mission' }],
    ['is money in kind', 'BAD_USER_INPUT', ['pooling'], { pooling: 'IN_KIND' }],
    ['has no name', 'BAD_USER_INPUT', ['publicName'], { publicName: '' }],
    [
      'does not add up',
      'CONTROL_TOTAL_MISMATCH',
      ['terms', 'total'],
      { terms: w.termsOf('1.00', { total: w.pounds('2.00') }) },
    ],
    [
      'mixes currencies',
      'CURRENCY_MISMATCH',
      ['terms', 'instalments', '0'],
      {
        terms: w.termsOf('1.00', {
          instalments: [{ status: 'DUE', dueOn: '2027-01-01', amount: { amount: '1', currency: 'EUR' } }],
        }),
      },
    ],
  ];
  it.each(wrong)('refuses a row that %s, and takes the others', async (name, code, path, more) => {
    const { rows } = await publish([w.rowOf(`wrong ${name}`, more), w.rowOf(`right beside ${name}`)]);
    expect(rows).toMatchObject([
      { accepted: false, verdict: 'REFUSED', id: null, userErrors: [{ code, path }] },
      { accepted: true, verdict: 'NEW' },
    ]);
  });

  it('refuses to change what a contribution is, its currency, and releases out of their order', async () => {
    await publish([w.rowOf('fixed', { releasedAt: '2020-01-01T00:00:00Z' })]);
    const change = async (more: object) => (await publish([w.rowOf('fixed', more)])).rows[0]!.userErrors[0];
    for (const more of [
      { mission: 'other' },
      { pooling: 'ALIGNED' },
      { illustrative: true },
      { challenge: 'other' },
      { lever: 'other' },
    ]) {
      expect(await change(more)).toMatchObject({ code: 'BAD_USER_INPUT', path: Object.keys(more) });
    }
    expect(await change({ kind: 'BUDGET_COVER' })).toMatchObject({ code: 'BAD_USER_INPUT', path: ['kind'] });
    const dollars = {
      amounts: [{ financialYear: '2026-27', controlTotal: 'CDEL', amount: { amount: '1', currency: 'USD' } }],
    };
    expect(await change({ terms: dollars })).toMatchObject({ code: 'CURRENCY_MISMATCH', path: ['terms', 'amounts'] });
    expect(await change({ terms: w.termsOf('2.00'), releasedAt: '2019-01-01T00:00:00Z' })).toMatchObject({
      code: 'RELEASED_OUT_OF_ORDER',
    });
  });

  it('refuses batches of none or too many, and everybody but publishers', async () => {
    for (const rows of [[], Array(501).fill(w.rowOf('many'))]) {
      expect(await publish(rows)).toMatchObject({ rows: null, userErrors: [{ code: 'BAD_USER_INPUT' }] });
    }
    for (const as of [w.officer(w.education), w.missionUnit, w.auditor]) {
      expect((await publish([w.rowOf('mine')], {}, as)).errors![0]!.extensions.code).toBe('FORBIDDEN');
    }
  });

  it('takes all rows or none where that is asked for, says so in each, and takes them all once they are right', async () => {
    await publish([w.rowOf('whole-known')]);
    const rows = [
      w.rowOf('whole-known'),
      w.rowOf('whole-wrong', { state: 'COMMITTED' }),
      w.rowOf('whole-new'),
      w.rowOf('whole-known', { sourceSystem: 'grants' }),
    ];
    const once = { allOrNothing: true, idempotencyKey: 'all or nothing' };
    const declined = await publish(rows, once);
    expect(declined).toMatchObject({ userErrors: [{ code: 'ROWS_REFUSED' }], receipt: null, replayed: false });
    expect(
      declined.rows.map(({ row, verdict, accepted, userErrors: [error] }) => [row, verdict, accepted, error!.code]),
    ).toEqual([
      [0, 'REFUSED', false, 'OTHER_ROW_REFUSED'],
      [1, 'REFUSED', false, 'BAD_USER_INPUT'],
      [2, 'REFUSED', false, 'OTHER_ROW_REFUSED'],
      [3, 'REFUSED', false, 'OTHER_ROW_REFUSED'],
    ]);
    expect(declined.rows.map(({ id }) => id !== null)).toEqual([true, false, false, false]);
    const list = '{ contributions(filter: {sourceRecordId: "whole-new"}) { totalCount } }';
    expect((await world.ask(list)).data.contributions.totalCount).toBe(0);
    const loose = await publish(rows, { allOrNothing: false, dryRun: true });
    expect(loose.rows.map(({ verdict }) => verdict)).toEqual(['UNCHANGED', 'REFUSED', 'NEW', 'NEW']);
    const right = rows.map((row) => ({ ...row, state: 'PLEDGED' }));
    const taken = await publish(right, once);
    expect(taken.rows.map(({ verdict }) => verdict)).toEqual(['UNCHANGED', 'NEW', 'NEW', 'NEW']);
    expect((await publish(right, once)).replayed).toBe(true);
  });

  it('gives a receipt: where everything is now and how many rows of each verdict there were', async () => {
    await publish([w.rowOf('receipt-known'), w.rowOf('receipt-changed')]);
    const rows = [
      w.rowOf('receipt-known'),
      w.rowOf('receipt-changed', { terms: w.termsOf('90.00') }),
      w.rowOf('receipt-new'),
      w.rowOf('receipt-wrong', { state: 'COMMITTED' }),
    ];
    const first = await publish(rows, { idempotencyKey: 'receipt' });
    const counts = { rowCount: 3, newCount: 1, changedCount: 1, unchangedCount: 1, refusedCount: 1 };
    expect(first.receipt).toEqual({
      ...{ batch: expect.stringMatching(/^department-for-education:batch-/), store: 'SHARED', ...counts },
      publishedAt: expect.stringMatching(/Z$/),
    });
    expect((await publish(rows, { idempotencyKey: 'receipt' })).receipt).toEqual(first.receipt);
    const resumed = (await publish(rows)).receipt!;
    expect(resumed).toMatchObject({ rowCount: 3, newCount: 0, changedCount: 0, unchangedCount: 3, refusedCount: 1 });
    expect(resumed.batch).not.toBe(first.receipt!.batch);
  });

  it('tells apart the same id in another system and of another organisation', async () => {
    const own = await publish([w.rowOf('shared'), w.rowOf('shared', { sourceSystem: 'grants' })]);
    const others = await publish([w.rowOf('shared')], {}, w.publisher(w.transport));
    const ids = [...own.rows, ...others.rows].map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    const { data } = await world.ask(
      '{ contributions(filter: {sourceRecordId: "shared"}) { totalCount nodes { id } } }',
    );
    expect(data.contributions).toEqual({ totalCount: 3, nodes: [...ids].sort().map((id) => ({ id })) });
  });
});

describe('As-Known-At', () => {
  it('cuts versions, states, names, amounts, lists and totals at the release that the source states', async () => {
    const mission = 'history';
    const at = (releasedAt: string, decimal: string, more: object = {}) =>
      w.rowOf('told-twice', {
        mission,
        releasedAt,
        terms: w.termsOf(decimal),
        publicName: `As of ${releasedAt.slice(0, 4)}`,
        ...more,
      });
    const [{ id }] = (await publish([at('2018-01-01T00:00:00Z', '100.00')])).rows as [Row];
    await publish([at('2019-01-01T00:00:00Z', '70.00')]);
    await publish([at('2020-01-01T00:00:00Z', '60.00', outside)]);
    await w.does(world, 'commitContribution', w.missionFinance, {
      contribution: id,
      versionHash: (await read(id, 'current { hash }')).current.hash,
    });
    const page = `{ _entities(representations: [{__typename: "Mission", id: "${mission}"}]) { ... on Mission {
      contributions { totalCount nodes { id } } contributionTotals { state financialYear controlTotal currency pooling total { amount } count } } } }`;
    const seenAt = async (asKnownAt: string | undefined) => {
      const { data } = await world.ask(page, { asKnownAt });
      const [{ contributions, contributionTotals }] = data._entities;
      const one = await read(
        id,
        'state version publicName current { number } versions { number } states { state } agreement { instrument } approvals { side }',
        { asKnownAt },
      );
      return { one, count: contributions.totalCount, listed: contributions.nodes.length, totals: contributionTotals };
    };
    expect(await seenAt('2017-06-01T00:00:00Z')).toEqual({ one: null, count: 0, listed: 0, totals: [] });
    const group = {
      financialYear: '2026-27',
      controlTotal: 'RDEL_PROGRAMME',
      currency: 'GBP',
      pooling: 'POOLED',
      count: 1,
    };
    expect(await seenAt('2018-06-01T00:00:00Z')).toEqual({
      one: {
        state: 'PLEDGED',
        version: 1,
        publicName: 'As of 2018',
        current: { number: 1 },
        versions: [{ number: 1 }],
        states: [{ state: 'PLEDGED' }],
        agreement: null,
        approvals: [],
      },
      ...{ count: 1, listed: 1, totals: [{ ...group, state: 'PLEDGED', total: { amount: '100.00' } }] },
    });
    expect(await seenAt('2019-01-01T00:00:00.000Z')).toMatchObject({
      one: { version: 2, publicName: 'As of 2019' },
      totals: [{ total: { amount: '70.00' } }],
    });
    const then = await seenAt('2021-01-01T00:00:00Z');
    expect(then).toMatchObject({
      one: { state: 'AGREED', version: 4, agreement: { instrument: 'GRANT' }, approvals: [] },
      totals: [{ state: 'AGREED', total: { amount: '60.00' } }],
    });
    const now = await seenAt(undefined);
    expect(now).toEqual({ ...then, one: { ...then.one, approvals: [{ side: 'MISSION' }] } });
    expect(await seenAt(new Date(Date.now() + 1000).toISOString())).toEqual(now);
  });

  it('judges who may see a contribution by how it stood then', async () => {
    const draft = await w.pledges(world, w.education, { mission: 'then', draft: true });
    const between = new Date(Date.now() + 5).toISOString();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await w.does(world, 'pledgeContribution', w.publisher(w.education), { contribution: draft.id });
    const hidden = await w.pledges(world, w.education, { mission: 'then', draft: true });
    const later = new Date(Date.now() + 1000).toISOString();
    const list = '{ contributions(filter: {mission: "then"}) { totalCount nodes { id state } } }';
    for (const as of [undefined, w.publisher(w.transport), w.missionUnit]) {
      expect((await world.ask(list, { as, asKnownAt: between })).data.contributions).toEqual({
        totalCount: 0,
        nodes: [],
      });
      expect(await read(draft.id, 'id', { as, asKnownAt: between })).toBeNull();
      expect((await world.ask(list, { as, asKnownAt: later })).data.contributions).toEqual({
        totalCount: 1,
        nodes: [{ id: draft.id, state: 'PLEDGED' }],
      });
      expect(await read(hidden.id, 'id', { as, asKnownAt: later })).toBeNull();
    }
    for (const as of [w.publisher(w.education), w.auditor]) {
      expect((await world.ask(list, { as, asKnownAt: between })).data.contributions).toEqual({
        totalCount: 1,
        nodes: [{ id: draft.id, state: 'DRAFT' }],
      });
      expect((await world.ask(list, { as, asKnownAt: later })).data.contributions.totalCount).toBe(2);
    }
  });
});
