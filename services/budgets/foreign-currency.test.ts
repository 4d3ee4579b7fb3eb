import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { ControlsForTests, refusedBy } from './controls-for-tests.js';
import { accountOf, faultsIn, journalOf, writeByHand } from './moving-money-for-tests.js';
import { type Answered, deed, gbp, PoolForTests } from './pool-for-tests.js';

let world: World;
let owner: Client;
let service: Client;
beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
  owner = await world.owner('budgets');
  service = await world.serviceRole('budgets');
});
afterAll(() => world?.stop());

/** A pool in pounds that expects so much of a contribution. */
async function expecting(amount: string) {
  const pool = await new PoolForTests(world).open();
  const contribution = `aid:${randomUUID()}`;
  await pool.commit(contribution, amount);
  return { pool, contribution };
}

/** 100.00 euros that the bank credited as so many pounds. */
const euros = (realised: string | null) => ({
  ...{ received: { amount: '100.00', currency: 'EUR' }, rate: '0.85', on: '2025-04-30' },
  realised: realised === null ? null : gbp(realised),
});

const linesOf = async (pool: PoolForTests) => (await journalOf(pool)).map((line) => line.slice(line.indexOf(': ') + 2));

describe('a deposit of another currency', () => {
  it('is counted at the agreed rate; a gain stands in its own account', async () => {
    const { pool, contribution } = await expecting('85.00');
    await pool.deposit('85.00', { contribution, exchange: euros('86.10') });
    expect(await linesOf(pool)).toEqual(['CONTRIBUTOR_SOURCE -86.10, FX_DIFFERENCE 1.10, UNALLOCATED 85.00']);
    const all = { committed: '85.00', deposited: '85.00', unallocated: '85.00', fxDifference: '1.10' };
    expect(await pool.statement()).toEqual(all);
    expect(await pool.statement('(effectiveOn: "2025-05-01")')).toEqual(all);
    expect(await pool.statement('(effectiveOn: "2025-04-30")')).toEqual({ committed: '85.00', outstanding: '85.00' });
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('that lost is counted in full all the same, and its loss is below zero', async () => {
    const { pool, contribution } = await expecting('85.00');
    await pool.deposit('85.00', { contribution, exchange: euros('83.50') });
    expect(await linesOf(pool)).toEqual(['CONTRIBUTOR_SOURCE -83.50, FX_DIFFERENCE -1.50, UNALLOCATED 85.00']);
    expect(await pool.statement()).toEqual({
      ...{ committed: '85.00', deposited: '85.00', unallocated: '85.00', fxDifference: '-1.50' },
    });
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('is split between commitment and suspense at the agreed rate, whatever it gained or lost', async () => {
    const { pool, contribution } = await expecting('60.00');
    await pool.deposit('85.00', { contribution, exchange: euros('84.00') });
    await pool.deposit('85.00', { exchange: euros('40.00') });
    const late = await expecting('84.00');
    await late.pool.deposit('85.00', { contribution: late.contribution, exchange: euros('50.00') });
    await late.pool.deposit('85.00', { exchange: euros('85.01') });
    expect([...(await linesOf(pool)), ...(await linesOf(late.pool))]).toEqual([
      'CONTRIBUTOR_SOURCE -84.00, FX_DIFFERENCE -1.00, SUSPENSE 25.00, UNALLOCATED 60.00',
      'FX_DIFFERENCE -45.00, CONTRIBUTOR_SOURCE -40.00, SUSPENSE 85.00',
      'CONTRIBUTOR_SOURCE -50.00, FX_DIFFERENCE -35.00, SUSPENSE 1.00, UNALLOCATED 84.00',
      'CONTRIBUTOR_SOURCE -85.01, FX_DIFFERENCE 0.01, SUSPENSE 85.00',
    ]);
    expect(await pool.statement()).toMatchObject({ deposited: '60.00', suspense: '110.00', fxDifference: '-46.00' });
    for (const each of [pool, late.pool]) expect(await faultsIn(owner, each)).toEqual([]);
  });

  it('without what the bank credited, or with just that, leaves no difference', async () => {
    const { pool, contribution } = await expecting('170.00');
    for (const realised of [null, '85.00']) await pool.deposit('85.00', { contribution, exchange: euros(realised) });
    expect(await linesOf(pool)).toEqual([1, 2].map(() => 'CONTRIBUTOR_SOURCE -85.00, UNALLOCATED 85.00'));
    const fields = 'transfers { nodes { amount { amount } exchange { realised { amount currency } rate } } }';
    const { transfers } = await new ControlsForTests(pool).ask(fields);
    expect(transfers.nodes.map(({ exchange }: Answered) => exchange.realised)).toEqual([gbp('85.00'), null]);
  });

  it('is reversed exactly, difference and all', async () => {
    const { pool, contribution } = await expecting('60.00');
    for (const realised of ['84.00', '86.00', '30.00']) {
      const { transfer } = await pool.deposit('85.00', { contribution, exchange: euros(realised) });
      const before = await linesOf(pool);
      expect((await pool.reverse(transfer.id)).codes).toEqual([]);
      const negated = (line: string) =>
        line
          .split(', ')
          .map((each) => (each.includes(' -') ? each.replace(' -', ' ') : each.replace(' ', ' -')))
          .sort();
      expect((await linesOf(pool)).at(-1)!.split(', ').sort()).toEqual(negated(before.at(-1)!));
      expect(await pool.statement()).toEqual({ committed: '60.00', outstanding: '60.00' });
    }
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('is the same receipt only with the same amount credited: REFERENCE_REUSED', async () => {
    const { pool, contribution } = await expecting('60.00');
    const row = {
      budget: pool.id,
      amount: gbp('85.00'),
      effectiveOn: '2025-05-01',
      reference: 'swift 1',
      contribution,
    };
    const record = async (...realised: (string | null)[]) => {
      const deposits = realised.map((each) => ({ ...row, exchange: euros(each) }));
      const { rows } = await deed(world, `${pool.host}.publisher`, 'recordDeposits', { deposits });
      return rows.map(
        ({ alreadyRecorded, matched, suspense, userErrors }: Answered) =>
          userErrors[0]?.code ?? [alreadyRecorded, matched.amount, suspense.amount].join(' '),
      );
    };
    expect(await record('86.00', '86.00', '84.00')).toEqual([
      ...['false 60.00 25.00', 'true 60.00 25.00', 'REFERENCE_REUSED'],
    ]);
    expect(await record('86.00', '85.99', null)).toEqual([
      ...['true 60.00 25.00', 'REFERENCE_REUSED', 'REFERENCE_REUSED'],
    ]);
    expect(await pool.transferIds()).toHaveLength(1);
  });

  it('states what was credited above zero, in the currency of the pool: CURRENCY_MISMATCH, BAD_USER_INPUT', async () => {
    const { pool } = await expecting('1.00');
    const codes = async (realised: object) => {
      const { userErrors } = await pool.deposit('85.00', { exchange: { ...euros(null), realised } });
      return [userErrors[0].code, ...userErrors[0].path];
    };
    const path = ['exchange', 'realised'];
    expect(await codes({ amount: '85.00', currency: 'EUR' })).toEqual(['CURRENCY_MISMATCH', ...path]);
    for (const amount of ['0', '-1', '1.001']) expect(await codes(gbp(amount))).toEqual(['BAD_USER_INPUT', ...path]);
    expect(await pool.transferIds()).toEqual([]);
  });
});

describe('the database, of exchange,', () => {
  it('refuses a difference that was not stated, another one, and one without an exchange', async () => {
    const { pool } = await expecting('1.00');
    const { transfer } = await pool.deposit('1.00');
    const accounts: Record<string, string> = {};
    for (const kind of ['CONTRIBUTOR_SOURCE', 'SUSPENSE', 'FX_DIFFERENCE']) {
      accounts[kind] = await accountOf(owner, pool, kind);
    }
    const write = async (lines: Record<string, number>, row: object) => {
      const outcomes = [];
      for (const client of [service, owner]) {
        const posted = Object.entries(lines).map(([kind, minor]) => [accounts[kind], minor]);
        const deposit = { kind: 'DEPOSIT', row: { deposit_id: transfer.id, ...row }, lines: posted } as never;
        outcomes.push(await writeByHand(client, pool, [deposit]));
      }
      return outcomes;
    };
    const exchange = {
      received_minor: 10_000,
      received_currency: 'EUR',
      exchange_rate: '0.85',
      exchanged_on: '2025-04-30',
    };
    const gain = { CONTRIBUTOR_SOURCE: -8_600, SUSPENSE: 8_500, FX_DIFFERENCE: 100 };
    const refused = ['HB004', 'HB004'];
    expect(await write(gain, {})).toEqual(refused);
    expect(await write(gain, exchange)).toEqual(refused);
    expect(await write(gain, { ...exchange, realised_minor: 8_601 })).toEqual(refused);
    const none = { CONTRIBUTOR_SOURCE: -8_500, SUSPENSE: 8_500 };
    expect(await write(none, { ...exchange, realised_minor: 8_600 })).toEqual(refused);
    expect(await write(none, { realised_minor: 8_500 })).toEqual(['realised_by_exchange', 'realised_by_exchange']);
    expect(await write(gain, { ...exchange, realised_minor: 8_600 })).toEqual(['written', 'written']);
    const change = 'update transfer set realised_minor = 1';
    expect([await refusedBy(service, change), await refusedBy(owner, change)]).toEqual(['42501', 'HB002']);
    expect(await faultsIn(owner, pool)).toEqual([]);
  });
});
