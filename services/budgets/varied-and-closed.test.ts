import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { faultsIn } from './moving-money-for-tests.js';
import { deed, gbp, PoolForTests } from './pool-for-tests.js';

let world: World;
let owner: Client;
let pool: PoolForTests;
beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
  owner = await world.owner('budgets');
});
afterAll(() => world?.stop());
beforeEach(async () => {
  pool = await new PoolForTests(world).open();
  await owner.query('delete from sent_event');
});

async function sent(type: string) {
  const { rows } = await owner.query(`select event from sent_event order by number`);
  return rows.flatMap(({ event }) => (event.type === type ? [event.data] : []));
}
const gone = (amounts: Record<string, string>) =>
  ['committed', 'deposited', 'outstanding', 'suspense'].map((word) => amounts[word] ?? '0.00').join(' ');

describe('a commitment that is varied', () => {
  it('is expected with its new total, once, and takes no more than that', async () => {
    const contribution = 'ministry:varied';
    const lines: string[] = [];
    const line = async (what: string) => lines.push(`${what}: ${gone(await pool.statement())}`);
    await pool.commit(contribution, '100.00');
    await line('committed to 100');
    await pool.deposit('40.00', { contribution });
    await line('40 arrive');
    await pool.commit(contribution, '70.00', { effectiveOn: '2025-06-01' });
    await line('varied to 70');
    await pool.deposit('40.00', { contribution });
    await line('40 more arrive');
    await pool.commit(contribution, '90.00', { effectiveOn: '2025-07-01' });
    await line('varied to 90');
    await pool.commit(contribution, '50.00', { effectiveOn: '2025-08-01' });
    await line('varied to 50, too late');
    expect(lines).toEqual([
      'committed to 100: 100.00 0.00 100.00 0.00',
      '40 arrive: 100.00 40.00 60.00 0.00',
      'varied to 70: 70.00 40.00 30.00 0.00',
      '40 more arrive: 70.00 70.00 0.00 10.00',
      'varied to 90: 90.00 70.00 20.00 10.00',
      'varied to 50, too late: 70.00 70.00 0.00 10.00',
    ]);
    expect(await faultsIn(owner, pool)).toEqual([]);
    const before = await pool.statement('(effectiveOn: "2025-05-31")');
    expect(before.committed).toBe('100.00');
  });
});

describe('closeBudget', () => {
  it('tells contributions of every one that ends with the pool, when it is closed and not before', async () => {
    await pool.commit('ministry:first', '100.00');
    await pool.commit('ministry:second', '100.00');
    await pool.deposit('100.00', { contribution: 'ministry:first' });
    const close = (to: string) =>
      deed(world, `${pool.host}.accounting-officer`, 'closeBudget', { budget: pool.id, to });
    expect((await close('CLOSING')).codes).toEqual([]);
    expect(await sent('budgets.closed')).toEqual([]);
    expect((await close('CLOSED')).budget.state).toBe('CLOSED');
    const [told, ...more] = await sent('budgets.closed');
    expect(more).toEqual([]);
    expect(told.closings).toEqual(
      ['ministry:first', 'ministry:second'].map((contributionId) => ({
        ...{ contributionId, budgetId: pool.id },
        effectiveOn: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
      })),
    );
  });

  it('tells nothing when it is a dry run', async () => {
    await pool.commit('ministry:third', '100.00');
    const as = `${pool.host}.accounting-officer`;
    await deed(world, as, 'closeBudget', { budget: pool.id, to: 'CLOSING' });
    await deed(world, as, 'closeBudget', { budget: pool.id, to: 'CLOSED', dryRun: true });
    expect(await sent('budgets.closed')).toEqual([]);
  });
});

describe('a pool that is closed', () => {
  it('takes no proposal or request that nobody could ever approve: ILLEGAL_TRANSITION; one that is closing does', async () => {
    await pool.fund('100.00');
    const [from, to] = [await pool.allocate('10.00'), await pool.allocate('10.00')];
    const close = (step: string) =>
      deed(world, `${pool.host}.accounting-officer`, 'closeBudget', { budget: pool.id, to: step });
    const allocation = { budget: pool.id, amount: gbp('1.00'), purpose: 'Too late', effectiveOn: '2025-06-01' };
    const tried = async () => {
      const proposed = await pool.propose('1.00');
      const { rows } = await deed(world, `${pool.host}.publisher`, 'proposeAllocations', { allocations: [allocation] });
      const drawn = await pool.request(from, '1.00');
      const moved = await deed(world, `${pool.host}.publisher`, 'requestVirement', {
        ...{ from, to, amount: gbp('1.00'), reason: 'needed there' },
      });
      return [proposed, ...rows, drawn, moved].flatMap(({ userErrors }) =>
        userErrors.map(({ code, path }: { code: string; path: string[] }) => [code, ...path].join(' ')),
      );
    };
    await close('CLOSING');
    expect(await tried()).toEqual([]);
    await close('CLOSED');
    expect(await tried()).toEqual(Array(4).fill('ILLEGAL_TRANSITION'));
    expect((await pool.propose('1.00')).userErrors[0].message).toBe(
      `Budget ${pool.id} is CLOSED; this is its last state.`,
    );
  });
});
