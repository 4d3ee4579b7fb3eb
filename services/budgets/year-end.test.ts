import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { onStatement } from '../kernel/database.js';
import { dayInLondon, financialYearOf } from '../kernel/dates.js';
import {
  accountOf,
  type ByHand,
  done,
  faultsIn,
  halted,
  journalOf,
  MovingMoneyForTests,
  writeByHand,
} from './moving-money-for-tests.js';
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

/** A pool whose money is of a financial year. */
async function annual(input: object = {}): Promise<MovingMoneyForTests> {
  return new MovingMoneyForTests(await new PoolForTests(world).open({ annual: true, ...input }));
}

const today = dayInLondon(new Date());
const thisYear = financialYearOf(today);
const both = async (attempt: (client: Client) => Promise<string>) => [await attempt(service), await attempt(owner)];
const race = async (times: number, attempt: () => Promise<Answered>): Promise<string[]> => {
  const answers = await Promise.all(Array.from({ length: times }, attempt));
  return answers.map(({ codes, errors }) => (errors ? JSON.stringify(errors) : (codes[0] ?? 'done'))).sort();
};
const closeYear = ({ pool }: MovingMoneyForTests, year: string) => {
  const closed = Array.from({ length: 12 }, (_, place) => `${year} P${String(place + 1).padStart(2, '0')}`);
  return owner.query('update pooled_budget set closed_periods = $2 where id = $1', [pool.id, closed]);
};

const yearEndFields = `controlTotal unspent { amount } unallocated { amount } available { amount } reserved { amount }
  withRecipients { amount } carriedOver { amount } mayBeCarriedOver { amount } willLapse { amount }
  shares { contribution { id } contributor { id } amount { amount } }`;

/** The year-end view of a pool: a line for each control total, its words in the order of the fields. */
async function yearEndOf({ pool }: MovingMoneyForTests, year: string, asked: object = {}): Promise<Answered[]> {
  const document = `query ($id: ID!, $year: FinancialYear!) { pooledBudget(id: $id) { yearEnd(financialYear: $year) { ${yearEndFields} } } }`;
  const { data, errors } = await world.ask(document, { variables: { id: pool.id, year }, ...asked });
  if (errors) throw new Error(JSON.stringify(errors));
  return data.pooledBudget.yearEnd.map(({ controlTotal, shares, ...words }: Answered) => [
    controlTotal,
    Object.entries(words as Record<string, { amount: string }>)
      .filter(([, { amount }]) => Number(amount) !== 0)
      .map(([word, { amount }]) => `${word} ${amount}`)
      .join(', '),
    shares.map(({ contribution, amount }: Answered) => `${contribution.id.split(':')[0]} ${amount.amount}`).join(', '),
  ]);
}

/** So much of each contributor, by name, in a year. */
const paid = async (money: MovingMoneyForTests, amounts: Record<string, string>, input: object = {}) => {
  for (const [name, amount] of Object.entries(amounts)) await money.paidIn(`${name}:${randomUUID()}`, amount, input);
};

describe('a carry-over', () => {
  it('takes money out on the last day of its year and in on the first day of the next', async () => {
    const money = await annual();
    await paid(money, { defra: '100.00' });
    await money.pool.allocate('30.00');
    const { carriedOut, carriedIn } = done(
      await money.carryOver('25.00', { reason: 'Letter 7', effectiveOn: '2026-04-20' }),
    );
    expect(carriedOut).toMatchObject({ financialYear: '2025-26', reason: 'Decided on 2026-04-20: Letter 7' });
    expect(carriedIn).toMatchObject({ financialYear: '2026-27' });
    expect(await journalOf(money.pool, 'CARRY_OUT', 'CARRY_IN')).toEqual([
      '2026-03-31 CARRY_OUT 2025-26 RDEL_PROGRAMME: UNALLOCATED -25.00, CARRIED_FORWARD 25.00',
      '2026-04-01 CARRY_IN 2026-27 RDEL_PROGRAMME: CARRIED_FORWARD of 2025-26 -25.00, UNALLOCATED 25.00',
    ]);
    const all = { committed: '100.00', deposited: '100.00', allocated: '30.00' };
    expect({
      '2026-03-30': await money.pool.statement('(effectiveOn: "2026-03-30")'),
      '2026-03-31': await money.pool.statement('(effectiveOn: "2026-03-31")'),
      now: await money.pool.statement(),
      '2025-26': await money.pool.statement('(financialYear: "2025-26")'),
      '2026-27': await money.pool.statement('(financialYear: "2026-27")'),
    }).toEqual({
      '2026-03-30': { ...all, unallocated: '70.00' },
      '2026-03-31': { ...all, unallocated: '45.00', carriedOut: '25.00' },
      now: { ...all, unallocated: '70.00', carriedIn: '25.00', carriedOut: '25.00' },
      '2025-26': { deposited: '100.00', allocated: '30.00', unallocated: '45.00', carriedOut: '25.00' },
      '2026-27': { unallocated: '25.00', carriedIn: '25.00' },
    });
    expect(await faultsIn(owner, money.pool)).toEqual([]);
  });

  it('is done once for a pool, year and control total: ALREADY_CARRIED_OVER', async () => {
    const money = await annual({ controlTotals: ['CDEL', 'RDEL_ADMIN'] });
    for (const controlTotal of ['CDEL', 'RDEL_ADMIN']) await paid(money, { defra: '10.00' }, { controlTotal });
    const key = { idempotencyKey: randomUUID(), controlTotal: 'CDEL' };
    const first = done(await money.carryOver('1.00', key));
    expect(await money.carryOver('1.00', key)).toMatchObject({ replayed: true, carriedOut: first.carriedOut });
    expect((await money.carryOver('1.00', { controlTotal: 'CDEL' })).codes).toEqual(['ALREADY_CARRIED_OVER']);
    done(await money.carryOver('1.00', { controlTotal: 'RDEL_ADMIN' }));
    expect((await money.carryOver('1.00')).codes).toEqual(['BAD_USER_INPUT']);
    expect((await money.carryOver('1.00', { controlTotal: 'RAME' })).codes).toEqual(['CONTROL_TOTAL_MISMATCH']);
  });

  it('stays within the cap, of what was deposited and carried in: LIMIT_EXCEEDED', async () => {
    const money = await annual({ carryOverCapPercent: '12.5' });
    await paid(money, { defra: '80.00' }, { financialYear: '2024-25', effectiveOn: '2024-05-01' });
    const refused = await money.carryOver('10.01', { financialYear: '2024-25' });
    expect(refused.userErrors).toMatchObject([{ __typename: 'LimitExceeded', limit: gbp('10.00') }]);
    done(await money.carryOver('10.00', { financialYear: '2024-25' }));
    await paid(money, { dfe: '30.05' });
    const next = await money.carryOver('5.01');
    expect(next.userErrors).toMatchObject([{ code: 'LIMIT_EXCEEDED', limit: gbp('5.00') }]);
    done(await money.carryOver('5.00'));
    expect(await faultsIn(owner, money.pool)).toEqual([]);
  });

  it('is refused where it makes no sense: NOT_ANNUAL, YEAR_NOT_ENDED, NOT_ENOUGH_FUNDS, UNKNOWN_BUDGET, PERIOD_CLOSED', async () => {
    const money = await annual();
    await paid(money, { defra: '10.00' });
    await paid(money, { defra: '10.00' }, { financialYear: thisYear, effectiveOn: today });
    const codes = async (amount: string, input: object = {}) => (await money.carryOver(amount, input)).codes;
    expect(await codes('1.00', { financialYear: thisYear })).toEqual(['YEAR_NOT_ENDED']);
    expect(await codes('1.00', { financialYear: '2199-00' })).toEqual(['YEAR_NOT_ENDED']);
    expect(await codes('1.00', { effectiveOn: '2026-03-31' })).toEqual(['YEAR_NOT_ENDED']);
    expect(await codes('1.00', { effectiveOn: '2999-01-01' })).toEqual(['BAD_USER_INPUT']);
    expect(await codes('1.00', { financialYear: '2025-25' })).toEqual(['BAD_USER_INPUT']);
    expect(await codes('0.00')).toEqual(['BAD_USER_INPUT']);
    expect(await codes('1.00', { amount: { amount: '1.00', currency: 'USD' } })).toEqual(['CURRENCY_MISMATCH']);
    expect(await codes('1.00', { budget: 'budget-none' })).toEqual(['UNKNOWN_BUDGET']);
    expect((await money.carryOver('10.01')).userErrors).toMatchObject([{ available: gbp('10.00') }]);
    const forbidden = await money.do('approver', 'carryOver', {
      budget: money.pool.id,
      financialYear: '2025-26',
      amount: gbp('1.00'),
    });
    expect(forbidden.errors[0].extensions.code).toBe('FORBIDDEN');
    const standing = new MovingMoneyForTests(await new PoolForTests(world).open());
    expect((await standing.carryOver('1.00')).codes).toEqual(['NOT_ANNUAL']);
    await halted(owner, money.pool);
    expect(await codes('1.00')).toEqual(['ILLEGAL_TRANSITION']);
    await halted(owner, money.pool, 'OPEN');
    await closeYear(money, '2025-26');
    expect(await codes('1.00')).toEqual(['PERIOD_CLOSED']);
  });

  it('of 20 at once for the last pound happens once, and a dry run of it not at all', async () => {
    const money = await annual();
    await paid(money, { defra: '1.00' });
    const journal = await journalOf(money.pool);
    expect(done(await money.carryOver('1.00', { dryRun: true })).carriedIn.financialYear).toBe('2026-27');
    expect(await journalOf(money.pool)).toEqual(journal);
    expect(await race(20, () => money.carryOver('1.00'))).toEqual([...Array(19).fill('ALREADY_CARRIED_OVER'), 'done']);
    expect(await money.pool.statement()).toMatchObject({ unallocated: '1.00', carriedIn: '1.00', carriedOut: '1.00' });
    expect(await faultsIn(owner, money.pool)).toEqual([]);
  });

  it('goes from one calendar year to the next in a pool that counts in them', async () => {
    const money = await annual({ calendarYears: true });
    await paid(money, { ocha: '10.00' }, { effectiveOn: '2025-03-01' });
    done(await money.carryOver('4.00', { financialYear: '2025-25' }));
    expect(await journalOf(money.pool, 'CARRY_OUT', 'CARRY_IN')).toEqual([
      '2025-12-31 CARRY_OUT 2025-25 RDEL_PROGRAMME: UNALLOCATED -4.00, CARRIED_FORWARD 4.00',
      '2026-01-01 CARRY_IN 2026-26 RDEL_PROGRAMME: CARRIED_FORWARD of 2025-25 -4.00, UNALLOCATED 4.00',
    ]);
    expect((await money.carryOver('4.00', { financialYear: '2025-26' })).codes).toEqual(['BAD_USER_INPUT']);
    expect(await faultsIn(owner, money.pool)).toEqual([]);
  });

  it('is not reversed, neither out nor in: NOT_REVERSIBLE', async () => {
    const money = await annual();
    await paid(money, { defra: '10.00' });
    const { carriedOut, carriedIn } = done(await money.carryOver('1.00'));
    for (const { id } of [carriedOut, carriedIn]) {
      expect((await money.pool.reverse(id, { effectiveOn: today })).codes).toEqual(['NOT_REVERSIBLE']);
    }
  });
});

describe('a lapse', () => {
  it('takes money out of the pool that was not set aside, or not drawn out of an allocation', async () => {
    const money = await annual();
    await paid(money, { defra: '100.00' });
    const allocation = await money.pool.allocate('40.00');
    await money.pool.draw(allocation, '15.00');
    done(await money.lapse('60.00', { effectiveOn: '2026-03-31' }));
    const { transfer } = done(await money.lapse('25.00', { allocation, reason: 'The project ended' }));
    expect(transfer).toMatchObject({ effectiveOn: today, reason: 'The project ended' });
    expect(await journalOf(money.pool, 'LAPSE')).toEqual([
      '2026-03-31 LAPSE 2025-26 RDEL_PROGRAMME: UNALLOCATED -60.00, LAPSED 60.00',
      `${today} LAPSE 2025-26 RDEL_PROGRAMME: ALLOCATION_AVAILABLE -25.00, LAPSED 25.00`,
    ]);
    const came = { committed: '100.00', deposited: '100.00' };
    expect(await money.pool.statement()).toEqual({ ...came, allocated: '15.00', reserved: '15.00', lapsed: '85.00' });
    expect(await faultsIn(owner, money.pool)).toEqual([]);
    done(await money.pool.reverse(transfer.id, { effectiveOn: today }));
    expect(await money.pool.statement()).toMatchObject({ allocated: '40.00', lapsed: '60.00' });
    expect(await faultsIn(owner, money.pool)).toEqual([]);
  });

  it('comes after the end of its year, in a pool with years, for a reason: NOT_ANNUAL, YEAR_NOT_ENDED, BAD_USER_INPUT', async () => {
    const money = await annual();
    await paid(money, { defra: '10.00' });
    const codes = async (input: object) => (await money.lapse('1.00', input)).codes;
    expect(await codes({ financialYear: thisYear })).toEqual(['YEAR_NOT_ENDED']);
    expect(await codes({ reason: ' ' })).toEqual(['BAD_USER_INPUT']);
    expect(await codes({ effectiveOn: '2026-03-30' })).toEqual(['BAD_USER_INPUT']);
    expect(await codes({ budget: 'budget-none' })).toEqual(['UNKNOWN_BUDGET']);
    expect(await codes({ amount: { amount: '1.00', currency: 'USD' } })).toEqual(['CURRENCY_MISMATCH']);
    expect((await money.lapse('10.01')).userErrors).toMatchObject([{ available: gbp('10.00') }]);
    const standing = new MovingMoneyForTests(await new PoolForTests(world).open());
    expect((await standing.lapse('1.00')).codes).toEqual(['NOT_ANNUAL']);
    const answer = await money.do('approver', 'lapseFunds', {
      ...{ budget: money.pool.id, financialYear: '2025-26', amount: gbp('1.00'), reason: 'x' },
    });
    expect(answer.errors[0].extensions.code).toBe('FORBIDDEN');
    await halted(owner, money.pool);
    expect(await codes({})).toEqual(['ILLEGAL_TRANSITION']);
    await halted(owner, money.pool, 'OPEN');
    await closeYear(money, '2025-26');
    expect(await codes({})).toEqual(['PERIOD_CLOSED']);
  });

  it('of an allocation is of its own pool, year and control total: POOL_MISMATCH, FINANCIAL_YEAR_MISMATCH, CONTROL_TOTAL_MISMATCH', async () => {
    const [money, other] = [await annual({ controlTotals: ['CDEL', 'RDEL_ADMIN'] }), await annual()];
    await paid(money, { defra: '10.00' }, { controlTotal: 'CDEL' });
    await paid(other, { defra: '10.00' });
    const allocation = await money.pool.allocate('10.00', { controlTotal: 'CDEL' });
    const elsewhere = await other.pool.allocate('10.00');
    const codes = async (input: object) => (await money.lapse('1.00', input)).codes;
    expect(await codes({ allocation: elsewhere })).toEqual(['POOL_MISMATCH']);
    expect(await codes({ allocation: 'allocation-none' })).toEqual(['UNKNOWN_ALLOCATION']);
    expect(await codes({ allocation, financialYear: '2024-25' })).toEqual(['FINANCIAL_YEAR_MISMATCH']);
    expect(await codes({ allocation, controlTotal: 'RDEL_ADMIN' })).toEqual(['CONTROL_TOTAL_MISMATCH']);
    expect(await codes({})).toEqual(['BAD_USER_INPUT']);
    const journal = await journalOf(money.pool);
    done(await money.lapse('1.00', { allocation, dryRun: true }));
    expect(await journalOf(money.pool)).toEqual(journal);
    expect(await race(20, () => money.lapse('10.00', { allocation }))).toEqual([
      ...Array(19).fill('NOT_ENOUGH_FUNDS'),
      'done',
    ]);
  });
});

describe('the year end of a pool', () => {
  it('shows what is unspent, what may be carried over, what will lapse and whose share returns', async () => {
    const money = await annual({ controlTotals: ['CDEL', 'RDEL_ADMIN'], carryOverCapPercent: '10' });
    await paid(money, { defra: '60.00', dfe: '40.00' }, { controlTotal: 'CDEL' });
    await paid(money, { defra: '9.99' }, { controlTotal: 'RDEL_ADMIN' });
    const allocation = await money.pool.allocate('70.00', { controlTotal: 'CDEL' });
    const drawdown = await money.pool.draw(allocation, '30.00');
    await money.pool.pay(drawdown, { amount: gbp('20.00') });
    await money.pool.spend(allocation, '5.00');
    const before = await yearEndOf(money, '2025-26');
    expect(before).toEqual([
      [
        'CDEL',
        'unspent 95.00, unallocated 30.00, available 40.00, reserved 10.00, withRecipients 15.00, mayBeCarriedOver 10.00, willLapse 60.00',
        'defra 42.00, dfe 28.00',
      ],
      ['RDEL_ADMIN', 'unspent 9.99, unallocated 9.99, mayBeCarriedOver 0.99, willLapse 9.00', 'defra 9.99'],
    ]);
    const { rows } = await owner.query('select clock_timestamp() as now');
    done(await money.carryOver('10.00', { controlTotal: 'CDEL' }));
    expect(await yearEndOf(money, '2025-26')).toEqual([
      [
        'CDEL',
        'unspent 85.00, unallocated 20.00, available 40.00, reserved 10.00, withRecipients 15.00, carriedOver 10.00, willLapse 60.00',
        'defra 36.00, dfe 24.00',
      ],
      before[1],
    ]);
    expect(await yearEndOf(money, '2026-27')).toEqual([
      ['CDEL', 'unspent 10.00, unallocated 10.00, mayBeCarriedOver 1.00, willLapse 9.00', 'defra 6.00, dfe 4.00'],
      ['RDEL_ADMIN', '', ''],
    ]);
    expect(await yearEndOf(money, '2025-26', { asKnownAt: rows[0].now.toISOString() })).toEqual(before);
  });

  it('says that what came back after the year has ended is not carried over, as carryOver does', async () => {
    const money = await annual();
    await paid(money, { defra: '50.00' });
    const drawdown = await money.pool.draw(await money.pool.allocate('40.00'), '40.00');
    done(await money.pool.pay(drawdown));
    done(await money.refund(drawdown, '5.00', { effectiveOn: '2026-05-15' }));
    const line = 'unspent 50.00, unallocated 15.00, withRecipients 35.00, mayBeCarriedOver 10.00, willLapse 5.00';
    expect(await yearEndOf(money, '2025-26')).toEqual([['RDEL_PROGRAMME', line, 'defra 15.00']]);
    const known = await yearEndOf(money, '2025-26', { asKnownAt: new Date(Date.now() + 60_000).toISOString() });
    expect(known).toEqual([['RDEL_PROGRAMME', line, 'defra 15.00']]);
    expect((await money.carryOver('10.01')).userErrors).toMatchObject([{ available: gbp('10.00') }]);
    done(await money.carryOver('10.00'));
  });

  it('is empty where authority does not expire, and for a year of another kind', async () => {
    const standing = new MovingMoneyForTests(await new PoolForTests(world).open());
    await paid(standing, { defra: '10.00' });
    expect(await yearEndOf(standing, '2025-26')).toEqual([]);
    expect(await yearEndOf(await annual(), '2025-25')).toEqual([]);
    expect(await yearEndOf(await annual(), '2025-26')).toEqual([['RDEL_PROGRAMME', '', '']]);
  });

  it('costs the same number of SQL statements however many pools, years and contributions are asked for', async () => {
    for (let place = 0; place < 3; place++) await paid(await annual(), { a: '1.00', b: '2.00', c: '3.00' });
    const cost = async (first: number) => {
      let count = 0;
      const stop = onStatement(world.services.budgets.orm, (sql) => {
        if (!/^(begin|commit|rollback|set |select set_config)/i.test(sql)) count++;
      });
      const { data, errors } = await world.ask(`{ pooledBudgets(first: ${first}) { nodes {
        a: yearEnd(financialYear: "2025-26") { ${yearEndFields} } b: yearEnd(financialYear: "2026-27") { ${yearEndFields} } } } }`);
      stop();
      if (errors) throw new Error(JSON.stringify(errors));
      return [data.pooledBudgets.nodes.length, count];
    };
    expect([await cost(1), await cost(12)]).toEqual([
      [1, 4],
      [12, 4],
    ]);
  });
});

describe('the database, asked by hand to carry over or to let lapse,', () => {
  const carried = async (money: MovingMoneyForTests, out: number, into = out, on = ['2026-03-31', '2026-04-01']) => {
    const account = (kind: string, financial_year: string) => accountOf(owner, money.pool, kind, { financial_year });
    const forward = await account('CARRIED_FORWARD', '2025-26');
    const moves: ByHand[] = [
      {
        ...{ kind: 'CARRY_OUT', row: { effective_on: on[0], financial_year: '2025-26', period: 'P12' } },
        lines: [
          [await account('UNALLOCATED', '2025-26'), -out],
          [forward, out],
        ],
      },
      {
        ...{ kind: 'CARRY_IN', row: { effective_on: on[1], financial_year: '2026-27', period: 'P01' } },
        lines: [
          [forward, -into],
          [await account('UNALLOCATED', '2026-27'), into],
        ],
      },
    ];
    return moves;
  };
  const attempt = async (moves: (money: MovingMoneyForTests) => Promise<ByHand[]>, input: object = {}) => {
    const found: string[] = [];
    for (const client of [service, owner]) {
      const money = await annual(input);
      await paid(money, { defra: '10.00' });
      found.push(await writeByHand(client, money.pool, await moves(money)));
    }
    return found;
  };

  it('refuses what is carried out and not in, or not as much, twice, above the cap, or on another day', async () => {
    expect(await attempt((money) => carried(money, 500))).toEqual(['written', 'written']);
    expect(await attempt(async (money) => [(await carried(money, 500))[0]!])).toEqual(['HB004', 'HB004']);
    expect(await attempt((money) => carried(money, 500, 499))).toEqual(['HB004', 'HB004']);
    const once = ['carried_out_once', 'carried_out_once'];
    expect(await attempt(async (money) => [...(await carried(money, 1)), ...(await carried(money, 1))])).toEqual(once);
    expect(await attempt((money) => carried(money, 101), { carryOverCapPercent: '10' })).toEqual(['HB010', 'HB010']);
    expect(await attempt((money) => carried(money, 100), { carryOverCapPercent: '10' })).toEqual([
      'written',
      'written',
    ]);
    const early = ['2026-03-30', '2026-04-01'];
    expect(await attempt((money) => carried(money, 1, 1, early))).toEqual(['HB015', 'HB015']);
    expect(await attempt((money) => carried(money, 1, 1, ['2026-03-31', '2026-04-02']))).toEqual(['HB015', 'HB015']);
  });

  it('refuses a lapse before the end of the year, and in a pool whose authority does not expire', async () => {
    const lapse = async ({ pool }: MovingMoneyForTests, on: string, year: string | null): Promise<ByHand[]> => {
      const place = { financial_year: year };
      const lines: ByHand['lines'] = [
        [await accountOf(owner, pool, 'UNALLOCATED', place), -100],
        [await accountOf(owner, pool, 'LAPSED', place), 100],
      ];
      return [{ kind: 'LAPSE', row: { effective_on: on }, lines }];
    };
    expect(await attempt((money) => lapse(money, '2026-03-31', '2025-26'))).toEqual(['written', 'written']);
    expect(await attempt((money) => lapse(money, '2026-03-30', '2025-26'))).toEqual(['HB015', 'HB015']);
    expect(await attempt((money) => lapse(money, '2026-03-31', null), { annual: false })).toEqual(['HB015', 'HB015']);
  });

  it('refuses to reverse a half of a carry-over', async () => {
    const money = await annual();
    await paid(money, { defra: '10.00' });
    const { carriedIn } = done(await money.carryOver('5.00'));
    const [, into] = await carried(money, 500);
    const back: ByHand = {
      ...into!,
      row: { ...into!.row, reverses_id: carriedIn.id },
      lines: into!.lines.map(([account, minor]) => [account, -minor]),
    };
    expect(await both((client) => writeByHand(client, money.pool, [back]))).toEqual(['HB004', 'HB004']);
    const forbidden = await deed(world, 'other-department.accounting-officer', 'carryOver', {
      ...{ budget: money.pool.id, financialYear: '2025-26', amount: gbp('1.00') },
    });
    expect(forbidden.errors[0].extensions.code).toBe('FORBIDDEN');
  });
});
