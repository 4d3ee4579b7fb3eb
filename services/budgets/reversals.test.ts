import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { brokenRules } from './ledger-checker-for-tests.js';
import { done, MovingMoneyForTests, writeByHand } from './moving-money-for-tests.js';
import { PoolForTests } from './pool-for-tests.js';

let world: World;
let owner: Client;
let service: Client;
beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
  [owner, service] = [await world.owner('budgets'), await world.serviceRole('budgets')];
});
afterAll(() => world?.stop());

/** Reverses a transfer as somebody would by hand; answers the code of what refused it. */
async function reversedByHand(pool: PoolForTests, transfer: string): Promise<string> {
  const { rows } = await owner.query('select * from transfer where id = $1', [transfer]);
  const lines = await owner.query('select account_id, amount from posting where transfer_id = $1', [transfer]);
  const { kind, control_total, contribution_id, allocation_id, drawdown_id, deposit_id } = rows[0];
  const row = { control_total, contribution_id, allocation_id, drawdown_id, deposit_id, reverses_id: transfer };
  const back = lines.rows.map(({ account_id, amount }): [string, number] => [account_id, -Number(amount)]);
  return writeByHand(service, pool, [
    { kind, row: { ...row, effective_on: '2026-05-01', period: 'P12' }, lines: back },
  ]);
}

const ofAllocation = async (allocation: string): Promise<string> =>
  (await owner.query(`select id from transfer where allocation_id = $1 and kind = 'ALLOCATION'`, [allocation])).rows[0]
    .id;

describe('a deposit whose money was returned', () => {
  it('is reversed only once the return is, so that nobody keeps what it did not pay in: NOT_REVERSIBLE', async () => {
    const pool = await new PoolForTests(world).open();
    const money = new MovingMoneyForTests(pool);
    await money.paidIn(`funder-a:${pool.id}`, '100.00');
    await pool.commit(`funder-b:${pool.id}`, '100.00');
    const { transfer } = done(await pool.deposit('100.00', { contribution: `funder-b:${pool.id}` }));
    const { transfers } = done(await money.giveBack('100.00'));
    expect((await pool.reverse(transfer.id)).codes).toEqual(['NOT_REVERSIBLE']);
    expect(await reversedByHand(pool, transfer.id)).toBe('HB003');
    done(await pool.reverse(transfers[1].id));
    done(await pool.reverse(transfer.id));
    expect(await pool.statement()).toMatchObject({ deposited: '100.00', unallocated: '50.00', returned: '50.00' });
    expect(await brokenRules(owner, pool.id)).toEqual({});
  });
});

describe('money that would come back to an allocation that is not approved any more', () => {
  it('stays where it lapsed to: ILLEGAL_TRANSITION', async () => {
    const pool = await new PoolForTests(world).open({ annual: true });
    const money = new MovingMoneyForTests(pool);
    await pool.fund('100.00');
    const [one, other] = [await pool.allocate('50.00'), await pool.allocate('50.00')];
    const { transfer } = done(await money.lapse('10.00', { allocation: one, effectiveOn: '2026-04-01' }));
    await money.move(other, one, '10.00');
    done(await pool.reverse(await ofAllocation(one), { effectiveOn: '2026-04-02' }));
    expect((await pool.reverse(transfer.id, { effectiveOn: '2026-05-01' })).codes).toEqual(['ILLEGAL_TRANSITION']);
    expect(await reversedByHand(pool, transfer.id)).toBe('HB007');
    expect(await brokenRules(owner, pool.id)).toEqual({});
    done(await pool.approve(one, { effectiveOn: '2026-04-03' }));
    done(await pool.reverse(transfer.id, { effectiveOn: '2026-05-01' }));
  });

  it('stays where it was refunded to', async () => {
    const pool = await new PoolForTests(world).open();
    const money = new MovingMoneyForTests(pool);
    await pool.fund('100.00');
    const [one, other] = [await pool.allocate('50.00'), await pool.allocate('50.00')];
    const drawdown = await pool.draw(one, '20.00');
    done(await pool.pay(drawdown));
    const { transfer } = done(await money.refund(drawdown, '20.00'));
    await money.move(other, one, '20.00');
    done(await pool.reverse(await ofAllocation(one), { effectiveOn: '2025-12-01' }));
    expect((await pool.reverse(transfer.id)).codes).toEqual(['ILLEGAL_TRANSITION']);
    expect(await reversedByHand(pool, transfer.id)).toBe('HB007');
    expect(await brokenRules(owner, pool.id)).toEqual({});
  });
});
