import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { dayInLondon } from '../kernel/dates.js';
import { ControlsForTests, forbidden, refusedBy } from './controls-for-tests.js';
import { accountOf, faultsIn, writeByHand } from './moving-money-for-tests.js';
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

const both = async (attempt: (client: Client) => Promise<string>) => [await attempt(service), await attempt(owner)];
const finance = 'mission-delivery-unit.mission-finance';

async function opened(input: object = {}) {
  const pool = await new PoolForTests(world).open(input);
  return { pool, controls: new ControlsForTests(pool) };
}

/** Where the latest transfer is recorded: its period and its own day. */
const latest = async (controls: ControlsForTests) => {
  const { transfers } = await controls.ask('transfers(first: 1) { nodes { kind period effectiveOn } }');
  return Object.values(transfers.nodes[0]).join(' ');
};

describe('a frozen pool', () => {
  it('moves nothing and says where it can go from there: ILLEGAL_TRANSITION', async () => {
    const { pool, controls } = await opened();
    await pool.fund('100.00');
    const { transfer } = await pool.deposit('5.00');
    const allocation = await pool.allocate('50.00');
    const [drawdown, asked] = [await pool.draw(allocation, '20.00'), (await pool.request(allocation, '1.00')).drawdown];
    await pool.pay(drawdown, { amount: gbp('5.00') });
    const proposed = (await pool.propose('1.00')).allocation.id;
    await pool.commit('dfe:frozen', '5.00');
    expect((await controls.freeze()).budget).toMatchObject({ state: 'FROZEN', stateReason: 'An inquiry', version: 2 });
    const before = await pool.transferIds();
    const answers = [
      await pool.deposit('1.00'),
      await pool.approve(proposed),
      await controls.approveDrawdown(asked.id),
      await pool.pay(drawdown),
      await controls.void(drawdown),
      await pool.spend(allocation, '1.00'),
      await pool.reverse(transfer.id),
      await controls.do('publisher', 'matchDeposit', { deposit: transfer.id, contribution: 'dfe:frozen' }),
    ];
    for (const { userErrors } of answers) {
      expect(userErrors).toMatchObject([{ __typename: 'IllegalTransition', code: 'ILLEGAL_TRANSITION' }]);
      expect(userErrors[0].message).toBe(`Budget ${pool.id} is FROZEN; from here it can become OPEN, CLOSING.`);
    }
    expect(await pool.transferIds()).toEqual(before);
    expect((await controls.void(asked.id)).drawdown.state).toBe('VOIDED');
  });

  it('stops only its own rows of a batch of deposits or approvals', async () => {
    const [halted, other] = [await opened(), await opened()];
    for (const { pool } of [halted, other]) await pool.fund('10.00');
    const approvals = [];
    for (const { pool } of [halted, other]) approvals.push({ allocation: (await pool.propose('1.00')).allocation.id });
    await halted.controls.freeze();
    const row = { amount: gbp('1.00'), effectiveOn: '2025-05-01' };
    const deposits = [halted, other].map(({ pool }) => ({ ...row, budget: pool.id, reference: randomUUID() }));
    const paid = await halted.controls.do('publisher', 'recordDeposits', { deposits });
    const approved = await halted.controls.do('approver', 'approveAllocations', { approvals });
    for (const { rows } of [paid, approved]) {
      expect(rows.map(({ accepted, userErrors }: Answered) => userErrors[0]?.code ?? accepted)).toEqual([
        ...['ILLEGAL_TRANSITION', true],
      ]);
    }
  });

  it('is open again when told so, and matches what became known meanwhile', async () => {
    const { pool, controls } = await opened();
    await pool.deposit('40.00', { contribution: 'dfe:meanwhile' });
    await controls.freeze();
    expect(await pool.commit('dfe:meanwhile', '30.00')).toBe(200);
    expect(await pool.statement()).toEqual({ committed: '30.00', outstanding: '30.00', suspense: '40.00' });
    expect((await controls.freeze(false, { reason: 'It is over' })).budget).toMatchObject({
      ...{ state: 'OPEN', stateReason: 'It is over' },
    });
    expect(await pool.statement()).toEqual({
      ...{ committed: '30.00', deposited: '30.00', unallocated: '30.00', suspense: '10.00' },
    });
    expect((await pool.deposit('1.00')).codes).toEqual([]);
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('is frozen by mission finance or the host’s accounting officer, for a reason: FORBIDDEN, BAD_USER_INPUT', async () => {
    const { pool, controls } = await opened();
    expect((await controls.freeze(true, { budget: 'budget-none' })).codes).toEqual(['UNKNOWN_BUDGET']);
    for (const as of [`${pool.host}.approver`, 'hmt.accounting-officer', 'mission-delivery-unit.mission-unit']) {
      expect(forbidden(await controls.freeze(true, {}, as))).toBe('FORBIDDEN');
    }
    expect((await controls.freeze(true, { reason: ' ' })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await controls.freeze(true, { expectedVersion: 9 })).codes).toEqual(['STALE_VERSION']);
    expect((await controls.freeze(false)).codes).toEqual(['ILLEGAL_TRANSITION']);
    expect((await controls.freeze(true, { dryRun: true })).budget.state).toBe('FROZEN');
    expect((await controls.freeze(true, { expectedVersion: 1 }, finance)).codes).toEqual([]);
    expect((await controls.freeze(true, {}, finance)).codes).toEqual(['ILLEGAL_TRANSITION']);
  });

  it('among 20 deposits at once holds none that was recorded later, and fails nobody', async () => {
    const { pool, controls } = await opened();
    const deposits = Array.from({ length: 20 }, () => pool.deposit('1.00'));
    const freeze = new Promise<Answered>((resolve) => setTimeout(() => resolve(controls.freeze()), 15));
    const answers = await Promise.all(deposits);
    expect((await freeze).codes).toEqual([]);
    expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([]);
    expect(new Set(answers.flatMap(({ codes }) => codes))).toEqual(
      new Set(answers.some(({ codes }) => codes.length > 0) ? ['ILLEGAL_TRANSITION'] : []),
    );
    const late = `select count(*)::integer as count, count(*) filter (where transfer.recorded_at > pool.recorded_at)::integer as late
      from transfer join pooled_budget as pool on pool.id = transfer.pool_id where pool.id = $1`;
    expect((await owner.query(late, [pool.id])).rows).toEqual([
      { count: answers.filter(({ codes }) => codes.length === 0).length, late: 0 },
    ]);
    expect((await pool.deposit('1.00')).codes).toEqual(['ILLEGAL_TRANSITION']);
    expect(await faultsIn(owner, pool)).toEqual([]);
  });
});

describe('a period', () => {
  it('that is closed sends what is found later into the first open one, with its true day', async () => {
    const { pool, controls } = await opened();
    await pool.deposit('1.00', { effectiveOn: '2025-04-30' });
    expect(await latest(controls)).toBe('DEPOSIT P01 2025-04-30');
    expect((await controls.closePeriod('P01')).budget).toMatchObject({ closedPeriods: ['2025-26 P01'], version: 2 });
    await pool.deposit('1.00', { effectiveOn: '2025-04-30' });
    expect(await latest(controls)).toBe('DEPOSIT P02 2025-04-30');
    await controls.closePeriod('P02');
    await controls.closePeriod('P03');
    const { transfer } = await pool.deposit('1.00', { effectiveOn: '2025-05-01' });
    expect(await latest(controls)).toBe('DEPOSIT P04 2025-05-01');
    await pool.deposit('1.00', { effectiveOn: '2025-08-01' });
    expect(await latest(controls)).toBe('DEPOSIT P05 2025-08-01');
    await pool.reverse(transfer.id, { effectiveOn: '2025-05-02' });
    expect(await latest(controls)).toBe('DEPOSIT P04 2025-05-02');
    expect(await pool.statement('(effectiveOn: "2025-04-30")')).toEqual({ suspense: '2.00' });
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('is open in another year, and refused when the rest of its year is closed: PERIOD_CLOSED', async () => {
    const { pool, controls } = await opened({ annual: true });
    await pool.fund('100.00', '2025-05-01');
    const allocation = await pool.allocate('50.00');
    const drawdown = await pool.draw(allocation, '10.00');
    const { transfer } = await pool.deposit('1.00');
    const proposed = (await pool.propose('1.00')).allocation.id;
    await controls.closeUntil(12);
    const answers = [
      await pool.deposit('1.00', { effectiveOn: '2026-03-31' }),
      await pool.reverse(transfer.id),
      await pool.reverse(transfer.id, { effectiveOn: '2026-05-01' }),
      await pool.approve(proposed),
      await pool.pay(drawdown),
      await controls.void(drawdown),
      await pool.spend(allocation, '1.00'),
    ];
    expect(answers.map(({ codes }) => codes.join())).toEqual(answers.map(() => 'PERIOD_CLOSED'));
    expect((await pool.deposit('1.00', { effectiveOn: '2026-04-01' })).codes).toEqual([]);
    expect(await latest(controls)).toBe('DEPOSIT P01 2026-04-01');
    expect((await pool.deposit('1.00', { effectiveOn: '2025-03-31' })).codes).toEqual([]);
    expect(await latest(controls)).toBe('DEPOSIT P12 2025-03-31');
  });

  it('of a closed year does not hold up a commitment: what waits for it stays in suspense', async () => {
    const { pool, controls } = await opened({ annual: true });
    await pool.deposit('40.00', { contribution: 'dfe:closed-year', effectiveOn: '2025-05-01' });
    await pool.deposit('20.00', { contribution: 'dfe:closed-year', effectiveOn: '2026-05-01' });
    await controls.closeUntil(12);
    expect(await pool.commit('dfe:closed-year', '30.00')).toBe(200);
    expect(await pool.statement()).toMatchObject({ deposited: '20.00', suspense: '40.00', outstanding: '10.00' });
  });

  it('closes once, in order and when it is over in London: PERIOD_CLOSED, PERIOD_NOT_NEXT, PERIOD_NOT_OVER', async () => {
    const { controls } = await opened();
    expect((await controls.closePeriod('P02')).codes).toEqual(['PERIOD_NOT_NEXT']);
    expect((await controls.closePeriod('P01')).codes).toEqual([]);
    expect((await controls.closePeriod('P01')).codes).toEqual(['PERIOD_CLOSED']);
    expect((await controls.closePeriod('P03')).codes).toEqual(['PERIOD_NOT_NEXT']);
    expect((await controls.closePeriod('P02')).codes).toEqual([]);
    expect((await controls.closePeriod('P01', { financialYear: '2198-99' })).codes).toEqual(['PERIOD_NOT_OVER']);
    const calendar = (await opened({ calendarYears: true })).controls;
    const today = dayInLondon(new Date());
    const [year, month] = [today.slice(0, 4), Number(today.slice(5, 7))];
    const financialYear = `${year}-${year.slice(2)}`;
    await calendar.closeUntil(month - 1, financialYear);
    const running = `P${String(month).padStart(2, '0')}`;
    const { codes, userErrors } = await calendar.closePeriod(running, { financialYear });
    expect(codes).toEqual(['PERIOD_NOT_OVER']);
    expect(userErrors[0].message).toMatch(new RegExp(`^${financialYear} ${running} can be closed from `));
  });

  it('is closed by the host’s accounting officer, by its name: FORBIDDEN, UNKNOWN_BUDGET, BAD_USER_INPUT', async () => {
    const { pool, controls } = await opened();
    const input = { budget: pool.id, financialYear: '2025-26', period: 'P01' };
    for (const as of [`${pool.host}.approver`, 'hmt.accounting-officer']) {
      expect(forbidden(await deed(world, as, 'closePeriod', input))).toBe('FORBIDDEN');
    }
    expect((await controls.closePeriod('P01', { budget: 'budget-none' })).codes).toEqual(['UNKNOWN_BUDGET']);
    for (const period of ['P00', 'P13', 'p01', '1', '']) {
      expect((await controls.closePeriod(period)).codes).toEqual(['BAD_USER_INPUT']);
    }
    expect((await controls.closePeriod('P01', { financialYear: '2025-25' })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await controls.closePeriod('P01', { expectedVersion: 9 })).codes).toEqual(['STALE_VERSION']);
    expect((await controls.closePeriod('P01', { dryRun: true })).budget.closedPeriods).toEqual(['2025-26 P01']);
    await controls.freeze();
    expect((await controls.closePeriod('P01')).codes).toEqual([]);
  });

  it('that closes among 20 deposits at once holds none that was recorded later, and fails nobody', async () => {
    const { pool, controls } = await opened();
    const deposits = Array.from({ length: 20 }, () => pool.deposit('1.00', { effectiveOn: '2025-04-10' }));
    const close = new Promise<Answered>((resolve) => setTimeout(() => resolve(controls.closePeriod('P01')), 15));
    const answers = await Promise.all(deposits);
    expect((await close).codes).toEqual([]);
    expect(answers.flatMap(({ codes, errors }) => [...codes, ...(errors ?? [])])).toEqual([]);
    const sql = `select count(*)::integer as count, count(*) filter (where period = 'P01' and transfer.recorded_at > pool.recorded_at)::integer as late,
        count(*) filter (where period not in ('P01', 'P02'))::integer as elsewhere
      from transfer join pooled_budget as pool on pool.id = transfer.pool_id where pool.id = $1`;
    expect((await owner.query(sql, [pool.id])).rows).toEqual([{ count: 20, late: 0, elsewhere: 0 }]);
    expect(await pool.statement()).toEqual({ suspense: '20.00' });
    expect(await faultsIn(owner, pool)).toEqual([]);
  });
});

describe('a pool that is closed', () => {
  it('takes nothing in while CLOSING, pays out what is set aside, and ends when nothing is under way', async () => {
    const { pool, controls } = await opened();
    await pool.fund('100.00');
    const { transfer } = await pool.deposit('7.00');
    const allocation = await pool.allocate('60.00');
    const drawdown = await pool.draw(allocation, '40.00');
    await pool.pay(drawdown, { amount: gbp('25.00') });
    expect((await controls.close('CLOSING', { reason: 'The mission is achieved' })).budget.state).toBe('CLOSING');
    expect((await controls.ask('stateReason')).stateReason).toBe('The mission is achieved');
    expect((await pool.deposit('1.00')).codes).toEqual(['ILLEGAL_TRANSITION']);
    const { codes, userErrors } = await controls.close('CLOSED');
    expect([codes, userErrors[0].message]).toEqual([
      ['NOT_SETTLED'],
      'The pool cannot be closed yet: 15.00 GBP is reserved for drawdowns; 25.00 GBP is with recipients without evidence of what it was spent on; 7.00 GBP is in suspense. Settle it first.',
    ]);
    expect((await pool.pay(drawdown)).codes).toEqual([]);
    expect((await pool.spend(allocation, '40.00')).codes).toEqual([]);
    expect((await controls.close('CLOSED')).userErrors[0].message).toMatch(/yet: 7\.00 GBP is in suspense\. Settle/);
    expect((await pool.reverse(transfer.id)).codes).toEqual([]);
    const { allocation: proposed } = await pool.propose('1.00');
    expect((await controls.close('CLOSED')).budget.state).toBe('CLOSED');
    expect((await pool.approve(proposed.id)).codes).toEqual(['ILLEGAL_TRANSITION']);
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('goes its steps in order, told by the host’s accounting officer: ILLEGAL_TRANSITION, BAD_USER_INPUT, FORBIDDEN', async () => {
    const { pool, controls } = await opened();
    const input = { budget: pool.id, to: 'CLOSING' };
    for (const as of [finance, `${pool.host}.approver`, 'hmt.accounting-officer']) {
      expect(forbidden(await deed(world, as, 'closeBudget', input))).toBe('FORBIDDEN');
    }
    expect((await controls.close('CLOSING', { budget: 'budget-none' })).codes).toEqual(['UNKNOWN_BUDGET']);
    expect((await controls.close('CLOSING', { expectedVersion: 9 })).codes).toEqual(['STALE_VERSION']);
    for (const to of ['DRAFT', 'OPEN', 'FROZEN']) expect((await controls.close(to)).codes).toEqual(['BAD_USER_INPUT']);
    expect((await controls.close('CLOSED')).codes).toEqual(['ILLEGAL_TRANSITION']);
    await controls.freeze();
    expect((await controls.close('CLOSING')).codes).toEqual([]);
    expect((await controls.close('CLOSING')).codes).toEqual(['ILLEGAL_TRANSITION']);
    expect((await controls.freeze()).codes).toEqual(['ILLEGAL_TRANSITION']);
    expect((await controls.closePeriod('P01')).codes).toEqual([]);
    expect((await controls.close('CLOSED')).codes).toEqual([]);
    expect((await controls.closePeriod('P02')).codes).toEqual(['ILLEGAL_TRANSITION']);
    expect((await controls.freeze(false)).codes).toEqual(['ILLEGAL_TRANSITION']);
  });

  it('while money is reserved in it at the same moment is either settled or not closed', async () => {
    const { pool, controls } = await opened();
    await pool.fund('100.00');
    const allocation = await pool.allocate('60.00');
    const asked = await Promise.all(Array.from({ length: 10 }, () => pool.request(allocation, '1.00')));
    await controls.close('CLOSING');
    const answers = await Promise.all([
      ...asked.slice(0, 5).map(({ drawdown }) => controls.approveDrawdown(drawdown.id)),
      controls.close('CLOSED'),
      ...asked.slice(5).map(({ drawdown }) => controls.approveDrawdown(drawdown.id)),
    ]);
    expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([]);
    const [{ state }, { reserved = '0.00' }] = [await controls.ask('state'), await pool.statement()];
    expect(state === 'CLOSED' ? reserved : state).toBe(state === 'CLOSED' ? '0.00' : 'CLOSING');
  });
});

describe('the database, of pools and periods,', () => {
  const set = (pool: PoolForTests, what: string) =>
    both((client) => refusedBy(client, `update pooled_budget set ${what} where id = $1`, [pool.id]));

  it('refuses a transfer in a frozen pool and one in a closed period', async () => {
    const { pool, controls } = await opened();
    const { transfer } = await pool.deposit('1.00');
    const lines = [
      [await accountOf(owner, pool, 'CONTRIBUTOR_SOURCE'), -100],
      [await accountOf(owner, pool, 'SUSPENSE'), 100],
    ];
    const write = (period: string) =>
      both((client) => {
        const row = { deposit_id: transfer.id, effective_on: '2025-04-10', period };
        return writeByHand(client, pool, [{ kind: 'DEPOSIT', row, lines } as never]);
      });
    await controls.closePeriod('P01');
    expect(await write('P01')).toEqual(['HB009', 'HB009']);
    expect(await write('P02')).toEqual(['written', 'written']);
    await controls.freeze();
    expect(await write('P02')).toEqual(['HB009', 'HB009']);
  });

  it('refuses steps out of order, an end with money under way, and another host', async () => {
    const { pool, controls } = await opened();
    await pool.deposit('1.00');
    for (const state of ['CLOSED', 'DRAFT']) expect(await set(pool, `state = '${state}'`)).toEqual(['HB013', 'HB013']);
    await controls.close('CLOSING');
    for (const state of ['CLOSED', 'OPEN', 'FROZEN']) {
      expect(await set(pool, `state = '${state}'`)).toEqual(['HB013', 'HB013']);
    }
    expect(await set(pool, `host_id = 'other'`)).toEqual(['HB002', 'HB002']);
  });

  it('refuses to open a closed period again, and to close one out of order or before its end', async () => {
    const { pool, controls } = await opened();
    await controls.closeUntil(2);
    expect(await set(pool, `closed_periods = '{2025-26 P01}'`)).toEqual(['HB002', 'HB002']);
    const more = (period: string) => set(pool, `closed_periods = closed_periods || array['${period}']`);
    expect(await more('2025-26 P04')).toEqual(['HB013', 'HB013']);
    expect(await more('2998-99 P01')).toEqual(['HB013', 'HB013']);
    const today = dayInLondon(new Date());
    const year = Number(today.slice(0, 4)) - (today.slice(5) < '04-01' ? 1 : 0);
    const running = ((Number(today.slice(5, 7)) + 8) % 12) + 1;
    const named = (number: number) => `${year}-${String((year + 1) % 100)} P${String(number).padStart(2, '0')}`;
    const all = Array.from({ length: running }, (_, place) => `'${named(place + 1)}'`).join(', ');
    expect(await set(pool, `closed_periods = closed_periods || array[${all}]`)).toEqual(['HB013', 'HB013']);
  });
});
