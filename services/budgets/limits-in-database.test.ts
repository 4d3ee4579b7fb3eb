import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import type { Refused } from '../kernel/refusal.js';
import type { Allocation } from './allocation.js';
import { expectReleased } from './allocation-stage.js';
import { approveAll } from './approvals.js';
import { AccountKind } from './ledger/account.js';
import { TransferKind } from './ledger/chart.js';
import type { LimitExceeded } from './limit-exceeded.js';
import type { PooledBudget } from './pooled-budget.js';
import { poolOf } from './rules-for-tests.js';
import {
  allocationIn,
  approver,
  draftOf,
  drawdownIn,
  officer,
  paidIn,
  poolIn,
  TablesForTests,
  written,
} from './tables-for-tests.js';
import { Virement, VirementState } from './virement.js';
import { expectWithinLimit } from './virement-limit.js';

const { ALLOCATION_AVAILABLE, ALLOCATION_RESERVED } = AccountKind;
const { RESERVATION } = TransferKind;

let tables: TablesForTests;
beforeAll(async () => {
  tables = await TablesForTests.make();
});
afterAll(() => tables?.drop());

const inPool =
  (work: (em: EntityManager, pool: PooledBudget) => Promise<void>, more: object = {}) =>
  () =>
    tables.inPool(work, more);

describe('approvals together', () => {
  /** What became of each row: its state in the database, what could be set aside, or the refusal. */
  async function approved(
    em: EntityManager,
    rows: { allocation: string; hash?: string; effectiveOn?: string }[],
    as = approver,
  ) {
    const outcomes = await approveAll(em, rows, as);
    const sql = 'select id, state, approved_by, approved_as, approved_hash, version from allocation';
    const states = new Map((await query<Record<string, string>>(em, sql)).map((row) => [row.id, row]));
    return outcomes.map(({ allocation, available, effectiveOn, userErrors }) => {
      if (userErrors.length > 0) return userErrors.map(({ code, path }) => [code, ...path].join(' ')).join();
      const { state, approved_by, approved_as, approved_hash, version } = states.get(allocation!.id)!;
      return [state, effectiveOn, available?.minor, approved_by, approved_as, approved_hash, version].join(' ');
    });
  }

  it(
    'are decided in order: each row stands, waits for its money, or is refused for itself',
    inPool(async (em, pool) => {
      await written(em, [draftOf(pool, paidIn, 100n, '2025-05-01')]);
      const foreign = await poolIn(em, { hostId: 'another host' });
      const made = async (more: object = {}, place = pool) => (await allocationIn(em, place, more)).id;
      const [first, second, third] = [await made({ amountMinor: 60n }), await made({ amountMinor: 50n }), await made()];
      const own = await made({ requestedBy: 'approver' });
      expect(
        await approved(em, [
          ...[{ allocation: first }, { allocation: first }, { allocation: second, hash: 'seen' }],
          ...[{ allocation: third, effectiveOn: '2025-06-02' }, { allocation: 'nowhere' }],
          ...[
            { allocation: await made({}, foreign) },
            { allocation: own },
            { allocation: await made(), hash: 'other' },
          ],
          ...[{ allocation: await made(), effectiveOn: '2999-01-01' }],
        ]),
      ).toEqual([
        ...['APPROVED 2025-06-01  approver approver seen 2', 'BAD_USER_INPUT allocation'],
        ...['UNCOVERED 2025-06-01 40 approver approver seen 2', 'APPROVED 2025-06-02  approver approver seen 2'],
        ...['UNKNOWN_ALLOCATION allocation', 'FORBIDDEN allocation', 'SEPARATION_OF_DUTIES', 'HASH_MISMATCH hash'],
        'BAD_USER_INPUT effectiveOn',
      ]);
      await written(em, [draftOf(pool, paidIn, 20n, '2025-05-01')]);
      expect(await approved(em, [{ allocation: second }, { allocation: first }], officer)).toEqual([
        ...['APPROVED 2025-06-01  officer accounting-officer seen 3', 'ILLEGAL_TRANSITION'],
      ]);
    }),
  );

  it(
    'count towards the delegated limit of their pool and recipient, those of earlier requests included',
    inPool(
      async (em, pool) => {
        await written(em, [draftOf(pool, paidIn, 1000n, '2025-05-01')]);
        const free = await poolIn(em);
        await written(em, [draftOf(free, paidIn, 1000n, '2025-05-01')]);
        const rows = async (...made: [amountMinor: bigint, recipientId: string | null, place?: PooledBudget][]) => {
          const found = [];
          for (const [amountMinor, recipientId, place = pool] of made)
            found.push({ allocation: (await allocationIn(em, place, { amountMinor, recipientId })).id });
          return found;
        };
        const state = async (given: { allocation: string }[], as = approver) =>
          (await approved(em, given, as)).map((answer) => /^[A-Z_]+( allocation)?/.exec(answer)![0]);
        expect(
          await state(await rows([60n, 'a'], [41n, 'a'], [40n, 'a'], [100n, 'b'], [100n, null], [900n, 'a', free])),
        ).toEqual([...['APPROVED', 'LIMIT_EXCEEDED allocation', 'APPROVED', 'APPROVED', 'APPROVED', 'APPROVED']]);
        const more = await rows([1n, 'a'], [1n, 'b'], [1n, null], [1n, 'c'], [100n, 'a', free]);
        expect(await state(more)).toEqual([
          ...[
            'LIMIT_EXCEEDED allocation',
            'LIMIT_EXCEEDED allocation',
            'LIMIT_EXCEEDED allocation',
            'APPROVED',
            'APPROVED',
          ],
        ]);
        expect(await state([more[0]!], officer)).toEqual(['APPROVED']);
        // What is not covered is not approved: it does not count.
        const early = await allocationIn(em, pool, { amountMinor: 95n, recipientId: 'd', effectiveOn: '2025-04-02' });
        const later = await rows([50n, 'd'], [51n, 'd'], [50n, 'd']);
        expect(await state([{ allocation: early.id }, ...later])).toEqual([
          ...['UNCOVERED', 'APPROVED', 'LIMIT_EXCEEDED allocation', 'APPROVED'],
        ]);
      },
      { delegatedLimitMinor: 100n },
    ),
  );
});

describe('a limit in the database', () => {
  it(
    'lets an allocation be drawn as far as its stages are released',
    inPool(async (em, pool) => {
      await written(em, [draftOf(pool, paidIn, 100n, '2025-05-01')]);
      const [whole, staged] = [await allocationIn(em, pool), await allocationIn(em, pool, { amountMinor: 50n })];
      const sql = `insert into allocation_stage (allocation_id, number, gate, amount_minor) values (?, 1, 'a', 20), (?, 2, 'b', 30)`;
      await query(em, sql, [staged.id, staged.id]);
      await approveAll(em, [{ allocation: whole.id }, { allocation: staged.id }], approver);
      const draw = (allocation: Allocation, minor: bigint) =>
        expectReleased(em, allocation, minor).then(
          () => 'released',
          ({ userErrors, message }: Refused) => `${userErrors[0]!.code} ${/[\d.]+ GBP.*[\d.]+ GBP/.exec(message)}`,
        );
      const release = `update allocation_stage set released_by = 'approver', released_on = '2025-06-01', evidence = 'x'
        where allocation_id = ? and number = ?`;
      expect([await draw(whole, 999n), await draw(staged, 1n)]).toEqual([
        ...['released', 'STAGE_NOT_RELEASED 0.00 GBP is released and 0.00 GBP'],
      ]);
      await query(em, release, [staged.id, 1]);
      expect([await draw(staged, 20n), await draw(staged, 21n)]).toEqual([
        ...['released', 'STAGE_NOT_RELEASED 0.20 GBP is released and 0.00 GBP'],
      ]);
      const drawn = { allocationId: staged.id, drawdownId: await drawdownIn(em, staged.id) };
      await written(em, [
        draftOf(pool, [RESERVATION, ALLOCATION_AVAILABLE, ALLOCATION_RESERVED], 15n, '2025-06-01', drawn),
      ]);
      expect([await draw(staged, 5n), await draw(staged, 6n)]).toEqual([
        ...['released', 'STAGE_NOT_RELEASED 0.20 GBP is released and 0.15 GBP'],
      ]);
    }),
  );

  it(
    'adds up what moves between two allocations within 30 days, in either direction',
    inPool(
      async (em, pool) => {
        await written(em, [draftOf(pool, paidIn, 1000n, '2025-05-01')]);
        const made = [];
        for (let each = 0; each < 3; each++) made.push(await allocationIn(em, pool, { amountMinor: 100n }));
        const [a, b, c] = made as [Allocation, Allocation, Allocation];
        await approveAll(
          em,
          made.map(({ id }) => ({ allocation: id })),
          approver,
        );
        const virement = (from: Allocation, to: Allocation, amountMinor: bigint) =>
          em.create(Virement, {
            ...{
              id: `virement-${randomUUID()}`,
              poolId: pool.id,
              currency: 'GBP',
              fromId: from.id,
              toId: to.id,
              amountMinor,
            },
            ...{
              reason: 'moved',
              consent: null,
              hash: 'seen',
              state: VirementState.REQUESTED,
              requestedBy: 'proposer',
            },
            ...{ approvedBy: null, approvedAs: null },
          } as never);
        const may = (from: Allocation, to: Allocation, minor: bigint, more: object = {}) =>
          expectWithinLimit(
            em,
            { pool, caller: approver, effectiveOn: '2025-07-01', ...more },
            virement(from, to, minor),
          ).then(
            () => 'moves',
            ({ userErrors: [error] }: Refused) =>
              `${error!.code} ${(error as LimitExceeded).limit.minor} ${error!.message.slice(0, 12)}`,
          );
        const unlimited = poolOf({ id: pool.id });
        expect([
          ...[await may(a, b, 50n), await may(a, b, 51n), await may(a, b, 51n, { caller: officer })],
          await may(a, b, 51n, { pool: unlimited }),
        ]).toEqual(['moves', 'LIMIT_EXCEEDED 50 With it 0.51', 'moves', 'moves']);
        em.clear();
        const done = virement(a, b, 30n);
        await em.flush();
        await written(em, done.drafts({ pool, from: a, to: b }, 'approver', '2025-07-01'));
        Object.assign(done, { state: VirementState.APPROVED, approvedBy: 'approver', approvedAs: 'approver' });
        await em.flush();
        const later = { effectiveOn: '2027-07-01' };
        expect([
          ...[
            await may(a, b, 20n),
            await may(a, b, 21n),
            await may(b, a, 21n),
            await may(a, c, 50n),
            await may(b, a, 21n, later),
          ],
        ]).toEqual([
          'moves',
          ...Array(2).fill('LIMIT_EXCEEDED 50 With it 0.51'),
          'moves',
          'LIMIT_EXCEEDED 50 With it 0.51',
        ]);
      },
      { virementLimitMinor: 50n },
    ),
  );
});
