import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';
import { onStatement } from '../kernel/database.js';
import { type Answered, deed, gbp, PoolForTests } from './pool-for-tests.js';

let world: World;
beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
});
afterAll(() => world?.stop());

const opened = () => new PoolForTests(world).open();
const times = <Each>(count: number, each: (number: number) => Promise<Each>) =>
  Promise.all(Array.from({ length: count }, (_, number) => each(number)));

describe('deposits that come at the same moment', () => {
  it('are written together: 60 of them take fewer database transactions than 60', async () => {
    const pool = await opened();
    let commits = 0;
    const stop = onStatement(world.services.budgets.orm, (sql) => {
      if (/^insert into deed/i.test(sql)) commits += 1;
    });
    const answers = await times(60, () => pool.deposit('1.00'));
    stop();
    expect(answers.filter(({ transfer }) => transfer).length).toBe(60);
    expect(await pool.statement()).toEqual({ suspense: '60.00' });
    expect(commits).toBeLessThan(30);
  });

  it('each get their own answer: what is refused undoes nothing of the others and leaves its key free', async () => {
    const pool = await opened();
    const key = randomUUID();
    const answers = await times(30, (number) => {
      if (number % 3 === 1) return pool.deposit('0.00', number === 1 ? { idempotencyKey: key } : {});
      if (number % 3 === 2) return pool.deposit('1.00', { budget: 'budget-unknown' });
      return pool.deposit('1.00', { reference: `receipt ${number}` });
    });
    expect(answers.map(({ codes }: Answered) => codes[0] ?? 'recorded')).toEqual(
      Array.from({ length: 30 }, (_, number) => ['recorded', 'BAD_USER_INPUT', 'UNKNOWN_BUDGET'][number % 3]),
    );
    expect(await pool.statement()).toEqual({ suspense: '10.00' });
    expect((await pool.deposit('5.00', { idempotencyKey: key })).replayed).toBe(false);
    const owner = await world.owner('budgets');
    const declined = await owner.query(`select code from declined_deed where key = $1`, [key]);
    expect(declined.rows).toEqual([{ code: 'BAD_USER_INPUT' }]);
  });

  it('under one idempotency key are recorded once, and 50 clients get the same answer', async () => {
    const pool = await opened();
    const input = { idempotencyKey: randomUUID(), reference: 'the same' };
    const answers = await times(50, () => pool.deposit('7.00', input));
    expect(new Set(answers.map(({ transfer }) => transfer.id)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await pool.statement()).toEqual({ suspense: '7.00' });
  });

  it('under one key with different amounts: one is recorded, the others get IDEMPOTENCY_KEY_REUSED', async () => {
    const pool = await opened();
    const idempotencyKey = randomUUID();
    const answers = await times(20, (number) => pool.deposit(`${number + 1}.00`, { idempotencyKey }));
    const codes = answers.map(({ codes: [code] }: Answered) => code ?? 'recorded').sort();
    expect(codes).toEqual([...Array(19).fill('IDEMPOTENCY_KEY_REUSED'), 'recorded']);
  });

  it('are recorded but for the one that PostgreSQL refuses to write, whose key stays free', async () => {
    const pool = await opened();
    const idempotencyKey = randomUUID();
    const owner = await world.owner('budgets');
    await owner.query(`create function refuse_poison() returns trigger language plpgsql as $$
      begin raise exception 'poison'; end $$`);
    await owner.query(`create trigger refuse_poison before insert on transfer for each row
      when (new.reference = 'poison') execute function refuse_poison()`);
    const poison = { reference: 'poison', idempotencyKey };
    const again = { reference: 'recorded before' };
    const { transfer: recorded } = await pool.deposit('1.00', again);
    const answers = await times(20, (number) => pool.deposit('1.00', { 7: poison, 9: again }[number]));
    await owner.query('drop function refuse_poison() cascade');
    const refused = answers.flatMap(({ transfer }, number) => (transfer ? [] : number));
    expect(refused).toEqual([7]);
    expect(answers[9]).toMatchObject({ transfer: recorded, alreadyRecorded: true });
    expect(await pool.statement()).toEqual({ suspense: '19.00' });
    expect(await pool.deposit('1.00', poison)).toMatchObject({ replayed: false, alreadyRecorded: false });
    expect(await pool.statement()).toEqual({ suspense: '20.00' });
  });

  it('into a pool that is locked hold up no later ones into another', async () => {
    const [locked, free] = [await opened(), await opened()];
    await locked.deposit('1.00');
    const owner = await world.owner('budgets');
    await owner.query('begin');
    await owner.query('select from account where pool_id = $1 for update', [locked.id]);
    let isWaiting = true;
    const waiting = locked.deposit('2.00').then((answer) => {
      isWaiting = false;
      return answer;
    });
    await pause(300);
    expect((await free.deposit('3.00')).transfer).toBeTruthy();
    expect(isWaiting).toBe(true);
    await owner.query('rollback');
    expect((await waiting).transfer).toBeTruthy();
    expect([await locked.statement(), await free.statement()]).toEqual([{ suspense: '3.00' }, { suspense: '3.00' }]);
  });

  it('by another organisation are refused for it alone', async () => {
    const pool = await opened();
    const foreign = () =>
      deed(world, 'home-office.publisher', 'recordDeposit', {
        ...{ budget: pool.id, amount: gbp('1.00'), effectiveOn: '2025-05-01', reference: randomUUID() },
      });
    const [own, others] = await Promise.all([times(10, () => pool.deposit('1.00')), times(10, foreign)]);
    expect(own.every(({ transfer }) => transfer)).toBe(true);
    expect(others.map(({ errors }) => errors[0].extensions.code)).toEqual(Array(10).fill('FORBIDDEN'));
  });
});
