import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { AccountKind } from './account.js';
import { TransferKind } from './chart.js';
import { ControlTotal } from './control-total.js';
import { changesOf, type Draft } from './draft.js';

const { CONTRIBUTOR_SOURCE, UNALLOCATED, SUSPENSE, CARRIED_FORWARD } = AccountKind;

/** What a draft changes, account by account. */
function changed(more: Partial<Draft>, annual = true): string[] {
  const always = { expectMoving: () => undefined, expectStarted: () => undefined };
  const pool = { id: 'pool', currency: 'GBP', annual, closedPeriods: [], ...always };
  const what = { kind: TransferKind.DEPOSIT, effectiveOn: '2025-05-01', requestedBy: 'somebody', moves: [] };
  const where = { financialYear: '2025-26', controlTotal: ControlTotal.CDEL };
  return [...changesOf({ ...what, ...where, pool, ...more })].map(
    ([key, { kind, financialYear, controlTotal, minor }]) => {
      expect(key).toBe(['pool', financialYear, controlTotal, kind].join(' '));
      return `${key}: ${minor}`;
    },
  );
}

describe('what a transfer changes', () => {
  const deposited = [
    { from: CONTRIBUTOR_SOURCE, to: UNALLOCATED, minor: 70n },
    { from: CONTRIBUTOR_SOURCE, to: SUSPENSE, minor: 30n },
  ];

  it('is what its moves take and give, one line for an account, of a year only in an annual pool', () => {
    expect(changed({ moves: deposited })).toEqual([
      'pool 2025-26 CDEL CONTRIBUTOR_SOURCE: -100',
      'pool 2025-26 CDEL UNALLOCATED: 70',
      'pool 2025-26 CDEL SUSPENSE: 30',
    ]);
    expect(changed({ moves: deposited }, false)).toEqual([
      'pool  CDEL CONTRIBUTOR_SOURCE: -100',
      'pool  CDEL UNALLOCATED: 70',
      'pool  CDEL SUSPENSE: 30',
    ]);
  });

  it('is taken from another year or control total where it says so, and a reversal gives it back there', () => {
    const carried = {
      ...{ kind: TransferKind.CARRY_IN, takenFrom: { financialYear: '2024-25' } },
      moves: [{ from: CARRIED_FORWARD, to: UNALLOCATED, minor: 5n }],
    };
    const switched = {
      ...{ kind: TransferKind.SWITCH, takenFrom: { controlTotal: ControlTotal.RAME } },
      moves: [{ from: UNALLOCATED, to: UNALLOCATED, minor: 5n }],
    };
    const back = [{ from: UNALLOCATED, to: CARRIED_FORWARD, minor: 5n }];
    expect([changed(carried), changed(switched), changed({ ...carried, moves: back, reversesId: 'transfer' })]).toEqual(
      [
        ['pool 2024-25 CDEL CARRIED_FORWARD: -5', 'pool 2025-26 CDEL UNALLOCATED: 5'],
        ['pool 2025-26 RAME UNALLOCATED: -5', 'pool 2025-26 CDEL UNALLOCATED: 5'],
        ['pool 2025-26 CDEL UNALLOCATED: -5', 'pool 2024-25 CDEL CARRIED_FORWARD: 5'],
      ],
    );
  });
});
