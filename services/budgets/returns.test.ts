import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
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

const both = async (attempt: (client: Client) => Promise<string>) => [await attempt(service), await attempt(owner)];
const race = async (times: number, attempt: () => Promise<Answered>): Promise<string[]> => {
  const answers = await Promise.all(Array.from({ length: times }, attempt));
  return answers.map(({ codes, errors }) => (errors ? JSON.stringify(errors) : (codes[0] ?? 'done'))).sort();
};

const opened = async (input: object = {}) => new MovingMoneyForTests(await new PoolForTests(world).open(input));

/** So much of each contributor, by name; answers their contributions. */
async function paid(money: MovingMoneyForTests, amounts: Record<string, string>, input: object = {}) {
  const contributions = Object.keys(amounts).map((name) => `${name}:${randomUUID()}`);
  for (const [place, amount] of Object.values(amounts).entries()) {
    await money.paidIn(contributions[place]!, amount, input);
  }
  return contributions;
}

/** 40.00 of 100.00 paid to a recipient on one drawdown, and 20.00 on another of the same allocation. */
async function drawn() {
  const money = await opened();
  await paid(money, { defra: '100.00' });
  const allocation = await money.pool.allocate('60.00');
  const [drawdown, other] = [await money.pool.draw(allocation, '40.00'), await money.pool.draw(allocation, '20.00')];
  for (const each of [drawdown, other]) done(await money.pool.pay(each));
  return { money, pool: money.pool, allocation, drawdown, other };
}

/** Who got how much of a return. */
const shares = ({ transfers }: Answered) =>
  transfers.map(({ contribution, amount }: Answered) => `${contribution.id.split(':')[0]} ${amount.amount}`).join(', ');

describe('a refund', () => {
  it('goes back to the pool to be used again, or is due to the contributors', async () => {
    const { money, pool, drawdown, other } = await drawn();
    const before = { committed: '100.00', deposited: '100.00', allocated: '60.00', drawnDown: '60.00' };
    expect(await pool.statement()).toEqual({ ...before, unallocated: '40.00' });
    done(await money.refund(drawdown, '15.00'));
    expect(await pool.statement()).toEqual({ ...before, unallocated: '55.00', refunded: '15.00' });
    done(await money.refund(other, '5.00', { reuse: false, effectiveOn: '2025-11-02' }));
    expect(await pool.statement()).toEqual({
      ...{ ...before, unallocated: '55.00', refunded: '20.00', refundDue: '5.00' },
    });
    expect(await journalOf(pool, 'REFUND')).toEqual([
      '2025-11-01 REFUND 2025-26 RDEL_PROGRAMME: WITH_RECIPIENT -15.00, UNALLOCATED 15.00',
      '2025-11-02 REFUND 2025-26 RDEL_PROGRAMME: WITH_RECIPIENT -5.00, REFUND_DUE 5.00',
    ]);
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('is never more than its drawdown was paid, nor than the allocation shows as not spent: NOT_ENOUGH_FUNDS', async () => {
    const { money, pool, allocation, drawdown, other } = await drawn();
    expect((await money.refund(drawdown, '40.01')).userErrors).toMatchObject([{ available: gbp('40.00') }]);
    done(await money.refund(drawdown, '10.00'));
    expect((await money.refund(drawdown, '30.01')).userErrors).toMatchObject([{ available: gbp('30.00') }]);
    await pool.spend(allocation, '35.00');
    expect((await money.refund(drawdown, '15.01')).userErrors).toMatchObject([{ available: gbp('15.00') }]);
    expect((await pool.spend(allocation, '15.01')).codes).toEqual(['NOT_ENOUGH_FUNDS']);
    done(await money.refund(other, '15.00'));
    expect((await money.refund(drawdown, '0.01')).codes).toEqual(['NOT_ENOUGH_FUNDS']);
    const { drawdown: unpaid } = await pool.request(await pool.allocate('1.00'), '1.00');
    expect((await money.refund(unpaid.id, '0.01')).userErrors).toMatchObject([{ available: gbp('0.00') }]);
  });

  it('is recorded by the recipient or by the accounting officer of the host: UNKNOWN_DRAWDOWN, BAD_USER_INPUT, CURRENCY_MISMATCH, PERIOD_CLOSED', async () => {
    const { money, pool, drawdown } = await drawn();
    const refund = { drawdown, amount: gbp('1.00'), reuse: true, effectiveOn: '2025-11-01', reference: 'bank 7' };
    const by = async (client: string) => {
      const { codes, errors } = await deed(world, client, 'refundDrawdown', refund);
      return errors?.[0].extensions.code ?? codes;
    };
    expect(await by('recipient-council.publisher')).toEqual([]);
    expect(await by('host-department.accounting-officer')).toEqual([]);
    for (const client of ['host-department.publisher', 'recipient-council.accounting-officer', 'other.publisher']) {
      expect(await by(client)).toBe('FORBIDDEN');
    }
    expect((await money.refund('drawdown-none', '1.00')).codes).toEqual(['UNKNOWN_DRAWDOWN']);
    expect((await money.refund(drawdown, '0.00')).codes).toEqual(['BAD_USER_INPUT']);
    expect((await money.refund(drawdown, '1.00', { reference: ' ' })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await money.refund(drawdown, '1.00', { effectiveOn: '2999-01-01' })).codes).toEqual(['BAD_USER_INPUT']);
    const dollars = { amount: { amount: '1.00', currency: 'USD' } };
    expect((await money.refund(drawdown, '1.00', dollars)).codes).toEqual(['CURRENCY_MISMATCH']);
    await halted(owner, pool);
    expect((await money.refund(drawdown, '1.00')).codes).toEqual(['ILLEGAL_TRANSITION']);
    await halted(owner, pool, 'OPEN');
    const closed = Array.from({ length: 12 }, (_, place) => `2025-26 P${String(place + 1).padStart(2, '0')}`);
    await owner.query('update pooled_budget set closed_periods = $2 where id = $1', [pool.id, closed]);
    expect((await money.refund(drawdown, '1.00')).codes).toEqual(['PERIOD_CLOSED']);
  });

  it('is reversed like anything else, holds a payment until then, and a dry run of it leaves nothing', async () => {
    const { money, pool, drawdown } = await drawn();
    const statement = await pool.statement();
    done(await money.refund(drawdown, '40.00', { dryRun: true }));
    expect(await pool.statement()).toEqual(statement);
    const { transfer } = done(await money.refund(drawdown, '40.00'));
    const sql = `select id from transfer where kind = 'PAYMENT' and drawdown_id = $1`;
    const payment = (await owner.query(sql, [drawdown])).rows[0].id;
    expect((await pool.reverse(payment)).codes).toEqual(['NOT_ENOUGH_FUNDS']);
    done(await pool.reverse(transfer.id));
    expect(await pool.statement()).toEqual(statement);
    done(await pool.reverse(payment));
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('of the last pound happens once of 20 at once', async () => {
    const { money, pool, allocation, drawdown } = await drawn();
    await pool.spend(allocation, '59.00');
    expect(await race(20, () => money.refund(drawdown, '1.00'))).toEqual([
      ...[...Array(19).fill('NOT_ENOUGH_FUNDS'), 'done'],
    ]);
  });
});

describe('a return', () => {
  it('is split over the contributions by what they paid in, exact to the penny', async () => {
    const money = await opened();
    const [, , desnz] = await paid(money, { defra: '50.00', dfe: '30.00', desnz: '20.01' });
    const given = done(await money.giveBack('10.00', { reference: 'bank 9', reason: 'Underspend' }));
    expect(shares(given)).toBe('defra 5.00, desnz 2.00, dfe 3.00');
    expect(await journalOf(money.pool, 'RETURN')).toEqual([
      '2025-12-01 RETURN 2025-26 RDEL_PROGRAMME: UNALLOCATED -5.00, RETURNED 5.00',
      '2025-12-01 RETURN 2025-26 RDEL_PROGRAMME: UNALLOCATED -2.00, RETURNED 2.00',
      '2025-12-01 RETURN 2025-26 RDEL_PROGRAMME: UNALLOCATED -3.00, RETURNED 3.00',
    ]);
    const document = `query ($id: ID!) { pooledBudget(id: $id) { transfers(first: 2) { nodes { contribution { id } reference reason } } } }`;
    const { data } = await world.ask(document, { variables: { id: money.pool.id } });
    expect(data.pooledBudget.transfers.nodes[1]).toEqual({
      ...{ contribution: { id: desnz }, reference: 'bank 9', reason: 'Underspend' },
    });
    const came = { committed: '100.01', deposited: '100.01' };
    expect(await money.pool.statement()).toEqual({ ...came, unallocated: '90.01', returned: '10.00' });
    expect(await faultsIn(owner, money.pool)).toEqual([]);
  });

  it('of all that is there, in many steps, gives each exactly what it paid in', async () => {
    const money = await opened();
    await paid(money, { a: '0.01', b: '0.02', c: '0.04' });
    const steps: string[] = [];
    for (let step = 0; step < 7; step++) steps.push(shares(done(await money.giveBack('0.01'))));
    expect(steps.sort()).toEqual(['a 0.01', 'b 0.01', 'b 0.01', 'c 0.01', 'c 0.01', 'c 0.01', 'c 0.01']);
    expect(await money.pool.statement()).toEqual({ committed: '0.07', deposited: '0.07', returned: '0.07' });
  });

  it('takes refunds that are due, by year and control total, and follows what was carried over or switched', async () => {
    const money = await opened({ annual: true, controlTotals: ['CDEL', 'RDEL_ADMIN'] });
    await paid(money, { defra: '60.00', dfe: '40.00' }, { controlTotal: 'CDEL' });
    await paid(money, { desnz: '50.00' }, { controlTotal: 'RDEL_ADMIN' });
    const allocation = await money.pool.allocate('50.00', { controlTotal: 'CDEL' });
    const drawdown = await money.pool.draw(allocation, '50.00');
    done(await money.pool.pay(drawdown));
    done(await money.refund(drawdown, '10.00', { reuse: false }));
    const due = { from: 'REFUND_DUE', financialYear: '2025-26', controlTotal: 'CDEL' };
    expect(shares(done(await money.giveBack('10.00', due)))).toBe('defra 6.00, dfe 4.00');
    done(await money.carryOver('20.00', { controlTotal: 'CDEL' }));
    const next = { financialYear: '2026-27', controlTotal: 'CDEL', effectiveOn: '2026-06-01' };
    expect(shares(done(await money.giveBack('5.00', next)))).toBe('defra 3.00, dfe 2.00');
    const from = await money.pool.allocate('30.00', { controlTotal: 'RDEL_ADMIN' });
    await money.move(from, allocation, '30.00', { consent: 'HM Treasury' });
    const left = { financialYear: '2025-26', controlTotal: 'CDEL' };
    expect(shares(done(await money.giveBack('10.00', left)))).toBe('defra 4.20, desnz 3.00, dfe 2.80');
    expect(await faultsIn(owner, money.pool)).toEqual([]);
  });

  it('is told how much there is of the whole, not of the last share: NOT_ENOUGH_FUNDS', async () => {
    const money = await opened();
    await paid(money, { defra: '50.00', dfe: '50.00' });
    await money.pool.allocate('40.00');
    expect((await money.giveBack('60.02')).userErrors).toMatchObject([{ available: gbp('60.00') }]);
    expect((await money.giveBack('1.00', { from: 'REFUND_DUE' })).userErrors).toMatchObject([
      { code: 'NOT_ENOUGH_FUNDS', available: gbp('0.00') },
    ]);
    const journal = await journalOf(money.pool);
    expect(shares(done(await money.giveBack('60.00', { dryRun: true })))).toBe('defra 30.00, dfe 30.00');
    expect(await journalOf(money.pool)).toEqual(journal);
    const key = { idempotencyKey: randomUUID() };
    const first = done(await money.giveBack('1.00', key));
    expect(await money.giveBack('1.00', key)).toMatchObject({ replayed: true, transfers: first.transfers });
  });

  it('is refused where it makes no sense: UNKNOWN_BUDGET, BAD_USER_INPUT, CURRENCY_MISMATCH, CONTROL_TOTAL_MISMATCH, PERIOD_CLOSED', async () => {
    const money = await opened();
    expect((await money.giveBack('1.00')).userErrors).toMatchObject([{ available: gbp('0.00') }]);
    await paid(money, { defra: '10.00' });
    expect((await money.giveBack('1.00', { budget: 'budget-none' })).codes).toEqual(['UNKNOWN_BUDGET']);
    expect((await money.giveBack('0.00')).codes).toEqual(['BAD_USER_INPUT']);
    expect((await money.giveBack('1.00', { financialYear: '2025-25' })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await money.giveBack('1.00', { controlTotal: 'RAME' })).codes).toEqual(['CONTROL_TOTAL_MISMATCH']);
    const dollars = { amount: { amount: '1.00', currency: 'USD' } };
    expect((await money.giveBack('1.00', dollars)).codes).toEqual(['CURRENCY_MISMATCH']);
    const input = { budget: money.pool.id, amount: gbp('1.00'), from: 'UNALLOCATED' };
    for (const client of ['host-department.approver', 'other-department.accounting-officer']) {
      const { errors } = await deed(world, client, 'returnToContributors', input);
      expect(errors[0].extensions.code).toBe('FORBIDDEN');
    }
    await halted(owner, money.pool);
    expect((await money.giveBack('1.00')).codes).toEqual(['ILLEGAL_TRANSITION']);
    await halted(owner, money.pool, 'OPEN');
    const closed = Array.from({ length: 12 }, (_, place) => `2025-26 P${String(place + 1).padStart(2, '0')}`);
    await owner.query('update pooled_budget set closed_periods = $2 where id = $1', [money.pool.id, closed]);
    expect((await money.giveBack('1.00')).codes).toEqual(['PERIOD_CLOSED']);
  });

  it('of one contribution is reversed, and its share is larger the next time', async () => {
    const money = await opened();
    await paid(money, { defra: '50.00', dfe: '50.00' });
    const { transfers } = done(await money.giveBack('20.00'));
    done(await money.pool.reverse(transfers[0].id));
    expect(shares(done(await money.giveBack('9.00')))).toBe('defra 5.00, dfe 4.00');
    expect(await faultsIn(owner, money.pool)).toEqual([]);
  });

  it('of the last pound happens once of 20 at once, and tells nobody of a deposit', async () => {
    const money = await opened();
    await paid(money, { defra: '0.60', dfe: '0.40' });
    const sent = async () =>
      (await owner.query(`select count(*) from sent_event where event->>'type' = 'budgets.deposited'`)).rows;
    const before = await sent();
    expect(await race(20, () => money.giveBack('1.00'))).toEqual([...Array(19).fill('NOT_ENOUGH_FUNDS'), 'done']);
    expect(await money.pool.statement()).toMatchObject({ returned: '1.00' });
    expect(await sent()).toEqual(before);
  });
});

describe('the database, asked by hand to refund or to return,', () => {
  it('refuses a refund that names no drawdown, or takes more than it was paid', async () => {
    const { pool, allocation, drawdown } = await drawn();
    const attempt = (minor: number, drawdown_id: string | null) =>
      both(async (client) => {
        const lines: ByHand['lines'] = [
          [await accountOf(owner, pool, 'WITH_RECIPIENT'), -minor],
          [await accountOf(owner, pool, 'REFUND_DUE'), minor],
        ];
        return writeByHand(client, pool, [{ kind: 'REFUND', row: { allocation_id: allocation, drawdown_id }, lines }]);
      });
    expect(await attempt(1_000, drawdown)).toEqual(['written', 'written']);
    expect(await attempt(2_001, drawdown)).toEqual(['holding_not_below_zero', 'holding_not_below_zero']);
    expect(await attempt(1, null)).toEqual(['HB006', 'HB006']);
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('refuses a return that is not by shares, to nobody, or of more than somebody paid in', async () => {
    const money = await opened();
    const [defra, dfe] = await paid(money, { defra: '60.00', dfe: '40.00' });
    const from = await accountOf(owner, money.pool, 'UNALLOCATED');
    const to = await accountOf(owner, money.pool, 'RETURNED');
    const attempt = (...parts: [contribution: string | null, minor: number][]) =>
      both((client) =>
        writeByHand(
          client,
          money.pool,
          parts.map(([contribution_id, minor]) => ({
            ...{ kind: 'RETURN', row: { contribution_id } },
            lines: [
              [from, -minor],
              [to, minor],
            ],
          })),
        ),
      );
    expect(await attempt([defra!, 600], [dfe!, 400])).toEqual(['written', 'written']);
    expect(await attempt([defra!, 601], [dfe!, 399])).toEqual(['HB016', 'HB016']);
    expect(await attempt([defra!, 1_000])).toEqual(['HB016', 'HB016']);
    expect(await attempt([dfe!, 3_201], [defra!, 4_799])).toEqual(['HB003', 'HB003']);
    expect(await attempt(['dfe:unknown', 1])).toEqual(['HB003', 'HB003']);
    expect(await attempt([null, 1])).toEqual(['HB006', 'HB006']);
  });
});
