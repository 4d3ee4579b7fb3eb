import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { ApproveAllocation } from './approve-allocation.js';
import { ControlsForTests, forbidden, refusedBy } from './controls-for-tests.js';
import { accountOf, faultsIn, writeByHand } from './moving-money-for-tests.js';
import { type Answered, deed, gbp, PoolForTests } from './pool-for-tests.js';
import { ProposeAllocation } from './propose-allocation.js';
import { RecommendAllocation } from './recommend-allocation.js';
import { ReleaseStage } from './release-stage.js';

let world: World;
let owner: Client;
let service: Client;
beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
  owner = await world.owner('budgets');
  service = await world.serviceRole('budgets');
});
afterAll(() => world?.stop());

const both = async (attempt: (client: Client) => Promise<string>) => [await attempt(service), await attempt(owner)];

async function funded(input: object = {}) {
  const pool = await new PoolForTests(world).open(input);
  await pool.fund('1000.00');
  return { pool, controls: new ControlsForTests(pool) };
}

const stages = [
  { gate: 'Plans approved', amount: gbp('20.00') },
  { gate: 'Roof on', amount: gbp('30.00') },
  { gate: 'Handed over', amount: gbp('10.00') },
];

describe('a budget is opened', () => {
  const opened = (input: object) =>
    deed(world, 'mission-delivery-unit.mission-finance', 'openBudget', {
      ...{ mission: randomUUID(), name: 'Limits', host: 'host-department', currency: 'GBP' },
      ...{ controlTotals: ['CDEL'], ...input },
    });

  it('with a delegated limit, a virement limit and a cap on what is carried over', async () => {
    const limits = { delegatedLimit: gbp('50.00'), virementLimit: gbp('0'), carryOverCapPercent: '7.5' };
    const { budget } = await opened(limits);
    const document = `{ pooledBudget(id: "${budget.id}") { delegatedLimit { amount currency } virementLimit { amount }
      carryOverCapPercent } }`;
    expect((await world.ask(document)).data.pooledBudget).toEqual({
      ...{ delegatedLimit: gbp('50.00'), virementLimit: { amount: '0.00' }, carryOverCapPercent: '7.5' },
    });
  });

  it('with limits that make sense: CURRENCY_MISMATCH, BAD_USER_INPUT', async () => {
    const codes = async (input: object) => (await opened(input)).codes;
    for (const limit of ['delegatedLimit', 'virementLimit']) {
      expect(await codes({ [limit]: { amount: '1.00', currency: 'USD' } })).toEqual(['CURRENCY_MISMATCH']);
      expect(await codes({ [limit]: gbp('-1.00') })).toEqual(['BAD_USER_INPUT']);
      expect(await codes({ [limit]: gbp('1.001') })).toEqual(['BAD_USER_INPUT']);
    }
    for (const cap of ['100.0001', '-1', '101', '99.00001', '100.1']) {
      expect(await codes({ carryOverCapPercent: cap })).toEqual(['BAD_USER_INPUT']);
    }
    for (const cap of ['0', '100', '100.0000']) expect(await codes({ carryOverCapPercent: cap })).toEqual([]);
  });
});

describe('a recommendation', () => {
  const recommend = (allocation: string, input: object = {}, as = 'mission-delivery-unit.mission-unit') =>
    deed(world, as, 'recommendAllocation', { allocation, ...input });

  it('is a step on the way to approval that may be left out, and moves nothing', async () => {
    const { pool } = await funded();
    const before = await pool.statement();
    const { allocation } = await pool.propose('60.00');
    const answer = await recommend(allocation.id, { hash: allocation.hash, expectedVersion: 1 });
    expect(answer.allocation).toMatchObject({ state: 'RECOMMENDED', version: 2 });
    expect(await pool.statement()).toEqual(before);
    expect((await pool.approve(allocation.id)).allocation.state).toBe('APPROVED');
  });

  it('is the mission unit’s, mission finance’s or the pool manager’s approver’s to give: FORBIDDEN', async () => {
    const managed = (await funded({ poolManager: 'manager-agency' })).pool;
    const own = (await funded()).pool;
    const outcome = async (pool: PoolForTests, as: string) => {
      const { allocation } = await pool.propose('1.00');
      const answer = await recommend(allocation.id, {}, as);
      return forbidden(answer) ?? answer.allocation.state;
    };
    const people = ['mission-delivery-unit.mission-finance', 'manager-agency.approver', 'host-department.approver'];
    const outcomes = async (pool: PoolForTests) => {
      const found = [];
      for (const as of [...people, 'manager-agency.publisher', 'hmt.approver']) found.push(await outcome(pool, as));
      return found;
    };
    const [yes, no] = ['RECOMMENDED', 'FORBIDDEN'];
    expect(await outcomes(managed)).toEqual([yes, yes, no, no, no]);
    expect(await outcomes(own)).toEqual([yes, no, yes, no, no]);
  });

  it('is refused for what is not there, another content, version or state: UNKNOWN_ALLOCATION, HASH_MISMATCH', async () => {
    const { pool } = await funded();
    const { allocation } = await pool.propose('60.00');
    const codes = async (id: string, input: object = {}) => (await recommend(id, input)).codes;
    expect(await codes('allocation-none')).toEqual(['UNKNOWN_ALLOCATION']);
    expect(await codes(allocation.id, { hash: 'other' })).toEqual(['HASH_MISMATCH']);
    expect(await codes(allocation.id, { expectedVersion: 9 })).toEqual(['STALE_VERSION']);
    expect(await codes(allocation.id)).toEqual([]);
    expect(await codes(allocation.id)).toEqual(['ILLEGAL_TRANSITION']);
  });

  it('is of another person than proposes and approves, in code and database: SEPARATION_OF_DUTIES', async () => {
    const { pool, controls } = await funded();
    const person = () => controls.personWith(pool.host, 'publisher', 'approver');
    const key = () => ({ idempotencyKey: randomUUID(), dryRun: false });
    const proposal = { ...key(), budget: pool.id, amount: gbp('1.00'), purpose: 'x', effectiveOn: '2025-06-01' };
    const { allocation } = await new ProposeAllocation().proposeAllocation(proposal, person());
    const own = { ...key(), allocation: allocation!.id };
    const refused = await new RecommendAllocation().recommendAllocation(own, person());
    expect(refused.userErrors).toMatchObject([{ code: 'SEPARATION_OF_DUTIES' }]);
    const other = (await pool.propose('1.00')).allocation.id;
    await new RecommendAllocation().recommendAllocation({ ...key(), allocation: other }, person());
    const approved = await new ApproveAllocation().approveAllocation({ ...key(), allocation: other }, person());
    expect(approved.userErrors).toMatchObject([{ code: 'SEPARATION_OF_DUTIES' }]);
    const set = (what: string) =>
      both((client) => refusedBy(client, `update allocation set ${what} where id = $1`, [allocation!.id]));
    const twice = ['recommended_by_another_person', 'recommended_by_another_person'];
    expect(await set(`state = 'RECOMMENDED', recommended_by = requested_by`)).toEqual(twice);
    expect(await set(`state = 'RECOMMENDED'`)).toEqual(['recommended_by_somebody', 'recommended_by_somebody']);
  });
});

describe('an allocation in stages', () => {
  const staged = async (input: object = {}) => {
    const { pool, controls } = await funded();
    return { pool, controls, allocation: await pool.allocate('60.00', { stages, ...input }) };
  };
  const shown = async (controls: ControlsForTests, asked: object = {}) => {
    const fields = `allocations(first: 1) { nodes { ringFence released { amount }
      stages { number gate amount { amount } releasedOn evidence } } }`;
    return (await controls.ask(fields, asked)).allocations.nodes[0];
  };

  it('shows its ring-fence and its stages, and is another proposal than one with other stages', async () => {
    const { pool, controls } = await funded();
    const proposals = [{}, { ringFence: 'Schools' }, { stages }, { stages: [{ gate: 'x', amount: gbp('60.00') }] }];
    const hashes = [];
    for (const input of proposals) hashes.push((await pool.propose('60.00', input)).allocation.hash);
    expect(new Set(hashes).size).toBe(4);
    await pool.propose('60.00', { stages, ringFence: ' Schools ', reference: 'staged' });
    expect(await shown(controls)).toEqual({
      ...{ ringFence: 'Schools', released: { amount: '0.00' } },
      stages: stages.map(({ gate, amount: { amount } }, place) => ({
        ...{ number: place + 1, gate, amount: { amount }, releasedOn: null, evidence: null },
      })),
    });
    expect((await pool.propose('60.00', { stages, reference: 'staged' })).codes).toEqual(['REFERENCE_REUSED']);
    const same = await pool.propose('60.00', { stages, ringFence: 'Schools', reference: 'staged' });
    expect(same.alreadyProposed).toBe(true);
    await pool.propose('7.00');
    expect(await shown(controls)).toEqual({ ringFence: null, released: { amount: '7.00' }, stages: [] });
  });

  it('is proposed only with stages that add up to it, alone or in a batch: BAD_USER_INPUT, CURRENCY_MISMATCH', async () => {
    const { pool } = await funded();
    const wrong: [object[], string, string[]][] = [
      [stages.slice(1), 'BAD_USER_INPUT', ['stages']],
      [[...stages, stages[0]!], 'BAD_USER_INPUT', ['stages']],
      [[{ gate: ' ', amount: gbp('60.00') }], 'BAD_USER_INPUT', ['stages', '0', 'gate']],
      [[...stages, { gate: 'x', amount: gbp('0') }], 'BAD_USER_INPUT', ['stages', '3', 'amount']],
      [[{ gate: 'x', amount: { amount: '60.00', currency: 'EUR' } }], 'CURRENCY_MISMATCH', ['stages', '0', 'amount']],
      [Array.from({ length: 51 }, () => ({ gate: 'x', amount: gbp('1.00') })), 'BAD_USER_INPUT', ['stages']],
    ];
    for (const [some, code, path] of wrong) {
      expect((await pool.propose('60.00', { stages: some })).userErrors).toMatchObject([{ code, path }]);
    }
    const row = { budget: pool.id, purpose: 'Homes', effectiveOn: '2025-06-01', amount: gbp('60.00') };
    const allocations = [
      { ...row, stages },
      { ...row, stages: stages.slice(1) },
    ];
    const { rows } = await deed(world, `${pool.host}.publisher`, 'proposeAllocations', { allocations });
    expect(rows.map(({ accepted }: Answered) => accepted)).toEqual([true, false]);
  });

  it('is drawn on as far as its stages are released: STAGE_NOT_RELEASED', async () => {
    const { pool, controls, allocation } = await staged();
    const approve = async (amount: string) => {
      const { drawdown } = await pool.request(allocation, amount);
      return (await controls.approveDrawdown(drawdown.id)).codes;
    };
    expect(await approve('0.01')).toEqual(['STAGE_NOT_RELEASED']);
    const { allocation: first } = await controls.release(allocation, 1);
    expect(first.released.amount).toBe('20.00');
    expect(first.stages[0]).toEqual({
      ...{ number: 1, gate: 'Plans approved', amount: { amount: '20.00' } },
      ...{ releasedOn: '2025-07-01', evidence: 'Inspection report 7' },
    });
    expect(await approve('20.01')).toEqual(['STAGE_NOT_RELEASED']);
    await pool.pay(await pool.draw(allocation, '15.00'));
    await pool.spend(allocation, '4.00');
    expect(await approve('5.01')).toEqual(['STAGE_NOT_RELEASED']);
    expect(await approve('5.00')).toEqual([]);
    await controls.release(allocation, 2);
    await controls.release(allocation, 3);
    expect(await approve('40.00')).toEqual([]);
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('of 20 drawdowns at once reserves no more than its first stage', async () => {
    const { pool, controls, allocation } = await staged();
    await controls.release(allocation, 1);
    const asked = await Promise.all(Array.from({ length: 20 }, () => pool.request(allocation, '3.00')));
    const answers = await Promise.all(asked.map(({ drawdown }) => controls.approveDrawdown(drawdown.id)));
    expect(answers.flatMap(({ codes, errors }) => [...codes, ...(errors ?? [])])).toEqual(
      Array.from({ length: 14 }, () => 'STAGE_NOT_RELEASED'),
    );
    expect(await pool.statement()).toMatchObject({ reserved: '18.00' });
  });

  it('is released stage by stage, in order and once, also by many at once: STAGE_NOT_NEXT, ALREADY_RELEASED', async () => {
    const { controls, allocation } = await staged();
    expect((await controls.release(allocation, 2)).codes).toEqual(['STAGE_NOT_NEXT']);
    const answers = await Promise.all(Array.from({ length: 8 }, () => controls.release(allocation, 1)));
    expect(answers.flatMap(({ codes, errors }) => [...codes, ...(errors ?? [])])).toEqual(
      Array.from({ length: 7 }, () => 'ALREADY_RELEASED'),
    );
  });

  it('is released for what is there, with evidence, while approved: UNKNOWN_ALLOCATION, UNKNOWN_STAGE, ILLEGAL_TRANSITION', async () => {
    const { pool, controls, allocation } = await staged();
    const codes = async (id: string, number: number, input: object = {}) =>
      (await controls.release(id, number, input)).codes;
    expect(await codes('allocation-none', 1)).toEqual(['UNKNOWN_ALLOCATION']);
    for (const number of [0, 4, -1]) expect(await codes(allocation, number)).toEqual(['UNKNOWN_STAGE']);
    expect(await codes(allocation, 1, { evidence: ' ' })).toEqual(['BAD_USER_INPUT']);
    expect(await codes(allocation, 1, { releasedOn: '2999-01-01' })).toEqual(['BAD_USER_INPUT']);
    expect(await codes(allocation, 1, { expectedVersion: 1 })).toEqual(['STALE_VERSION']);
    expect(await codes(allocation, 1, { dryRun: true })).toEqual([]);
    expect(await codes((await pool.propose('60.00', { stages })).allocation.id, 1)).toEqual(['ILLEGAL_TRANSITION']);
    expect(await codes(await pool.allocate('1.00'), 1)).toEqual(['UNKNOWN_STAGE']);
    const input = { allocation, number: 1, evidence: 'x' };
    expect(forbidden(await deed(world, 'hmt.approver', 'releaseStage', input))).toBe('FORBIDDEN');
    expect(forbidden(await controls.do('publisher', 'releaseStage', input))).toBe('FORBIDDEN');
  });

  it('is not released by the person who proposed it: SEPARATION_OF_DUTIES', async () => {
    const { pool, controls } = await funded();
    const person = () => controls.personWith(pool.host, 'publisher', 'approver');
    const key = () => ({ idempotencyKey: randomUUID(), dryRun: false });
    const proposal = { ...key(), budget: pool.id, amount: gbp('60.00'), purpose: 'x', effectiveOn: '2025-06-01' };
    const { allocation } = await new ProposeAllocation().proposeAllocation({ ...proposal, stages }, person());
    await pool.approve(allocation!.id);
    const release = { ...key(), allocation: allocation!.id, number: 1, evidence: 'x' };
    const { userErrors } = await new ReleaseStage().releaseStage(release, person());
    expect(userErrors).toMatchObject([{ code: 'SEPARATION_OF_DUTIES' }]);
  });

  it('as known before a release shows it unreleased', async () => {
    const { controls, allocation } = await staged();
    await controls.release(allocation, 1);
    const { rows } = await owner.query('select released_at from allocation_stage where allocation_id = $1', [
      allocation,
    ]);
    const releasedAt = Math.max(...rows.map(({ released_at }) => Number(released_at)));
    const known = async (instant: number) =>
      (await shown(controls, { asKnownAt: new Date(instant).toISOString() })).released.amount;
    expect([await known(releasedAt - 1), await known(releasedAt)]).toEqual(['0.00', '20.00']);
  });

  it('is guarded by the database: no draft on an unreleased stage, in order, once, by another person, whole', async () => {
    const { pool, controls, allocation } = await staged();
    const { drawdown } = await pool.request(allocation, '1.00');
    const lines = [
      [await accountOf(owner, pool, 'ALLOCATION_AVAILABLE'), -100],
      [await accountOf(owner, pool, 'ALLOCATION_RESERVED'), 100],
    ];
    const reservation = { kind: 'RESERVATION', row: { allocation_id: allocation, drawdown_id: drawdown.id }, lines };
    const approved = `update drawdown set state = 'APPROVED', approved_by = 'by hand', approved_hash = hash where id = $1`;
    const sql: [string, unknown[]][] = [[approved, [drawdown.id]]];
    expect(await both((client) => writeByHand(client, pool, [reservation as never], sql))).toEqual(['HB008', 'HB008']);
    const release = (by: string, number: number) =>
      both((client) =>
        refusedBy(
          client,
          `update allocation_stage set released_by = $3, released_on = '2025-07-01', evidence = 'x'
            where allocation_id = $1 and number = $2`,
          [allocation, number, by],
        ),
      );
    expect(await release('by hand', 2)).toEqual(['HB008', 'HB008']);
    expect(await release('host-department.publisher', 1)).toEqual(['HB008', 'HB008']);
    await controls.release(allocation, 1);
    expect(await release('by hand', 1)).toEqual(['HB002', 'HB002']);
    const add = `insert into allocation_stage (allocation_id, number, gate, amount_minor) values ($1, 4, 'x', 1)`;
    expect(await both((client) => refusedBy(client, add, [allocation]))).toEqual(['HB004', 'HB004']);
  });
});

describe('a delegated limit', () => {
  const limited = () => funded({ delegatedLimit: gbp('50.00') });
  const approveAs = (pool: PoolForTests, allocation: string, role = 'accounting-officer') =>
    deed(world, `${pool.host}.${role}`, 'approveAllocation', { allocation });
  const ids = async (pool: PoolForTests, amounts: string[], input: object = {}) => {
    const found: string[] = [];
    for (const amount of amounts) found.push((await pool.propose(amount, input)).allocation.id);
    return found;
  };

  it('is passed only by the accounting officer, who may approve below it too: LIMIT_EXCEEDED', async () => {
    const { pool } = await limited();
    const [above, below, exact] = await ids(pool, ['50.01', '1.00', '50.00']);
    const { userErrors } = await pool.approve(above!);
    expect(userErrors).toMatchObject([{ __typename: 'LimitExceeded', limit: gbp('50.00'), path: ['allocation'] }]);
    expect(userErrors[0].message).toMatch(/^With this 50\.01 GBP .* above 50\.00 GBP .*Splitting does not help/);
    expect((await pool.approve(exact!)).codes).toEqual([]);
    expect((await approveAs(pool, above!)).allocation.state).toBe('APPROVED');
    expect((await approveAs(pool, below!)).codes).toEqual([]);
    expect(forbidden(await approveAs(pool, below!, 'publisher'))).toBe('FORBIDDEN');
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('counts together all that is approved for one recipient within 30 days, whoever approved it', async () => {
    const { pool } = await limited();
    const [one, two, three, four] = await ids(pool, ['30.00', '20.00', '0.01', '0.01']);
    expect((await pool.approve(one!)).codes).toEqual([]);
    expect((await approveAs(pool, two!)).codes).toEqual([]);
    expect((await pool.approve(three!)).codes).toEqual(['LIMIT_EXCEEDED']);
    const [other, nobody, second] = [
      ...(await ids(pool, ['50.00'], { recipient: 'other-council' })),
      ...(await ids(pool, ['50.00', '0.01'], { recipient: null })),
    ];
    expect((await pool.approve(other!)).codes).toEqual([]);
    expect((await pool.approve(nobody!)).codes).toEqual([]);
    expect((await pool.approve(second!)).codes).toEqual(['LIMIT_EXCEEDED']);
    await owner.query('alter table allocation disable trigger keep_history');
    const older = `update allocation set recorded_at = clock_timestamp() - $2::interval where id = $1`;
    await owner.query(older, [one, '29 days 23 hours']);
    expect((await pool.approve(three!)).codes).toEqual(['LIMIT_EXCEEDED']);
    await owner.query(older, [one, '30 days 1 minute']);
    await owner.query('alter table allocation enable trigger keep_history');
    expect((await pool.approve(three!)).codes).toEqual([]);
    expect((await pool.approve(four!)).codes).toEqual([]);
  });

  it('counts no more what was reversed, and nothing that is not covered', async () => {
    const { pool } = await limited();
    const [one, two] = await ids(pool, ['50.00', '50.00']);
    await pool.approve(one!);
    expect((await pool.approve(two!)).codes).toEqual(['LIMIT_EXCEEDED']);
    const [allocated] = await pool.transferIds();
    await pool.reverse(allocated!);
    expect((await pool.approve(two!)).codes).toEqual([]);
    expect((await approveAs(pool, one!, 'approver')).codes).toEqual(['LIMIT_EXCEEDED']);
  });

  it('in a batch stops the rows that pass it, in the order given, and none for the accounting officer', async () => {
    const { pool } = await limited();
    const amounts = ['20.00', '20.00', '20.00', '10.00', '51.00'];
    const wanted = await ids(pool, amounts);
    const other = (await ids(pool, ['50.00'], { recipient: 'other-council' }))[0]!;
    const approvals = [...wanted, other].map((allocation) => ({ allocation }));
    const verdicts = async (role: string) => {
      const { rows } = await deed(world, `${pool.host}.${role}`, 'approveAllocations', { approvals });
      return rows.map(({ state, userErrors }: Answered) => state ?? userErrors[0].code);
    };
    const [yes, no, done] = ['APPROVED', 'LIMIT_EXCEEDED', 'ILLEGAL_TRANSITION'];
    expect(await verdicts('approver')).toEqual([yes, yes, no, yes, no, yes]);
    expect(await verdicts('accounting-officer')).toEqual([done, done, yes, done, yes, done]);
  });

  it('holds when many approve at once, alone and in batches', async () => {
    const { pool } = await limited();
    const wanted = await ids(
      pool,
      Array.from({ length: 20 }, () => '10.00'),
    );
    const approvals = wanted.slice(10).map((allocation) => ({ allocation }));
    const answers = await Promise.all([
      ...wanted.slice(0, 10).map((id) => pool.approve(id)),
      deed(world, `${pool.host}.approver`, 'approveAllocations', { approvals }),
      deed(world, `${pool.host}.approver`, 'approveAllocations', { approvals: approvals.toReversed() }),
    ]);
    expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([]);
    const sql = `select count(*)::integer as number, sum(amount_minor)::text as sum from allocation where pool_id = $1 and state = 'APPROVED'`;
    expect((await owner.query(sql, [pool.id])).rows).toEqual([{ number: 5, sum: '5000' }]);
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('is guarded by the database, also against two who write at once', async () => {
    const { pool } = await limited();
    const [first, second, third] = await ids(pool, ['30.00', '30.00', '51.00']);
    const accounts = [
      await accountOf(owner, pool, 'UNALLOCATED'),
      await accountOf(owner, pool, 'ALLOCATION_AVAILABLE'),
    ];
    const write = (client: Client, allocation: string, minor: number, role: string | null) => {
      const lines = [
        [accounts[0], -minor],
        [accounts[1], minor],
      ];
      const transfer = { kind: 'ALLOCATION', row: { allocation_id: allocation }, lines } as never;
      const approve = `update allocation set state = 'APPROVED', approved_by = 'by hand', approved_hash = hash,
        approved_as = $2 where id = $1`;
      return writeByHand(client, pool, [transfer], [[approve, [allocation, role]]]);
    };
    for (const role of ['approver', null]) {
      expect(await both((client) => write(client, third!, 5_100, role))).toEqual(['HB010', 'HB010']);
    }
    const raced = await Promise.all([
      write(service, first!, 3_000, 'approver'),
      write(owner, second!, 3_000, 'approver'),
    ]);
    // Both hold what the other waits for where they meet just so; the database ends one of them then.
    expect(raced.toSorted()[1]).toBe('written');
    expect(['HB010', '40P01']).toContain(raced.toSorted()[0]);
    expect(await write(service, third!, 5_100, 'accounting-officer')).toBe('written');
    const chief = `update allocation set approved_as = 'chief' where id = $1`;
    expect(await both((client) => refusedBy(client, chief, [third]))).toEqual([
      ...['allocation_approved_as_check', 'allocation_approved_as_check'],
    ]);
  });
});
