import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { onStatement } from '../kernel/database.js';
import { dayInLondon } from '../kernel/dates.js';
import { type Answered, deed, PoolForTests } from './pool-for-tests.js';

let world: World;
let service: Client;
let owner: Client;
beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
  service = await world.serviceRole('budgets');
  owner = await world.owner('budgets');
});
afterAll(() => world?.stop());

const today = dayInLondon(new Date());
const day = (ago: number) => new Date(Date.parse(today) - ago * 86_400_000).toISOString().slice(0, 10);
/** At noon, which is the same day in London and in UTC. */
const knownAt = (ago: number) => `${day(ago)}T12:00:00Z`;
type Payment = [amount: string, daysAgo: number, reference?: string];

/** What a contributor states, as the contributions service tells it. Answers the HTTP status. */
function states(pool: PoolForTests, contributionId: string, ordinal: number, payments: Payment[], more: object = {}) {
  const [contributorId] = contributionId.split(':');
  const statement = {
    ...{ contributionId, contributorId, missionId: pool.mission, budgetId: pool.id, ordinal, currency: 'GBP' },
    payments: payments.map(([amount, ago, reference = null]) => ({ amount, paidOn: day(ago), reference })),
    ...{ goneBecause: null, knownAt: knownAt(0), ...more },
  };
  return world.event('budgets', { id: randomUUID(), type: 'contributions.stated', data: { statements: [statement] } });
}

const asked = `kind contribution { id receipts { nodes { kind amount { amount } } } } deposit { reference } since ageDays
  amount { amount } stated { amount } received { amount } difference { amount }`;
async function found(filter: string, more = '', asKnownAt?: string): Promise<string[]> {
  const document = `{ discrepancies(filter: { ${filter} } ${more}) { nodes { ${asked} } } }`;
  const { data, errors } = await world.ask(document, { asKnownAt });
  if (errors) throw new Error(JSON.stringify(errors));
  return data.discrepancies.nodes.map((node: Answered) =>
    [
      node.kind,
      node.contribution?.id.split(':')[0] ?? node.deposit?.reference,
      `${node.stated?.amount ?? '-'} stated`,
      `${node.received?.amount ?? '-'} received`,
      `${node.amount.amount} for ${node.ageDays} days`,
    ].join(' | '),
  );
}
const inPool = (pool: PoolForTests) => `budget: "${pool.id}"`;

/** A pool where five departments have said what they paid, and the ledger has what came. */
async function fiveDepartments(): Promise<PoolForTests> {
  const pool = await new PoolForTests(world).open();
  for (const name of ['same', 'unpaid', 'unsaid', 'less', 'over']) await pool.commit(`${name}:${pool.id}`, '100.00');
  const receipt = (contribution: string, amount: string, ago: number) =>
    pool.deposit(amount, { contribution, effectiveOn: day(ago) });
  await receipt(`same:${pool.id}`, '60.00', 50);
  await receipt(`same:${pool.id}`, '40.00', 20);
  await receipt(`unsaid:${pool.id}`, '70.00', 30);
  await receipt(`less:${pool.id}`, '50.00', 40);
  await receipt(`over:${pool.id}`, '130.00', 9);
  await states(pool, `same:${pool.id}`, 1, [
    ['30.00', 50],
    ['70.00', 20],
  ]);
  await states(pool, `unpaid:${pool.id}`, 1, [['80.00', 12]]);
  await states(pool, `unsaid:${pool.id}`, 1, []);
  await states(pool, `less:${pool.id}`, 1, [
    ['50.00', 41],
    ['25.00', 15],
    ['5.00', 3],
  ]);
  await states(pool, `over:${pool.id}`, 1, [['130.00', 10]]);
  return pool;
}

describe('what contributors state to have paid', () => {
  it('stands beside what the ledger received, with the day since when they differ', async () => {
    const pool = await fiveDepartments();
    expect(await found(inPool(pool), 'orderBy: OLDEST_FIRST')).toEqual([
      'RECEIVED_NOT_STATED | unsaid | 0.00 stated | 70.00 received | 70.00 for 30 days',
      'AMOUNT_DIFFERS | less | 80.00 stated | 50.00 received | 30.00 for 15 days',
      'STATED_NOT_RECEIVED | unpaid | 80.00 stated | 0.00 received | 80.00 for 12 days',
      // All of it came, as stated; what is above the commitment waits.
      'DEPOSIT_IN_SUSPENSE | over | - stated | - received | 30.00 for 9 days',
    ]);
    expect((await found(inPool(pool), 'orderBy: LARGEST_FIRST')).map((line) => line.split(' | ')[1])).toEqual([
      ...['unpaid', 'unsaid', 'less', 'over'],
    ]);
  });

  it('is narrowed by mission, contributor, kind, age and amount, and read page by page', async () => {
    const pool = await fiveDepartments();
    const of = async (filter: string) => (await found(`${inPool(pool)} ${filter}`)).map((line) => line.split(' | ')[1]);
    expect(await of(`mission: "${pool.mission}" contributor: "over"`)).toEqual(['over']);
    expect(await of('mission: "another"')).toEqual([]);
    expect(await of('kind: AMOUNT_DIFFERS')).toEqual(['less']);
    expect(await of('minAgeDays: 13')).toEqual(['less', 'unsaid']);
    expect(await of('minAmount: { amount: "70.00", currency: "GBP" }')).toEqual(['unpaid', 'unsaid']);
    expect(await of('minAmount: { amount: "0.00", currency: "USD" }')).toEqual([]);
    const seen: string[] = [];
    for (let after = 'null'; ; ) {
      const document = `{ discrepancies(first: 1, after: ${after}, filter: { ${inPool(pool)} }, orderBy: LARGEST_FIRST) {
        nodes { contribution { id } } pageInfo { hasNextPage endCursor } } }`;
      const { discrepancies } = (await world.ask(document)).data;
      seen.push(...discrepancies.nodes.map(({ contribution }: Answered) => contribution.id.split(':')[0]));
      if (!discrepancies.pageInfo.hasNextPage) break;
      after = JSON.stringify(discrepancies.pageInfo.endCursor);
    }
    expect(seen).toEqual(['unpaid', 'unsaid', 'less', 'over']);
  });

  it('is read as it was stated and received by an instant', async () => {
    const pool = await new PoolForTests(world).open();
    await pool.commit('cut:1', '100.00');
    await states(pool, 'cut:1', 1, [['10.00', 300]], { knownAt: knownAt(200) });
    await states(pool, 'cut:1', 2, [['90.00', 100]], { knownAt: knownAt(90) });
    await pool.deposit('90.00', { contribution: 'cut:1', effectiveOn: day(100) });
    expect(await found(inPool(pool))).toEqual([]);
    // The ledger is cut by when it was recorded.
    expect(await found(`mission: "${pool.mission}"`, '', knownAt(80))).toEqual([
      'STATED_NOT_RECEIVED | cut | 90.00 stated | 0.00 received | 90.00 for 20 days',
    ]);
    expect(await found(`mission: "${pool.mission}"`, '', knownAt(150))).toEqual([
      'STATED_NOT_RECEIVED | cut | 10.00 stated | 0.00 received | 10.00 for 150 days',
    ]);
    expect(await found(`mission: "${pool.mission}"`, '', knownAt(250))).toEqual([]);
  });

  it('that is gone from its source is received and not stated, until the receipt is reversed', async () => {
    const pool = await new PoolForTests(world).open();
    await pool.commit('gone:1', '100.00');
    const { transfer } = await pool.deposit('100.00', { contribution: 'gone:1', effectiveOn: day(30) });
    await states(pool, 'gone:1', 1, [['100.00', 30]]);
    await states(pool, 'gone:1', 2, [], { goneBecause: 'The file of August does not list it.' });
    expect(await found(inPool(pool))).toEqual([
      'RECEIVED_NOT_STATED | gone | 0.00 stated | 100.00 received | 100.00 for 30 days',
    ]);
    await pool.reverse(transfer.id, { effectiveOn: day(0) });
    expect(await found(inPool(pool))).toEqual([]);
    const { data } = await world.ask(
      `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Contribution { receipts { nodes { kind amount { amount } reverses { id } } } } } }`,
      { variables: { of: [{ __typename: 'Contribution', id: 'gone:1' }] } },
    );
    expect(data._entities[0].receipts.nodes).toEqual([
      { kind: 'DEPOSIT', amount: { amount: '100.00' }, reverses: null },
      { kind: 'DEPOSIT', amount: { amount: '100.00' }, reverses: { id: transfer.id } },
    ]);
  });

  it('costs the same SQL statements for four discrepancies and for all of them', async () => {
    const pool = await fiveDepartments();
    await fiveDepartments();
    const cost = async (filter: string) => {
      let statements = 0;
      const stop = onStatement(world.services.budgets.orm, (sql) => {
        if (/parent|transfer|pooled_budget/.test(sql)) statements += 1;
      });
      const lines = await found(filter, 'first: 100');
      stop();
      return { statements, rows: lines.length };
    };
    const [one, all] = [await cost(inPool(pool)), await cost('')];
    expect([one.rows, all.rows > 8]).toEqual([4, true]);
    expect(all.statements).toBe(one.statements);
    expect(one.statements).toBeLessThanOrEqual(4);
  });

  it('is taken in once, in its order, and adds up: PostgreSQL refuses another one', async () => {
    const pool = await new PoolForTests(world).open();
    await states(pool, 'kept:1', 1, [['5.00', 2]]);
    expect(await states(pool, 'kept:1', 1, [['7.00', 2]])).toBe(200);
    expect(await found(inPool(pool))).toEqual([expect.stringContaining('5.00 stated')]);
    const insert = (ordinal: number, stated: number, minor: number, at: string) =>
      service
        .query(
          `insert into stated_payment (contribution_id, ordinal, contributor_id, mission_id, currency, stated, payments, known_at)
           values ('kept:1', $1, 'kept', 'm', 'GBP', $2, $3, $4)`,
          [ordinal, stated, JSON.stringify([{ minor, paidOn: '2026-01-01' }]), at],
        )
        .then(
          () => 'written',
          ({ code }) => code,
        );
    expect(await insert(2, 700, 600, knownAt(0))).toBe('HB004');
    expect(await insert(2, 600, 600, knownAt(9))).toBe('HB005');
    for (const sql of ['update stated_payment set stated = 1', 'delete from stated_payment'])
      await expect(owner.query(sql)).rejects.toMatchObject({ code: 'HB002' });
  });
});

describe('a receipt in suspense', () => {
  const claim = (as: string, deposit: string, contribution: string) =>
    deed(world, as, 'matchDeposit', { deposit, contribution });

  it('is matched by the contributor that states to have paid it, by its reference', async () => {
    const pool = await new PoolForTests(world).open();
    await pool.commit('payer:1', '100.00');
    const { transfer } = await pool.deposit('80.00', { reference: 'BACS 7', effectiveOn: day(5) });
    await states(pool, 'payer:1', 1, [['80.00', 6, 'BACS 7']]);
    expect(await found(inPool(pool))).toEqual([
      'STATED_NOT_RECEIVED | payer | 80.00 stated | 0.00 received | 80.00 for 6 days',
      'DEPOSIT_IN_SUSPENSE | BACS 7 | - stated | - received | 80.00 for 5 days',
    ]);
    const { codes, transfer: match } = await claim('payer.publisher', transfer.id, 'payer:1');
    expect({ codes, lines: match.postings.length }).toEqual({ codes: [], lines: 2 });
    expect(await found(inPool(pool))).toEqual([]);
    expect(await pool.statement()).toMatchObject({ deposited: '80.00', outstanding: '20.00' });
  });

  it('is matched by the contributor whose contribution its payer named, and by the host', async () => {
    const pool = await new PoolForTests(world).open();
    const named = await pool.deposit('30.00', { contribution: 'payer:unknown' });
    const other = await pool.deposit('20.00');
    await pool.commit('payer:2', '100.00');
    expect((await claim('payer.publisher', named.transfer.id, 'payer:2')).codes).toEqual([]);
    expect((await claim(`${pool.host}.publisher`, other.transfer.id, 'payer:2')).codes).toEqual([]);
    expect(await pool.statement()).toMatchObject({ deposited: '50.00' });
  });

  it('is not matched by whom it is not from: NOT_YOUR_RECEIPT, and PostgreSQL refuses it too', async () => {
    const pool = await new PoolForTests(world).open();
    await pool.commit('thief:1', '100.00');
    await pool.commit('payer:3', '100.00');
    const { transfer } = await pool.deposit('30.00', { reference: 'BACS 8' });
    await states(pool, 'thief:1', 1, [['30.00', 6, 'BACS 9']]);
    expect((await claim('thief.publisher', transfer.id, 'thief:1')).codes).toEqual(['NOT_YOUR_RECEIPT']);
    for (const [as, contribution] of [
      ['thief.publisher', 'payer:3'],
      ['payer.accounting-officer', 'payer:3'],
    ] as const) {
      const { errors } = await claim(as, transfer.id, contribution);
      expect(errors[0].extensions.code).toBe('FORBIDDEN');
    }
    const byHand = async (organisation: string, contribution: string) => {
      await service.query('begin');
      try {
        await service.query(`select set_config('app.organisation', $1, true)`, [organisation]);
        await service.query(
          `insert into transfer (id, kind, pool_id, currency, amount_minor, effective_on, financial_year, period, control_total,
             requested_by, contribution_id, deposit_id)
           select 'transfer-' || gen_random_uuid(), 'MATCH', pool_id, currency, 100, effective_on, financial_year, period,
             control_total, 'by hand', $2, id from transfer where id = $1`,
          [transfer.id, contribution],
        );
        return 'written';
      } catch (error) {
        return (error as { code: string }).code;
      } finally {
        await service.query('rollback');
      }
    };
    expect(await byHand('thief', 'thief:1')).toBe('HB018');
    expect(await byHand('payer', 'thief:1')).toBe('HB018');
    expect(await byHand(pool.host, 'payer:3')).toBe('written');
    await states(pool, 'payer:3', 1, [['30.00', 6, 'BACS 8']]);
    expect(await byHand('payer', 'payer:3')).toBe('written');
  });
});
