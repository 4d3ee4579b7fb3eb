import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import type { Role } from '../kernel/caller.js';
import { Money } from '../kernel/money.js';
import { Refused } from '../kernel/refusal.js';
import { Allocation, AllocationState, hashOf, type Proposal } from './allocation.js';
import { approvesAs, DelegatedLimits } from './delegated-limit.js';
import { Drawdown, DrawdownState } from './drawdown.js';
import { ControlTotal } from './ledger/control-total.js';
import type { LimitExceeded } from './limit-exceeded.js';
import { answerOf, poolOf } from './rules-for-tests.js';
import { expectSetAside, expectWithinBorders, hashOfVirement, Virement, VirementState } from './virement.js';

const caller = (...roles: Role[]) => ({ subject: 'approver', organisation: 'host', roles: new Set(roles) });

const allocationOf = (more: object = {}): Allocation =>
  Object.assign(new Allocation(), {
    ...{ id: 'allocation-1', poolId: 'budget-1', currency: 'GBP', amountMinor: 60n, recipientId: 'council' },
    ...{ requestedBy: 'proposer', recommendedBy: 'recommender', state: 'PROPOSED', hash: 'seen', purpose: 'Roofs' },
    ...{ effectiveOn: '2025-06-01', financialYear: '2025-26', controlTotal: 'CDEL', ringFence: null, reference: 'A1' },
    ...more,
  });

const virementOf = (more: object = {}): Virement =>
  Object.assign(new Virement(), {
    ...{ id: 'virement-1', poolId: 'budget-1', currency: 'GBP', fromId: 'one', toId: 'other', amountMinor: 7n },
    ...{ reason: 'Moved', consent: 'Treasury', requestedBy: 'proposer', state: 'REQUESTED', hash: 'seen', ...more },
  });

const drawdownOf = (more: object): Drawdown => Object.assign(new Drawdown(), { id: 'drawdown-1', ...more });

/** Where a rule lets a thing go from each of its states; what it refuses, it refuses with the same list. */
const ways = <State extends string>(states: State[], may: (from: State, to: State) => void) =>
  states.map((from) => {
    const refusals = states.map((to) => ({ to, refused: refusalOf(() => may(from, to)) }));
    const allowed = refusals.flatMap(({ to, refused }) => (refused ? [] : to));
    for (const { refused } of refusals) expect(refused?.userErrors ?? [{ allowed }]).toMatchObject([{ allowed }]);
    return `${from}: ${allowed.join(', ')}`;
  });

function refusalOf(rule: () => void): Refused | null {
  try {
    rule();
    return null;
  } catch (error) {
    return error as Refused;
  }
}

describe('an allocation in memory', () => {
  const approve = (approver: string, hash?: string, more?: object) =>
    answerOf(() => allocationOf(more).expectApprovable(approver, hash)) ?? 'approved';

  it('goes from state to state as the table says', () => {
    const states = Object.values(AllocationState);
    expect(ways(states, (state, next) => allocationOf({ state }).expectNext(next))).toEqual([
      'PROPOSED: RECOMMENDED, APPROVED, UNCOVERED, WITHDRAWN',
      'RECOMMENDED: APPROVED, UNCOVERED, WITHDRAWN',
      'APPROVED: PROPOSED',
      'UNCOVERED: APPROVED, UNCOVERED, WITHDRAWN',
      'WITHDRAWN: ',
    ]);
  });

  it('is approved by another person than who proposed or recommended it, who saw just this', () => {
    expect([
      approve('approver'),
      approve('approver', 'seen'),
      approve('proposer'),
      approve('recommender'),
      approve('approver', 'another'),
      approve('approver', 'seen', { state: 'APPROVED' }),
      approve('proposer', 'another', { state: 'WITHDRAWN' }),
    ]).toEqual([
      ...['approved', 'approved', 'SEPARATION_OF_DUTIES', 'SEPARATION_OF_DUTIES', 'HASH_MISMATCH hash'],
      ...['ILLEGAL_TRANSITION', 'ILLEGAL_TRANSITION'],
    ]);
  });

  it('sets its money aside on the day it was proposed for or later', () => {
    const [pool, allocation] = [poolOf(), allocationOf()];
    expect(answerOf(() => allocation.setAside(pool, 'approver', '2025-05-31'))).toBe('BAD_USER_INPUT effectiveOn');
    for (const effectiveOn of ['2025-06-01', '2025-06-02']) {
      expect(allocation.setAside(pool, 'approver', effectiveOn)).toEqual({
        ...{ kind: 'ALLOCATION', pool, effectiveOn, financialYear: '2025-26', controlTotal: 'CDEL' },
        moves: [{ from: 'UNALLOCATED', to: 'ALLOCATION_AVAILABLE', minor: 60n }],
        ...{ allocationId: 'allocation-1', requestedBy: 'proposer', approvedBy: 'approver' },
        ...{ reference: 'A1', reason: 'Roofs' },
      });
    }
    expect(allocation.amount).toEqual(new Money(60n, 'GBP'));
  });

  it('is read from a row whole', () => {
    const row = {
      ...{ id: 'allocation-1', pool_id: 'budget-1', currency: 'GBP', recipient_id: 'council', challenge_id: 'roofs' },
      ...{ purpose: 'Roofs', reference: 'A1', state: 'APPROVED', financial_year: '2025-26', control_total: 'CDEL' },
      ...{ amount_minor: '60', effective_on: '2025-06-01', hash: 'seen', requested_by: 'proposer', ring_fence: 'NHS' },
      ...{ recommended_by: 'recommender', approved_as: 'approver', approved_by: 'approver', approved_hash: 'seen' },
    };
    expect(Allocation.of({ ...row, version: '3' })).toEqual(
      allocationOf({
        ...{ challengeId: 'roofs', ringFence: 'NHS', state: 'APPROVED', version: 3 },
        ...{ approvedAs: 'approver', approvedBy: 'approver', approvedHash: 'seen' },
      }),
    );
  });

  it('has a fingerprint that any other content changes', () => {
    const proposal: Proposal = {
      ...{ poolId: 'p', currency: 'GBP', recipientId: null, challengeId: null, purpose: 'x', reference: null },
      ...{ financialYear: '2025-26', controlTotal: ControlTotal.CDEL, amountMinor: 5n, effectiveOn: '2025-05-01' },
      ...{ ringFence: null, stages: [{ gate: 'g', amountMinor: 5n }] },
    };
    const others: Partial<Proposal>[] = [
      ...[{ poolId: 'q' }, { currency: 'USD' }, { recipientId: 'x' }, { challengeId: 'x' }, { purpose: 'y' }],
      ...[{ reference: 'x' }, { financialYear: '2026-27' }, { controlTotal: ControlTotal.RAME }, { amountMinor: 6n }],
      ...[
        { effectiveOn: '2025-05-02' },
        { ringFence: 'x' },
        { stages: [] },
        { stages: [{ gate: 'h', amountMinor: 5n }] },
      ],
      ...[{ stages: [{ gate: 'g', amountMinor: 6n }] }],
    ];
    const hashes = [{}, ...others].map((other) => hashOf({ ...proposal, ...other }));
    expect(new Set(hashes).size).toBe(15);
    expect(hashOf({ ...proposal, stages: [...proposal.stages] })).toBe(hashes[0]);
  });
});

describe('the delegated limit', () => {
  const approve = async (limit: bigint | null, as: Role, ...amounts: bigint[]) => {
    // Without a limited pool among them nothing is read: what counts is what is noted on the way.
    const limits = await DelegatedLimits.lock(undefined as never, [allocationOf()], [poolOf()]);
    return amounts.map((amountMinor, place) => {
      const allocation = allocationOf({ amountMinor, recipientId: place === 3 ? null : 'council' });
      const answer = answerOf(() => limits.expect(allocation, poolOf({ delegatedLimitMinor: limit }), caller(as)));
      if (!answer) limits.note(allocation);
      return answer ?? 'approved';
    });
  };

  it('adds up what is approved for one recipient, and binds everybody but the accounting officer', async () => {
    expect(await approve(100n, 'approver', 60n, 41n, 40n, 100n, 1n)).toEqual([
      ...['approved', 'LIMIT_EXCEEDED allocation', 'approved', 'approved', 'LIMIT_EXCEEDED allocation'],
    ]);
    expect(await approve(100n, 'accounting-officer', 60n, 41n)).toEqual(['approved', 'approved']);
    expect(await approve(null, 'approver', 60n, 41n)).toEqual(['approved', 'approved']);
    expect(await approve(0n, 'approver', 1n)).toEqual(['LIMIT_EXCEEDED allocation']);
    expect([approvesAs(caller('approver')), approvesAs(caller('approver', 'accounting-officer'))]).toEqual([
      ...['approver', 'accounting-officer'],
    ]);
  });

  it('names the limit and what would be approved with this', async () => {
    const limits = await DelegatedLimits.lock(undefined as never, [], []);
    const pool = poolOf({ delegatedLimitMinor: 100n });
    limits.note(allocationOf());
    const refused = refusalOf(() => limits.expect(allocationOf(), pool, caller('approver')));
    const [error] = refused!.userErrors as LimitExceeded[];
    expect([error!.limit, error!.message.slice(0, 16)]).toEqual([new Money(100n, 'GBP'), 'With this 1.20 G']);
  });
});

describe('a virement in memory', () => {
  const parties = (from: object = {}, to: object = {}, pool: object = {}) => ({
    ...{ pool: poolOf(pool), from: allocationOf({ id: 'one', ...from }), to: allocationOf({ id: 'other', ...to }) },
  });

  it('goes from state to state as its table says', () => {
    const states = Object.values(VirementState);
    expect(ways(states, (state, next) => virementOf({ state }).expectNext(next))).toEqual([
      ...['REQUESTED: APPROVED, WITHDRAWN', 'APPROVED: ', 'WITHDRAWN: '],
    ]);
  });

  it('is approved by another person than who asked for it, who saw just this', () => {
    const approve = (approver: string, hash?: string, more?: object) =>
      answerOf(() => virementOf(more).expectApprovable(approver, hash)) ?? 'approved';
    expect([
      approve('approver'),
      approve('approver', 'seen'),
      approve('proposer'),
      approve('approver', 'another'),
      approve('approver', 'seen', { state: 'APPROVED' }),
    ]).toEqual(['approved', 'approved', 'SEPARATION_OF_DUTIES', 'HASH_MISMATCH hash', 'ILLEGAL_TRANSITION']);
  });

  it('stays in its pool and year, and without a named consent in its control total and ring-fence', () => {
    const [total, fence, year] = [{ controlTotal: 'RAME' }, { ringFence: 'NHS' }, { financialYear: '2026-27' }];
    const may = (given: ReturnType<typeof parties>, consent: string | null = null) =>
      answerOf(() => expectWithinBorders(given, consent)) ?? 'moves';
    expect([
      may(parties()),
      may(parties(total, total)),
      may(parties({}, { id: 'one' })),
      may(parties({}, { poolId: 'budget-2' })),
      may(parties({}, year)),
      may(parties({}, year), 'Treasury'),
      may(parties({}, year, { annual: false })),
      may(parties({}, total)),
      may(parties({}, total), 'Treasury'),
      may(parties({}, fence)),
      may(parties(fence)),
      may(parties(fence), 'Treasury'),
      may(parties({ ...fence, ...total }), 'Treasury'),
      may(parties({}, { ...total, ...fence })),
    ]).toEqual([
      ...['moves', 'moves', 'BAD_USER_INPUT to', 'POOL_MISMATCH to', 'FINANCIAL_YEAR_MISMATCH to'],
      ...['FINANCIAL_YEAR_MISMATCH to', 'moves', 'CONTROL_TOTAL_MISMATCH consent', 'moves', 'RING_FENCE consent'],
      ...['RING_FENCE consent', 'moves', 'moves', 'CONTROL_TOTAL_MISMATCH consent'],
    ]);
  });

  it('names the ring-fence that would be crossed, whichever side it is on', () => {
    const told = (from: object, to: object) => refusalOf(() => expectWithinBorders(parties(from, to), null))?.message;
    for (const message of [told({ ringFence: 'NHS' }, {}), told({}, { ringFence: 'NHS' })])
      expect(message).toContain('cross the ring-fence NHS;');
  });

  it('moves only between allocations whose money is set aside', () => {
    const approved = { state: 'APPROVED' };
    const stand = (from: object, to: object) => answerOf(() => expectSetAside(parties(from, to))) ?? 'set aside';
    expect([stand(approved, approved), stand(approved, {}), stand({}, approved)]).toEqual([
      ...['set aside', 'ILLEGAL_TRANSITION', 'ILLEGAL_TRANSITION'],
    ]);
  });

  it('becomes transfers: out of the one, through a switch where the control total changes, into the other', () => {
    const read = (from: object, to: object) =>
      virementOf()
        .drafts(parties(from, to), 'approver', '2025-07-01')
        .map((draft) => {
          const { kind, allocationId, financialYear, controlTotal, takenFrom, moves, consent } = draft;
          expect(draft).toMatchObject({ requestedBy: 'proposer', approvedBy: 'approver', reason: 'Moved' });
          expect(draft).toMatchObject({ virementId: 'virement-1', effectiveOn: '2025-07-01' });
          const [move] = moves.map((each) => `${each.from} > ${each.to} ${each.minor}`);
          return [kind, allocationId, financialYear, controlTotal, takenFrom?.controlTotal, consent, move].join(' ');
        });
    const [out, into] = ['ALLOCATION_AVAILABLE > UNALLOCATED 7', 'UNALLOCATED > ALLOCATION_AVAILABLE 7'];
    expect(read({}, {})).toEqual([`VIREMENT one 2025-26 CDEL   ${out}`, `VIREMENT other 2025-26 CDEL   ${into}`]);
    expect(read({ ringFence: 'NHS' }, {})).toEqual([
      `VIREMENT one 2025-26 CDEL  Treasury ${out}`,
      `VIREMENT other 2025-26 CDEL  Treasury ${into}`,
    ]);
    expect(read({}, { controlTotal: 'RAME', financialYear: '2026-27' })).toEqual([
      `VIREMENT one 2025-26 CDEL  Treasury ${out}`,
      'SWITCH  2026-27 RAME CDEL Treasury UNALLOCATED > UNALLOCATED 7',
      `VIREMENT other 2026-27 RAME  Treasury ${into}`,
    ]);
    expect(virementOf().amount).toEqual(new Money(7n, 'GBP'));
  });

  it('has a fingerprint of its own for any other content', () => {
    const others = [
      ...[{}, { poolId: 'q' }, { currency: 'USD' }, { fromId: 'x' }, { toId: 'x' }, { amountMinor: 8n }],
      ...[{ reason: 'x' }, { consent: null }],
    ];
    const hashes = others.map((other) => hashOfVirement(virementOf(other)));
    expect(new Set(hashes).size).toBe(8);
    expect(hashOfVirement(virementOf({ id: 'another', requestedBy: 'somebody' }))).toBe(hashes[0]);
  });
});

describe('a drawdown in memory', () => {
  it('is refused a deed that needs another state, and says where it can go', () => {
    const table = Object.values(DrawdownState).map((state) =>
      refusalOf(() => drawdownOf({ state }).expectState())!.message.replace('Drawdown drawdown-1 is ', ''),
    );
    expect(table).toEqual([
      'REQUESTED; from here it can become APPROVED, VOIDED.',
      'APPROVED; from here it can become PAID, VOIDED, EXPIRED, REQUESTED.',
      'PAID; from here it can become APPROVED.',
      'VOIDED; from here it can become APPROVED.',
      'EXPIRED; from here it can become APPROVED.',
    ]);
    const { REQUESTED, APPROVED, PAID } = DrawdownState;
    const stands = (...states: DrawdownState[]) =>
      answerOf(() => drawdownOf({ state: APPROVED }).expectState(...states));
    expect([stands(APPROVED), stands(REQUESTED, APPROVED), stands(REQUESTED, PAID)]).toEqual([
      ...[undefined, undefined, 'ILLEGAL_TRANSITION'],
    ]);
  });

  it('is approved by another person than who asked for it, who saw just this', () => {
    const asked = { state: 'REQUESTED', requestedBy: 'requester', hash: 'seen' };
    const approve = (approver: string, hash?: string | null, more?: object) =>
      answerOf(() => drawdownOf({ ...asked, ...more }).expectApprovable(approver, hash)) ?? 'approved';
    expect([
      approve('approver'),
      approve('approver', 'seen'),
      approve('requester', 'seen'),
      approve('approver', 'another'),
      approve('approver', 'seen', { state: 'VOIDED' }),
    ]).toEqual(['approved', 'approved', 'SEPARATION_OF_DUTIES', 'HASH_MISMATCH hash', 'ILLEGAL_TRANSITION']);
  });

  it('is paid until the end of its last day', () => {
    const pay = (expiresOn: string | null, today: string) =>
      answerOf(() => drawdownOf({ expiresOn }).expectNotExpired(today)) ?? 'paid';
    expect([pay('2025-06-30', '2025-06-30'), pay('2025-06-30', '2025-07-01'), pay(null, '2099-01-01')]).toEqual([
      ...['paid', 'RESERVATION_EXPIRED drawdown', 'paid'],
    ]);
    expect(drawdownOf({ amountMinor: 9n, currency: 'JPY' }).amount).toEqual(new Money(9n, 'JPY'));
  });
});
