import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import { approveAll } from './approvals.js';
import { AccountKind } from './ledger/account.js';
import { TransferKind } from './ledger/chart.js';
import type { Draft } from './ledger/draft.js';
import { Ledger } from './ledger/ledger.js';
import { BudgetState, type PooledBudget } from './pooled-budget.js';
import { answerOf } from './rules-for-tests.js';
import {
  allocationIn,
  approver,
  draftOf,
  drawdownIn,
  funderOf,
  paidIn,
  setAside,
  TablesForTests,
  tried,
  type Way,
  written,
} from './tables-for-tests.js';

const { CONTRIBUTOR_SOURCE, UNALLOCATED, SUSPENSE, ALLOCATION_AVAILABLE, ALLOCATION_RESERVED } = AccountKind;
const { WITH_RECIPIENT, RETURNED, LAPSED, FX_DIFFERENCE } = AccountKind;
const { DEPOSIT, MATCH, ALLOCATION, RESERVATION, PAYMENT, RETURN, LAPSE } = TransferKind;
const largest = 2n ** 63n - 1n;

let tables: TablesForTests;
beforeAll(async () => {
  tables = await TablesForTests.make();
});
afterAll(() => tables?.drop());

const inPool =
  (work: (em: EntityManager, pool: PooledBudget) => Promise<void>, more: object = {}) =>
  () =>
    tables.inPool(work, more);

describe('the ledger by itself', () => {
  it(
    'gives from a day on what is there at the end of every later day, whatever came afterwards',
    inPool(async (em, pool) => {
      const take = (minor: bigint, day: string) => draftOf(pool, setAside, minor, day, { allocationId: null });
      expect(await tried(em, [draftOf(pool, paidIn, 100n, '2025-05-01'), take(90n, '2025-06-01')])).toEqual([
        'P02',
        'P03',
      ]);
      expect(await tried(em, [draftOf(pool, paidIn, 1000n, '2025-07-01')])).toEqual(['P04']);
      const asked: [bigint, string][] = [
        ...([
          [1n, '2025-04-30'],
          [11n, '2025-05-01'],
          [11n, '2025-06-30'],
          [10n, '2025-06-30'],
        ] as [bigint, string][]),
        ...([
          [1n, '2025-05-15'],
          [1001n, '2025-07-01'],
          [1000n, '2025-07-01'],
          [1n, '2025-07-02'],
        ] as [bigint, string][]),
      ];
      expect(
        await tried(
          em,
          asked.map(([minor, day]) => take(minor, day)),
        ),
      ).toEqual([...['GBP of 0', 'GBP of 10', 'GBP of 10', 'P03', 'GBP of 0', 'GBP of 1000', 'P04', 'GBP of 0']]);
    }),
  );

  it(
    'looks back to the earliest day that is asked about, in whatever order the days are asked',
    inPool(async (em, pool) => {
      const take = (minor: bigint, day: string) => draftOf(pool, setAside, minor, day);
      const came = (minor: bigint, day: string) => draftOf(pool, paidIn, minor, day);
      const before = [
        came(100n, '2025-05-01'),
        take(90n, '2025-05-20'),
        came(50n, '2025-06-10'),
        came(1000n, '2025-07-01'),
      ];
      expect(await tried(em, before)).toEqual(['P02', 'P02', 'P03', 'P04']);
      const asked = [
        take(61n, '2025-06-15'),
        take(11n, '2025-05-15'),
        take(61n, '2025-06-30'),
        take(10n, '2025-05-15'),
      ];
      expect(await tried(em, asked)).toEqual(['GBP of 60', 'GBP of 10', 'GBP of 60', 'P02']);
      // What no allocation holds is a part of the account and of nothing else.
      const lapse = draftOf(pool, [LAPSE, ALLOCATION_AVAILABLE, LAPSED], 100n, '2025-06-30');
      expect(await tried(em, [lapse])).toEqual(['P03']);
    }),
  );

  it(
    'gives from an allocation, drawdown or deposit only its own part, and names the least of what is short',
    inPool(async (em, pool) => {
      const [a, b] = [
        await allocationIn(em, pool, { amountMinor: 30n }),
        await allocationIn(em, pool, { amountMinor: 50n }),
      ];
      const rows = await approveAll(em, [{ allocation: a.id }, { allocation: b.id }], approver);
      expect(rows.map(({ available }) => available?.minor)).toEqual([0n, 0n]);
      const [receipt] = await written(em, [draftOf(pool, [DEPOSIT, CONTRIBUTOR_SOURCE, SUSPENSE], 20n, '2025-05-01')]);
      await written(em, [draftOf(pool, [DEPOSIT, CONTRIBUTOR_SOURCE, SUSPENSE], 5n, '2025-05-01')]);
      const match = (minor: bigint) =>
        draftOf(pool, [MATCH, SUSPENSE, UNALLOCATED], minor, '2025-05-02', { depositId: receipt });
      expect(await tried(em, [match(21n), match(20n), draftOf(pool, paidIn, 100n, '2025-05-01')])).toEqual([
        ...['GBP of 20', 'P02', 'P02'],
      ]);
      await approveAll(em, [{ allocation: a.id }, { allocation: b.id }], approver);
      const drawn = await drawdownIn(em, a.id);
      const reserve = (minor: bigint, allocationId = a.id) =>
        draftOf(pool, [RESERVATION, ALLOCATION_AVAILABLE, ALLOCATION_RESERVED], minor, '2025-06-01', {
          ...{ allocationId, drawdownId: drawn },
        });
      const pay = (minor: bigint) =>
        draftOf(pool, [PAYMENT, ALLOCATION_RESERVED, WITH_RECIPIENT], minor, '2025-06-01', {
          ...{ allocationId: a.id, drawdownId: drawn },
        });
      expect(
        await tried(em, [reserve(31n), reserve(81n), reserve(25n), pay(26n), reserve(6n), reserve(50n, b.id)]),
      ).toEqual([...['GBP of 30', 'GBP of 30', 'P03', 'GBP of 25', 'GBP of 5', 'P03']]);
      expect(await tried(em, [pay(26n), pay(25n), pay(1n)])).toEqual(['GBP of 25', 'P03', 'GBP of 0']);
    }),
  );

  it(
    'holds no more on an account than the hub can count',
    inPool(async (em, pool) => {
      const suspense: Way = [DEPOSIT, CONTRIBUTOR_SOURCE, SUSPENSE];
      const [gained, lost]: Way[] = [
        [DEPOSIT, FX_DIFFERENCE, SUSPENSE],
        [DEPOSIT, CONTRIBUTOR_SOURCE, FX_DIFFERENCE],
      ];
      const day = '2025-05-01';
      expect(
        await tried(em, [
          ...[
            draftOf(pool, suspense, largest - 1n, day),
            draftOf(pool, suspense, 2n, day),
            draftOf(pool, suspense, 1n, day),
          ],
          ...[draftOf(pool, paidIn, 1n, day), draftOf(pool, gained!, 1n, day), draftOf(pool, lost!, 1n, day)],
        ]),
      ).toEqual([
        'P02',
        'LIMIT_EXCEEDED amount',
        'P02',
        'LIMIT_EXCEEDED amount',
        'LIMIT_EXCEEDED amount',
        'LIMIT_EXCEEDED amount',
      ]);
    }),
  );

  it(
    'moves only as the chart says, more than nothing, and backwards only in a reversal',
    inPool(async (em, pool) => {
      const [receipt] = await written(em, [draftOf(pool, paidIn, 100n, '2025-05-01')]);
      const back: Way = [DEPOSIT, UNALLOCATED, CONTRIBUTOR_SOURCE];
      const wrong: [Way, bigint, Partial<Draft>?][] = [
        ...([
          [[ALLOCATION, SUSPENSE, ALLOCATION_AVAILABLE], 1n],
          [[ALLOCATION, UNALLOCATED, SUSPENSE], 1n],
        ] as [Way, bigint][]),
        ...([
          [setAside, 0n],
          [setAside, -1n],
          [back, 1n],
        ] as [Way, bigint][]),
        [paidIn, 1n, { reversesId: receipt }],
        [[DEPOSIT, UNALLOCATED, SUSPENSE], 1n, { reversesId: receipt }],
        [[DEPOSIT, SUSPENSE, FX_DIFFERENCE], 0n, { reversesId: receipt }],
        [[DEPOSIT, RETURNED, CONTRIBUTOR_SOURCE], 1n, { reversesId: receipt }],
      ];
      const answers = await tried(
        em,
        wrong.map(([way, minor, more]) => draftOf(pool, way, minor, '2025-06-01', more)),
      );
      expect(answers).toEqual([
        ...['fault: A ALLOCATION does not move 1 from SUSPENSE to ALLOCATION_AVAILABLE.'],
        ...['fault: A ALLOCATION does not move 1 from UNALLOCATED to SUSPENSE.'],
        ...[0, -1].map(
          (minor) => `fault: A ALLOCATION does not move ${minor} from UNALLOCATED to ALLOCATION_AVAILABLE.`,
        ),
        'fault: A DEPOSIT does not move 1 from UNALLOCATED to CONTRIBUTOR_SOURCE.',
        'fault: A DEPOSIT does not move 1 from CONTRIBUTOR_SOURCE to UNALLOCATED.',
        'fault: A DEPOSIT does not move 1 from UNALLOCATED to SUSPENSE.',
        'fault: A DEPOSIT does not move 0 from SUSPENSE to FX_DIFFERENCE.',
        'fault: A DEPOSIT does not move 1 from RETURNED to CONTRIBUTOR_SOURCE.',
      ]);
      const over = { reversesId: receipt, reference: null, reason: 'wrong', depositId: receipt };
      expect(
        await tried(em, [draftOf(pool, back, 101n, '2025-06-01', over), draftOf(pool, back, 100n, '2025-06-01', over)]),
      ).toEqual([...['GBP of 100', 'P03']]);
    }),
  );

  it('takes nothing into a pool that does not move, and records in the first open period', async () => {
    const states: Record<string, string[]> = {};
    for (const state of [BudgetState.OPEN, BudgetState.FROZEN, BudgetState.CLOSING, BudgetState.CLOSED]) {
      await inPool(async (em, pool) => {
        const receipt = await written(em, [draftOf(pool, paidIn, 9n, '2025-05-01')]);
        Object.assign(pool, { state, closedPeriods: ['2025-26 P02'] });
        const reversal = { reversesId: receipt[0]!, reason: 'wrong', depositId: receipt[0]!, reference: null };
        states[state] = await tried(em, [
          draftOf(pool, paidIn, 1n, '2025-05-01'),
          draftOf(pool, [DEPOSIT, UNALLOCATED, CONTRIBUTOR_SOURCE], 9n, '2025-05-01', reversal),
        ]);
      })();
    }
    expect(states).toEqual({
      ...{ OPEN: ['P03', 'P03'], FROZEN: ['ILLEGAL_TRANSITION', 'ILLEGAL_TRANSITION'] },
      ...{ CLOSING: ['ILLEGAL_TRANSITION', 'P03'], CLOSED: ['ILLEGAL_TRANSITION', 'ILLEGAL_TRANSITION'] },
    });
  });
});

describe('what the ledger tells', () => {
  it(
    'is how much of a contribution has come, when money is deposited or matched, and nothing else',
    inPool(async (em, pool) => {
      const told = async () => {
        const sql = `select event #> '{data,deposits,0}' as deposit from sent_event order by number`;
        return (await query<{ deposit: object }>(em, sql)).map(({ deposit }) => deposit);
      };
      await written(em, [draftOf(pool, paidIn, 70n, '2025-05-01'), draftOf(pool, paidIn, 5n, '2025-05-03')]);
      await written(em, [draftOf(pool, setAside, 70n, '2025-05-04')]);
      const back: Way = [RETURN, UNALLOCATED, RETURNED];
      await written(em, [draftOf(pool, back, 5n, '2025-05-05', { contributionId: funderOf(pool) })]);
      const about = { contributionId: funderOf(pool), currency: 'GBP', committed: '10000.00' };
      expect(await told()).toEqual([{ ...about, deposited: '0.75', effectiveOn: '2025-05-03' }]);
      const more = draftOf(pool, paidIn, 1n, '2025-05-02');
      const tooMuch = draftOf(pool, setAside, 1000n, '2025-05-02');
      const ledger = await Ledger.lock(em, [tooMuch, more]);
      expect(answerOf(() => ledger.add(tooMuch))).toBe('NOT_ENOUGH_FUNDS amount');
      ledger.add(more);
      const transfer = await ledger.writeOne();
      expect([transfer.kind, transfer.effectiveOn, transfer.written!.map(({ amount }) => amount.minor)]).toEqual([
        ...['DEPOSIT', '2025-05-02', [-1n, 1n]],
      ]);

      expect(await told()).toHaveLength(2);
    }),
  );
});
