import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';
import type { Role } from '../kernel/caller.js';
import { Context } from '../kernel/context.js';
import { ApproveAllocation } from './approve-allocation.js';
import { ApproveDrawdown } from './approve-drawdown.js';
import { type Answered, deed, gbp, PoolForTests } from './pool-for-tests.js';
import { ProposeAllocation } from './propose-allocation.js';
import { RequestDrawdown } from './request-drawdown.js';

let world: World;
beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
});
afterAll(() => world?.stop());

const funded = async (amount: string, on?: string) => {
  const pool = await new PoolForTests(world).open();
  await pool.fund(amount, on);
  return pool;
};
const forbidden = (answer: { errors?: { extensions: { code: string } }[] }) => answer.errors?.[0]?.extensions.code;

/** A request of one person who holds several roles, which no demo client does. */
const personWith = (organisation: string, ...roles: Role[]) =>
  new Context(world.services.budgets.orm, {
    caller: { subject: 'one-person', organisation, roles: new Set(roles) },
    ...{ knownAt: null, correlationId: 'test', fromGateway: true },
  });

describe('a proposal', () => {
  it('moves nothing and carries a fingerprint of its content', async () => {
    const pool = await funded('100.00');
    const [one, other] = [await pool.propose('60.00'), await pool.propose('60.01')];
    expect(one.allocation).toMatchObject({ state: 'PROPOSED', version: 1 });
    expect(one.allocation.hash).not.toBe(other.allocation.hash);
    expect(await pool.statement()).toMatchObject({ unallocated: '100.00' });
  });

  it('under the reference of another stands when it says the same, and is refused otherwise: REFERENCE_REUSED', async () => {
    const pool = await funded('100.00');
    const first = await pool.propose('1.00', { reference: 'p1' });
    expect(await pool.propose('1.00', { reference: 'p1' })).toMatchObject({
      ...{ alreadyProposed: true, allocation: { id: first.allocation.id } },
    });
    expect((await pool.propose('2.00', { reference: 'p1' })).codes).toEqual(['REFERENCE_REUSED']);
  });

  it('shows everybody where it was read, as first stated and as known earlier, which its fingerprint leaves out', async () => {
    const pool = await funded('100.00');
    const provenance = { source: 'allocations.csv', row: '2, 3', original: '0.335\n0.675' };
    const named = await pool.propose('1.01', { reference: 'p1', provenance });
    const elsewhere = { reference: 'p1', provenance: { source: 'again.csv' } };
    expect(await pool.propose('1.01', elsewhere)).toMatchObject({
      ...{ alreadyProposed: true, allocation: { id: named.allocation.id, hash: named.allocation.hash } },
    });
    const row = { budget: pool.id, amount: gbp('1.00'), purpose: 'Homes', reference: 'p2' };
    const allocations = [{ ...row, provenance: { source: 'batch.csv' } }];
    await deed(world, `${pool.host}.publisher`, 'proposeAllocations', { allocations });
    await pool.propose('1.00', { reference: 'p3' });
    const read = async (asKnownAt?: string) => {
      const asked = 'allocations { nodes { reference state recordedAt provenance { source row original } } }';
      const document = `query ($id: ID!) { pooledBudget(id: $id) { ${asked} } }`;
      return (await world.ask(document, { variables: { id: pool.id }, asKnownAt })).data.pooledBudget.allocations.nodes;
    };
    const kept = [
      { reference: 'p3', state: 'PROPOSED', provenance: null },
      { reference: 'p2', state: 'PROPOSED', provenance: { source: 'batch.csv', row: null, original: null } },
      { reference: 'p1', state: 'PROPOSED', provenance },
    ];
    const proposed = await read();
    expect(proposed).toMatchObject(kept);
    await pool.approve(named.allocation.id);
    expect(await read()).toMatchObject([kept[0], kept[1], { ...kept[2], state: 'APPROVED' }]);
    expect(await read(proposed[0].recordedAt)).toMatchObject(kept);
  });

  it('is refused for what makes no sense: UNKNOWN_BUDGET, BAD_USER_INPUT, CURRENCY_MISMATCH, CONTROL_TOTAL_MISMATCH', async () => {
    const pool = await funded('100.00');
    expect((await pool.propose('1.00', { budget: 'budget-none' })).codes).toEqual(['UNKNOWN_BUDGET']);
    expect((await pool.propose('1.00', { purpose: '' })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await pool.propose('1.00', { provenance: { source: ' ' } })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await pool.propose('0.00')).codes).toEqual(['BAD_USER_INPUT']);
    expect((await pool.propose('1.00', { effectiveOn: '2999-01-01' })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await pool.propose('1.00', { controlTotal: 'CAME' })).codes).toEqual(['CONTROL_TOTAL_MISMATCH']);
    const dollars = { amount: { amount: '1.00', currency: 'USD' } };
    expect((await pool.propose('1.00', dollars)).codes).toEqual(['CURRENCY_MISMATCH']);
  });

  it('is for the host’s publisher only', async () => {
    const pool = await funded('1.00');
    const input = { budget: pool.id, amount: gbp('1.00'), purpose: 'x' };
    expect(forbidden(await deed(world, 'hmt.publisher', 'proposeAllocation', input))).toBe('FORBIDDEN');
    expect(forbidden(await deed(world, `${pool.host}.approver`, 'proposeAllocation', input))).toBe('FORBIDDEN');
  });

  it('is withdrawn while its money is not set aside, and not after: ILLEGAL_TRANSITION', async () => {
    const pool = await funded('100.00');
    const withdraw = (allocation: string, input: object = {}) =>
      deed(world, `${pool.host}.publisher`, 'withdrawAllocation', { allocation, ...input });
    const { allocation } = await pool.propose('60.00');
    expect((await withdraw(allocation.id, { expectedVersion: 9 })).codes).toEqual(['STALE_VERSION']);
    expect((await withdraw(allocation.id)).allocation.state).toBe('WITHDRAWN');
    expect((await pool.approve(allocation.id)).codes).toEqual(['ILLEGAL_TRANSITION']);
    expect((await withdraw(await pool.allocate('1.00'))).codes).toEqual(['ILLEGAL_TRANSITION']);
    expect((await withdraw('allocation-none')).codes).toEqual(['UNKNOWN_ALLOCATION']);
  });
});

describe('an approval', () => {
  it('sets the money aside and binds the fingerprint of what was proposed', async () => {
    const pool = await funded('100.00');
    const { allocation } = await pool.propose('60.00');
    const approved = await pool.approve(allocation.id, { hash: allocation.hash, expectedVersion: 1 });
    expect(approved.allocation).toMatchObject({ state: 'APPROVED', approvedHash: allocation.hash, version: 2 });
    expect(await pool.statement()).toMatchObject({ unallocated: '40.00', allocated: '60.00' });
  });

  it('is refused for another fingerprint (HASH_MISMATCH), version (STALE_VERSION), state (ILLEGAL_TRANSITION) or id', async () => {
    const pool = await funded('100.00');
    const { allocation } = await pool.propose('60.00');
    expect((await pool.approve(allocation.id, { hash: 'other' })).codes).toEqual(['HASH_MISMATCH']);
    expect((await pool.approve(allocation.id, { expectedVersion: 2 })).codes).toEqual(['STALE_VERSION']);
    await pool.approve(allocation.id);
    expect((await pool.approve(allocation.id)).codes).toEqual(['ILLEGAL_TRANSITION']);
    expect((await pool.approve('allocation-none')).codes).toEqual(['UNKNOWN_ALLOCATION']);
  });

  it('by the person who proposed it is refused: SEPARATION_OF_DUTIES', async () => {
    const pool = await funded('100.00');
    const context = () => personWith(pool.host, 'publisher', 'approver');
    const input = { budget: pool.id, amount: gbp('1.00'), purpose: 'x', effectiveOn: '2025-06-01', dryRun: false };
    const proposed = await new ProposeAllocation().proposeAllocation(
      { ...input, idempotencyKey: randomUUID() },
      context(),
    );
    const approval = { allocation: proposed.allocation!.id, idempotencyKey: randomUUID(), dryRun: false };
    const { userErrors } = await new ApproveAllocation().approveAllocation(approval, context());
    expect(userErrors).toMatchObject([{ code: 'SEPARATION_OF_DUTIES' }]);
  });

  it('beyond what is unallocated is refused with what there is and changes nothing: NOT_ENOUGH_FUNDS', async () => {
    const pool = await funded('100.00');
    const { allocation } = await pool.propose('100.01');
    const { userErrors } = await pool.approve(allocation.id);
    expect(userErrors).toMatchObject([
      { __typename: 'NotEnoughFunds', available: { amount: '100.00', currency: 'GBP' } },
    ]);
    expect(await pool.statement()).toMatchObject({ unallocated: '100.00' });
    expect((await pool.approve(allocation.id)).codes).toEqual(['NOT_ENOUGH_FUNDS']);
  });

  it('for a day in the past is covered from that day on, or refused: NOT_ENOUGH_FUNDS', async () => {
    const pool = await funded('100.00', '2025-02-01');
    await pool.allocate('30.00', { effectiveOn: '2025-03-01' });
    await pool.fund('50.00', '2025-08-01');
    await pool.allocate('20.00', { effectiveOn: '2025-09-01' });
    const early = (await pool.propose('71.00', { effectiveOn: '2025-02-15' })).allocation.id;
    const { userErrors } = await pool.approve(early);
    expect(userErrors).toMatchObject([{ code: 'NOT_ENOUGH_FUNDS', available: { amount: '70.00' } }]);
    expect((await pool.approve(early, { effectiveOn: '2025-08-01' })).codes).toEqual([]);
    const before = (await pool.propose('1.00', { effectiveOn: '2025-01-31' })).allocation.id;
    expect((await pool.approve(before)).userErrors).toMatchObject([{ available: { amount: '0.00' } }]);
  });

  it('does not take effect before the day that was proposed: BAD_USER_INPUT', async () => {
    const pool = await funded('100.00');
    const { allocation } = await pool.propose('1.00');
    expect((await pool.approve(allocation.id, { effectiveOn: '2025-05-31' })).codes).toEqual(['BAD_USER_INPUT']);
  });

  it('draws only on the year and control total it is for, in an annual pool', async () => {
    const pool = await new PoolForTests(world).open({ annual: true, controlTotals: ['CDEL', 'RDEL_PROGRAMME'] });
    await pool.commit('dfe:y', '100.00');
    await pool.deposit('100.00', { contribution: 'dfe:y', controlTotal: 'CDEL' });
    const codes = async (input: object) => {
      const { allocation } = await pool.propose('1.00', input);
      return (await pool.approve(allocation.id)).codes;
    };
    expect(await codes({ controlTotal: 'RDEL_PROGRAMME' })).toEqual(['NOT_ENOUGH_FUNDS']);
    expect(await codes({ controlTotal: 'CDEL', financialYear: '2026-27' })).toEqual(['NOT_ENOUGH_FUNDS']);
    expect(await codes({ controlTotal: 'CDEL' })).toEqual([]);
  });

  it('of one of 20 at once for the last money is given to exactly those that fit', async () => {
    const pool = await funded('70.00');
    const proposals = await Promise.all(Array.from({ length: 20 }, () => pool.propose('10.00')));
    const approvals = await Promise.all(proposals.map(({ allocation }) => pool.approve(allocation.id)));
    expect(approvals.filter(({ codes }) => codes.length === 0)).toHaveLength(7);
    expect(approvals.flatMap(({ codes, errors }) => [...codes, ...(errors ?? [])])).toEqual(
      Array.from({ length: 13 }, () => 'NOT_ENOUGH_FUNDS'),
    );
    expect(await pool.statement()).toMatchObject({ deposited: '70.00', allocated: '70.00' });
  });
});

describe('a batch of allocations', () => {
  it('is proposed and approved in the order given; what is not covered becomes UNCOVERED and says what is missing', async () => {
    const pool = await funded('100.00');
    const row = { budget: pool.id, purpose: 'Homes', effectiveOn: '2025-12-31' };
    const allocations = ['60.00', '70.00', '40.00', '0.00'].map((amount, place) => ({
      ...{ ...row, amount: gbp(amount), reference: `p${place}` },
    }));
    const proposed = await deed(world, `${pool.host}.publisher`, 'proposeAllocations', { allocations });
    expect(proposed.rows.map(({ accepted, state }: Record<string, unknown>) => [accepted, state])).toEqual([
      ...[1, 2, 3].map(() => [true, 'PROPOSED']),
      [false, null],
    ]);
    const ids = proposed.rows.map(({ id }: { id: string }) => id);
    const input = {
      idempotencyKey: randomUUID(),
      approvals: [ids[0], ids[1], ids[2], ids[0], 'allocation-none'].map((allocation) => ({ allocation })),
    };
    const { rows } = await deed(world, `${pool.host}.approver`, 'approveAllocations', input);
    expect(rows.map(({ accepted, state, missing }: Answered) => [accepted, state, missing?.amount])).toEqual([
      [true, 'APPROVED', undefined],
      [false, 'UNCOVERED', '30.00'],
      [true, 'APPROVED', undefined],
      [false, null, undefined],
      [false, null, undefined],
    ]);
    expect(rows[1].userErrors).toEqual([
      { __typename: 'NotEnoughFunds', code: 'NOT_ENOUGH_FUNDS', available: { amount: '40.00', currency: 'GBP' } },
    ]);
    expect(rows[3].userErrors[0].code).toBe('BAD_USER_INPUT');
    expect(rows[4].userErrors[0].code).toBe('UNKNOWN_ALLOCATION');
    expect(await deed(world, `${pool.host}.approver`, 'approveAllocations', input)).toMatchObject({
      replayed: true,
      rows,
    });
    const again = await deed(world, `${pool.host}.approver`, 'approveAllocations', {
      approvals: [{ allocation: ids[0] }],
    });
    expect(again.rows[0].userErrors[0]).toMatchObject({ __typename: 'IllegalTransition' });
  });

  it('that was not covered is approved again when money has come', async () => {
    const pool = await funded('10.00');
    const { allocation } = await pool.propose('30.00');
    const approvals = [{ allocation: allocation.id }];
    await deed(world, `${pool.host}.approver`, 'approveAllocations', { approvals });
    await pool.fund('20.00', '2025-10-01');
    expect((await pool.approve(allocation.id)).codes).toEqual(['NOT_ENOUGH_FUNDS']);
    expect((await pool.approve(allocation.id, { effectiveOn: '2025-10-01' })).allocation.state).toBe('APPROVED');
  });

  it('is refused whole when empty, and row by row for the pool of another host: BAD_USER_INPUT, FORBIDDEN', async () => {
    const pool = await funded('10.00');
    const { allocation } = await pool.propose('1.00');
    expect((await deed(world, 'hmt.approver', 'approveAllocations', { approvals: [] })).codes).toEqual([
      'BAD_USER_INPUT',
    ]);
    expect((await deed(world, 'hmt.publisher', 'proposeAllocations', { allocations: [] })).codes).toEqual([
      'BAD_USER_INPUT',
    ]);
    const approvals = [{ allocation: allocation.id }];
    const { rows } = await deed(world, 'hmt.approver', 'approveAllocations', { approvals });
    expect(rows[0].userErrors[0].code).toBe('FORBIDDEN');
  });
});

describe('a drawdown', () => {
  it('is asked for, reserved, paid in parts and spent, each step in the statement', async () => {
    const pool = await funded('100.00');
    const allocation = await pool.allocate('60.00');
    const drawdown = await pool.draw(allocation, '40.00');
    expect(await pool.statement()).toMatchObject({ allocated: '60.00', reserved: '40.00' });
    const part = await pool.pay(drawdown, { amount: gbp('15.00') });
    expect(part.drawdown).toMatchObject({
      state: 'APPROVED',
      paid: { amount: '15.00' },
      reserved: { amount: '25.00' },
    });
    expect((await pool.pay(drawdown)).drawdown).toMatchObject({ state: 'PAID', paid: { amount: '40.00' } });
    await pool.spend(allocation, '12.00');
    expect(await pool.statement()).toMatchObject({
      ...{ unallocated: '40.00', allocated: '60.00', drawnDown: '40.00', spent: '12.00' },
    });
  });

  it('is asked for only by the recipient of an approved allocation: FORBIDDEN, NO_RECIPIENT, ILLEGAL_TRANSITION', async () => {
    const pool = await funded('100.00');
    const { allocation } = await pool.propose('60.00');
    expect((await pool.request(allocation.id, '1.00')).codes).toEqual(['ILLEGAL_TRANSITION']);
    expect((await pool.request('allocation-none', '1.00')).codes).toEqual(['UNKNOWN_ALLOCATION']);
    const nobody = await pool.allocate('1.00', { recipient: null });
    expect((await pool.request(nobody, '1.00')).codes).toEqual(['NO_RECIPIENT']);
    const other = { allocation: allocation.id, amount: gbp('1.00') };
    expect(forbidden(await deed(world, 'other-council.publisher', 'requestDrawdown', other))).toBe('FORBIDDEN');
    const dollars = { allocation: await pool.allocate('1.00'), amount: { amount: '1.00', currency: 'USD' } };
    expect((await deed(world, 'recipient-council.publisher', 'requestDrawdown', dollars)).codes).toEqual([
      'CURRENCY_MISMATCH',
    ]);
  });

  it('takes only what its own allocation holds, on every day: NOT_ENOUGH_FUNDS', async () => {
    const pool = await funded('100.00');
    const allocation = await pool.allocate('10.00');
    await pool.allocate('90.00');
    const approve = async (drawdown: string, effectiveOn: string) =>
      deed(world, `${pool.host}.approver`, 'approveDrawdown', { drawdown, effectiveOn });
    const { drawdown } = await pool.request(allocation, '11.00');
    expect((await approve(drawdown.id, '2025-07-01')).userErrors).toMatchObject([{ available: { amount: '10.00' } }]);
    const early = await pool.request(allocation, '10.00');
    expect((await approve(early.drawdown.id, '2025-05-31')).codes).toEqual(['NOT_ENOUGH_FUNDS']);
    expect((await approve(early.drawdown.id, '2025-06-01')).codes).toEqual([]);
    expect((await approve(early.drawdown.id, '2025-06-01')).codes).toEqual(['ILLEGAL_TRANSITION']);
    expect((await approve('drawdown-none', '2025-06-01')).codes).toEqual(['UNKNOWN_DRAWDOWN']);
  });

  it('is not approved by the person who asked for it: SEPARATION_OF_DUTIES', async () => {
    const pool = await funded('100.00');
    const allocation = await pool.allocate('10.00', { recipient: pool.host });
    const context = () => personWith(pool.host, 'publisher', 'approver');
    const request = { allocation, amount: gbp('1.00'), idempotencyKey: randomUUID(), dryRun: false };
    const { drawdown } = await new RequestDrawdown().requestDrawdown(request, context());
    const approval = { drawdown: drawdown!.id, idempotencyKey: randomUUID(), dryRun: false };
    const { userErrors } = await new ApproveDrawdown().approveDrawdown(approval, context());
    expect(userErrors).toMatchObject([{ code: 'SEPARATION_OF_DUTIES' }]);
  });

  it('is paid only when approved and only what is reserved: ILLEGAL_TRANSITION, NOT_ENOUGH_FUNDS, STALE_VERSION', async () => {
    const pool = await funded('100.00');
    const allocation = await pool.allocate('60.00');
    const { drawdown } = await pool.request(allocation, '5.00');
    expect((await pool.pay(drawdown.id)).codes).toEqual(['ILLEGAL_TRANSITION']);
    const approved = await pool.draw(allocation, '40.00');
    expect((await pool.pay(approved, { amount: gbp('40.01') })).codes).toEqual(['NOT_ENOUGH_FUNDS']);
    expect((await pool.pay(approved, { effectiveOn: '2025-06-30' })).codes).toEqual(['NOT_ENOUGH_FUNDS']);
    expect((await pool.pay(approved, { expectedVersion: 1 })).codes).toEqual(['STALE_VERSION']);
    expect((await pool.pay(approved, { amount: { amount: '1', currency: 'EUR' } })).codes).toEqual([
      'CURRENCY_MISMATCH',
    ]);
    const input = { drawdown: approved };
    expect(forbidden(await deed(world, `${pool.host}.approver`, 'payDrawdown', input))).toBe('FORBIDDEN');
  });
});

describe('expenditure', () => {
  it('is never more than was paid for this allocation: NOT_ENOUGH_FUNDS', async () => {
    const pool = await funded('100.00');
    const [one, other] = [await pool.allocate('50.00'), await pool.allocate('50.00')];
    await pool.pay(await pool.draw(one, '20.00'));
    await pool.pay(await pool.draw(other, '50.00'));
    expect((await pool.spend(one, '20.01')).userErrors).toMatchObject([{ available: { amount: '20.00' } }]);
    expect((await pool.spend(one, '20.00')).codes).toEqual([]);
  });

  it('names its evidence and comes from the recipient: BAD_USER_INPUT, FORBIDDEN, UNKNOWN_ALLOCATION', async () => {
    const pool = await funded('100.00');
    const allocation = await pool.allocate('50.00');
    expect((await pool.spend(allocation, '1.00', { reference: '' })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await pool.spend('allocation-none', '1.00')).codes).toEqual(['UNKNOWN_ALLOCATION']);
    const nobody = await pool.allocate('1.00', { recipient: null });
    expect((await pool.spend(nobody, '1.00')).codes).toEqual(['NO_RECIPIENT']);
    const input = { allocation, amount: gbp('1.00'), reference: 'x' };
    expect(forbidden(await deed(world, `${pool.host}.publisher`, 'reportExpenditure', input))).toBe('FORBIDDEN');
  });
});
