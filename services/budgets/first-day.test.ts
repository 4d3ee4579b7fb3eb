import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { refusedBy } from './controls-for-tests.js';
import { accountOf, done, writeByHand } from './moving-money-for-tests.js';
import { PoolForTests } from './pool-for-tests.js';

let world: World;
let owner: Client;
let service: Client;
beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
  [owner, service] = [await world.owner('budgets'), await world.serviceRole('budgets')];
});
afterAll(() => world?.stop());

const opened = (startsOn: string | null, more: object = {}) => new PoolForTests(world).open({ startsOn, ...more });
const messages = ({ userErrors }: { userErrors: { message: string; path: string[] }[] }) =>
  userErrors.map(({ message, path }) => `${path}: ${message}`);

describe('the first day of a pool', () => {
  it('is stated when it is opened, is read by everybody, also as known before, and takes money from then on', async () => {
    const pool = await opened('2025-04-01', { annual: true });
    const { transfer } = done(await pool.deposit('1.00', { effectiveOn: '2025-04-01' }));
    const document = `{ pooledBudget(id: "${pool.id}") { startsOn } }`;
    const { data } = await world.ask(document, { service: 'budgets' });
    expect(data.pooledBudget.startsOn).toBe('2025-04-01');
    done(await pool.reverse(transfer.id));
    const atOnce = new Date(Date.parse(transfer.recordedAt)).toISOString();
    const then = await world.ask(document, { service: 'budgets', asKnownAt: atOnce });
    expect(then.data.pooledBudget.startsOn).toBe('2025-04-01');
  });

  it('refuses a day before it and a financial year that had ended by then, and says since when it will do', async () => {
    const pool = await opened('2025-04-01', { annual: true });
    expect(messages(await pool.deposit('1.00', { effectiveOn: '2025-03-31' }))).toEqual([
      `effectiveOn: Budget ${pool.id} begins on 2025-04-01; 2025-03-31 is before it.`,
    ]);
    expect(messages(await pool.deposit('1.00', { financialYear: '2024-25' }))).toEqual([
      `financialYear: Budget ${pool.id} begins on 2025-04-01; 2024-25 had ended by then.`,
    ]);
    expect((await pool.propose('1.00', { effectiveOn: '2025-03-31' })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await pool.propose('1.00', { financialYear: '2024-25' })).codes).toEqual(['BAD_USER_INPUT']);
  });

  it('within a financial year leaves that year to the pool', async () => {
    const pool = await opened('2026-03-31', { annual: true });
    expect((await pool.deposit('1.00', { effectiveOn: '2026-03-31' })).codes).toEqual([]);
    expect((await pool.deposit('1.00', { effectiveOn: '2026-04-01', financialYear: '2025-26' })).codes).toEqual([]);
  });

  it('may be left out: then any day since 1900 will do; a first day before that will not', async () => {
    const pool = await opened(null);
    expect((await pool.deposit('1.00', { effectiveOn: '1900-01-01' })).codes).toEqual([]);
    expect((await pool.deposit('1.00', { effectiveOn: '1899-12-31' })).codes).toEqual(['BAD_USER_INPUT']);
    await expect(opened('1899-12-31')).rejects.toThrow('BAD_USER_INPUT');
  });
});

describe('the database, of the first day of a pool,', () => {
  it('refuses to change it, and what is written by hand before it', async () => {
    const pool = await opened('2025-04-01', { annual: true });
    const change = 'update pooled_budget set starts_on = $2 where id = $1';
    for (const day of ['2024-04-01', null]) expect(await refusedBy(owner, change, [pool.id, day])).toBe('HB002');
    const of = (year: string) =>
      Promise.all(
        ['CONTRIBUTOR_SOURCE', 'SUSPENSE'].map((kind) => accountOf(owner, pool, kind, { financial_year: year })),
      );
    const write = async (effectiveOn: string, year: string) => {
      const [source, suspense] = await of(year);
      const row = { effective_on: effectiveOn, financial_year: year, period: 'P01' };
      return writeByHand(service, pool, [
        {
          kind: 'DEPOSIT',
          row,
          lines: [
            [source!, -1],
            [suspense!, 1],
          ],
        },
      ]);
    };
    expect(await write('2025-03-31', '2025-26')).toBe('HB020');
    expect(await write('2025-04-01', '2024-25')).toBe('HB020');
    // In time, and refused for what it lacks besides: the deposit that it is.
    expect(await write('2025-04-01', '2025-26')).toBe('HB006');
  });
});
