import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import type { DepositInput } from './deposit-input.js';
import {
  contentOfDraft,
  contentOfRecorded,
  type DepositDraft,
  depositDraft,
  movedTo,
  splitOf,
} from './deposit-rules.js';
import type { Room } from './expected.js';
import { AccountKind } from './ledger/account.js';
import { answerOf, poolOf } from './rules-for-tests.js';

const pools = new Map([['budget-1', poolOf()]]);
const caller = { subject: 'publisher', organisation: 'host', roles: new Set(['publisher'] as const) };
const gbp = (amount: string) => ({ amount, currency: 'GBP' });
const usd = (amount: string) => ({ amount, currency: 'USD' });

const asked = (more: object = {}): DepositInput => ({
  ...{ budget: 'budget-1', amount: gbp('10.00'), effectiveOn: '2025-05-01', reference: ' bank 1 ', ...more },
});
const draftOf = (more: object = {}) => depositDraft(asked(more), pools, caller);
const read = (more: object) => {
  const draft = answerOf(() => draftOf(more));
  return typeof draft === 'string' ? draft : 'taken';
};
const exchange = (more: object = {}) => ({ received: usd('13.00'), rate: '1.3', on: '2025-05-01', ...more });
const roomOf = (left: bigint, more: object = {}): Room => ({
  ...{ id: 'funder:1', missionId: 'mission-1', currency: 'GBP', poolId: 'budget-1', deposited: 0n, left, ...more },
});
const moves = ({ moves: made }: Pick<DepositDraft, 'moves'>) =>
  made.map(({ from, to, minor }) => `${from} > ${to} ${minor}`);
const split = (more: object, room: Room) =>
  splitOf(draftOf({ contribution: room.id, ...more }), new Map([[room.id, room]]));

describe('a row of deposits', () => {
  it('becomes a transfer, all of it into suspense for now', () => {
    expect(draftOf({ contribution: '' })).toEqual({
      ...{ kind: 'DEPOSIT', pool: pools.get('budget-1'), effectiveOn: '2025-05-01', reference: 'bank 1' },
      ...{ requestedBy: 'publisher', financialYear: '2025-26', controlTotal: 'CDEL', contributionId: null },
      ...{ exchange: null, moves: [{ from: 'CONTRIBUTOR_SOURCE', to: 'SUSPENSE', minor: 1000n }] },
    });
    expect(draftOf({ contribution: 'funder:1', financialYear: '2024-25', controlTotal: 'CDEL' })).toMatchObject({
      ...{ contributionId: 'funder:1', financialYear: '2024-25' },
    });
  });

  it('is refused where it makes no sense by itself', () => {
    expect(answerOf(() => depositDraft(asked(), pools, { ...caller, organisation: 'other' }))).toBe('FORBIDDEN budget');
    expect([
      read({ budget: 'budget-2' }),
      read({ amount: gbp('0') }),
      read({ amount: usd('1') }),
      read({ effectiveOn: '2999-01-01' }),
      read({ reference: '  ' }),
      read({ reference: 'x' }),
      read({ reference: 'x'.repeat(200) }),
      read({ reference: 'x'.repeat(201) }),
      read({ controlTotal: 'RAME' }),
    ]).toEqual([
      ...['UNKNOWN_BUDGET budget', 'BAD_USER_INPUT amount', 'CURRENCY_MISMATCH amount', 'BAD_USER_INPUT effectiveOn'],
      ...[
        'BAD_USER_INPUT reference',
        'taken',
        'taken',
        'BAD_USER_INPUT reference',
        'CONTROL_TOTAL_MISMATCH controlTotal',
      ],
    ]);
  });

  it('in another currency states what came, at a rate above zero', () => {
    expect([
      read({ exchange: exchange({ received: gbp('1') }) }),
      read({ exchange: exchange({ received: usd('0') }) }),
      read({ exchange: exchange({ rate: '0.000' }) }),
      read({ exchange: exchange({ rate: '-1.3' }) }),
      read({ exchange: exchange({ rate: '0.9' }) }),
      read({ exchange: exchange({ realised: gbp('0') }) }),
      read({ exchange: exchange({ realised: usd('1') }) }),
    ]).toEqual([
      ...['BAD_USER_INPUT exchange', 'BAD_USER_INPUT exchange received', 'BAD_USER_INPUT exchange rate'],
      ...['BAD_USER_INPUT exchange rate', 'taken', 'BAD_USER_INPUT exchange realised'],
      'CURRENCY_MISMATCH exchange realised',
    ]);
    const rates = ['1.3', '001.30', '0.5', '00.5', '10', '100.05'];
    expect(rates.map((rate) => draftOf({ exchange: exchange({ rate }) }).exchange!.rate)).toEqual([
      ...['1.3', '1.30', '0.5', '0.5', '10', '100.05'],
    ]);
    expect(draftOf({ exchange: exchange({ realised: gbp('9') }) }).exchange).toEqual({
      ...{ receivedMinor: 1300n, receivedCurrency: 'USD', rate: '1.3', on: '2025-05-01', realisedMinor: 900n },
    });
  });
});

describe('a deposit that names a contribution', () => {
  it('is matched as far as there is room, the rest in suspense, and takes the matched part off the room', () => {
    const table = [0n, 1n, 999n, 1000n, 1001n].map((left) => {
      const room = roomOf(left, { poolId: null });
      return [...moves(split({}, room)), `left ${room.left}`, `in ${room.poolId}`].join('; ');
    });
    expect(table).toEqual([
      'CONTRIBUTOR_SOURCE > SUSPENSE 1000; left 0; in null',
      'CONTRIBUTOR_SOURCE > UNALLOCATED 1; CONTRIBUTOR_SOURCE > SUSPENSE 999; left 0; in budget-1',
      'CONTRIBUTOR_SOURCE > UNALLOCATED 999; CONTRIBUTOR_SOURCE > SUSPENSE 1; left 0; in budget-1',
      'CONTRIBUTOR_SOURCE > UNALLOCATED 1000; left 0; in budget-1',
      'CONTRIBUTOR_SOURCE > UNALLOCATED 1000; left 1; in budget-1',
    ]);
    const unknown = draftOf({ contribution: 'funder:9' });
    expect(splitOf(unknown, new Map([['funder:1', roomOf(5n)]]))).toBe(unknown);
    expect(moves(splitOf(draftOf(), new Map([['funder:1', roomOf(5n)]])))).toEqual([
      'CONTRIBUTOR_SOURCE > SUSPENSE 1000',
    ]);
  });

  it('is expected in this pool, or without a pool yet in its mission and currency', () => {
    const place = (more: object) => {
      const answer = answerOf(() => split({}, roomOf(5n, more)));
      return typeof answer === 'string' ? answer : 'here';
    };
    expect([
      place({}),
      place({ poolId: 'budget-2' }),
      place({ poolId: null }),
      place({ poolId: null, missionId: 'mission-2' }),
      place({ poolId: null, currency: 'USD' }),
    ]).toEqual([
      'here',
      ...['NOT_EXPECTED_HERE contribution', 'here'],
      ...Array(2).fill('NOT_EXPECTED_HERE contribution'),
    ]);
    const told = (more: object) => {
      try {
        split({}, roomOf(5n, more));
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect([told({ poolId: 'budget-2' }), told({ poolId: null, currency: 'USD' })]).toEqual([
      'Contribution funder:1 is expected in budget budget-2.',
      'Contribution funder:1 is expected for mission mission-1 in USD.',
    ]);
  });

  it('keeps what exchange gained or lost in an account of its own', () => {
    const realised = (amount: string, left: bigint) =>
      moves(split({ exchange: exchange({ realised: gbp(amount) }) }, roomOf(left)));
    expect(realised('10.00', 400n)).toEqual([
      'CONTRIBUTOR_SOURCE > UNALLOCATED 400',
      'CONTRIBUTOR_SOURCE > SUSPENSE 600',
    ]);
    expect(realised('11.00', 400n)).toEqual([
      ...['CONTRIBUTOR_SOURCE > UNALLOCATED 400', 'CONTRIBUTOR_SOURCE > SUSPENSE 600'],
      'CONTRIBUTOR_SOURCE > FX_DIFFERENCE 100',
    ]);
    expect(realised('9.00', 400n)).toEqual([
      ...['CONTRIBUTOR_SOURCE > UNALLOCATED 400', 'CONTRIBUTOR_SOURCE > SUSPENSE 500', 'FX_DIFFERENCE > SUSPENSE 100'],
    ]);
    expect(realised('3.00', 400n)).toEqual([
      ...['CONTRIBUTOR_SOURCE > UNALLOCATED 300', 'FX_DIFFERENCE > UNALLOCATED 100', 'FX_DIFFERENCE > SUSPENSE 600'],
    ]);
    expect(moves(split({ exchange: exchange() }, roomOf(400n)))).toEqual(realised('10.00', 400n));
    const draft = split({ exchange: exchange({ realised: gbp('3.00') }) }, roomOf(400n));
    const { UNALLOCATED, SUSPENSE } = AccountKind;
    expect([movedTo(draft, UNALLOCATED), movedTo(draft, SUSPENSE)]).toEqual([400n, 600n]);
  });
});

describe('two receipts of one reference', () => {
  const recorded = {
    ...{ id: 'transfer-1', pool_id: 'budget-1', reference: 'bank 1', effective_on: '2025-05-01', credited: '1000' },
    ...{ financial_year: '2025-26', control_total: 'CDEL', suspense: '600', contribution_id: null },
    ...{ received_minor: null, received_currency: null, exchange_rate: null, exchanged_on: null, realised_minor: null },
  };
  const exchanged = {
    ...{ received_minor: '1300', received_currency: 'USD', exchange_rate: '1.3', exchanged_on: '2025-05-01' },
  };
  const same = (more: object, row: object = {}) =>
    contentOfDraft(draftOf(more)) === contentOfRecorded({ ...recorded, ...row });

  it('are the same when all that counts is', () => {
    expect([
      same({}),
      same({ contribution: 'funder:1' }, { contribution_id: 'funder:1' }),
      same({ exchange: exchange() }, exchanged),
      same({ exchange: exchange({ realised: gbp('9') }) }, { ...exchanged, realised_minor: '900' }),
      same({}, { suspense: '0', id: 'transfer-2' }),
    ]).toEqual(Array(5).fill(true));
    const matched = split({}, roomOf(400n));
    expect(contentOfDraft(matched)).toBe(contentOfRecorded({ ...recorded, contribution_id: 'funder:1' }));
  });

  it('are not the same when anything differs', () => {
    expect([
      same({ amount: gbp('10.01') }),
      same({ contribution: 'funder:1' }),
      same({ effectiveOn: '2025-05-02' }),
      same({ financialYear: '2024-25' }),
      same({ exchange: exchange() }),
      same({}, exchanged),
      same({ exchange: exchange({ received: usd('13.01') }) }, exchanged),
      same({ exchange: exchange({ received: { amount: '13.00', currency: 'EUR' } }) }, exchanged),
      same({ exchange: exchange({ rate: '1.4' }) }, exchanged),
      same({ exchange: exchange({ on: '2025-05-02' }) }, exchanged),
      same({ exchange: exchange({ realised: gbp('9') }) }, exchanged),
      same({}, { control_total: 'RAME' }),
    ]).toEqual(Array(12).fill(false));
  });
});
