import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';
import { onStatement } from '../kernel/database.js';
import { type Answered, deed, gbp, PoolForTests } from './pool-for-tests.js';

let world: World;
beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
});
afterAll(() => world?.stop());

const opened = (input: object = {}) => new PoolForTests(world).open(input);
const ask = async (document: string, variables: object = {}, asKnownAt?: string): Promise<Answered> => {
  const { data, errors } = await world.ask(document, { variables, asKnownAt });
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
};

/** Counts the SQL statements that a question costs, without those that open and close its database transaction. */
async function statementsOf(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const stop = onStatement(world.services.budgets.orm, (sql) => {
    if (!/^(begin|commit|rollback|set |select set_config)/i.test(sql)) count++;
  });
  await work();
  stop();
  return count;
}

/** A pool in which something of every kind happened. */
async function storyOf(pool: PoolForTests) {
  const contribution = `dfe:${randomUUID()}`;
  await pool.commit(contribution, '120.00');
  const deposit = await pool.deposit('150.00', { contribution, effectiveOn: '2025-05-01' });
  const allocation = await pool.allocate('80.00', { effectiveOn: '2025-06-01' });
  const drawdown = await pool.draw(allocation, '50.00', '2025-07-01');
  const payment = await pool.pay(drawdown, { effectiveOn: '2025-08-01' });
  const expenditure = await pool.spend(allocation, '20.00', { effectiveOn: '2025-09-01' });
  return { contribution, deposit, allocation, payment, expenditure };
}

describe('a statement', () => {
  it('shows each word at the end of each effective day', async () => {
    const pool = await opened();
    await storyOf(pool);
    const at = (day: string) => pool.statement(`(effectiveOn: "${day}")`);
    const committed = { committed: '120.00', outstanding: '120.00' };
    const deposited = { committed: '120.00', deposited: '120.00', suspense: '30.00' };
    expect(await at('2025-03-31')).toEqual({});
    expect(await at('2025-04-30')).toEqual(committed);
    expect(await at('2025-05-01')).toEqual({ ...deposited, unallocated: '120.00' });
    const allocated = { ...deposited, unallocated: '40.00', allocated: '80.00' };
    expect(await at('2025-06-30')).toEqual(allocated);
    expect(await at('2025-07-01')).toEqual({ ...allocated, reserved: '50.00' });
    expect(await at('2025-08-31')).toEqual({ ...allocated, drawnDown: '50.00' });
    expect(await at('2025-09-01')).toEqual({ ...allocated, drawnDown: '50.00', spent: '20.00' });
    expect(await pool.statement()).toEqual(await at('2025-12-31'));
  });

  it('as known at an instant shows what was recorded by then, whatever day it took effect', async () => {
    const pool = await opened();
    const { contribution, deposit } = await storyOf(pool);
    const known = deposit.transfer.recordedAt;
    const then = { committed: '120.00', deposited: '120.00', suspense: '30.00', unallocated: '120.00' };
    expect(await pool.statement('', known)).toEqual(then);
    const before = new Date(Date.parse(known) - 1).toISOString();
    expect(await pool.statement('', before)).toEqual({ committed: '120.00', outstanding: '120.00' });
    expect(await pool.statement('(effectiveOn: "2025-04-30")', known)).toEqual({
      ...{ committed: '120.00', outstanding: '120.00' },
    });
    const document = `query ($id: ID!) { pooledBudget(id: $id) {
      accounts { kind balance { amount } } transfers { nodes { id postings { account { kind balance { amount } } } } }
      allocations { nodes { id } } expected { nodes { contribution { id } deposited { amount } outstanding { amount } } } } }`;
    const { pooledBudget } = await ask(document, { id: pool.id }, known);
    expect(pooledBudget.accounts.map(({ kind, balance }: Answered) => [kind, balance.amount])).toEqual([
      ['CONTRIBUTOR_SOURCE', '-150.00'],
      ['SUSPENSE', '30.00'],
      ['UNALLOCATED', '120.00'],
    ]);
    expect(pooledBudget.transfers.nodes).toHaveLength(1);
    expect(pooledBudget.transfers.nodes[0].postings[1].account.balance.amount).toBe('30.00');
    expect(pooledBudget.allocations.nodes).toEqual([]);
    expect(pooledBudget.expected.nodes).toEqual([
      { contribution: { id: contribution }, deposited: { amount: '120.00' }, outstanding: { amount: '0.00' } },
    ]);
  });

  it('of one financial year or control total shows only that, and commitments as not known', async () => {
    const pool = await opened({ annual: true, controlTotals: ['CDEL', 'RDEL_ADMIN'] });
    await pool.commit('dfe:years', '100.00');
    const deposit = (amount: string, input: object) => pool.deposit(amount, { contribution: 'dfe:years', ...input });
    await deposit('10.00', { controlTotal: 'CDEL' });
    await deposit('20.00', { controlTotal: 'RDEL_ADMIN' });
    await deposit('30.00', { controlTotal: 'CDEL', financialYear: '2026-27' });
    const part = (cut: string) => pool.statement(`(${cut})`);
    expect(await part('financialYear: "2025-26"')).toEqual({ deposited: '30.00', unallocated: '30.00' });
    expect(await part('controlTotal: CDEL')).toEqual({ deposited: '40.00', unallocated: '40.00' });
    expect(await part('controlTotal: CDEL, financialYear: "2026-27"')).toMatchObject({ deposited: '30.00' });
    expect(await part('financialYear: "2025-26", effectiveOn: "2025-12-31"')).toMatchObject({ deposited: '30.00' });
    const { pooledBudget } = await ask(
      `query ($id: ID!) { pooledBudget(id: $id) { statement { controlTotals financialYears } } }`,
      { id: pool.id },
    );
    expect(pooledBudget.statement).toEqual({
      ...{ controlTotals: ['CDEL', 'RDEL_ADMIN'], financialYears: ['2025-26', '2026-27'] },
    });
  });

  it('costs one SQL statement for all pools of a page, and the same number however many there are', async () => {
    const pools = [await opened(), await opened(), await opened()];
    await pools[0]!.fund('10.00');
    const document = (first: number) =>
      `{ pooledBudgets(first: ${first}) { nodes { id statement { deposited { amount } committed { amount } } accounts { kind }
         transfers(first: 2) { nodes { id postings { amount { amount } } } } allocations { nodes { id } }
         expected { nodes { deposited { amount } } } } } }`;
    const cost = (first: number) => statementsOf(() => ask(document(first)));
    expect([await cost(1), await cost(3)]).toEqual([7, 7]);
  });

  it('is read from sums that are kept running, and these are proven by the postings', async () => {
    await storyOf(await opened());
    const owner = await world.owner('budgets');
    expect((await owner.query('select * from pool_identity')).rows).toEqual([]);
    expect((await owner.query('select * from running_drift')).rows).toEqual([]);
  });
});

describe('a reversal', () => {
  it('takes a transfer back exactly, once, and says what it reverses: ALREADY_REVERSED, REVERSAL_IS_FINAL', async () => {
    const pool = await opened();
    await pool.commit('dfe:r', '100.00');
    const { transfer } = await pool.deposit('150.00', { contribution: 'dfe:r' });
    const reversal = await pool.reverse(transfer.id);
    expect(reversal.transfer.reverses).toEqual({ id: transfer.id });
    const lines = reversal.transfer.postings.map(({ account, amount }: Answered) => [account.kind, amount.amount]);
    expect(Object.fromEntries(lines)).toEqual({
      SUSPENSE: '-50.00',
      UNALLOCATED: '-100.00',
      CONTRIBUTOR_SOURCE: '150.00',
    });
    expect(await pool.statement()).toEqual({ committed: '100.00', outstanding: '100.00' });
    expect((await pool.reverse(transfer.id)).codes).toEqual(['ALREADY_REVERSED']);
    expect((await pool.reverse(reversal.transfer.id)).codes).toEqual(['REVERSAL_IS_FINAL']);
    const { pooledBudget } = await ask(
      `query ($id: ID!) { pooledBudget(id: $id) { transfers { nodes { kind reason reversedBy { id } } } } }`,
      { id: pool.id },
    );
    expect(pooledBudget.transfers.nodes).toEqual([
      { kind: 'DEPOSIT', reason: 'recorded twice', reversedBy: null },
      { kind: 'DEPOSIT', reason: null, reversedBy: { id: reversal.transfer.id } },
    ]);
  });

  it('of 10 at once happens once', async () => {
    const pool = await opened();
    const { transfer } = await pool.deposit('5.00');
    const answers = await Promise.all(Array.from({ length: 10 }, () => pool.reverse(transfer.id)));
    expect(answers.flatMap(({ codes, errors }) => [...codes, ...(errors ?? [])])).toEqual(
      Array.from({ length: 9 }, () => 'ALREADY_REVERSED'),
    );
  });

  it('that would overdraw is refused, now or on a past day: NOT_ENOUGH_FUNDS', async () => {
    const pool = await opened();
    await pool.commit('dfe:s', '100.00');
    const { transfer } = await pool.deposit('100.00', { contribution: 'dfe:s' });
    await pool.allocate('70.00');
    expect((await pool.reverse(transfer.id)).userErrors).toMatchObject([{ available: { amount: '30.00' } }]);
    await pool.fund('90.00', '2025-11-01');
    expect((await pool.reverse(transfer.id, { effectiveOn: '2025-10-31' })).codes).toEqual(['NOT_ENOUGH_FUNDS']);
    expect((await pool.reverse(transfer.id, { effectiveOn: '2025-11-01' })).codes).toEqual([]);
  });

  it('of a deposit whose suspense was matched since is refused until the match is reversed', async () => {
    const pool = await opened();
    const { transfer } = await pool.deposit('50.00');
    await pool.deposit('500.00');
    await pool.commit('dfe:t', '50.00');
    const input = { deposit: transfer.id, contribution: 'dfe:t', effectiveOn: '2025-06-01' };
    const match = await deed(world, `${pool.host}.publisher`, 'matchDeposit', input);
    expect((await pool.reverse(transfer.id)).codes).toEqual(['NOT_ENOUGH_FUNDS']);
    expect((await pool.reverse(match.transfer.id)).codes).toEqual([]);
    expect((await pool.reverse(transfer.id)).codes).toEqual([]);
  });

  it('takes the step back with it: expenditure, payment, reservation, allocation, deposit', async () => {
    const pool = await opened();
    const { contribution, deposit, allocation, payment, expenditure } = await storyOf(pool);
    const state = async () => {
      const document = `query ($id: ID!) { pooledBudget(id: $id) { allocations { nodes {
        id state spent { amount } drawdowns { nodes { state paid { amount } reserved { amount } } } } } } }`;
      const { nodes } = (await ask(document, { id: pool.id })).pooledBudget.allocations;
      const { drawdowns, ...found } = nodes.find(({ id }: Answered) => id === allocation);
      const [{ state: drawn, paid, reserved }] = drawdowns.nodes;
      return [found.state, found.spent.amount, drawn, paid.amount, reserved.amount];
    };
    expect(await state()).toEqual(['APPROVED', '20.00', 'PAID', '50.00', '0.00']);
    expect((await pool.reverse(payment.transfer.id)).codes).toEqual(['NOT_ENOUGH_FUNDS']);
    await pool.reverse(expenditure.transfer.id);
    await pool.reverse(payment.transfer.id);
    expect(await state()).toEqual(['APPROVED', '0.00', 'APPROVED', '0.00', '50.00']);
    const owner = await world.owner('budgets');
    const idOf = async (kind: string) =>
      (await owner.query('select id from transfer where allocation_id = $1 and kind = $2', [allocation, kind])).rows[0]
        .id;
    expect((await pool.reverse(await idOf('ALLOCATION'))).codes).toEqual(['NOT_ENOUGH_FUNDS']);
    await pool.reverse(await idOf('RESERVATION'));
    await pool.reverse(await idOf('ALLOCATION'));
    expect(await state()).toEqual(['PROPOSED', '0.00', 'REQUESTED', '0.00', '0.00']);
    await pool.reverse(deposit.transfer.id);
    expect(await pool.statement()).toEqual({ committed: '120.00', outstanding: '120.00' });
    expect((await owner.query('select * from running_drift')).rows).toEqual([]);
    await pool.deposit('150.00', { contribution, effectiveOn: '2025-12-01' });
    expect((await pool.approve(allocation, { effectiveOn: '2025-12-01' })).codes).toEqual([]);
  });

  it('needs a reason, a day not before the transfer, a transfer and the accounting officer', async () => {
    const pool = await opened();
    const { transfer } = await pool.deposit('50.00');
    expect((await pool.reverse(transfer.id, { reason: ' ' })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await pool.reverse(transfer.id, { effectiveOn: '2025-04-30' })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await pool.reverse('transfer-none')).codes).toEqual(['UNKNOWN_TRANSFER']);
    const input = { transfer: transfer.id, reason: 'x' };
    const answer = await deed(world, `${pool.host}.publisher`, 'reverseTransfer', input);
    expect(answer.errors[0].extensions.code).toBe('FORBIDDEN');
  });
});

describe('what other services’ types show', () => {
  const entities = `query ($keys: [_Any!]!) { _entities(representations: $keys) {
    ... on Mission { budgets { name host { id } statement { deposited { amount } } } }
    ... on Contribution { id deposited { amount currency } outstanding { amount } } } }`;

  it('is a mission’s budgets, in one statement for all missions of a page', async () => {
    const pools = [await opened(), await opened()];
    await pools[0]!.fund('10.00');
    const keys = pools.map(({ mission }) => ({ __typename: 'Mission', id: mission }));
    const budget = (amount: string) => ({
      budgets: [{ name: 'Pool', host: { id: 'host-department' }, statement: { deposited: { amount } } }],
    });
    let found: Answered;
    const count = await statementsOf(async () => {
      found = await ask(entities, { keys });
    });
    expect(found._entities).toEqual([budget('10.00'), budget('0.00')]);
    expect(count).toBe(2);
  });

  it('is what came of a contribution, and null of one that no pool expects', async () => {
    const pool = await opened();
    await pool.commit('dfe:seen', '100.00');
    const { transfer } = await pool.deposit('30.00', { contribution: 'dfe:seen' });
    await pool.deposit('20.00', { contribution: 'dfe:seen' });
    const keys = ['dfe:seen', 'dfe:unseen'].map((id) => ({ __typename: 'Contribution', id }));
    const seen = (deposited: string, outstanding: string) => [
      { id: 'dfe:seen', deposited: { amount: deposited, currency: 'GBP' }, outstanding: { amount: outstanding } },
      { id: 'dfe:unseen', deposited: null, outstanding: null },
    ];
    expect((await ask(entities, { keys }))._entities).toEqual(seen('50.00', '50.00'));
    expect((await ask(entities, { keys }, transfer.recordedAt))._entities).toEqual(seen('30.00', '70.00'));
    expect(await statementsOf(() => ask(entities, { keys }))).toBe(1);
  });

  it('hides who asked and approved from the public', async () => {
    const pool = await opened();
    await pool.fund('10.00');
    await pool.allocate('5.00');
    const document = `{ pooledBudget(id: "${pool.id}") { transfers(first: 1) { nodes { requestedBy approvedBy } } } }`;
    expect((await ask(document)).pooledBudget.transfers.nodes).toEqual([{ requestedBy: null, approvedBy: null }]);
    const { data } = await world.ask(document, { as: 'national-audit-office.auditor' });
    expect(data.pooledBudget.transfers.nodes).toEqual([
      { requestedBy: 'host-department.publisher', approvedBy: 'host-department.approver' },
    ]);
  });
});

describe('a list', () => {
  it('is read page by page without a gap or a repeat', async () => {
    const pool = await opened();
    for (let place = 0; place < 5; place++) await pool.deposit('1.00');
    const document = `query ($id: ID!, $after: String) { pooledBudget(id: $id) { transfers(first: 2, after: $after) {
      nodes { id } pageInfo { endCursor hasNextPage hasPreviousPage } } } }`;
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { nodes, pageInfo }: Answered = (await ask(document, { id: pool.id, after })).pooledBudget.transfers;
      seen.push(...nodes.map(({ id }: Answered) => id));
      expect(pageInfo.hasPreviousPage).toBe(after !== null);
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after);
    expect(seen).toEqual((await pool.transferIds()).sort().reverse());
    expect(seen).toHaveLength(5);
  });

  it('of discrepancies names deposits in suspense and what no money covers, year by year', async () => {
    const pool = await opened({ calendarYears: true });
    await pool.fund('100.00', '2016-03-01');
    await pool.fund('50.00', '2018-03-01');
    const row = { budget: pool.id, purpose: 'Aid' };
    const wanted = [
      ['60.00', 2016],
      ['70.00', 2016],
      ['30.00', 2017],
      ['25.00', 2018],
    ] as const;
    const allocations = wanted.map(([amount, year]) => ({ ...row, amount: gbp(amount), effectiveOn: `${year}-12-31` }));
    const proposed = await deed(world, `${pool.host}.publisher`, 'proposeAllocations', { allocations });
    const approvals = proposed.rows.map(({ id }: Answered) => ({ allocation: id }));
    await deed(world, `${pool.host}.approver`, 'approveAllocations', { approvals });
    const { transfer } = await pool.deposit('7.00');
    const document = `query ($budget: ID!) { discrepancies(filter: { budget: $budget }) { nodes { kind financialYear until
      askedFor { amount } paidIn { amount } missing { amount } uncovered { amount } uncoveredCount
      allocations { id amount { amount } } deposit { id } suspense { amount } budget { id } } } }`;
    const { nodes } = (await ask(document, { budget: pool.id })).discrepancies;
    const short = nodes.map((node: Answered) => [
      node.financialYear,
      node.until,
      ...[node.askedFor, node.paidIn, node.missing, node.uncovered].map((money) => money?.amount),
    ]);
    expect(short).toEqual([
      ['2016-16', '2016-12-31', '130.00', '100.00', '30.00', '70.00'],
      ['2017-17', '2017-12-31', '160.00', '100.00', '60.00', '0.00'],
      ['2018-18', '2018-12-31', '185.00', '150.00', '35.00', '0.00'],
      ['2025-25', '2025-05-01', undefined, undefined, undefined, undefined],
    ]);
    expect(nodes[0]).toMatchObject({ uncoveredCount: 1, allocations: [{ id: approvals[1].allocation }] });
    expect(nodes[3]).toMatchObject({
      kind: 'DEPOSIT_IN_SUSPENSE',
      deposit: { id: transfer.id },
      suspense: { amount: '7.00' },
    });
    const before = new Date(Date.parse(transfer.recordedAt) - 1).toISOString();
    expect((await ask(document, { budget: pool.id }, before)).discrepancies.nodes).toHaveLength(3);
  });
});

describe('a deed', () => {
  it('that many do at once with one key is done once', async () => {
    const pool = await opened();
    const input = { idempotencyKey: randomUUID(), reference: 'once' };
    const answers = await Promise.all(Array.from({ length: 10 }, () => pool.deposit('1.00', input)));
    expect(new Set(answers.map(({ transfer }) => transfer.id)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
  });
});
