import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { chart } from './ledger/chart.js';
import { PoolForTests } from './pool-for-tests.js';

let world: World;
let owner: Client;
let service: Client;
beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
  owner = await world.owner('budgets');
  service = await world.serviceRole('budgets');
});
afterAll(() => world?.stop());

/** A pool with 100.00 unallocated, 40.00 of an allocation paid and an account id for each kind. */
async function pool() {
  const made = await new PoolForTests(world).open();
  await made.fund('160.00', '2025-05-01');
  const allocation = await made.allocate('60.00');
  await made.pay(await made.draw(allocation, '40.00'));
  const found = await owner.query('select id, kind from account where pool_id = $1', [made.id]);
  const accounts: Record<string, string> = Object.fromEntries(found.rows.map(({ kind, id }) => [kind, id]));
  return { made, allocation, accounts };
}

interface Raw {
  pool: string;
  kind: string;
  on?: string;
  more?: Record<string, unknown>;
  lines: [account: string | undefined, minor: number][];
}

/** Writes a transfer by hand, in a database transaction of its own; answers the code of what refused it. */
async function write(
  client: Client,
  { pool: poolId, kind, on = '2025-12-01', more = {}, lines }: Raw,
): Promise<string> {
  const id = `transfer-${randomUUID()}`;
  const row = {
    ...{ id, kind, pool_id: poolId, currency: 'GBP', effective_on: on, financial_year: '2025-26', period: 'P09' },
    ...{
      amount_minor: Math.max(
        1,
        lines.reduce((sum, [, minor]) => sum + Math.max(minor, 0), 0),
      ),
    },
    ...{ control_total: 'RDEL_PROGRAMME', requested_by: 'by hand' },
    ...(kind === 'DEPOSIT' && { deposit_id: id }),
    ...more,
  };
  const columns = Object.keys(row);
  try {
    await client.query('begin');
    await client.query(
      `insert into transfer (${columns.join(', ')}) values (${columns.map((_, place) => `$${place + 1}`).join(', ')})`,
      Object.values(row),
    );
    await client.query(`insert into posting select $1, * from unnest($2::text[], $3::bigint[])`, [
      ...[id, lines.map(([account]) => account), lines.map(([, minor]) => minor)],
    ]);
    await client.query('commit');
    return 'written';
  } catch (error) {
    await client.query('rollback');
    const { code, constraint } = error as { code: string; constraint?: string };
    return constraint ?? code;
  }
}

const spentOf = async ({ id }: PoolForTests): Promise<string> =>
  (await owner.query(`select id from account where pool_id = $1 and kind = 'SPENT'`, [id])).rows[0].id;

const refusal = async (client: Client, sql: string, params: unknown[] = []): Promise<string> =>
  client.query(sql, params).then(
    () => 'done',
    (error) => error.constraint ?? error.code,
  );

/** What the database does not let through, as the service and as the owner of the tables. */
const both = async (attempt: (client: Client) => Promise<string>) => [await attempt(service), await attempt(owner)];

describe('the database', () => {
  it('takes a transfer by hand that keeps every rule, so that what follows is refused for its fault alone', async () => {
    const { made, allocation, accounts } = await pool();
    await made.spend(allocation, '1.00');
    const lines: Raw['lines'] = [
      [accounts.WITH_RECIPIENT, -100],
      [await spentOf(made), 100],
    ];
    const expenditure = { pool: made.id, kind: 'EXPENDITURE', more: { allocation_id: allocation }, lines };
    expect(await both((client) => write(client, expenditure))).toEqual(['written', 'written']);
  });

  it('refuses a transfer that does not balance, has one line, a line of zero or no line', async () => {
    const { made, allocation, accounts } = await pool();
    const { ALLOCATION_AVAILABLE: to, UNALLOCATED: from } = accounts;
    const attempt = (lines: Raw['lines']) =>
      both((client) =>
        write(client, { pool: made.id, kind: 'ALLOCATION', more: { allocation_id: allocation }, lines }),
      );
    expect(
      await attempt([
        [from, -100],
        [to, 99],
      ]),
    ).toEqual(['HB004', 'HB004']);
    expect(await attempt([[to, 100]])).toEqual(['HB004', 'HB004']);
    expect(await attempt([])).toEqual(['HB004', 'HB004']);
    expect(
      await attempt([
        [from, 0],
        [to, 0],
      ]),
    ).toEqual(['posting_amount_check', 'posting_amount_check']);
  });

  it('refuses a transfer that states another amount than it moves', async () => {
    const { made, allocation, accounts } = await pool();
    const lines: Raw['lines'] = [
      [accounts.UNALLOCATED, -100],
      [accounts.ALLOCATION_AVAILABLE, 100],
    ];
    const more = { allocation_id: allocation, amount_minor: 200 };
    expect(await both((client) => write(client, { pool: made.id, kind: 'ALLOCATION', more, lines }))).toEqual([
      'HB004',
      'HB004',
    ]);
  });

  it('refuses a transfer between pools, years or control totals', async () => {
    const [{ made, allocation, accounts }, other] = [await pool(), await pool()];
    const attempt = (more: object, to = accounts.ALLOCATION_AVAILABLE) =>
      both((client) =>
        write(client, {
          ...{ pool: made.id, kind: 'ALLOCATION', more: { allocation_id: allocation, ...more } },
          lines: [
            [accounts.UNALLOCATED, -100],
            [to, 100],
          ],
        }),
      );
    expect(await attempt({}, other.accounts.ALLOCATION_AVAILABLE)).toEqual(['HB005', 'HB005']);
    expect(await attempt({ control_total: 'CDEL' })).toEqual(['HB005', 'HB005']);
    const annual = await new PoolForTests(world).open({ annual: true });
    await annual.deposit('1.00');
    const found = await owner.query('select id, kind from account where pool_id = $1', [annual.id]);
    const lines: Raw['lines'] = found.rows.map(({ kind, id }) => [id, kind === 'SUSPENSE' ? 100 : -100]);
    const deposit = { pool: annual.id, kind: 'DEPOSIT', lines, more: { financial_year: '2024-25' } };
    expect(await both((client) => write(client, deposit))).toEqual(['HB005', 'HB005']);
  });

  it('refuses money in another currency than its pool has', async () => {
    const { made, allocation, accounts } = await pool();
    const lines: Raw['lines'] = [
      [accounts.UNALLOCATED, -100],
      [accounts.ALLOCATION_AVAILABLE, 100],
    ];
    const more = { allocation_id: allocation, currency: 'USD' };
    expect(await both((client) => write(client, { pool: made.id, kind: 'ALLOCATION', more, lines }))).toEqual([
      ...['transfer_pool_id_currency_fkey', 'transfer_pool_id_currency_fkey'],
    ]);
  });

  it('refuses what the chart does not know: a kind that moves other accounts, or in the other direction', async () => {
    const { made, allocation, accounts } = await pool();
    const attempt = (kind: string, lines: Raw['lines']) =>
      both((client) => write(client, { pool: made.id, kind, more: { allocation_id: allocation }, lines }));
    const { UNALLOCATED, ALLOCATION_AVAILABLE, WITH_RECIPIENT } = accounts;
    expect(
      await attempt('ALLOCATION', [
        [UNALLOCATED, -1],
        [WITH_RECIPIENT, 1],
      ]),
    ).toEqual(['HB006', 'HB006']);
    expect(
      await attempt('ALLOCATION', [
        [ALLOCATION_AVAILABLE, -1],
        [UNALLOCATED, 1],
      ]),
    ).toEqual(['HB006', 'HB006']);
    expect(
      await attempt('GIFT', [
        [UNALLOCATED, -1],
        [ALLOCATION_AVAILABLE, 1],
      ]),
    ).toEqual(['HB006', 'HB006']);
  });

  it('keeps the chart that ledger/chart.ts states', async () => {
    const { rows } = await owner.query(`select transfer_kind, from_kind, to_kind from chart`);
    const kept = rows.map((row) => Object.values(row).join(' ')).sort();
    const stated = Object.entries(chart).flatMap(([kind, pairs]) => pairs.map((pair) => [kind, ...pair].join(' ')));
    expect(kept).toEqual(stated.sort());
  });

  it('refuses to change, delete or truncate transfers, postings, the chart and changes of what is expected', async () => {
    await pool();
    for (const table of ['transfer', 'posting', 'expected_change', 'chart']) {
      const column = { transfer: 'reason', posting: 'amount', expected_change: 'committed', chart: 'to_kind' }[table]!;
      for (const sql of [
        `update ${table} set ${column} = ${column}`,
        `delete from ${table}`,
        `truncate ${table} cascade`,
      ]) {
        expect([sql, ...(await both((client) => refusal(client, sql)))]).toEqual([sql, '42501', 'HB002']);
      }
    }
  });

  it('refuses to change a balance or any other running sum by hand', async () => {
    await pool();
    const columns = {
      ...{ account: 'balance', account_day: 'change', account_hour: 'change', account_movement: 'amount' },
      ...{ holding: 'balance', expected_total: 'committed', certified_day: 'change', certified_hour: 'change' },
    };
    for (const [table, column] of Object.entries(columns)) {
      for (const sql of [`update ${table} set ${column} = ${column} + 1`, `delete from ${table}`]) {
        expect([sql, ...(await both((client) => refusal(client, sql)))]).toEqual([sql, '42501', 'HB002']);
      }
    }
    expect(await refusal(service, 'update expected set deposited = 0')).toBe('42501');
  });

  it('refuses lines added to a transfer that was written before', async () => {
    const { made, accounts } = await pool();
    const [id] = await made.transferIds();
    const sql = `insert into posting values ($1, $2, -1), ($1, $3, 1)`;
    const { CONTRIBUTOR_SOURCE, UNALLOCATED } = accounts;
    expect(await both((client) => refusal(client, sql, [id, CONTRIBUTOR_SOURCE, UNALLOCATED]))).toEqual([
      'HB002',
      'HB002',
    ]);
  });

  it('refuses to say itself when something was recorded', async () => {
    const { made } = await pool();
    const sql = `insert into transfer (id, kind, pool_id, currency, amount_minor, effective_on, financial_year, period, control_total,
      requested_by, recorded_at) values ('x', 'DEPOSIT', $1, 'GBP', 1, '2025-01-01', '2025-26', 'P01', 'CDEL', 'x', '2020-01-01')`;
    expect(await refusal(service, sql, [made.id])).toBe('42501');
  });

  it('refuses to overdraw an account, now or at the end of a past day', async () => {
    const { made, allocation, accounts } = await pool();
    const attempt = (minor: number, on: string) =>
      both((client) =>
        write(client, {
          ...{ pool: made.id, kind: 'ALLOCATION', on, more: { allocation_id: allocation } },
          lines: [
            [accounts.UNALLOCATED, -minor],
            [accounts.ALLOCATION_AVAILABLE, minor],
          ],
        }),
      );
    expect(await attempt(10_001, '2025-12-01')).toEqual(['account_not_below_zero', 'account_not_below_zero']);
    await made.fund('50.00', '2025-11-01');
    expect(await attempt(10_001, '2025-10-31')).toEqual(['HB001', 'HB001']);
  });

  it('refuses to take from an allocation what another one holds', async () => {
    const { made, accounts } = await pool();
    const other = await made.allocate('30.00');
    await made.pay(await made.draw(other, '30.00'));
    await made.spend(other, '1.00');
    const lines: Raw['lines'] = [
      [accounts.WITH_RECIPIENT, -3_000],
      [await spentOf(made), 3_000],
    ];
    const expenditure = { pool: made.id, kind: 'EXPENDITURE', more: { allocation_id: other }, lines };
    expect(await both((client) => write(client, expenditure))).toEqual([
      ...['holding_not_below_zero', 'holding_not_below_zero'],
    ]);
  });

  it('refuses a second reversal, an inexact one and the reversal of a reversal', async () => {
    const { made, allocation, accounts } = await pool();
    const { transfer } = await made.spend(allocation, '5.00');
    const spent = await spentOf(made);
    const attempt = (minor: number, reverses: string) =>
      both((client) =>
        write(client, {
          ...{ pool: made.id, kind: 'EXPENDITURE', more: { allocation_id: allocation, reverses_id: reverses } },
          lines: [
            [spent, -minor],
            [accounts.WITH_RECIPIENT, minor],
          ],
        }),
      );
    expect(await attempt(499, transfer.id)).toEqual(['HB004', 'HB004']);
    const reversal = await made.reverse(transfer.id);
    await made.spend(allocation, '5.00');
    expect(await attempt(500, transfer.id)).toEqual(['transfer_reversed_once', 'transfer_reversed_once']);
    expect(await attempt(500, reversal.transfer.id)).toEqual(['HB004', 'HB004']);
  });

  it('refuses deposits above the commitment, and matched to what is not expected in the pool', async () => {
    const { made, accounts } = await pool();
    const contribution = `dfe:${randomUUID()}`;
    await made.commit(contribution, '1.00');
    const attempt = (minor: number, contributionId: string | null) =>
      both((client) =>
        write(client, {
          ...{ pool: made.id, kind: 'DEPOSIT', more: { contribution_id: contributionId } },
          lines: [
            [accounts.CONTRIBUTOR_SOURCE, -minor],
            [accounts.UNALLOCATED, minor],
          ],
        }),
      );
    expect(await attempt(101, contribution)).toEqual(['deposited_within_commitment', 'deposited_within_commitment']);
    expect(await attempt(1, 'dfe:unknown')).toEqual(['HB003', 'HB003']);
    expect(await attempt(1, null)).toEqual(['HB003', 'HB003']);
    const { rows } = await owner.query(`select deposited from expected where id = $1`, [contribution]);
    expect(rows).toEqual([{ deposited: '0' }]);
    const sql = `update expected set written_off = committed + 1 where id = $1`;
    expect(await both((client) => refusal(client, sql, [contribution]))).toEqual([
      ...['deposited_within_commitment', 'deposited_within_commitment'],
    ]);
  });

  it('refuses an approval by the person who asked, of other content, or without its money', async () => {
    const { made } = await pool();
    const { id } = (await made.propose('1.00')).allocation;
    const attempt = (set: string) =>
      both((client) => refusal(client, `update allocation set ${set} where id = $1`, [id]));
    const approved = `state = 'APPROVED', approved_hash = hash, approved_by`;
    expect(await attempt(`${approved} = requested_by`)).toEqual([
      ...['approved_by_another_person', 'approved_by_another_person'],
    ]);
    expect(await attempt(`state = 'APPROVED', approved_by = 'x', approved_hash = 'other'`)).toEqual([
      ...['approval_binds_the_proposal', 'approval_binds_the_proposal'],
    ]);
    expect(await attempt(`${approved} = 'somebody else'`)).toEqual(['HB007', 'HB007']);
    expect(await attempt('amount_minor = 1')).toEqual(['42501', 'HB002']);
    expect(await attempt(`provenance = '{"source": "another.csv"}'`)).toEqual(['42501', 'HB002']);
  });

  it('refuses to move a contribution with deposits to another pool', async () => {
    const [{ made }, other] = [await pool(), await new PoolForTests(world).open()];
    const sql = `update expected set pool_id = $2 where pool_id = $1`;
    expect(await both((client) => refusal(client, sql, [made.id, other.id]))).toEqual(['HB003', 'HB003']);
  });
});
