import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { ControlsForTests } from '../../services/budgets/controls-for-tests.js';
import { brokenRules } from '../../services/budgets/ledger-checker-for-tests.js';
import { MovingMoneyForTests } from '../../services/budgets/moving-money-for-tests.js';
import { type Answered, deed, gbp, PoolForTests } from '../../services/budgets/pool-for-tests.js';
import { startWorld, type World } from '../world.js';
import { LedgerBook } from './ledger-book.js';

let world: World;
let owner: Client;
beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
  owner = await world.owner('budgets');
});
afterAll(() => world?.stop());

/** A pool with its book, and the people who move its money. */
async function story(title: string, opening: object) {
  const pool = await new PoolForTests(world).open(opening);
  const [money, controls] = [new MovingMoneyForTests(pool), new ControlsForTests(pool)];
  const book = new LedgerBook(pool, title);
  const commit = (contribution: string, amount: string, words: string) =>
    book.tell(words, async () => void (await pool.commit(`${contribution}:${pool.id}`, amount)));
  const deposit = (contribution: string | null, amount: string, words: string, input: object = {}) => {
    const named = contribution ? { contribution: `${contribution}:${pool.id}` } : {};
    return book.tell(words, () => pool.deposit(amount, { ...named, ...input }));
  };
  /** Proposed and approved by two people. */
  const allocate = async (amount: string, words: string, input: object = {}): Promise<string> => {
    const { allocation } = await book.tell(`${words}: proposed`, () =>
      pool.propose(amount, { purpose: words, ...input }),
    );
    await book.tell(`${words}: approved by another person`, () => pool.approve(allocation.id));
    return allocation.id;
  };
  /** Asked for by the recipient and reserved by the host. */
  const draw = async (allocation: string, amount: string, effectiveOn: string, words: string): Promise<string> => {
    const { drawdown } = await book.tell(`${words}: asked for`, () => pool.request(allocation, amount));
    await book.tell(`${words}: reserved`, () => controls.approveDrawdown(drawdown.id, { effectiveOn }));
    return drawdown.id;
  };
  const pay = (drawdown: string, effectiveOn: string, words: string, input: object = {}) =>
    book.tell(words, () => pool.pay(drawdown, { effectiveOn, ...input }));
  return { pool, money, controls, book, commit, deposit, allocate, draw, pay };
}

/** The story is told as its table has it, and the checker finds nothing. */
async function isTold({ pool, book }: { pool: PoolForTests; book: LedgerBook }, file: string): Promise<void> {
  await book.isToldBy(file);
  expect(await brokenRules(owner, pool.id)).toEqual({});
}

const annual = { annual: true, controlTotals: ['RDEL_PROGRAMME'] };

describe('the whole ledger reads as its table, deed by deed', () => {
  it('in an ordinary year of a pool', async () => {
    const told = await story('An ordinary year of a pool', annual);
    const { pool, money, controls, book } = told;
    await told.commit('health', '600000.00', 'Health commits 600,000.00');
    await told.commit('energy', '400000.00', 'Energy commits 400,000.00');
    await told.deposit('health', '350000.00', 'Health pays its first instalment', {
      effectiveOn: '2025-05-01',
      reference: 'BACS 1001',
    });
    const { transfer: receipt } = await told.deposit(null, '25000.00', 'A receipt comes that nobody explains', {
      effectiveOn: '2025-05-06',
      reference: 'BACS 1002',
    });
    const matching = { deposit: receipt.id, contribution: `energy:${pool.id}`, effectiveOn: '2025-05-20' };
    await book.tell('It was Energy’s: it is matched', () => money.do('publisher', 'matchDeposit', matching));
    const allocation = await told.allocate('300000.00', '300,000.00 for heat pumps', { effectiveOn: '2025-06-01' });
    const beyond = await book.tell('100,000.00 more is proposed than there is', () =>
      pool.propose('100000.00', { effectiveOn: '2025-06-02' }),
    );
    await book.tell('and is not approved', () => pool.approve(beyond.allocation.id));
    const drawdown = await told.draw(allocation, '120000.00', '2025-07-01', 'The council’s first drawdown');
    await told.pay(drawdown, '2025-07-10', '80,000.00 of it is paid', {
      amount: gbp('80000.00'),
      reference: 'CHAPS 1',
    });
    await told.pay(drawdown, '2025-08-10', 'The rest of it is paid', { reference: 'CHAPS 2' });
    const other = await told.draw(allocation, '50000.00', '2025-08-15', 'Its second drawdown');
    await book.tell('The works are cancelled: the second drawdown is voided', () =>
      controls.void(other, { effectiveOn: '2025-09-01' }),
    );
    const spent = await book.tell('The council shows 75,000.00 of expenditure', () =>
      pool.spend(allocation, '75000.00', { effectiveOn: '2025-09-30', reference: 'Ledger report Q2' }),
    );
    await book.tell('Its accounting officer certifies it', () => controls.certify([spent.transfer.id]));
    await told.deposit('health', '260000.00', 'Health pays 10,000.00 more than it committed', {
      effectiveOn: '2025-10-01',
      reference: 'BACS 1003',
    });
    await isTold(told, 'an-ordinary-year');
  });

  it('at the end of a year, with a carry-over, a lapse and returns', async () => {
    const told = await story('The end of a year: carry-over, lapse and returns', {
      ...annual,
      carryOverCapPercent: '5',
    });
    const { pool, money, book } = told;
    await told.commit('health', '600000.00', 'Health commits 600,000.00');
    await told.commit('energy', '300000.01', 'Energy commits 300,000.01');
    await told.deposit('health', '600000.00', 'Health pays', { reference: 'BACS 2001' });
    await told.deposit('energy', '300000.01', 'Energy pays', { reference: 'BACS 2002' });
    const allocation = await told.allocate('800000.00', '800,000.00 for insulation');
    const drawdown = await told.draw(allocation, '750000.00', '2025-07-01', 'Nearly all of it is drawn');
    await told.pay(drawdown, '2026-01-15', 'and paid');
    await book.tell('All that was paid is spent', () =>
      pool.spend(allocation, '750000.00', { effectiveOn: '2026-03-20' }),
    );
    const undrawn = { allocation, effectiveOn: '2026-04-10', reason: 'The last street was not reached' };
    await book.tell('The 50,000.00 that was not drawn lapse', () => money.lapse('50000.00', undrawn));
    await book.tell('50,000.00 are more than may be carried over', () => money.carryOver('50000.00'));
    const agreed = { effectiveOn: '2026-04-20', reason: 'Treasury letter of 20 April' };
    await book.tell('45,000.00 are carried over', () => money.carryOver('45000.00', agreed));
    await book.tell('A second carry-over is not done', () => money.carryOver('1.00', agreed));
    const rest = { financialYear: '2025-26', effectiveOn: '2026-05-01', reference: 'Year-end return' };
    await book.tell('The rest goes back to the contributors by their shares', () => money.giveBack('55000.01', rest));
    await isTold(told, 'the-end-of-a-year');
  });

  it('when a mistake is reversed after its period was closed', async () => {
    const told = await story('A mistake is reversed after its period was closed', annual);
    const { pool, controls, book } = told;
    await told.commit('health', '100000.00', 'Health commits 100,000.00');
    await told.deposit('health', '90000.00', 'Health pays', { reference: 'BACS 3001' });
    const allocation = await told.allocate('60000.00', '60,000.00 for meters');
    const drawdown = await told.draw(allocation, '60000.00', '2025-06-10', 'All of it is drawn');
    const paid = await told.pay(drawdown, '2025-06-20', '45,000.00 are paid: it was to be 54,000.00', {
      amount: gbp('45000.00'),
      reference: 'CHAPS 31',
    });
    await book.tell('April, May and June are closed', async () => void (await controls.closeUntil(3)));
    const undone = { effectiveOn: '2025-06-20', reason: 'Two digits were swapped' };
    const first = paid.transfer.id;
    await book.tell('The payment is reversed, on its own day', () => pool.reverse(first, undone));
    await book.tell('A second time it is not', () => pool.reverse(first, undone));
    await told.pay(drawdown, '2025-06-20', 'What was paid is recorded anew, on its day', {
      amount: gbp('54000.00'),
      reference: 'CHAPS 31',
    });
    await told.deposit('health', '10000.00', 'A deposit of May is found in July', {
      effectiveOn: '2025-05-28',
      reference: 'BACS 3002',
    });
    await book.tell('The rest of the year is closed', async () => {
      for (let number = 4; number <= 12; number++) await controls.closePeriod(`P${String(number).padStart(2, '0')}`);
    });
    await told.pay(drawdown, '2026-03-31', 'The last 6,000.00 come too late for the year');
    await isTold(told, 'a-mistake-in-a-closed-period');
  });

  it('when money is refunded, and moves to another control total', async () => {
    const told = await story('A refund, and a virement with a switch', { controlTotals: ['RDEL_PROGRAMME', 'CDEL'] });
    const { money, book } = told;
    const [revenue, capital] = [{ controlTotal: 'RDEL_PROGRAMME' }, { controlTotal: 'CDEL' }];
    await told.commit('health', '50000.00', 'Health commits 50,000.00');
    await told.commit('energy', '80000.00', 'Energy commits 80,000.00');
    await told.deposit('health', '50000.00', 'Health pays programme money', { ...revenue, reference: 'BACS 4001' });
    await told.deposit('energy', '80000.00', 'Energy pays capital', { ...capital, reference: 'BACS 4002' });
    const advice = await told.allocate('40000.00', '40,000.00 for advice', revenue);
    const works = await told.allocate('70000.00', '70,000.00 for works', capital);
    const drawdown = await told.draw(advice, '30000.00', '2025-07-01', 'The council draws for advice');
    await told.pay(drawdown, '2025-07-15', 'and is paid');
    const back = (amount: string, reuse: boolean, reference: string) => () =>
      money.refund(drawdown, amount, { reuse, reference });
    await book.tell('It gives 5,000.00 back, to be used again', back('5000.00', true, 'Receipt 7'));
    await book.tell('and 3,000.00, to be returned', back('3000.00', false, 'Receipt 8'));
    await book.tell('More than it was paid it cannot give back', back('23000.00', true, 'Receipt 9'));
    const due = { from: 'REFUND_DUE', ...revenue, reference: 'Return 1' };
    await book.tell('What is due goes back to who paid it in', () => money.giveBack('3000.00', due));
    const asked = (consent?: string) => () => money.requestVirement(works, advice, '12000.00', { consent });
    await book.tell('Capital does not become programme money without a consent', asked());
    const virement: Answered = await book.tell(
      'With the Treasury’s consent it is asked for',
      asked('Treasury, letter 7'),
    );
    await book.tell('and approved', () => money.approveVirement(virement.virement.id));
    await isTold(told, 'a-refund-and-a-virement');
  });

  it('when a contributor pays in a foreign currency', async () => {
    const told = await story('A deposit in foreign currency', { controlTotals: ['NON_BUDGET'] });
    const { pool, book } = told;
    const paid = (received: string, rate: string, credited: string | null, on: string) => ({
      ...{ effectiveOn: on, reference: `SWIFT ${on}` },
      exchange: {
        received: { amount: received, currency: 'USD' },
        rate,
        on,
        realised: credited ? gbp(credited) : null,
      },
    });
    await told.commit('foundation', '100000.00', 'A foundation abroad commits 100,000.00');
    await told.deposit(
      'foundation',
      '40000.00',
      '50,000.00 dollars at the agreed rate; the bank credits more',
      paid('50000.00', '0.80', '40125.50', '2025-05-01'),
    );
    await told.deposit(
      'foundation',
      '40000.00',
      'As much again; the bank credits less',
      paid('50000.00', '0.80', '39310.00', '2025-06-02'),
    );
    const last = await told.deposit(
      'foundation',
      '24000.00',
      'The last payment is 4,000.00 above what is committed',
      paid('30000.00', '0.80', '24000.00', '2025-07-01'),
    );
    const input = { deposit: last.transfer.id, contribution: `foundation:${pool.id}`, amount: gbp('4000.00') };
    await book.tell('What is above stays in suspense', () =>
      deed(world, `${pool.host}.publisher`, 'matchDeposit', input),
    );
    await book.tell('The bank takes the last payment back: it is reversed', () =>
      pool.reverse(last.transfer.id, { effectiveOn: '2025-07-09', reason: 'Recalled by the bank' }),
    );
    await told.deposit('foundation', '1.00', 'Dollars are not taken as if they were pounds', {
      amount: { amount: '1.00', currency: 'USD' },
    });
    await isTold(told, 'a-deposit-in-foreign-currency');
  });
});
