import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { fillPool } from '../../infra/bench/ledger-data.js';
import { withConnection } from '../../infra/postgres/connection.js';
import { adminUrl } from '../../test/databases.js';
import { startWorld, type World } from '../../test/world.js';
import { SumsOfHours } from './migrations/0019-sums-of-hours.js';
import type { Answered } from './pool-for-tests.js';
import { sumsAnew } from './sums-anew-for-tests.js';

const minuteMs = 60_000;
/** The busy one; what took effect on or around it was recorded on it. */
const day = new Date(Date.now() - 150 * 24 * 60 * minuteMs).toISOString().slice(0, 10);
const midnight = Date.parse(day);

let world: World;
let owner: Client;
let pools: string[];
beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
  owner = await world.owner('budgets');
  await unguarded(async (admin) => {
    const large = await fillPool(admin, 3_000, false, () => undefined);
    const small = await fillPool(admin, 1_000, false, () => undefined);
    pools = [large.id, small.id];
    await admin.query('set session_replication_role = replica');
    for (const sql of [...becomingBusy, ...sumsAnew]) await admin.query(sql);
  });
}, 60_000);
afterAll(() => world?.stop());

/** Does this with what the database refuses by itself taken away. */
async function unguarded(work: (admin: Client) => Promise<void>): Promise<void> {
  const address = Object.assign(new URL(adminUrl()), { pathname: `/${owner.database}` }).href;
  await withConnection(address, async (admin) => {
    const guarded = ['transfer', 'posting', 'expenditure_certificate'];
    for (const table of guarded) await admin.query(`alter table ${table} disable trigger only_added`);
    await admin.query('set session_replication_role = replica');
    await work(admin);
    for (const table of guarded) await admin.query(`alter table ${table} enable always trigger only_added`);
  });
}

const digit = `('x' || right(transfer.id, 1))::bit(4)::int`;
const onTheDay = `(transfer.recorded_at at time zone 'UTC')::date = '${day}'`;
const becomingBusy = [
  // A third of all, of a hundred days, within 22 hours of the one.
  `update transfer set recorded_at = date_trunc('milliseconds', timestamptz '${day}T01:00:00Z' + part * interval '22 hours')
     from (select id, third, percent_rank() over (partition by pool_id, third order by id) as part
             from (select id, pool_id, ntile(3) over (partition by pool_id order by id) as third from transfer) as each) as placed
    where placed.id = transfer.id and third = 2`,
  // Some just on the hour, several at once, and some earlier than what sorts before them.
  `update transfer set recorded_at = date_trunc('hour', recorded_at, 'UTC') where ${onTheDay} and ${digit} = 3`,
  `update transfer set recorded_at = recorded_at - interval '40 minutes' where ${onTheDay} and ${digit} = 7`,
  `update transfer set financial_year = '2024-25' where ${digit} in (1, 6, 11)`,
  // Certified in the same hour, in later ones and on the day after; taken back likewise, also before it was certified.
  `update expenditure_certificate as certificate set recorded_at = transfer.recorded_at + ${digit} * interval '40 minutes'
     from transfer where transfer.id = certificate.transfer_id and ${onTheDay}`,
  `create temporary table reversal as
     select 'transfer-' || gen_random_uuid() as id, id as reverses_id, recorded_at + (place % 11) * interval '55 minutes' as recorded_at
       from (select *, row_number() over (order by id) as place from transfer where kind = 'EXPENDITURE' and ${onTheDay}) as spent
      where place % 3 = 0`,
  `insert into transfer (id, kind, pool_id, currency, amount_minor, effective_on, recorded_at, financial_year, period, control_total,
     requested_by, allocation_id, reverses_id)
   select reversal.id, kind, pool_id, currency, amount_minor, effective_on, reversal.recorded_at, financial_year, period,
     control_total, requested_by, allocation_id, reversal.reverses_id from reversal join transfer on transfer.id = reversal.reverses_id`,
  `insert into posting select reversal.id, account_id, - amount from reversal join posting on transfer_id = reverses_id`,
];

const rowsOf = async (sql: string, ...params: unknown[]) =>
  (await owner.query({ text: sql, values: params, rowMode: 'array' })).rows;
const lines = `posting join transfer on transfer.id = transfer_id join account on account.id = account_id`;
const decimal = (minor: string) => `round(${minor} / 100.0, 2)::text`;

/** What both pools answer, by their ids. */
async function ask(fields: string, asKnownAt: string): Promise<[pool: string, answered: Answered][]> {
  const each = pools.map((id, place) => `pool${place}: pooledBudget(id: "${id}") { ${fields} }`);
  const { data, errors } = await world.ask(`{ ${each.join(' ')} }`, { asKnownAt });
  if (errors) throw new Error(JSON.stringify(errors));
  return pools.map((id, place) => [id, data[`pool${place}`]]);
}

/** Before the first of the day, in many hours and on them, at what was recorded and certified and just before it, after the last. */
async function instants(): Promise<string[]> {
  const [recorded, certified] = (await Promise.all([
    rowsOf(`select distinct recorded_at from transfer where ${onTheDay} order by 1`),
    rowsOf(`select recorded_at from expenditure_certificate as transfer where ${onTheDay} order by 1`),
  ])) as [[Date][], [Date][]];
  expect(Math.min(recorded.length, certified.length)).toBeGreaterThan(20);
  const some = (all: [Date][]) => [0, 0.2, 0.45, 0.7].map((part) => all[Math.floor(part * all.length)]![0].getTime());
  const at = [...some(recorded), recorded.at(-1)![0].getTime(), ...some(certified)].flatMap((time) => [time, time - 1]);
  const minutes = [-1, 0, 30, 61, 7 * 60, 7 * 60 + 20, 12 * 60, 12 * 60 + 59, 18 * 60 + 45, 23 * 60, 24 * 60 + 1];
  const around = [...minutes.map((minute) => midnight + minute * minuteMs), midnight + 24 * 60 * minuteMs - 1];
  return [...at, ...around].map((time) => new Date(time).toISOString());
}

interface Cut {
  effectiveOn?: string;
  financialYear?: string;
}

const cuts: Cut[] = [
  {},
  { effectiveOn: day },
  { financialYear: '2024-25' },
  { effectiveOn: day, financialYear: '2024-25' },
];
const inputOf = (cut: Cut) => {
  const inputs = Object.entries(cut).map(([name, value]) => `${name}: "${value}"`);
  return inputs.length > 0 ? `(${inputs.join(', ')})` : '';
};
const ofCut = `transfer.pool_id = $1 and transfer.recorded_at <= $2 and effective_on <= $3
  and transfer.financial_year = coalesce($4, transfer.financial_year)`;
const paramsOf = (pool: string, at: string, { effectiveOn, financialYear }: Cut) => [
  ...[pool, at, effectiveOn ?? 'infinity', financialYear ?? null],
];

const words = ['deposited', 'allocated', 'drawnDown', 'spent', 'spentCertified'];
const statement = (cut: Cut) => `statement${inputOf(cut)} { ${words.map((word) => `${word} { amount }`).join(' ')} }`;
const said = (answered: Answered) => words.map((word) => answered.statement[word].amount);
async function statementOf(pool: string, at: string, cut: Cut) {
  const sum = (where: string) => decimal(`coalesce(sum(amount) filter (where ${where}), 0)`);
  const [wanted] = await rowsOf(
    `select ${sum(`account.kind = 'UNALLOCATED' and transfer.kind = 'DEPOSIT'`)},
            ${sum(`account.kind = 'ALLOCATION_AVAILABLE' and transfer.kind = 'ALLOCATION'`)},
            ${sum(`account.kind = 'WITH_RECIPIENT' and transfer.kind = 'PAYMENT'`)},
            ${sum(`account.kind = 'SPENT'`)}, ${sum(`account.kind = 'SPENT' and certificate.recorded_at <= $2`)}
       from ${lines} left join expenditure_certificate as certificate
         on certificate.transfer_id = coalesce(transfer.reverses_id, transfer.id)
      where ${ofCut}`,
    ...paramsOf(pool, at, cut),
  );
  return wanted;
}

const listed = 'nodes { id }';
const newest = `transfers(first: 40) { ${listed} }`;
const idsOf = (connection: Answered): string[] => connection.nodes.map(({ id }: Answered) => id);

describe('a day on which much was recorded', () => {
  it('has sums per hour that add up, of what is certified, taken back and sorts elsewhere too', async () => {
    const [[hours, certified, mixed]] = (await rowsOf(
      `select count(distinct hour)::int, (select count(distinct hour)::int from certified_hour where (hour at time zone 'UTC')::date = '${day}'),
              (select count(*)::int from certified_line as one join certified_line as other using (pool_id, account_id, day)
                where one.amount = - other.amount and date_trunc('hour', one.known_at) <> date_trunc('hour', other.known_at))
         from account_hour where (hour at time zone 'UTC')::date = '${day}'`,
    )) as [[number, number, number]];
    expect(Math.min(hours, certified)).toBeGreaterThan(12);
    expect(mixed).toBeGreaterThan(5);
    const sums = ['day', 'postings', 'bounds', 'certified day', 'hour', 'postings of an hour', 'last id of an hour'];
    const drift = 'select * from running_drift where what = any($1)';
    expect(await rowsOf(drift, [...sums, 'certified hour'])).toEqual([]);
  });

  it('answers statements at an instant inside it, of days and years, as its postings and certificates add up', async () => {
    for (const at of await instants()) {
      for (const cut of cuts) {
        for (const [pool, answered] of await ask(statement(cut), at)) {
          const wanted = await statementOf(pool, at, cut);
          expect({ at, pool, cut, said: said(answered) }).toEqual({ at, pool, cut, said: wanted });
        }
      }
    }
  }, 30_000);

  it('answers trial balances at an instant inside it, of days and years, as its postings add up', async () => {
    for (const at of await instants()) {
      for (const cut of cuts) {
        const fields = `trialBalance${inputOf(cut)} { account { kind } debit { amount } credit { amount } }`;
        for (const [pool, { trialBalance }] of await ask(fields, at)) {
          const wanted = await rowsOf(
            `select kind, ${decimal('greatest(sum, 0)')}, ${decimal('greatest(- sum, 0)')}
               from (select account.kind, sum(amount) from ${lines} where ${ofCut} group by 1) as each order by 1`,
            ...paramsOf(pool, at, cut),
          );
          const shown = trialBalance.map((line: Answered) => [
            ...[line.account.kind, line.debit.amount, line.credit.amount],
          ]);
          expect({ at, pool, cut, shown: shown.sort() }).toEqual({ at, pool, cut, shown: wanted });
        }
      }
    }
  }, 30_000);

  it('lists the transfers that were known at an instant inside it, on any days of effect, the latest and the earliest first', async () => {
    const filters = ['', `filter: { effectiveTo: "${day}" },`, `filter: { effectiveFrom: "${day}" },`];
    const days = [
      ['-infinity', 'infinity'],
      ['-infinity', day],
      [day, 'infinity'],
    ];
    for (const at of await instants()) {
      for (const [place, filter] of filters.entries()) {
        for (const [order, direction] of Object.entries({ LATEST: 'desc', EARLIEST: 'asc' })) {
          const fields = `transfers(first: 100, ${filter} orderBy: RECORDED_${order}_FIRST) { ${listed} }`;
          for (const [pool, { transfers }] of await ask(fields, at)) {
            const wanted = await rowsOf(
              `select id from transfer where pool_id = $1 and recorded_at <= $2 and effective_on between $3 and $4
                order by 1 ${direction} limit 100`,
              ...[pool, at, ...days[place]!],
            );
            expect({ at, filter, order, ids: idsOf(transfers) }).toEqual({ at, filter, order, ids: wanted.flat() });
          }
        }
      }
    }
  }, 30_000);
});

describe('what is known at an instant inside a day', () => {
  const at = `${day}T12:20:00.000Z`;
  const inTheHour = (instant: string) => `date_trunc('hour', ${instant}, 'UTC') = '${day}T12:00:00Z'`;

  it('is read from sums and from the lines of its own hour, none of an hour before or after', async () => {
    const fields = `${statement({})} accounts { kind balance { amount } }`;
    const whole = await ask(fields, at);
    await unguarded(async (admin) => {
      await admin.query('create temporary table kept as select * from posting');
      const { rowCount } = await admin.query(
        `delete from posting where transfer_id not in (
           select id from transfer where ${inTheHour('recorded_at')}
           union select transfer_id from expenditure_certificate where ${inTheHour('recorded_at')})`,
      );
      const without = await ask(fields, at).finally(() =>
        admin.query('insert into posting select * from kept on conflict do nothing'),
      );
      expect(rowCount).toBeGreaterThan(3_500);
      expect(without).toEqual(whole);
    });
    expect(await ask(fields, at)).toEqual(whole);
  });

  it('is listed from the last transfer of its own hour on, by the sums of hours', async () => {
    const whole = (await ask(newest, at)).map(([, { transfers }]) => idsOf(transfers));
    await unguarded(async (admin) => {
      // As if no hour of the day had anything that sorts after the third line.
      await admin.query('create temporary table kept as select * from account_hour');
      const bound = 'update account_hour set last_id = $2 from account where account.id = account_id and pool_id = $1';
      for (const [place, ids] of whole.entries()) await admin.query(bound, [pools[place], ids[2]]);
      const bounded = await ask(newest, at).finally(async () => {
        await admin.query('delete from account_hour');
        await admin.query('insert into account_hour select * from kept');
      });
      for (const [place, [, { transfers }]] of bounded.entries())
        expect(idsOf(transfers).slice(0, 38)).toEqual(whole[place]!.slice(2));
    });
  });
});

describe('the proof', () => {
  /** What it finds after this was done with every guard off; it is undone. */
  async function found(sql: string): Promise<string[]> {
    const kinds: string[] = [];
    await unguarded(async (admin) => {
      await admin.query('begin');
      expect((await admin.query(sql)).rowCount).toBe(1);
      const { rows } = await admin.query('select what from running_drift where what = any($1) order by 1', [
        ['hour', 'postings of an hour', 'last id of an hour', 'certified hour'],
      ]);
      kinds.push(...rows.map(({ what }) => what));
      await admin.query('rollback');
    });
    return kinds;
  }

  it('names a sum of an hour that is wrong, is not there or is of nothing', async () => {
    const one = (table: string) => `ctid = (select ctid from ${table} limit 1)`;
    const account = one('account_hour');
    const all = ['hour', 'last id of an hour', 'postings of an hour'];
    expect(await found(`update account_hour set change = change + 1 where ${account}`)).toEqual(['hour']);
    expect(await found(`update account_hour set postings = 0 where ${account}`)).toEqual(['postings of an hour']);
    expect(await found(`update account_hour set last_id = '~' where ${account}`)).toEqual(['last id of an hour']);
    expect(await found(`delete from account_hour where ${account}`)).toEqual(all);
    const moved = `set hour = hour - interval '1000 days'`;
    expect(await found(`update account_hour ${moved} where ${account}`)).toEqual([...all, ...all].sort());
    const certified = one('certified_hour');
    expect(await found(`update certified_hour set change = 1 where ${certified}`)).toEqual(['certified hour']);
    expect(await found(`delete from certified_hour where ${certified}`)).toEqual(['certified hour']);
    expect(await found(`update certified_hour ${moved} where ${certified}`)).toEqual([
      ...['certified hour', 'certified hour'],
    ]);
  });

  it('finds the hours right that are added up of a ledger which had none', async () => {
    const migration = new SumsOfHours();
    migration.up();
    await unguarded(async (admin) => {
      await admin.query('begin');
      await admin.query('drop view running_drift');
      await admin.query('alter view day_drift rename to running_drift');
      await admin.query('drop table account_hour, certified_hour');
      for (const sql of migration.statements) await admin.query(sql);
      const filled = await admin.query('select from account_hour union all select from certified_hour');
      expect(filled.rowCount).toBeGreaterThan(2_000);
      const drift = await admin.query(`select * from running_drift where what like '%hour'`);
      expect(drift.rows).toEqual([]);
      await admin.query('rollback');
    });
  });
});
