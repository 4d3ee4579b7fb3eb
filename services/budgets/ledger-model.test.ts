import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { brokenRules } from './ledger-checker-for-tests.js';
import type { PoolModel } from './ledger-model-for-tests.js';
import { steps, Trials } from './ledger-steps-for-tests.js';
import type { Step } from './ledger-tries-for-tests.js';

// LEDGER_HISTORIES says how many of each kind; LEDGER_SEED and LEDGER_PATH, which a failure prints, show one again.
const histories = Number(process.env.LEDGER_HISTORIES ?? 3);
const seed = Number(process.env.LEDGER_SEED ?? Date.now() % 2 ** 31);
const settings = { numRuns: histories, seed, path: process.env.LEDGER_PATH, interruptAfterTimeLimit: 3_000_000 };

let world: World;
let owner: Client;
let startedAt = 0;
// Its tokens end after ten minutes.
const worldLasts = 300_000;

async function startAnew(): Promise<void> {
  await world?.stop();
  startedAt = performance.now();
  world = await startWorld({ services: ['budgets'], gateway: false });
  owner = await world.owner('budgets');
}

beforeAll(async () => {
  await startAnew();
  process.stderr.write(`${histories} histories of each kind with LEDGER_SEED=${seed}\n`);
});
afterAll(async () => {
  const lines = [...Trials.tally]
    .sort()
    .map(([name, { done, refused }]) => `${name}: ${done} done, ${refused} refused`);
  if (histories >= 50) process.stderr.write(`${lines.join('\n')}\n`);
  await world?.stop();
});

/** Before anything random: money in both control totals, an allocation in each, one drawn on, paid and partly spent. */
const beginning: Step[] = [
  ...[0, 1].map((other) => ({ name: 'deposit', amount: 9_000, day: '2025-05-01', which: other, other, flag: false })),
  ...[0, 1].flatMap((other) =>
    ['propose', 'approveLatest'].map((name) => ({
      name,
      amount: 3_000,
      day: '2025-06-01',
      which: other,
      other,
      flag: false,
    })),
  ),
  ...['request', 'approveLatestDrawdown', 'payLatest'].map((name) => ({
    name,
    amount: 2_000,
    day: '2025-07-01',
    which: 0,
    other: 0,
    flag: false,
  })),
  { name: 'spend', amount: 3_000, day: '2025-08-01', which: 0, other: 0, flag: false },
];

async function begun(): Promise<{ trials: Trials; model: PoolModel }> {
  if (performance.now() - startedAt > worldLasts) await startAnew();
  const trials = new Trials(owner, world);
  const model = await trials.open([12_000, 10_000, 3_333]);
  for (const step of beginning) (await trials.attempt(step))!.model(model);
  return { trials, model };
}

/** All accounts of the pool that are not at zero, in pence. */
async function balancesOf({ pool }: Trials): Promise<Record<string, number>> {
  const { rows } = await owner.query('select * from account where pool_id = $1 and balance <> 0', [pool.id]);
  return Object.fromEntries(
    rows.map((row) => [`${row.financial_year}/${row.control_total}/${row.kind}`, Number(row.balance)]),
  );
}

describe('any history of deeds', () => {
  it('one after the other is taken and refused by the ledger as by a plain model, and breaks no rule', async () => {
    const each = fc.asyncProperty(fc.array(steps, { minLength: 8, maxLength: 24 }), async (courses) => {
      const { trials, model } = await begun();
      for (const step of courses.flat()) {
        const tried = await trials.attempt(step);
        if (!tried) continue;
        const { ledger } = tried;
        const reasons = tried.model(model);
        const agrees = reasons.length === 0 ? ledger === 'done' : reasons.includes(ledger);
        expect({ ...step, ledger, reasons, agrees }).toEqual({ ...step, ledger, reasons, agrees: true });
      }
      expect(await balancesOf(trials)).toEqual(model.balances());
      const spent =
        'select coalesce(sum(amount), 0)::text as sum from account_certified join account on id = account_id where pool_id = $1';
      const certified = (await owner.query(spent, [trials.pool.id])).rows[0].sum;
      expect(Number(certified)).toBe(model.spentCertified());
      const kinds = model.transfers.filter(({ reverses }) => !reverses).map(({ kind }) => kind);
      expect(trials.transfers.map(({ kind }) => kind)).toEqual(kinds);
      expect(await brokenRules(owner, trials.pool.id)).toEqual({});
    });
    await fc.assert(each, settings);
  }, 3_600_000);

  it('by eight clients at once fails nobody and breaks no rule', async () => {
    const ofClient = fc.array(steps, { minLength: 2, maxLength: 6 });
    const each = fc.asyncProperty(fc.array(ofClient, { minLength: 8, maxLength: 8 }), async (clients) => {
      const { trials } = await begun();
      const run = async (courses: Step[][], client: number) => {
        for (const step of courses.flat()) await trials.attempt({ ...step, which: step.which + client });
      };
      await Promise.all(clients.map(run));
      expect(await brokenRules(owner, trials.pool.id)).toEqual({});
    });
    await fc.assert(each, { ...settings, path: undefined, endOnFailure: true });
  }, 3_600_000);
});
