import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { ControlsForTests } from './controls-for-tests.js';
import { brokenRules, ruleNames } from './ledger-checker-for-tests.js';
import { accountOf, done, MovingMoneyForTests } from './moving-money-for-tests.js';
import { PoolForTests } from './pool-for-tests.js';

let world: World;
let owner: Client;
let pool: PoolForTests;
let plain: PoolForTests;
const ids: Record<string, string> = {};

const capital = { controlTotal: 'CDEL' };

beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
  owner = await world.owner('budgets');
  pool = new PoolForTests(world);
  await pool.open({ annual: true, controlTotals: ['RDEL_PROGRAMME', 'CDEL'], carryOverCapPercent: '50' });
  const [money, controls] = [new MovingMoneyForTests(pool), new ControlsForTests(pool)];
  const revenue = { controlTotal: 'RDEL_PROGRAMME' };
  ids.contribution = `funder-a:${pool.id}`;
  await money.paidIn(ids.contribution, '100.00', revenue);
  await money.paidIn(`funder-b:${pool.id}`, '100.00', capital);
  done(await pool.deposit('3.00', revenue));
  ids.allocation = await pool.allocate('40.00', revenue);
  const works = await pool.allocate('30.00', capital);
  ids.paid = await pool.draw(ids.allocation, '20.00');
  ids.reserved = await pool.draw(ids.allocation, '5.00');
  done(await pool.pay(ids.paid));
  ids.spent = done(await pool.spend(ids.allocation, '8.00')).transfer.id;
  done(await money.refund(ids.paid, '4.00'));
  const consent = 'Treasury, letter 7';
  ids.virement = await money.move(works, ids.allocation, '6.00', { consent });
  done(await money.giveBack('2.00', { financialYear: '2025-26', ...revenue }));
  done(await money.carryOver('10.00', revenue));
  done(await controls.freeze(true));
  done(await controls.freeze(false));
  plain = await new PoolForTests(world).open();
  for (const name of ['c', 'd']) await new MovingMoneyForTests(plain).paidIn(`funder-${name}:${plain.id}`, '50.00');
  for (let attempt = 0; attempt < 50; attempt++) {
    const { rows } = await owner.query('select from unsealed');
    if (rows.length === 0) break;
    await pause(100);
  }
}, 60_000);
afterAll(() => world?.stop());

type Line = [kind: string, minor: number, account?: object];

/** Writes a transfer as its database's owner would who has switched every guard off. */
async function plant(kind: string, lines: Line[], row: Record<string, unknown> = {}, into = pool): Promise<string> {
  const id = String(row.id ?? `transfer-${randomUUID()}`);
  const year = into === pool ? '2025-26' : null;
  const columns = {
    ...{ id, kind, pool_id: into.id, currency: 'GBP', effective_on: '2025-10-01', financial_year: '2025-26' },
    ...{ period: 'P07', control_total: 'RDEL_PROGRAMME', requested_by: 'by hand' },
    ...{ amount_minor: lines.reduce((sum, [, minor]) => sum + Math.max(minor, 0), 0) || 1, ...row },
  };
  const places = Object.keys(columns).map((_, place) => `$${place + 1}`);
  await owner.query(`insert into transfer (${Object.keys(columns)}) values (${places})`, Object.values(columns));
  for (const [account, minor, of = {}] of lines) {
    const place = await accountOf(owner, into, account, { financial_year: year, ...of });
    await owner.query('insert into posting values ($1, $2, $3)', [id, place, minor]);
  }
  return id;
}

const sql = (text: string, ...params: unknown[]) => owner.query(text, params);
const earlier = `recorded_at = recorded_at - interval '1 hour'`;

/** Of each question, how somebody breaks what it asks. */
const plantings: Record<string, () => Promise<unknown>> = {
  '1 postings of a transfer sum to zero; two at least; none zero': () =>
    plant(
      'ALLOCATION',
      [
        ['UNALLOCATED', -5],
        ['ALLOCATION_AVAILABLE', 6],
      ],
      { allocation_id: ids.allocation },
    ),
  '1 every transfer has postings': () => plant('LAPSE', []),
  '2 every transfer and posting is as it was first written': () =>
    sql('update posting set amount = amount where transfer_id = $1', ids.spent),
  '2 no posting is missing: what a transfer says it moved is there': () =>
    sql('delete from posting where transfer_id = $1 and amount > 0', ids.spent),
  '2 the database refuses changes of transfers and postings, whoever asks': async () => undefined,
  '3 no account is below zero at the end of any day': () =>
    plant('LAPSE', [
      ['UNALLOCATED', -50_000],
      ['LAPSED', 50_000],
    ]),
  '3 nothing that an allocation, drawdown or deposit holds is below zero at the end of any day': () =>
    plant(
      'RELEASE',
      [
        ['ALLOCATION_RESERVED', -1],
        ['ALLOCATION_AVAILABLE', 1],
      ],
      { allocation_id: ids.allocation, drawdown_id: ids.paid },
    ),
  '3 a balance is the sum of its postings': () =>
    sql(`update account set balance = balance + 1 where pool_id = $1 and kind = 'SPENT'`, pool.id),
  '4 the pool identity holds at every effective date': () =>
    plant(
      'ALLOCATION',
      [
        ['CONTRIBUTOR_SOURCE', -5],
        ['ALLOCATION_AVAILABLE', 5],
      ],
      { allocation_id: ids.allocation },
    ),
  '4 the pool identity holds as known at every instant': async () => {
    const lines: Line[] = [
      ['CONTRIBUTOR_SOURCE', -5],
      ['ALLOCATION_AVAILABLE', 5],
    ];
    const wrong = await plant('ALLOCATION', lines, { allocation_id: ids.allocation });
    // Reversed since: it no longer shows in what is known now.
    const back = { allocation_id: ids.allocation, reverses_id: wrong };
    await pause(2);
    await plant(
      'ALLOCATION',
      lines.map(([kind, minor]): Line => [kind, -minor]),
      back,
    );
  },
  '4 what contributors gave is deposited, in suspense or lost by exchange': () =>
    plant('LAPSE', [
      ['SUSPENSE', -5],
      ['LAPSED', 5],
    ]),
  '5 a key has one answer, and each answer is there': () =>
    sql(`update deed set answer = null where name = 'carryOver'`),
  '5 no transfer answers two keys': () =>
    sql(
      `insert into deed (subject, key, organisation, name, fingerprint, answer) values ('a', 'b', 'c', 'reportExpenditure', 'd', to_jsonb($1::text))`,
      ids.spent,
    ),
  '6 a reversal takes back one transfer, exactly and once': () =>
    plant(
      'EXPENDITURE',
      [
        ['SPENT', -1],
        ['WITH_RECIPIENT', 1],
      ],
      { allocation_id: ids.allocation, reverses_id: ids.spent },
    ),
  '7 nothing is recorded in a period after it was closed': () =>
    sql(`update pooled_budget set closed_periods = '{2025-26 P06}', ${earlier} where id = $1`, pool.id),
  '7 a late finding is recorded in the first open period after its own, with its true day': () =>
    plant(
      'LAPSE',
      [
        ['UNALLOCATED', -5],
        ['LAPSED', 5],
      ],
      { period: 'P09' },
    ),
  '7 nothing moves while its pool is frozen': () =>
    sql(`update pooled_budget set state = 'FROZEN', ${earlier} where id = $1`, pool.id),
  '8 deposits matched to a contribution are within its commitment': async () => {
    const id = `transfer-${randomUUID()}`;
    await plant(
      'DEPOSIT',
      [
        ['CONTRIBUTOR_SOURCE', -1],
        ['UNALLOCATED', 1],
      ],
      { id, deposit_id: id, contribution_id: ids.contribution },
    );
  },
  '8 what is matched to contributions is what they count as deposited': () =>
    sql('update expected set deposited = deposited - 1 where id = $1', ids.contribution),
  '9 what is allocated is within what came in, on every day': () =>
    plant(
      'ALLOCATION',
      [
        ['UNALLOCATED', -50_000],
        ['ALLOCATION_AVAILABLE', 50_000],
      ],
      { allocation_id: ids.allocation },
    ),
  '9 what is set aside for an allocation is what was approved': () =>
    plant(
      'ALLOCATION',
      [
        ['UNALLOCATED', -1],
        ['ALLOCATION_AVAILABLE', 1],
      ],
      { allocation_id: ids.allocation },
    ),
  '9 an allocation that is not approved holds nothing': () =>
    sql(
      `update allocation set state = 'PROPOSED', approved_by = null, approved_hash = null, approved_as = null where id = $1`,
      ids.allocation,
    ),
  '10 paid is within what was reserved, on every day': () =>
    plant(
      'PAYMENT',
      [
        ['ALLOCATION_RESERVED', -600],
        ['WITH_RECIPIENT', 600],
      ],
      { allocation_id: ids.allocation, drawdown_id: ids.reserved },
    ),
  '10 a drawdown has reserved what is neither paid nor given back, and nothing once it has ended': () =>
    sql(`update drawdown set state = 'VOIDED', end_reason = 'not needed' where id = $1`, ids.reserved),
  '11 spent and refunded are within what was paid, on every day': () =>
    plant(
      'EXPENDITURE',
      [
        ['WITH_RECIPIENT', -900],
        ['SPENT', 900],
      ],
      { allocation_id: ids.allocation },
    ),
  '11 refunded of a drawdown is within what it was paid, on every day': () =>
    plant(
      'REFUND',
      [
        ['WITH_RECIPIENT', -100],
        ['UNALLOCATED', 100],
      ],
      { allocation_id: ids.allocation, drawdown_id: ids.reserved },
    ),
  '12 money stays in its pool, and in its year but for a carry-over': () =>
    plant('LAPSE', [
      ['UNALLOCATED', -5],
      ['LAPSED', 5, { financial_year: '2024-25' }],
    ]),
  '12 money changes its control total only with a consent': () =>
    plant('LAPSE', [
      ['UNALLOCATED', -5],
      ['LAPSED', 5, { control_total: 'CDEL' }],
    ]),
  '12 a virement crosses a control total or ring-fence only with a consent': () =>
    sql('update virement set consent = null where id = $1', ids.virement),
  '13 what is carried out of a year is carried into the next, once': () =>
    plant(
      'CARRY_OUT',
      [
        ['UNALLOCATED', -5, { control_total: 'CDEL' }],
        ['CARRIED_FORWARD', 5, { control_total: 'CDEL' }],
      ],
      { control_total: 'CDEL' },
    ),
  '13 what is carried over is within the cap': () =>
    sql('update pooled_budget set carry_over_cap_percent = 1 where id = $1', pool.id),
  '14 nobody is given back more than it paid in': () =>
    plant(
      'RETURN',
      [
        ['UNALLOCATED', -10_001],
        ['RETURNED', 10_001],
      ],
      { contribution_id: ids.contribution },
    ),
  '14 a return is split by largest remainder, exact to the penny': () =>
    plant(
      'RETURN',
      [
        ['UNALLOCATED', -3],
        ['RETURNED', 3],
      ],
      { contribution_id: `funder-c:${plain.id}` },
      plain,
    ),
  '15 a pool has one currency': async () => {
    await sql('alter table account drop constraint account_pool_id_currency_fkey');
    await sql(`update account set currency = 'EUR' where pool_id = $1 and kind = 'SPENT'`, pool.id);
  },
  '15 exchange keeps both amounts, rate and date, and its difference in its own account': async () => {
    const id = `transfer-${randomUUID()}`;
    await plant(
      'DEPOSIT',
      [
        ['CONTRIBUTOR_SOURCE', -1],
        ['FX_DIFFERENCE', 1],
      ],
      { id, deposit_id: id },
    );
  },
  '16 every pound has one accounting officer at each moment: that of the host of its pool': () =>
    sql(`update pooled_budget set host_id = 'another-department' where id = $1`, pool.id),
  '17 each seal follows from the one before': () =>
    sql('update seal set previous_hash = hash where pool_id = $1 and number = 2', pool.id),
  '17 what is sealed is what is recorded': () =>
    sql(`update transfer set reason = 'another one' where id = $1`, ids.spent),
  '17 every transfer is sealed, or waits to be': () =>
    plant('LAPSE', [
      ['UNALLOCATED', -5],
      ['LAPSED', 5],
    ]),
  '18 nobody approved what they asked for': async () => {
    await sql('alter table transfer drop constraint approved_by_another_person');
    await sql('update transfer set approved_by = requested_by where id = $1', ids.spent);
  },
};

const guarded = [
  'transfer',
  'posting',
  'account',
  'expected',
  'allocation',
  'drawdown',
  'virement',
  'pooled_budget',
  'seal',
  'deed',
];

describe('the independent checker', () => {
  it('finds nothing in a pool in which everything was done by the ledger', async () => {
    expect(await brokenRules(owner, pool.id)).toEqual({});
    expect(await brokenRules(owner, plain.id)).toEqual({});
  });

  it('asks about each of rules 1 to 17, and each of its questions is tried below', () => {
    const rules = new Set(ruleNames.map((name) => Number(name.split(' ')[0])));
    expect([...rules].sort((one, other) => one - other).slice(0, 17)).toEqual(
      Array.from({ length: 17 }, (_, place) => place + 1),
    );
    expect(Object.keys(plantings).sort()).toEqual([...ruleNames].sort());
  });

  it.each(
    Object.keys(plantings),
  )('names the rule that its owner broke by hand with the guards off: %s', async (name) => {
    await owner.query('begin');
    try {
      for (const table of guarded) await owner.query(`alter table ${table} disable trigger user`);
      await plantings[name]!();
      const broken = await brokenRules(owner, (name.startsWith('14 a return') ? plain : pool).id);
      expect(Object.keys(broken)).toContain(name);
    } finally {
      await owner.query('rollback');
    }
  });
});
