import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
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
beforeEach(() => owner.query('delete from sent_event'));

const codes = ({ userErrors }: w.Deed) => userErrors?.map(({ code }) => code);
const read = async (id: string, fields: string, as?: string) =>
  (await world.ask(`{ contribution(id: "${id}") { ${fields} } }`, { as })).data.contribution;
const vary = (as: string, id: string, decimal: string, more: object = {}) =>
  w.does(world, 'varyContribution', as, { contribution: id, terms: w.termsOf(decimal), ...more });
const arrive = (id: string, contributionId: string, deposited: string) => {
  const deposit = { contributionId, deposited, committed: '1000000.00', currency: 'GBP', effectiveOn: '2026-06-01' };
  return world.event('contributions', { id, type: 'budgets.deposited', data: { deposits: [deposit] } });
};
async function told() {
  const { rows } = await owner.query(`select event from sent_event order by number`);
  return rows.map(({ event }) => event.data.commitments.map(({ amount }: { amount: string }) => amount));
}
const offered = async (id: string) =>
  (await read(id, 'variation { from agreed version { number hash total { amount } } }', w.auditor)).variation;
const accept = async (as: string, id: string, hash?: string) =>
  w.does(world, 'acceptTerms', as, w.acceptance(id, hash ?? (await offered(id)).version.hash, w.education));

/** A variation that both sides have agreed on: offered by the department, accepted by the mission. */
async function agrees(id: string, decimal: string): Promise<string> {
  const offer = await vary(w.publisher(w.education), id, decimal);
  if (!offer.contribution) throw new Error(JSON.stringify(offer));
  const { hash } = (await offered(id)).version;
  await accept(w.missionUnit, id, hash);
  return hash;
}
const commit = (as: string, contribution: string, versionHash: string, more: object = {}) =>
  w.does(world, 'commitContribution', as, { contribution, versionHash, ...more });

describe('varyContribution', () => {
  it('leaves the terms in force until the new ones are offered, accepted and approved by two', async () => {
    const { id } = await w.commits(world, w.education);
    await owner.query('delete from sent_event');
    const lines: string[] = [];
    const line = async (what: string) => {
      const { state, version, current } = await read(id, 'state version current { number total { amount } }');
      const varied = await offered(id);
      const beside = varied ? `${varied.version.total.amount} from ${varied.from}, agreed ${varied.agreed}` : 'none';
      lines.push(`${what}: ${state} ${version}, ${current.total.amount} (${current.number}); beside: ${beside}`);
    };
    await line('committed');
    await vary(w.publisher(w.education), id, '800000.00', { message: 'Less this year.' });
    await line('offered');
    await vary(w.missionUnit, id, '900000.00');
    await line('countered');
    const { hash } = (await offered(id)).version;
    await accept(w.publisher(w.education), id, hash);
    await line('accepted');
    await commit(w.officer(w.education), id, hash);
    await line('approved once');
    expect(await told()).toEqual([]);
    await commit(w.missionFinance, id, hash);
    await line('approved twice');
    expect(lines).toEqual([
      'committed: COMMITTED 4, 1000000.00 (1); beside: none',
      'offered: COMMITTED 4, 1000000.00 (1); beside: 800000.00 from CONTRIBUTOR, agreed false',
      'countered: COMMITTED 4, 1000000.00 (1); beside: 900000.00 from MISSION, agreed false',
      'accepted: COMMITTED 4, 1000000.00 (1); beside: 900000.00 from CONTRIBUTOR, agreed true',
      'approved once: COMMITTED 4, 1000000.00 (1); beside: 900000.00 from CONTRIBUTOR, agreed true',
      'approved twice: COMMITTED 5, 900000.00 (3); beside: none',
    ]);
    expect(await told()).toEqual([['900000.00']]);
    const { agreement, approvals } = await read(id, 'agreement { number } approvals { versionHash coverYears }');
    expect(agreement).toEqual({ number: 3 });
    expect(approvals.map(({ coverYears }: { coverYears: string[] }) => coverYears)).toEqual(
      expect.arrayContaining([['2026-27'], null]),
    );
  });

  it('keeps the agreement of the terms in force until the variation is binding', async () => {
    const { id } = await w.commits(world, w.education);
    await agrees(id, '1200000.00');
    expect(await read(id, 'agreement { number } current { number }')).toEqual({
      agreement: { number: 1 },
      current: { number: 1 },
    });
  });

  it('hides the offer from all but the two sides and auditors', async () => {
    const { id } = await w.commits(world, w.education);
    await vary(w.missionUnit, id, '1200000.00');
    for (const as of [undefined, w.publisher(w.transport)])
      expect((await read(id, 'variation { agreed }', as)).variation).toBeNull();
    for (const as of [w.publisher(w.education), w.missionFinance, w.auditor])
      expect((await read(id, 'variation { agreed }', as)).variation).toEqual({ agreed: false });
  });

  it('shows neither its version nor its approval to anybody else before it is binding, nor does PostgreSQL', async () => {
    const { id } = await w.commits(world, w.education);
    const hash = await agrees(id, '1200000.00');
    await commit(w.officer(w.education), id, hash);
    const shown = async (as?: string) => {
      const { versions, approvals } = await read(id, 'versions { number } approvals { versionHash }', as);
      return [versions.length, approvals.length];
    };
    const kept = async (organisation: string, roles: string) => {
      await service.query(`select set_config('app.organisation', $1, false), set_config('app.roles', $2, false)`, [
        organisation,
        roles,
      ]);
      const count = (table: string) => `(select count(*)::int from ${table} where contribution_id = $1)`;
      const sql = `select ${count('contribution_version')} as versions, ${count('commitment_approval')} as approvals`;
      const { versions, approvals } = (await service.query(sql, [id])).rows[0];
      return [versions, approvals];
    };
    const outside: [string | undefined, string, string][] = [
      [undefined, '', ''],
      [w.publisher(w.transport), w.transport, 'publisher'],
    ];
    const inside: [string, string, string][] = [
      [w.publisher(w.education), w.education, 'publisher'],
      [w.missionFinance, 'mission-delivery-unit', 'mission-finance'],
      [w.auditor, 'national-audit-office', 'auditor'],
    ];
    for (const [as, ...who] of outside)
      expect([await shown(as), await kept(...who)]).toEqual([
        [1, 2],
        [1, 2],
      ]);
    for (const [as, ...who] of inside)
      expect([await shown(as), await kept(...who)]).toEqual([
        [2, 3],
        [2, 3],
      ]);
    const before = new Date().toISOString();
    await commit(w.missionFinance, id, hash);
    for (const [as, ...who] of outside)
      expect([await shown(as), await kept(...who)]).toEqual([
        [2, 4],
        [2, 4],
      ]);
    const asked = { as: undefined, asKnownAt: before };
    const { data } = await world.ask(`{ contribution(id: "${id}") { versions { number } approvals { side } } }`, asked);
    expect([data.contribution.versions.length, data.contribution.approvals.length]).toEqual([1, 2]);
  });

  it('never goes below what has arrived and is written off, at the offer and when it becomes binding', async () => {
    const { id } = await w.commits(world, w.education);
    await w.writesOff(world, w.education, {
      ...{ contribution: id, amount: w.pounds('100000.00'), reason: 'Bankrupt.' },
    });
    expect(codes(await vary(w.publisher(w.education), id, '100000.00'))).toEqual(['LESS_THAN_DEPOSITED']);
    await arrive('vary-1', id, '400000.00');
    const below = await vary(w.publisher(w.education), id, '499999.99');
    expect(below.userErrors).toMatchObject([
      {
        code: 'LESS_THAN_DEPOSITED',
        message: '400000.00 has arrived and 100000.00 is written off; the new total is not below 500000.00 GBP.',
      },
    ]);
    const hash = await agrees(id, '500000.00');
    await arrive('vary-2', id, '400000.01');
    expect(codes(await commit(w.missionFinance, id, hash))).toEqual(['LESS_THAN_DEPOSITED']);
    await arrive('vary-3', id, '400000.00');
    await commit(w.missionFinance, id, hash);
    expect((await commit(w.officer(w.education), id, hash)).contribution).toMatchObject({
      state: 'DEPOSITED',
      current: { total: w.pounds('500000.00') },
    });
  });

  it('is refused to what is not there, not yours, not binding, out of turn, stale, or other money', async () => {
    const { id } = await w.commits(world, w.education);
    const as = w.publisher(w.education);
    expect(codes(await vary(as, 'nothing:1', '1.00'))).toEqual(['NOT_FOUND']);
    expect((await vary(w.publisher(w.transport), id, '1.00')).errors![0].extensions.code).toBe('FORBIDDEN');
    expect(codes(await vary(as, id, '1.00', { expectedVersion: 1 }))).toEqual(['STALE_VERSION']);
    const inDollars = { amounts: [{ ...w.termsOf('1.00').amounts[0], amount: { amount: '1.00', currency: 'USD' } }] };
    expect(codes(await vary(as, id, '1.00', { terms: inDollars }))).toEqual(['CURRENCY_MISMATCH']);
    const twice = { ...w.termsOf('1.00'), total: w.pounds('2.00') };
    expect(codes(await vary(as, id, '1.00', { terms: twice }))).toEqual(['CONTROL_TOTAL_MISMATCH']);
    const elsewhere = w.termsOf('1.00', { budget: 'budget-2' });
    expect((await vary(as, id, '1.00', { terms: elsewhere })).userErrors).toMatchObject([
      { code: 'BAD_USER_INPUT', path: ['terms', 'budget'] },
    ]);
    await vary(as, id, '2.00');
    expect(codes(await vary(as, id, '3.00'))).toEqual(['NOT_YOUR_TURN']);
    expect(codes(await accept(as, id))).toEqual(['NOT_YOUR_TURN']);
    expect(codes(await accept(w.missionUnit, id, 'a'.repeat(64)))).toEqual(['NOT_LAST_VERSION']);
    await accept(w.missionUnit, id);
    expect(codes(await accept(w.missionUnit, id))).toEqual(['ALREADY_AGREED']);
    expect(codes(await vary(w.missionUnit, id, '3.00'))).toEqual(['ALREADY_AGREED']);
    for (const before of [await w.pledges(world, w.education), await w.agrees(world, w.education)]) {
      expect(codes(await vary(as, before.id, '2.00'))).toEqual(['ILLEGAL_TRANSITION']);
    }
  });

  it('is approved by two people of two organisations, by the hash of the variation alone', async () => {
    const { id, current } = await w.commits(world, w.education);
    const hash = await agrees(id, '1200000.00');
    expect(codes(await commit(w.missionFinance, id, current.hash))).toEqual(['NOT_LAST_VERSION']);
    const before = { effectiveOn: '2020-01-01' };
    expect(codes(await commit(w.missionFinance, id, hash, before))).toEqual(['BAD_USER_INPUT']);
    await commit(w.missionFinance, id, hash);
    expect(codes(await commit(w.missionFinance, id, hash))).toEqual(['SEPARATION_OF_DUTIES']);
    await commit(w.officer(w.education), id, hash);
    expect(codes(await commit(w.officer(w.education), id, hash))).toEqual(['ILLEGAL_TRANSITION']);
  });

  it('confirms cover for each year of the new terms', async () => {
    const { id } = await w.commits(world, w.education);
    const years = ['2026-27', '2027-28'].map((financialYear) => ({
      ...{ financialYear, controlTotal: 'CDEL', amount: w.pounds('700000.00') },
    }));
    const hash = await agrees(id, '1.00').catch(() => '');
    expect(hash).not.toBe('');
    await w.does(world, 'declineVariation', w.missionUnit, { contribution: id, reason: 'Too little.' });
    await vary(w.missionUnit, id, '', { terms: { amounts: years } });
    const { version } = await offered(id);
    await accept(w.publisher(w.education), id, version.hash);
    const lacking = await commit(w.officer(w.education), id, version.hash, { coverConfirmed: ['2026-27'] });
    expect(lacking.userErrors).toMatchObject([{ code: 'COVER_NOT_CONFIRMED', path: ['coverConfirmed'] }]);
    const done = await commit(w.officer(w.education), id, version.hash, { coverConfirmed: ['2026-27', '2027-28'] });
    expect(done.userErrors).toEqual([]);
  });

  it('varies what is counted in a unit as it does money, and tells budgets nothing of it', async () => {
    const staff = { kind: 'SECONDED_STAFF', pooling: 'IN_KIND', terms: { quantity: '3', unit: 'FTE' } };
    const { id } = await w.commits(world, w.education, staff);
    await vary(w.publisher(w.education), id, '', { terms: { quantity: '5', unit: 'FTE' } });
    const { hash } = (await offered(id)).version;
    await accept(w.missionUnit, id, hash);
    await commit(w.missionFinance, id, hash);
    await commit(w.officer(w.education), id, hash);
    expect(await read(id, 'state current { quantity unit }')).toEqual({
      state: 'COMMITTED',
      current: { quantity: '5', unit: 'FTE' },
    });
    expect(await told()).toEqual([]);
  });

  it('binds once when both approvals race', async () => {
    const { id } = await w.commits(world, w.education);
    const hash = await agrees(id, '1200000.00');
    await owner.query('delete from sent_event');
    const racers = [w.officer(w.education), w.missionFinance, w.officer(w.education), w.missionFinance];
    const answers = await Promise.all(racers.map((as) => commit(as, id, hash)));
    expect(answers.filter(({ contribution }) => contribution)).toHaveLength(2);
    expect(await told()).toEqual([['1200000.00']]);
  });
});

describe('declineVariation', () => {
  const decline = (as: string, contribution: string, more: object = {}) =>
    w.does(world, 'declineVariation', as, { contribution, reason: 'Not now.', ...more });

  it('ends an offer or an agreed variation; then either side may offer anew', async () => {
    const { id } = await w.commits(world, w.education);
    await vary(w.publisher(w.education), id, '2.00');
    expect((await decline(w.publisher(w.education), id)).contribution).toMatchObject({ current: { number: 1 } });
    expect(await offered(id)).toBeNull();
    const hash = await agrees(id, '3.00');
    await commit(w.missionFinance, id, hash);
    await decline(w.missionUnit, id);
    expect(codes(await commit(w.officer(w.education), id, hash))).toEqual(['ILLEGAL_TRANSITION']);
    expect((await vary(w.missionUnit, id, '4.00')).contribution).toBeTruthy();
    expect((await offered(id)).version.number).toBe(4);
  });

  it('is refused where there is none, without a reason, stale, to others, and for what is over', async () => {
    const { id } = await w.commits(world, w.education);
    expect(codes(await decline(w.missionUnit, id))).toEqual(['NO_VARIATION']);
    expect(codes(await decline(w.missionUnit, 'nothing:1'))).toEqual(['NOT_FOUND']);
    await vary(w.missionUnit, id, '2.00');
    expect(codes(await decline(w.missionUnit, id, { reason: ' ' }))).toEqual(['BAD_USER_INPUT']);
    expect(codes(await decline(w.missionUnit, id, { expectedVersion: 1 }))).toEqual(['STALE_VERSION']);
    expect((await decline(w.publisher(w.transport), id)).errors![0].extensions.code).toBe('FORBIDDEN');
    await arrive('vary-4', id, '1000000.00');
    expect(codes(await decline(w.missionUnit, id))).toEqual(['ILLEGAL_TRANSITION']);
  });
});

describe('PostgreSQL itself refuses a variation', () => {
  /** Puts the newest version in force by hand, with the rights of the service and all roles; nothing is kept. */
  async function forced(id: string): Promise<string | null> {
    await service.query('begin');
    try {
      await service.query(
        `select set_config('app.organisation', $1, true), set_config('app.roles', 'publisher,accounting-officer,mission-unit,mission-finance,event', true)`,
        [w.education],
      );
      const { rows } = await service.query(
        `select c.version, c.state, (select max(number) from contribution_version where contribution_id = c.id) as number
           from contribution c where id = $1`,
        [id],
      );
      const { version, state, number } = rows[0];
      await service.query(
        `insert into contribution_state (contribution_id, contributor_id, sequence, state, number, effective_on, by_subject)
         values ($1, $2, $3, $4, $5, '2026-01-01', 'x')`,
        [id, w.education, version + 1, state, number],
      );
      await service.query(`update contribution set number = $2, version = version + 1 where id = $1`, [id, number]);
      return null;
    } catch (error) {
      return (error as Error).message.replace(id, 'it');
    } finally {
      await service.query('rollback');
    }
  }
  const lacks = 'contribution it lacks what this state needs';

  it('that was not accepted, not approved by two, or is below what has arrived', async () => {
    const { id } = await w.commits(world, w.education);
    await vary(w.publisher(w.education), id, '900000.00');
    expect(await forced(id)).toBe(lacks);
    await accept(w.missionUnit, id);
    expect(await forced(id)).toBe(lacks);
    const { hash } = (await offered(id)).version;
    await commit(w.missionFinance, id, hash);
    expect(await forced(id)).toBe(lacks);
    await owner.query(`alter table commitment_approval disable row level security`);
    const { rows } = await owner.query(
      `insert into commitment_approval (contribution_id, contributor_id, version_hash, side, subject, organisation, cover_years)
       values ($1, $2, $3, 'CONTRIBUTOR', 'somebody', $2, '{2026-27}') returning 1`,
      [id, w.education, hash],
    );
    await owner.query(`alter table commitment_approval enable row level security`);
    expect(rows).toHaveLength(1);
    expect(await forced(id)).toBeNull();
    await arrive('vary-5', id, '900000.01');
    expect(await forced(id)).toBe(lacks);
  });

  it('whose cover is not confirmed for each year', async () => {
    const { id } = await w.commits(world, w.education);
    const hash = await agrees(id, '900000.00');
    await commit(w.missionFinance, id, hash);
    await owner.query(`alter table commitment_approval disable row level security`);
    await owner.query(
      `insert into commitment_approval (contribution_id, contributor_id, version_hash, side, subject, organisation, cover_years)
       values ($1, $2, $3, 'CONTRIBUTOR', 'somebody', $2, '{2025-26}')`,
      [id, w.education, hash],
    );
    await owner.query(`alter table commitment_approval enable row level security`);
    expect(await forced(id)).toBe(lacks);
  });
});
