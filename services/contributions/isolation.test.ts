import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { v7 as uuid } from 'uuid';
import { startWorld, type World } from '../../test/world.js';
import * as w from './words-for-tests.js';

let world: World;
let owner: Client;
let service: Client;
beforeAll(async () => {
  world = await startWorld({ services: ['contributions'], gateway: false });
  owner = await world.owner('contributions');
  service = await world.serviceRole('contributions');
});
afterAll(() => world?.stop());

/** Runs SQL with the rights of the service, for somebody; what it changes is rolled back. */
async function as(organisation: string, roles: string, sql: string, params: unknown[] = []) {
  await service.query('begin');
  try {
    await service.query(`select set_config('app.organisation', $1, true), set_config('app.roles', $2, true)`, [
      organisation,
      roles,
    ]);
    return (await service.query(sql, params)).rows;
  } finally {
    await service.query('rollback');
  }
}

const secret = {
  terms: w.termsOf('777.77', {
    reason: 'canary',
    instalments: [{ status: 'DUE', dueOn: '2027-01-01', amount: w.pounds('1.00'), reference: 'canary' }],
  }),
};
const draftOf = (organisation: string) =>
  w.pledges(world, organisation, { ...secret, mission: 'hidden', publicName: 'canary', draft: true });
/** An answer byte for byte but for what names the request. */
const withoutIds = ({ data, errors }: { data: unknown; errors?: unknown }) =>
  JSON.stringify({ data, errors }).replace(/"correlationId":"[^"]+"/g, '');
const withDraftRows = [
  'contribution',
  'contribution_version',
  'contribution_amount',
  'contribution_evidence',
  'contribution_state',
];
const keyOf = (table: string) => (table === 'contribution' ? 'id' : 'contribution_id');
const countOf = (table: string) => `select count(*)::int as count from ${table} where ${keyOf(table)} = $1`;

describe('row-level security', () => {
  it('is on for every table and for the owner too', async () => {
    const { rows } = await owner.query(
      `select c.relname, relrowsecurity and relforcerowsecurity as forced from pg_class c join pg_attribute a on a.attrelid = c.oid
       where c.relkind = 'r' and relnamespace = 'public'::regnamespace and a.attname = 'contributor_id' order by 1`,
    );
    expect(rows.map(({ relname, forced }) => `${relname} ${forced}`)).toEqual(
      [
        'accountability',
        'agreement',
        'commitment_approval',
        'condition_judgement',
        'contribution',
        'contribution_amount',
        'contribution_count',
        'contribution_evidence',
        'contribution_state',
        'contribution_total',
        'contribution_version',
        'help_answer',
        'help_request',
        'ledger_closing',
        'ledger_deposit',
        'negotiation_round',
        'payment_evidence',
        'payment_statement',
        'published_batch',
        'submission',
        'submission_batch',
        'submission_certification',
        'submitted_row',
        'succession',
        'webhook',
        'webhook_end',
        'write_off',
        'write_off_approval',
      ].map((table) => `${table} true`),
    );
  });

  it.each(withDraftRows)('hides the draft of another organisation in %s, and only the policy does', async (table) => {
    const { id } = await draftOf(w.education);
    const seen = async (organisation: string, roles: string) =>
      (await as(organisation, roles, countOf(table), [id]))[0].count;
    const outsiders = [
      ['', ''],
      [w.transport, 'publisher'],
      ['mission-delivery-unit', 'mission-unit,mission-finance'],
      ['', 'event'],
    ] as const;
    for (const [organisation, roles] of outsiders) expect(await seen(organisation, roles)).toBe(0);
    expect(await seen(w.education, 'publisher')).toBeGreaterThan(0);
    expect(await seen('national-audit-office', 'auditor')).toBeGreaterThan(0);
    await owner.query(`alter table ${table} disable row level security`);
    try {
      for (const [organisation, roles] of outsiders) expect(await seen(organisation, roles)).toBeGreaterThan(0);
    } finally {
      await owner.query(`alter table ${table} enable row level security`);
    }
    expect(await seen(w.transport, 'publisher')).toBe(0);
  });

  it('hides a draft by id, in lists, counts, totals and entities, and without the policy it leaks', async () => {
    const { id } = await draftOf(w.education);
    const document = `query ($id: ID!, $missions: [_Any!]!, $one: [_Any!]!) {
      contribution(id: $id) { id publicName current { reason } }
      all: contributions(filter: {mission: "hidden"}) { totalCount nodes { id } }
      theirs: contributions(filter: {contributor: "${w.education}", state: DRAFT}) { totalCount nodes { id } }
      missions: _entities(representations: $missions) { ... on Mission { contributions { totalCount nodes { id } } contributionTotals { count } } }
      organisation: _entities(representations: [{__typename: "Organisation", id: "${w.education}"}]) { ... on Organisation { contributions(filter: {mission: "hidden"}) { totalCount nodes { id } } } }
      one: _entities(representations: $one) { ... on Contribution { id } } }`;
    const forged = { __typename: 'Contribution', id, contributorId: w.transport, state: 'PLEDGED' };
    const variables = { id, missions: [{ __typename: 'Mission', id: 'hidden' }], one: [forged] };
    const noSuch = { ...variables, id: `${w.education}:${uuid()}` };
    const empty = { totalCount: 0, nodes: [] };
    for (const caller of [undefined, w.publisher(w.transport), w.missionUnit]) {
      const { data, errors } = await world.ask(document, { as: caller, variables });
      expect(data).toEqual({
        ...{ contribution: null, all: empty, theirs: empty, one: [null], organisation: [{ contributions: empty }] },
        missions: [{ contributions: empty, contributionTotals: [] }],
      });
      expect(errors!.map(({ path, extensions: { code } }) => ({ path, code }))).toEqual([
        { path: ['contribution'], code: 'NOT_FOUND' },
      ]);
      const other = await world.ask(document, { as: caller, variables: noSuch });
      expect(withoutIds(other)).toBe(withoutIds({ data, errors }));
    }
    await owner.query('alter table contribution disable row level security');
    try {
      const { data } = await world.ask(document, { as: w.publisher(w.transport), variables });
      expect(data.contribution.id).toBe(id);
      expect(data.all.totalCount).toBeGreaterThan(0);
      expect(data.theirs.nodes.length).toBeGreaterThan(0);
      expect(data.missions[0].contributions.totalCount).toBeGreaterThan(0);
      expect(data.organisation[0].contributions.nodes.length).toBeGreaterThan(0);
      expect(data.one).toEqual([{ id }]);
    } finally {
      await owner.query('alter table contribution enable row level security');
    }
  });

  it('counts no draft in any total, not even for its own contributor', async () => {
    await draftOf(w.education);
    const page = `{ _entities(representations: [{__typename: "Mission", id: "hidden"}]) { ... on Mission { contributionTotals { count } } } }`;
    for (const caller of [w.publisher(w.education), w.auditor]) {
      expect((await world.ask(page, { as: caller })).data._entities[0].contributionTotals).toEqual([]);
    }
    const { rows } = await owner.query(`select * from contribution_count where mission_id = 'hidden'`);
    expect(rows).toEqual([]);
  });

  it('keeps the talk behind a contribution between the two sides and auditors', async () => {
    const { id } = await w.pledges(world, w.education, secret);
    await w.does(world, 'proposeTerms', w.missionUnit, { contribution: id, message: 'canary' });
    for (const table of ['negotiation_round', 'contribution_evidence']) {
      const seen = async (organisation: string, roles: string) =>
        (await as(organisation, roles, countOf(table), [id]))[0].count;
      for (const [organisation, roles] of [
        ['', ''],
        [w.transport, 'publisher,accounting-officer'],
      ] as const)
        expect(await seen(organisation, roles)).toBe(0);
      for (const [organisation, roles] of [
        [w.education, ''],
        ['x', 'mission-unit'],
        ['x', 'mission-finance'],
        ['x', 'auditor'],
      ] as const) {
        expect(await seen(organisation, roles)).toBe(1);
      }
    }
  });
});

describe('writing', () => {
  const step = `update contribution set state = 'WITHDRAWN', version = version + 1 where id = $1 returning id`;

  it('of another organisation’s contribution touches no row', async () => {
    const { id } = await w.pledges(world, w.education);
    expect(await as(w.transport, 'publisher,accounting-officer,auditor', step, [id])).toEqual([]);
    const draft = await draftOf(w.education);
    expect(await as('mission-delivery-unit', 'mission-unit,mission-finance,event', step, [draft.id])).toEqual([]);
  });

  const copies: [string, string, string][] = [
    ['contribution', w.transport, 'publisher'],
    ['contribution_version', w.transport, 'publisher'],
    ['contribution_amount', w.transport, 'publisher'],
    ['contribution_evidence', w.transport, 'publisher'],
    ['contribution_state', w.transport, 'publisher'],
    ['negotiation_round', w.transport, 'publisher'],
    ['agreement', w.transport, 'publisher'],
    ['commitment_approval', w.transport, 'accounting-officer'],
    ['write_off', w.transport, 'accounting-officer'],
    ['write_off', w.education, 'publisher'],
    ['write_off_approval', w.transport, 'accounting-officer'],
    ['write_off_approval', w.education, 'publisher'],
    ['write_off_approval', 'mission-delivery-unit', 'mission-unit'],
    ['ledger_deposit', w.education, 'accounting-officer,mission-finance'],
    ['negotiation_round', 'mission-delivery-unit', 'mission-finance'],
    ['contribution', 'mission-delivery-unit', 'mission-unit'],
  ];
  it.each(copies)('a row of %s for another organisation is refused to %s as %s', async (table, organisation, roles) => {
    const id = `${w.education}:00000000-0000-7000-8000-000000000001`;
    const columns: Record<string, string> = {
      contribution: `(id, mission_id, contributor_id, kind, pooling, illustrative, state, number, version) values ($1, 'm', $2, 'MONEY', 'POOLED', false, 'PLEDGED', 1, 1)`,
      contribution_version: `(contribution_id, contributor_id, number, is_draft, public_name, total, currency, earmark, instalments, hash) values ($1, $2, 1, false, 'x', 1, 'GBP', 'NONE', '[]', repeat('a', 64))`,
      contribution_amount: `(contribution_id, contributor_id, number, is_draft, financial_year, control_total, amount, currency) values ($1, $2, 1, false, '2026-27', 'CDEL', 1, 'GBP')`,
      contribution_evidence: `(contribution_id, contributor_id, number, is_draft, instalment_references) values ($1, $2, 1, false, '[]')`,
      contribution_state: `(contribution_id, contributor_id, sequence, state, number, effective_on, by_subject) values ($1, $2, 1, 'PLEDGED', 1, '2026-01-01', 'x')`,
      negotiation_round: `(contribution_id, contributor_id, ordinal, side, answer, number, open_questions, by_subject, by_organisation) values ($1, $2, 1, 'CONTRIBUTOR', 'COUNTER', 1, '{}', 'x', 'x')`,
      agreement: `(contribution_id, contributor_id, number, instrument, signed_on, signatories, concluded_outside) values ($1, $2, 1, 'MOU', '2026-01-01', array[$2, 'x'], true)`,
      commitment_approval: `(contribution_id, contributor_id, version_hash, side, subject, organisation) values ($1, $2, 'x', 'CONTRIBUTOR', 'x', 'department-for-transport')`,
      write_off: `(id, contribution_id, contributor_id, amount, currency, reason, effective_on, by_subject) values ('x', $1, $2, 1, 'GBP', 'x', '2026-01-01', 'x')`,
      write_off_approval: `(contribution_id, contributor_id, ordinal, content_hash, side, subject, organisation, version, amount, currency, reason, effective_on) values ($1, $2, 1, repeat('a', 64), 'CONTRIBUTOR', 'x', current_setting('app.organisation'), 1, 1, 'GBP', 'x', '2026-01-01')`,
      ledger_deposit: `(contribution_id, contributor_id, deposited, currency, effective_on) values ($1, $2, 1, 'GBP', '2026-01-01')`,
    };
    await expect(as(organisation, roles, `insert into ${table} ${columns[table]}`, [id, w.education])).rejects.toThrow(
      /row-level security/,
    );
  });

  it('of totals, and of what a contribution is, is not the service’s to do', async () => {
    const { id } = await w.pledges(world, w.education);
    for (const sql of [
      'update contribution_total set total = 0',
      'delete from contribution_total',
      `insert into contribution_count values ('m', 'x', 'PLEDGED', 'POOLED', 'MONEY', 1)`,
      `update contribution set mission_id = 'other'`,
      'delete from contribution',
      'update contribution_version set public_name = public_name',
      'delete from contribution_state',
    ]) {
      await expect(as(w.education, 'publisher', sql)).rejects.toThrow(/permission denied/);
    }
    await expect(owner.query(`select set_config('app.organisation', '${w.education}', false)`)).resolves.toBeDefined();
    await expect(
      owner.query(`update contribution set mission_id = 'other', version = version + 1 where id = $1`, [id]),
    ).rejects.toThrow(/cannot be changed/);
    for (const table of [
      'contribution_version',
      'contribution_amount',
      'contribution_evidence',
      'contribution_state',
      'negotiation_round',
      'agreement',
      'commitment_approval',
      'write_off',
      'write_off_approval',
      'ledger_deposit',
    ]) {
      for (const sql of [
        `update ${table} set contributor_id = contributor_id`,
        `delete from ${table}`,
        `truncate ${table} cascade`,
      ]) {
        await expect(owner.query(sql)).rejects.toThrow(/is only added to/);
      }
    }
    await expect(owner.query('delete from contribution')).rejects.toThrow(/is only added to/);
  });
});
