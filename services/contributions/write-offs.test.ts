import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
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

async function sent() {
  const { rows } = await owner.query(`select event from sent_event order by number`);
  return rows.map(({ event }) => ({ type: event.type, data: event.data }));
}

const codes = ({ userErrors }: w.Deed) => userErrors?.map(({ code }) => code);
const read = async (id: string, fields: string, as?: string) =>
  (await world.ask(`{ contribution(id: "${id}") { ${fields} } }`, { as })).data.contribution;
const stateOf = async (id: string) => (await read(id, 'state')).state;

/** The ledger says that so much has arrived in all. */
const arrive = (event: string, contributionId: string, deposited: string) => {
  const deposit = { contributionId, deposited, committed: '1000000.00', currency: 'GBP', effectiveOn: '2026-06-01' };
  return world.event('contributions', { id: event, type: 'budgets.deposited', data: { deposits: [deposit] } });
};

const lost = { amount: w.pounds('100000.00'), reason: 'Bankrupt.' };

describe('writeOffContribution', () => {
  const writeOff = (as: string, input: object) => w.does(world, 'writeOffContribution', as, { ...lost, ...input });
  const writesOff = (input: object) => w.writesOff(world, w.education, { ...lost, ...input });
  const officer = w.officer(w.education);
  const today = () =>
    new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London', dateStyle: 'short' }).format(new Date());
  const fields = `writeOffs { amount { amount } reason effectiveOn approvals { side subject organisation { id } } }
    pendingWriteOff { side amount { amount currency } reason effectiveOn contentHash subject organisation { id } }`;

  it('needs two people of two organisations, in any order, and tells budgets once', async () => {
    for (const [first, second] of [
      [officer, w.missionFinance],
      [w.missionFinance, officer],
    ] as const) {
      const { id } = await w.commits(world, w.education);
      await owner.query('delete from sent_event');
      const one = await writeOff(first, { contribution: id, effectiveOn: today() });
      expect(one.contribution).toMatchObject({ state: 'COMMITTED', version: 4 });
      expect([await sent(), (await read(id, fields)).writeOffs]).toEqual([[], []]);
      expect(codes(await writeOff(first, { contribution: id }))).toEqual(['SEPARATION_OF_DUTIES']);
      expect((await writeOff(second, { contribution: id })).contribution).toMatchObject({ state: 'COMMITTED' });
      const writtenOff = { contributionId: id, amount: '100000.00', currency: 'GBP', effectiveOn: today() };
      expect(await sent()).toEqual([{ type: 'contributions.written-off', data: writtenOff }]);
      const { writeOffs } = await read(id, fields);
      const sides = [first, second].map((as) => ({
        side: as === officer ? 'CONTRIBUTOR' : 'MISSION',
        ...{ subject: null, organisation: { id: as.split('.')[0] } },
      }));
      expect(writeOffs).toEqual([
        { amount: { amount: '100000.00' }, reason: 'Bankrupt.', effectiveOn: today(), approvals: sides },
      ]);
    }
  });

  it('shows what waits for the second approval to the two sides and auditors alone', async () => {
    const { id } = await w.commits(world, w.education);
    await writeOff(officer, { contribution: id });
    const [inside, outside] = [
      [officer, w.publisher(w.education), w.missionFinance, w.missionUnit, w.auditor],
      [undefined, w.officer(w.transport), w.publisher(w.transport)],
    ];
    const waits = { ...lost, side: 'CONTRIBUTOR', subject: officer, organisation: { id: w.education } };
    for (const as of inside)
      expect((await read(id, fields, as)).pendingWriteOff).toEqual({
        ...{ ...waits, effectiveOn: today(), contentHash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      });
    for (const as of outside) expect((await read(id, fields, as)).pendingWriteOff).toBeNull();
    expect(await rowsSeenBy('', '', id)).toBe(0);
    expect(await rowsSeenBy(w.transport, 'accounting-officer,publisher', id)).toBe(0);
    expect(await rowsSeenBy(w.education, 'publisher', id)).toBe(1);
    await writeOff(w.missionFinance, { contribution: id });
    expect((await read(id, fields, officer)).pendingWriteOff).toBeNull();
    expect(await rowsSeenBy('', '', id)).toBe(2);
  });

  it.each([
    ['amount', { amount: w.pounds('99999.99') }],
    ['reason', { reason: 'Broke.' }],
    ['day', { effectiveOn: '2026-04-01' }],
  ])('is not approved with another %s than the other side approved', async (_, other) => {
    const { id } = await commitsOn('2026-03-01');
    await writeOff(officer, { contribution: id });
    const refused = await writeOff(w.missionFinance, { contribution: id, ...other });
    expect(refused.userErrors).toMatchObject([{ code: 'NOT_WHAT_WAITS' }]);
    expect((await read(id, fields)).writeOffs).toEqual([]);
  });

  it('takes another approval of the side that approved first in place of its first one', async () => {
    const { id } = await w.commits(world, w.education);
    await writeOff(officer, { contribution: id });
    await writeOff(officer, { contribution: id, amount: w.pounds('7.00') });
    expect(codes(await writeOff(w.missionFinance, { contribution: id }))).toEqual(['NOT_WHAT_WAITS']);
    await writeOff(w.missionFinance, { contribution: id, amount: w.pounds('7.00') });
    expect((await read(id, fields)).writeOffs).toMatchObject([{ amount: { amount: '7.00' } }]);
  });

  it('counts an approval for one write-off, and not once the contribution has changed', async () => {
    const { id } = await w.commits(world, w.education);
    await writesOff({ contribution: id });
    await writeOff(w.missionFinance, { contribution: id });
    expect((await read(id, fields)).writeOffs).toHaveLength(1);
    await arrive('event-9', id, '1.00');
    expect((await read(id, fields, w.auditor)).pendingWriteOff).toBeNull();
    await writeOff(officer, { contribution: id });
    expect((await read(id, fields)).writeOffs).toHaveLength(1);
    await writeOff(w.missionFinance, { contribution: id });
    expect((await read(id, fields)).writeOffs).toHaveLength(2);
  });

  it('lessens what is outstanding, and completes what has arrived in part', async () => {
    const { id } = await w.commits(world, w.education);
    await writesOff({ contribution: id });
    await arrive('event-10', id, '850000.00');
    const over = await writesOff({ contribution: id, amount: w.pounds('50000.01') });
    expect(over.userErrors).toMatchObject([
      { code: 'MORE_THAN_OUTSTANDING', path: ['amount'], outstanding: { amount: '50000.00' } },
    ]);
    const whole = await writesOff({ contribution: id, amount: w.pounds('50000.00') });
    expect(whole.contribution.state).toBe('DEPOSITED');
    expect((await read(id, fields)).writeOffs).toMatchObject([
      { amount: { amount: '100000.00' } },
      { amount: { amount: '50000.00' } },
    ]);
  });

  it('makes it WRITTEN_OFF when nothing arrived, and a deposit of the rest completes it', async () => {
    const { id } = await w.commits(world, w.education, { pooling: 'ALIGNED' });
    await owner.query('delete from sent_event');
    const whole = await writesOff({ contribution: id, amount: w.pounds('1000000.00') });
    expect(whole.contribution.state).toBe('WRITTEN_OFF');
    expect(await sent()).toEqual([]);
    const other = await w.commits(world, w.education);
    await writesOff({ contribution: other.id });
    await arrive('event-11', other.id, '900000.00');
    expect(await stateOf(other.id)).toBe('DEPOSITED');
  });

  it('refuses what is not there, not yours, not binding, not money, or without a reason', async () => {
    const { id } = await w.commits(world, w.education);
    for (const as of [officer, w.missionFinance]) {
      const refusals: [string, object][] = [
        ['NOT_FOUND', { contribution: 'nothing:1' }],
        ['STALE_VERSION', { expectedVersion: 1 }],
        ['BAD_USER_INPUT', { reason: ' ' }],
        ['BAD_USER_INPUT', { amount: w.pounds('0.00') }],
        ['CURRENCY_MISMATCH', { amount: { amount: '1', currency: 'EUR' } }],
        ['BAD_USER_INPUT', { effectiveOn: '2999-01-01' }],
        ['BAD_USER_INPUT', { effectiveOn: '1999-01-01' }],
      ];
      for (const [code, input] of refusals)
        expect(codes(await writeOff(as, { contribution: id, ...input }))).toEqual([code]);
    }
    for (const other of [w.officer(w.transport), w.publisher(w.education), w.missionUnit]) {
      expect((await writeOff(other, { contribution: id })).errors![0].extensions.code).toBe('FORBIDDEN');
    }
    const agreed = await w.agrees(world, w.education);
    expect(codes(await writeOff(officer, { contribution: agreed.id }))).toEqual(['ILLEGAL_TRANSITION']);
    const staff = await w.commits(world, w.education, {
      kind: 'SECONDED_STAFF',
      pooling: 'IN_KIND',
      terms: { quantity: '3', unit: 'FTE' },
    });
    expect(codes(await writeOff(officer, { contribution: staff.id }))).toEqual(['BAD_USER_INPUT']);
  });

  it('never goes below zero outstanding, and holds once for each two approvals, when both sides race', async () => {
    const { id } = await w.commits(world, w.education);
    const racers = Array.from({ length: 12 }, (_, place) =>
      writeOff(place % 2 ? officer : w.missionFinance, { contribution: id, amount: w.pounds('300000.00') }),
    );
    const answers = await Promise.all(racers);
    const { writeOffs, pendingWriteOff } = await read(id, fields, w.auditor);
    const done = answers.filter(({ contribution }) => contribution);
    expect(done).toHaveLength(2 * writeOffs.length + (pendingWriteOff ? 1 : 0));
    expect(writeOffs.length).toBeGreaterThan(0);
    expect(writeOffs.length).toBeLessThan(4);
    const refused = new Set(answers.flatMap(codes));
    expect([...refused].filter((code) => !/^(MORE_THAN_OUTSTANDING|SEPARATION_OF_DUTIES)$/.test(code!))).toEqual([]);
  });
});

/** A contribution that is binding since a day. */
async function commitsOn(effectiveOn: string): Promise<w.Shown> {
  const agreed = await w.agrees(world, w.education);
  const approval = { contribution: agreed.id, versionHash: agreed.current.hash, effectiveOn };
  for (const as of [w.officer(w.education), w.missionFinance]) await w.does(world, 'commitContribution', as, approval);
  return agreed;
}

/** How many approvals of write-offs the service finds for somebody. */
async function rowsSeenBy(organisation: string, roles: string, id: string): Promise<number> {
  const sql = 'select 1 from write_off_approval where contribution_id = $1';
  return (await byHand(organisation, roles, (service) => service.query(sql, [id]))).rowCount!;
}

/** Does something with the rights of the service, for somebody; nothing is kept. */
async function byHand<Answer>(organisation: string, roles: string, work: (service: Client) => Promise<Answer>) {
  await service.query('begin');
  try {
    await service.query(`select set_config('app.organisation', $1, true), set_config('app.roles', $2, true)`, [
      ...[organisation, roles],
    ]);
    return await work(service);
  } finally {
    await service.query('rollback');
  }
}

describe('PostgreSQL', () => {
  interface Line {
    content_hash?: string | null;
    side?: string;
    subject?: string;
    organisation?: string;
    version?: number;
    amount?: string;
    reason?: string;
  }
  const hash = 'a'.repeat(64);
  const mission = 'mission-delivery-unit';

  /** Approvals and then a write-off, written by hand by somebody with all roles; answers what was said to them. */
  async function tries(id: string, approvals: Line[], writtenOff: Line = {}): Promise<string | null> {
    const line = (more: Line) => ({ content_hash: hash, amount: '10', reason: 'r', ...more });
    const work = async (client: Client) => {
      for (const [place, each] of approvals.entries()) {
        const isMission = each.side === 'MISSION';
        const by = { subject: each.side, organisation: isMission ? mission : w.education, version: 4, ...line(each) };
        await client.query(`select set_config('app.organisation', $1, true)`, [by.organisation]);
        await client.query(
          `insert into write_off_approval (contribution_id, contributor_id, ordinal, currency, effective_on, content_hash, side,
             subject, organisation, version, amount, reason) values ($1, $2, $3, 'GBP', '2026-01-01', $4, $5, $6, $7, $8, $9, $10)`,
          [
            id,
            w.education,
            place + 1,
            by.content_hash,
            by.side,
            by.subject,
            by.organisation,
            by.version,
            by.amount,
            by.reason,
          ],
        );
      }
      const { content_hash, amount, reason } = line(writtenOff);
      await client.query(
        `insert into write_off (id, contribution_id, contributor_id, amount, currency, reason, effective_on, by_subject, content_hash)
         values ('x', $1, $2, $3, 'GBP', $4, '2026-01-01', 'x', $5)`,
        [id, w.education, amount, reason, content_hash],
      );
      return null;
    };
    return byHand(w.education, 'accounting-officer,mission-finance', work).catch(({ message }) => message);
  }

  it('writes nothing off without two approvals of just that by two people of two organisations', async () => {
    const { id } = await w.commits(world, w.education);
    const [one, other] = [{ side: 'CONTRIBUTOR' }, { side: 'MISSION' }];
    const lacks = `the write-off of contribution ${id} lacks two approvals of it`;
    const cannot = `no write-off of contribution ${id} can be approved so`;
    const told: [string, Line[], Line, string | null][] = [
      ['both approved it', [one, other], {}, null],
      ['nobody approved it', [], {}, lacks],
      ['one approved it', [one], {}, lacks],
      ['one side approved twice', [one, { ...one, subject: 'somebody' }], {}, lacks],
      ['one person approved for both', [one, { ...other, subject: 'CONTRIBUTOR' }], {}, lacks],
      ['one organisation approved for both', [one, { ...other, organisation: w.education }], {}, lacks],
      ['without a hash', [one, other], { content_hash: null }, lacks],
      ['another amount', [one, other], { amount: '11' }, lacks],
      ['another reason', [one, other], { reason: 's' }, lacks],
      ['approvals of other amounts', [one, { ...other, amount: '11' }], { amount: '11' }, lacks],
      ['approvals of other contents', [one, { ...other, content_hash: 'b'.repeat(64) }], {}, lacks],
      ['an approval that was replaced', [one, { ...one, amount: '11' }, other], {}, lacks],
      ['an approval of an earlier version', [{ ...one, version: 3 }, other], {}, cannot],
      [
        'more than is outstanding',
        [one, other].map((each) => ({ ...each, amount: '100000001' })),
        { amount: '100000001' },
        `the write-off of contribution ${id} is more than is outstanding`,
      ],
    ];
    const found: [string, string | null][] = [];
    for (const [what, approvals, writtenOff] of told) found.push([what, await tries(id, approvals, writtenOff)]);
    expect(found).toEqual(told.map(([what, , , said]) => [what, said]));
  });

  it('counts the approvals of a write-off once, and only of what is binding', async () => {
    const { id } = await w.commits(world, w.education);
    await w.writesOff(world, w.education, { contribution: id, ...lost });
    const again = byHand(w.education, 'accounting-officer', (client) =>
      client.query(`insert into write_off (id, contribution_id, contributor_id, amount, currency, reason, effective_on, by_subject, content_hash)
        select 'x', contribution_id, contributor_id, amount, currency, reason, effective_on, 'x', content_hash
        from write_off where contribution_id = '${id}'`),
    );
    await expect(again).rejects.toThrow('write_off_approved');
    const agreed = await w.agrees(world, w.education);
    expect(await tries(agreed.id, [{ side: 'CONTRIBUTOR', version: 3 }])).toBe(
      `no write-off of contribution ${agreed.id} can be approved so`,
    );
  });
});
