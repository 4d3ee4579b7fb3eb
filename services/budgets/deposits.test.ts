import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';
import { type Answered, deed, gbp, PoolForTests } from './pool-for-tests.js';

let world: World;
beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
});
afterAll(() => world?.stop());

const opened = (input: object = {}) => new PoolForTests(world).open(input);
const lines = (transfer: { postings: { account: { kind: string }; amount: { amount: string } }[] }) =>
  Object.fromEntries(transfer.postings.map(({ account, amount }) => [account.kind, amount.amount]));
const forbidden = (answer: { errors?: { extensions: { code: string } }[] }) => answer.errors?.[0]?.extensions.code;

describe('opening a budget', () => {
  const input = { mission: 'clean-energy', name: 'Homes', host: 'desnz', currency: 'GBP', controlTotals: ['CDEL'] };
  const finance = 'mission-delivery-unit.mission-finance';

  it('gives an open pool with one currency and its control totals', async () => {
    const { budget, codes } = await deed(world, finance, 'openBudget', input);
    expect(codes).toEqual([]);
    expect(budget).toMatchObject({ state: 'OPEN', currency: 'GBP', annual: true, controlTotals: ['CDEL'], version: 1 });
  });

  it('is refused for a name the mission has already: ALREADY_EXISTS', async () => {
    expect((await deed(world, finance, 'openBudget', input)).codes).toEqual(['ALREADY_EXISTS']);
  });

  it('is refused without a name, a host or a control total: BAD_USER_INPUT', async () => {
    for (const wrong of [{ name: ' ' }, { host: '' }, { controlTotals: [] }]) {
      const answer = await deed(world, finance, 'openBudget', { ...input, name: 'Other', ...wrong });
      expect(answer.codes).toEqual(['BAD_USER_INPUT']);
    }
  });

  it('is only for mission finance', async () => {
    expect(forbidden(await deed(world, 'desnz.publisher', 'openBudget', input))).toBe('FORBIDDEN');
  });

  it('in a dry run answers as if it were done and changes nothing', async () => {
    const dry = { ...input, name: 'Dry', dryRun: true };
    expect((await deed(world, finance, 'openBudget', dry)).budget.name).toBe('Dry');
    expect((await deed(world, finance, 'openBudget', { ...dry, dryRun: false })).codes).toEqual([]);
  });
});

describe('what is expected', () => {
  it('is what a contributor committed, and is counted once however often its event comes', async () => {
    const pool = await opened();
    const id = randomUUID();
    const commitment = { contributionId: 'dfe:once', contributorId: 'dfe', missionId: pool.mission, budgetId: pool.id };
    const data = { commitments: [{ ...commitment, currency: 'GBP', amount: '70.00', effectiveOn: '2025-04-01' }] };
    const event = { id, type: 'contributions.committed', data };
    expect([await world.event('budgets', event), await world.event('budgets', event)]).toEqual([200, 200]);
    expect(await pool.statement()).toEqual({ committed: '70.00', outstanding: '70.00' });
  });

  it('is replaced by a later commitment of the same contribution, never below what is deposited', async () => {
    const pool = await opened();
    await pool.commit('dfe:varied', '100.00');
    await pool.deposit('60.00', { contribution: 'dfe:varied' });
    await pool.commit('dfe:varied', '80.00');
    expect(await pool.statement()).toMatchObject({ committed: '80.00', outstanding: '20.00' });
    await pool.commit('dfe:varied', '10.00');
    expect(await pool.statement()).toMatchObject({ committed: '60.00', deposited: '60.00' });
  });

  it('is less by what was written off, at most what is outstanding', async () => {
    const pool = await opened();
    await pool.commit('dfe:off', '100.00');
    await pool.deposit('60.00', { contribution: 'dfe:off' });
    await pool.writeOff('dfe:off', '15.00');
    expect(await pool.statement()).toMatchObject({ committed: '100.00', deposited: '60.00', outstanding: '25.00' });
    await pool.writeOff('dfe:off', '999.00');
    expect(await pool.statement()).toEqual({ committed: '100.00', deposited: '60.00', unallocated: '60.00' });
  });

  it('of a contribution that is not known yet is not written off: the event comes again', async () => {
    expect(await (await opened()).writeOff('dfe:nobody', '1.00')).toBe(500);
  });

  it('waits for a pool of its mission and currency and moves into the first one opened', async () => {
    const pool = new PoolForTests(world);
    await pool.commit('dfe:early', '50.00');
    await pool.commit('dfe:dollars', '9.00', { currency: 'USD' });
    await pool.open();
    expect(await pool.statement()).toEqual({ committed: '50.00', outstanding: '50.00' });
  });

  it('stays without a pool where there are two to choose from, until it is paid into one', async () => {
    const pool = await opened();
    await pool.open({ name: 'Second' });
    await pool.commit('dfe:either', '50.00', { budgetId: null });
    expect(await pool.statement()).toEqual({});
    await pool.deposit('20.00', { contribution: 'dfe:either' });
    expect(await pool.statement()).toMatchObject({ committed: '50.00', deposited: '20.00', outstanding: '30.00' });
  });
});

describe('a deposit', () => {
  it('is matched as far as its contribution is committed; the rest goes to suspense', async () => {
    const pool = await opened();
    await pool.commit('dfe:over', '100.00');
    const { transfer } = await pool.deposit('150.00', { contribution: 'dfe:over' });
    expect(lines(transfer)).toEqual({ CONTRIBUTOR_SOURCE: '-150.00', UNALLOCATED: '100.00', SUSPENSE: '50.00' });
  });

  it('goes to suspense when it names no contribution or one that is not known', async () => {
    const pool = await opened();
    expect(lines((await pool.deposit('1.00')).transfer)).toEqual({ CONTRIBUTOR_SOURCE: '-1.00', SUSPENSE: '1.00' });
    await pool.deposit('2.00', { contribution: 'dfe:unknown' });
    expect(await pool.statement()).toEqual({ suspense: '3.00' });
  });

  it('that came before its commitment was known is matched when it is, on the day it came', async () => {
    const pool = await opened();
    await pool.deposit('40.00', { contribution: 'dfe:late', effectiveOn: '2025-03-01' });
    await pool.commit('dfe:late', '30.00', { effectiveOn: '2025-09-01' });
    expect(await pool.statement()).toEqual({
      ...{ committed: '30.00', deposited: '30.00', suspense: '10.00', unallocated: '30.00' },
    });
    expect(await pool.statement('(effectiveOn: "2025-03-01")')).toMatchObject({ deposited: '30.00' });
  });

  it('with the same reference and content is recorded once; with other content refused: REFERENCE_REUSED', async () => {
    const pool = await opened();
    const first = await pool.deposit('5.00', { reference: 'r' });
    const second = await pool.deposit('5.00', { reference: 'r' });
    expect([first.alreadyRecorded, second.alreadyRecorded]).toEqual([false, true]);
    expect(second.transfer.id).toBe(first.transfer.id);
    for (const other of [{ amount: gbp('6.00') }, { effectiveOn: '2025-05-02' }, { contribution: 'dfe:9' }]) {
      expect((await pool.deposit('5.00', { reference: 'r', ...other })).codes).toEqual(['REFERENCE_REUSED']);
    }
    expect(await pool.statement()).toEqual({ suspense: '5.00' });
  });

  it('keeps what was received in another currency, the rate and its day', async () => {
    const pool = await opened();
    const exchange = { received: { amount: '100.00', currency: 'EUR' }, rate: '0.85', on: '2025-04-30' };
    const { transfer } = await pool.deposit('85.10', { exchange, reference: 'eur' });
    const document = `{ pooledBudget(id: "${pool.id}") { transfers { nodes { id exchange { received { amount currency } rate on } } } } }`;
    const { data } = await world.ask(document);
    expect(data.pooledBudget.transfers.nodes).toEqual([{ id: transfer.id, exchange }]);
    expect((await pool.deposit('85.10', { exchange, reference: 'eur' })).alreadyRecorded).toBe(true);
  });

  it('is refused when its amount is zero, below it, too precise, too large or no number: BAD_USER_INPUT', async () => {
    const pool = await opened();
    for (const amount of ['0', '-1', '1.001', '92233720368547758.08']) {
      expect((await pool.deposit(amount)).codes).toEqual(['BAD_USER_INPUT']);
    }
    for (const amount of ['1e400', 'NaN', '']) expect((await pool.deposit(amount)).errors).toHaveLength(1);
    expect(await pool.transferIds()).toEqual([]);
  });

  it('is refused beyond what the ledger can count: LIMIT_EXCEEDED', async () => {
    const pool = await opened();
    expect((await pool.deposit('92233720368547758.07')).codes).toEqual([]);
    expect((await pool.deposit('0.01')).codes).toEqual(['LIMIT_EXCEEDED']);
  });

  it('is refused in another currency (CURRENCY_MISMATCH) or control total (CONTROL_TOTAL_MISMATCH) than the pool has', async () => {
    const pool = await opened();
    const dollars = await pool.deposit('1.00', { amount: { amount: '1.00', currency: 'USD' } });
    expect(dollars.userErrors).toMatchObject([{ code: 'CURRENCY_MISMATCH', expected: 'GBP', path: ['amount'] }]);
    expect((await pool.deposit('1.00', { controlTotal: 'CDEL' })).codes).toEqual(['CONTROL_TOTAL_MISMATCH']);
  });

  it('states its control total where the pool has several', async () => {
    const pool = await opened({ controlTotals: ['CDEL', 'RDEL_PROGRAMME'] });
    expect((await pool.deposit('1.00')).codes).toEqual(['BAD_USER_INPUT']);
    expect((await pool.deposit('1.00', { controlTotal: 'CDEL' })).codes).toEqual([]);
  });

  it('is refused in the future, on a day that does not exist and in the other kind of financial year', async () => {
    const pool = await opened();
    expect((await pool.deposit('1.00', { effectiveOn: '2999-01-01' })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await pool.deposit('1.00', { effectiveOn: '2023-02-29' })).errors).toHaveLength(1);
    expect((await pool.deposit('1.00', { effectiveOn: '2024-02-29' })).codes).toEqual([]);
    expect((await pool.deposit('1.00', { financialYear: '2025-25' })).codes).toEqual(['BAD_USER_INPUT']);
  });

  it('is refused for a contribution that is expected in another pool: NOT_EXPECTED_HERE', async () => {
    const [pool, other] = [await opened(), await opened()];
    await other.commit('dfe:elsewhere', '10.00');
    expect((await pool.deposit('1.00', { contribution: 'dfe:elsewhere' })).codes).toEqual(['NOT_EXPECTED_HERE']);
  });

  it('is refused for a pool that does not exist (UNKNOWN_BUDGET), without a reference, and with an idle exchange', async () => {
    const pool = await opened();
    expect((await pool.deposit('1.00', { budget: 'budget-none' })).codes).toEqual(['UNKNOWN_BUDGET']);
    expect((await pool.deposit('1.00', { reference: ' ' })).codes).toEqual(['BAD_USER_INPUT']);
    const exchange = { received: gbp('1.00'), rate: '1', on: '2025-05-01' };
    expect((await pool.deposit('1.00', { exchange })).codes).toEqual(['BAD_USER_INPUT']);
  });

  it('is recorded only by people of the host', async () => {
    const pool = await opened();
    const input = { budget: pool.id, amount: gbp('1.00'), effectiveOn: '2025-05-01', reference: 'x' };
    for (const other of ['department-for-education.publisher', `${pool.host}.approver`]) {
      expect(forbidden(await deed(world, other, 'recordDeposit', input))).toBe('FORBIDDEN');
    }
  });

  it('under the same idempotency key is done once; under that key with another amount refused: IDEMPOTENCY_KEY_REUSED', async () => {
    const pool = await opened();
    const input = { idempotencyKey: randomUUID(), reference: 'key' };
    const [first, again] = [await pool.deposit('3.00', input), await pool.deposit('3.00', input)];
    expect([first.replayed, again.replayed]).toEqual([false, true]);
    expect(again.transfer).toEqual(first.transfer);
    expect((await pool.deposit('4.00', input)).codes).toEqual(['IDEMPOTENCY_KEY_REUSED']);
  });

  it('in a dry run shows its postings and changes nothing', async () => {
    const pool = await opened();
    const { transfer } = await pool.deposit('3.00', { dryRun: true });
    expect(lines(transfer)).toEqual({ CONTRIBUTOR_SOURCE: '-3.00', SUSPENSE: '3.00' });
    expect(await pool.transferIds()).toEqual([]);
  });
});

describe('a batch of deposits', () => {
  it('gives a verdict for each row; a refused one stops no other, and room is shared in order', async () => {
    const pool = await opened();
    await pool.commit('dfe:batch', '100.00');
    const row = { budget: pool.id, effectiveOn: '2025-05-01', contribution: 'dfe:batch' };
    const deposits = [
      { ...row, amount: gbp('70.00'), reference: 'a' },
      { ...row, amount: gbp('0.00'), reference: 'b' },
      { ...row, amount: gbp('70.00'), reference: 'c' },
      { ...row, amount: gbp('70.00'), reference: 'a' },
      { ...row, amount: gbp('71.00'), reference: 'a' },
      { ...row, amount: { amount: '1.00', currency: 'USD' }, reference: 'd' },
      { ...row, budget: 'budget-none', amount: gbp('1.00'), reference: 'e' },
    ];
    const input = { idempotencyKey: randomUUID(), deposits };
    const { rows } = await deed(world, `${pool.host}.publisher`, 'recordDeposits', input);
    const short = rows.map(({ accepted, alreadyRecorded, matched, suspense, userErrors }: Answered) =>
      accepted ? [alreadyRecorded, matched.amount, suspense.amount] : userErrors[0].code,
    );
    expect(short).toEqual([
      [false, '70.00', '0.00'],
      'BAD_USER_INPUT',
      [false, '30.00', '40.00'],
      [true, '70.00', '0.00'],
      'REFERENCE_REUSED',
      'CURRENCY_MISMATCH',
      'UNKNOWN_BUDGET',
    ]);
    const again = await deed(world, `${pool.host}.publisher`, 'recordDeposits', input);
    expect(again).toMatchObject({ replayed: true, rows });
  });

  it('is refused when it is empty or has more than 500 rows: BAD_USER_INPUT', async () => {
    expect((await deed(world, 'x.publisher', 'recordDeposits', { deposits: [] })).codes).toEqual(['BAD_USER_INPUT']);
  });

  it('for the pool of another host is refused row by row: FORBIDDEN', async () => {
    const pool = await opened();
    const deposits = [{ budget: pool.id, amount: gbp('1.00'), effectiveOn: '2025-05-01', reference: 'x' }];
    const { rows } = await deed(world, 'department-for-education.publisher', 'recordDeposits', { deposits });
    expect(rows[0].userErrors[0].code).toBe('FORBIDDEN');
  });

  it('recorded twice at once is recorded once', async () => {
    const pool = await opened();
    const deposits = [{ budget: pool.id, amount: gbp('1.00'), effectiveOn: '2025-05-01', reference: 'raced' }];
    const both = await Promise.all(
      [1, 2, 3, 4].map(() => deed(world, `${pool.host}.publisher`, 'recordDeposits', { deposits })),
    );
    expect(new Set(both.map(({ rows }) => rows[0].id)).size).toBe(1);
    expect(await pool.statement()).toEqual({ suspense: '1.00' });
  });
});

describe('a match', () => {
  const match = (pool: PoolForTests, input: object) => deed(world, `${pool.host}.publisher`, 'matchDeposit', input);

  it('takes money out of suspense for a contribution, in part or as far as there is room', async () => {
    const pool = await opened();
    const { transfer } = await pool.deposit('50.00');
    await pool.commit('dfe:m', '45.00');
    const part = { deposit: transfer.id, contribution: 'dfe:m', amount: gbp('20.00') };
    expect(lines((await match(pool, part)).transfer)).toEqual({ SUSPENSE: '-20.00', UNALLOCATED: '20.00' });
    expect((await match(pool, { ...part, amount: gbp('26.00') })).codes).toEqual(['ABOVE_COMMITMENT']);
    expect(lines((await match(pool, { ...part, amount: null })).transfer)).toEqual({
      ...{ SUSPENSE: '-25.00', UNALLOCATED: '25.00' },
    });
    expect((await match(pool, { ...part, amount: null })).codes).toEqual(['NOTHING_TO_MATCH']);
  });

  it('is refused beyond what this deposit has in suspense: NOT_ENOUGH_FUNDS with what there is', async () => {
    const pool = await opened();
    const { transfer } = await pool.deposit('50.00');
    await pool.deposit('500.00');
    await pool.commit('dfe:n', '900.00');
    const { userErrors } = await match(pool, { deposit: transfer.id, contribution: 'dfe:n', amount: gbp('51.00') });
    expect(userErrors).toMatchObject([{ code: 'NOT_ENOUGH_FUNDS', available: { amount: '50.00', currency: 'GBP' } }]);
  });

  it('is refused for what is not there: UNKNOWN_DEPOSIT, UNKNOWN_CONTRIBUTION, NOT_EXPECTED_HERE', async () => {
    const [pool, other] = [await opened(), await opened()];
    const { transfer } = await pool.deposit('50.00');
    await other.commit('dfe:o', '45.00');
    const codes = async (input: object) =>
      (await match(pool, { deposit: transfer.id, contribution: 'dfe:o', ...input })).codes;
    expect(await codes({ deposit: 'transfer-none' })).toEqual(['UNKNOWN_DEPOSIT']);
    expect(await codes({ contribution: 'dfe:none' })).toEqual(['UNKNOWN_CONTRIBUTION']);
    expect(await codes({})).toEqual(['NOT_EXPECTED_HERE']);
  });

  it('is refused before the deposit and in another currency: BAD_USER_INPUT, CURRENCY_MISMATCH', async () => {
    const pool = await opened();
    const { transfer } = await pool.deposit('50.00');
    await pool.commit('dfe:p', '45.00');
    const input = { deposit: transfer.id, contribution: 'dfe:p' };
    expect((await match(pool, { ...input, effectiveOn: '2025-04-30' })).codes).toEqual(['BAD_USER_INPUT']);
    const dollars = { amount: '1.00', currency: 'USD' };
    expect((await match(pool, { ...input, amount: dollars })).codes).toEqual(['CURRENCY_MISMATCH']);
  });
});
