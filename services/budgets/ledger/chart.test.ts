import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { belowZero } from './account.js';
import { chart, depositing, held } from './chart.js';

describe('the chart of accounts', () => {
  it('reads as a table: what each kind of transfer takes from where, and gives to where', () => {
    const lines = Object.entries(chart).flatMap(([kind, pairs]) => pairs.map((pair) => `${kind}: ${pair.join(' > ')}`));
    expect(lines).toEqual([
      'DEPOSIT: CONTRIBUTOR_SOURCE > UNALLOCATED',
      'DEPOSIT: CONTRIBUTOR_SOURCE > SUSPENSE',
      'DEPOSIT: CONTRIBUTOR_SOURCE > FX_DIFFERENCE',
      'DEPOSIT: FX_DIFFERENCE > UNALLOCATED',
      'DEPOSIT: FX_DIFFERENCE > SUSPENSE',
      'MATCH: SUSPENSE > UNALLOCATED',
      'ALLOCATION: UNALLOCATED > ALLOCATION_AVAILABLE',
      'RESERVATION: ALLOCATION_AVAILABLE > ALLOCATION_RESERVED',
      'PAYMENT: ALLOCATION_RESERVED > WITH_RECIPIENT',
      'EXPENDITURE: WITH_RECIPIENT > SPENT',
      'RELEASE: ALLOCATION_RESERVED > ALLOCATION_AVAILABLE',
      'VIREMENT: ALLOCATION_AVAILABLE > UNALLOCATED',
      'VIREMENT: UNALLOCATED > ALLOCATION_AVAILABLE',
      'SWITCH: UNALLOCATED > UNALLOCATED',
      'REFUND: WITH_RECIPIENT > UNALLOCATED',
      'REFUND: WITH_RECIPIENT > REFUND_DUE',
      'RETURN: REFUND_DUE > RETURNED',
      'RETURN: UNALLOCATED > RETURNED',
      'CARRY_OUT: UNALLOCATED > CARRIED_FORWARD',
      'CARRY_IN: CARRIED_FORWARD > UNALLOCATED',
      'LAPSE: UNALLOCATED > LAPSED',
      'LAPSE: ALLOCATION_AVAILABLE > LAPSED',
    ]);
  });

  it('says who holds a part of which account, what makes a deposit, and what alone may be below zero', () => {
    const names = Object.entries(held).map(([holder, kinds]) => `${holder}: ${[...kinds].join(', ')}`);
    expect([...names, depositing.join(', '), [...belowZero].join(', ')]).toEqual([
      'allocationId: ALLOCATION_AVAILABLE, ALLOCATION_RESERVED, WITH_RECIPIENT, SPENT',
      'drawdownId: ALLOCATION_RESERVED, WITH_RECIPIENT',
      'depositId: SUSPENSE',
      'DEPOSIT, MATCH',
      'CONTRIBUTOR_SOURCE, FX_DIFFERENCE',
    ]);
  });
});
