import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { secret, startWorld, type World } from '../../test/world.js';
import { dayInLondon } from '../kernel/dates.js';
import { start } from '../kernel/start.js';
import { ControlsForTests, forbidden, refusedBy } from './controls-for-tests.js';
import { expireDrawdowns } from './expire-drawdowns.js';
import { accountOf, faultsIn, journalOf, writeByHand } from './moving-money-for-tests.js';
import { type Answered, gbp, PoolForTests } from './pool-for-tests.js';
import { budgets } from './service.js';

let world: World;
let owner: Client;
let service: Client;
beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
  owner = await world.owner('budgets');
  service = await world.serviceRole('budgets');
});
afterAll(() => world?.stop());

/** A pool with 100.00, of which 60.00 are set aside in one allocation. */
async function drawing(amount = '60.00') {
  const pool = await new PoolForTests(world).open();
  await pool.fund('100.00');
  return { pool, controls: new ControlsForTests(pool), allocation: await pool.allocate(amount) };
}

const today = () => dayInLondon(new Date());
const expireNow = () => expireDrawdowns(world.services.budgets.orm.em.fork());

async function stateOf(controls: ControlsForTests, drawdown: string): Promise<string[]> {
  const fields = `allocations { nodes { available { amount } drawdowns(first: 100) { nodes {
    id state endReason expiresOn reserved { amount } paid { amount } } } } }`;
  const nodes: Answered[] = (await controls.ask(fields)).allocations.nodes;
  const found = nodes.flatMap(({ available, drawdowns }) =>
    drawdowns.nodes.map((each: Answered) => ({ ...each, available })),
  );
  const { state, reserved, paid, available } = found.find(({ id }) => id === drawdown);
  return [state, `reserved ${reserved.amount}`, `paid ${paid.amount}`, `available ${available.amount}`];
}

describe('a drawdown that is voided', () => {
  it('before approval moves nothing, says why, and is voided by its recipient or the host', async () => {
    const { pool, controls, allocation } = await drawing();
    const before = await pool.statement();
    for (const as of ['recipient-council.publisher', `${pool.host}.approver`, `${pool.host}.accounting-officer`]) {
      const { drawdown } = await pool.request(allocation, '10.00');
      const voided = await controls.void(drawdown.id, {}, as);
      expect(voided.drawdown).toMatchObject({ state: 'VOIDED', endReason: 'The works were cancelled', version: 2 });
      expect((await controls.approveDrawdown(drawdown.id)).codes).toEqual(['ILLEGAL_TRANSITION']);
    }
    expect(await pool.statement()).toEqual(before);
  });

  it('after approval gives back what is still reserved; parts that are paid stay paid', async () => {
    const { pool, controls, allocation } = await drawing();
    const drawdown = await pool.draw(allocation, '40.00');
    await pool.pay(drawdown, { amount: gbp('15.00') });
    expect(await stateOf(controls, drawdown)).toEqual(['APPROVED', 'reserved 25.00', 'paid 15.00', 'available 20.00']);
    expect((await controls.void(drawdown)).codes).toEqual([]);
    expect(await stateOf(controls, drawdown)).toEqual(['VOIDED', 'reserved 0.00', 'paid 15.00', 'available 45.00']);
    expect(await journalOf(pool, 'RELEASE')).toEqual([
      '2025-10-01 RELEASE 2025-26 RDEL_PROGRAMME: ALLOCATION_RESERVED -25.00, ALLOCATION_AVAILABLE 25.00',
    ]);
    const { transfers } = await controls.ask('transfers(first: 1) { nodes { reason requestedBy } }', {
      as: `${pool.host}.publisher`,
    });
    expect(transfers.nodes).toEqual([
      { reason: 'The works were cancelled', requestedBy: 'host-department.accounting-officer' },
    ]);
    const after = { unallocated: '40.00', allocated: '60.00', drawnDown: '15.00' };
    expect(await pool.statement()).toEqual({ committed: '100.00', deposited: '100.00', ...after });
    expect(await pool.draw(allocation, '45.00', '2025-10-01')).toBeDefined();
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('after approval is voided by the host only, its approver or accounting officer: FORBIDDEN', async () => {
    const { pool, controls, allocation } = await drawing();
    const drawdown = await pool.draw(allocation, '40.00');
    const outsiders = ['recipient-council.publisher', 'recipient-council.accounting-officer', 'hmt.approver'];
    for (const as of [...outsiders, `${pool.host}.publisher`]) {
      expect(forbidden(await controls.void(drawdown, {}, as))).toBe('FORBIDDEN');
    }
    const { drawdown: asked } = await pool.request(allocation, '1.00');
    expect(forbidden(await controls.void(asked.id, {}, 'other-council.publisher'))).toBe('FORBIDDEN');
    expect((await controls.void(drawdown, {}, `${pool.host}.approver`)).codes).toEqual([]);
  });

  it('is there, has a reason, is not at its end and was reserved by then: UNKNOWN_DRAWDOWN, BAD_USER_INPUT, NOT_ENOUGH_FUNDS', async () => {
    const { pool, controls, allocation } = await drawing();
    const drawdown = await pool.draw(allocation, '40.00');
    expect((await controls.void('drawdown-none')).codes).toEqual(['UNKNOWN_DRAWDOWN']);
    expect((await controls.void(drawdown, { reason: ' ' })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await controls.void(drawdown, { effectiveOn: '2999-01-01' })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await controls.void(drawdown, { effectiveOn: '2025-06-30' })).codes).toEqual(['NOT_ENOUGH_FUNDS']);
    expect((await controls.void(drawdown, { expectedVersion: 1 })).codes).toEqual(['STALE_VERSION']);
    expect((await controls.void(drawdown, { dryRun: true })).drawdown.state).toBe('VOIDED');
    expect((await stateOf(controls, drawdown))[0]).toBe('APPROVED');
    await pool.pay(drawdown);
    expect((await controls.void(drawdown)).codes).toEqual(['ILLEGAL_TRANSITION']);
    const other = await pool.draw(allocation, '1.00');
    await controls.void(other);
    expect((await controls.void(other)).codes).toEqual(['ILLEGAL_TRANSITION']);
    expect((await pool.pay(other)).codes).toEqual(['ILLEGAL_TRANSITION']);
  });

  it('while it is being paid is either paid or given back, never both', async () => {
    const { pool, controls, allocation } = await drawing('50.00');
    const drawn = await Promise.all(Array.from({ length: 10 }, () => pool.draw(allocation, '5.00')));
    const day = { effectiveOn: '2025-10-01' };
    const answers = await Promise.all(drawn.flatMap((id) => [pool.pay(id, day), controls.void(id)]));
    expect(answers.flatMap(({ codes, errors }) => [...codes, ...(errors ?? [])])).toEqual(
      Array.from({ length: 10 }, () => 'ILLEGAL_TRANSITION'),
    );
    const states = await Promise.all(drawn.map(async (id) => (await stateOf(controls, id)).slice(0, 3).join(', ')));
    const possible = ['PAID, reserved 0.00, paid 5.00', 'VOIDED, reserved 0.00, paid 0.00'];
    expect(states.filter((each) => !possible.includes(each))).toEqual([]);
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('is approved again by reversing a payment, with that money reserved; its release is not reversed: NOT_REVERSIBLE', async () => {
    const { pool, controls, allocation } = await drawing();
    const drawdown = await pool.draw(allocation, '40.00');
    const { transfer: payment } = await pool.pay(drawdown, { amount: gbp('15.00') });
    await controls.void(drawdown);
    const [release] = (await controls.ask('transfers(first: 1) { nodes { id } }')).transfers.nodes;
    expect((await pool.reverse(release.id)).codes).toEqual(['NOT_REVERSIBLE']);
    expect((await pool.reverse(payment.id)).codes).toEqual([]);
    expect(await stateOf(controls, drawdown)).toEqual(['APPROVED', 'reserved 15.00', 'paid 0.00', 'available 45.00']);
    expect((await pool.pay(drawdown, { effectiveOn: '2025-12-01' })).codes).toEqual([]);
    expect(await faultsIn(owner, pool)).toEqual([]);
  });
});

describe('a reservation that expires', () => {
  it('does so not before the day it takes effect: BAD_USER_INPUT', async () => {
    const { pool, controls, allocation } = await drawing();
    const { drawdown } = await pool.request(allocation, '10.00');
    const { codes, userErrors } = await controls.approveDrawdown(drawdown.id, { expiresOn: '2025-06-30' });
    expect([codes, userErrors[0].path]).toEqual([['BAD_USER_INPUT'], ['expiresOn']]);
    expect((await controls.approveDrawdown(drawdown.id, { expiresOn: '2999-12-31' })).codes).toEqual([]);
  });

  it('is paid on its last day and not after: RESERVATION_EXPIRED, then ILLEGAL_TRANSITION', async () => {
    const { pool, controls, allocation } = await drawing();
    const last = await controls.drawUntil(allocation, '10.00', today());
    expect((await pool.pay(last, { effectiveOn: today() })).drawdown.state).toBe('PAID');
    const late = await controls.drawUntil(allocation, '10.00', '2999-12-31');
    await owner.query(`update drawdown set expires_on = '2025-09-01' where id = $1`, [late]);
    expect((await pool.pay(late)).codes).toEqual(['RESERVATION_EXPIRED']);
    await expireNow();
    expect((await pool.pay(late)).userErrors).toMatchObject([{ __typename: 'IllegalTransition' }]);
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('returns in full to its allocation on the day after, what is paid of it excepted', async () => {
    const { pool, controls, allocation } = await drawing();
    const [whole, part, open, endless] = [
      await controls.drawUntil(allocation, '10.00', '2025-09-01'),
      await controls.drawUntil(allocation, '20.00', '2999-12-31'),
      await controls.drawUntil(allocation, '5.00', '2999-12-31'),
      await pool.draw(allocation, '1.00'),
    ];
    await pool.pay(part!, { amount: gbp('15.00') });
    await owner.query(`update drawdown set expires_on = '2026-03-31' where id = $1`, [part]);
    await expireNow();
    const available = 'available 39.00';
    expect(await stateOf(controls, whole!)).toEqual(['EXPIRED', 'reserved 0.00', 'paid 0.00', available]);
    expect(await stateOf(controls, part!)).toEqual(['EXPIRED', 'reserved 0.00', 'paid 15.00', available]);
    expect(await stateOf(controls, open!)).toEqual(['APPROVED', 'reserved 5.00', 'paid 0.00', available]);
    expect(await stateOf(controls, endless!)).toEqual(['APPROVED', 'reserved 1.00', 'paid 0.00', available]);
    expect(await journalOf(pool, 'RELEASE')).toEqual([
      '2025-09-02 RELEASE 2025-26 RDEL_PROGRAMME: ALLOCATION_RESERVED -10.00, ALLOCATION_AVAILABLE 10.00',
      '2026-04-01 RELEASE 2025-26 RDEL_PROGRAMME: ALLOCATION_RESERVED -5.00, ALLOCATION_AVAILABLE 5.00',
    ]);
    const fields = `transfers(first: 1) { nodes { requestedBy reason drawdown { endReason expiresOn } } }`;
    expect((await controls.ask(fields, { as: `${pool.host}.publisher` })).transfers.nodes).toEqual([
      {
        ...{ requestedBy: 'the hub', reason: 'not paid by 2026-03-31' },
        drawdown: { endReason: 'not paid by 2026-03-31', expiresOn: '2026-03-31' },
      },
    ]);
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('is given back once by many processes at once', async () => {
    const { pool, controls, allocation } = await drawing();
    for (let place = 0; place < 20; place++) await controls.drawUntil(allocation, '1.00', '2025-09-01');
    await Promise.all(Array.from({ length: 5 }, expireNow));
    await expireNow();
    expect(await journalOf(pool, 'RELEASE')).toHaveLength(20);
    expect(await pool.statement()).toMatchObject({ allocated: '60.00' });
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('in a frozen pool waits until it is open, and holds up no other', async () => {
    const [halted, other] = [await drawing(), await drawing()];
    const waits = await halted.controls.drawUntil(halted.allocation, '10.00', '2025-09-01');
    await halted.controls.freeze();
    const goes = await other.controls.drawUntil(other.allocation, '10.00', '2025-09-01');
    await expireNow();
    expect((await stateOf(halted.controls, waits))[0]).toBe('APPROVED');
    expect((await stateOf(other.controls, goes))[0]).toBe('EXPIRED');
    await halted.controls.freeze(false);
    await expireNow();
    expect((await stateOf(halted.controls, waits))[0]).toBe('EXPIRED');
  });

  it('gives back a payment reversed since on the day that came back', async () => {
    const { pool, controls, allocation } = await drawing();
    const drawdown = await controls.drawUntil(allocation, '10.00', '2999-12-31');
    const { transfer } = await pool.pay(drawdown);
    await owner.query(`update drawdown set expires_on = '2025-09-01' where id = $1`, [drawdown]);
    await expireNow();
    expect((await stateOf(controls, drawdown))[0]).toBe('PAID');
    await pool.reverse(transfer.id);
    await expireNow();
    expect(await stateOf(controls, drawdown)).toEqual(['EXPIRED', 'reserved 0.00', 'paid 0.00', 'available 60.00']);
    expect((await journalOf(pool, 'RELEASE'))[0]).toMatch(/^2025-12-01 /);
  });

  it('is looked for by the service itself, by its queue and when it starts, though another process was killed at it', async () => {
    const { controls, allocation } = await drawing();
    const until = async (drawdown: string) => {
      for (let attempt = 0; attempt < 100; attempt++) {
        if ((await stateOf(controls, drawdown))[0] === 'EXPIRED') return 'EXPIRED';
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return 'still reserved';
    };
    const first = await controls.drawUntil(allocation, '1.00', '2025-09-01');
    await service.query(`select graphile_worker.add_job('expire-drawdowns')`);
    expect(await until(first)).toBe('EXPIRED');
    const { rows } = await owner.query('select identifier from graphile_worker._private_known_crontabs');
    expect(rows).toEqual([{ identifier: 'expire-drawdowns' }]);
    const second = await controls.drawUntil(allocation, '1.00', '2025-09-01');
    await owner.query(`insert into graphile_worker._private_job_queues (queue_name, locked_at, locked_by)
      values ('expire-drawdowns', now(), 'a killed process') on conflict (queue_name) do update
      set locked_at = excluded.locked_at, locked_by = excluded.locked_by`);
    const { user, password, host, port, database } = service;
    const another = await start(budgets, {
      ...{ port: 0, host: 'localhost', issuer: world.issuer, audience: 'mission-budget-hub', secret, addresses: {} },
      databaseUrl: `postgresql://${user}:${encodeURIComponent(String(password))}@${host}:${port}/${database}`,
    });
    expect(await until(second)).toBe('EXPIRED');
    await another.stop();
  });
});

describe('the database, of drawdowns,', () => {
  const both = async (attempt: (client: Client) => Promise<string>) => [await attempt(service), await attempt(owner)];

  it('refuses to end one while money is reserved for it, or without a reason', async () => {
    const { pool, allocation } = await drawing();
    const drawdown = await pool.draw(allocation, '10.00');
    const set = (what: string) =>
      both((client) => refusedBy(client, `update drawdown set ${what} where id = $1`, [drawdown]));
    for (const state of ['VOIDED', 'EXPIRED', 'PAID']) {
      expect(await set(`state = '${state}', end_reason = 'by hand'`)).toEqual(['HB011', 'HB011']);
    }
    expect(await set(`state = 'VOIDED'`)).toEqual(['ended_for_a_reason', 'ended_for_a_reason']);
  });

  it('refuses a release that leaves it approved, an expiry before its day, and an approval without its money', async () => {
    const { pool, controls, allocation } = await drawing();
    const drawdown = await controls.drawUntil(allocation, '10.00', '2999-12-31');
    const accounts = [
      await accountOf(owner, pool, 'ALLOCATION_RESERVED'),
      await accountOf(owner, pool, 'ALLOCATION_AVAILABLE'),
    ] as const;
    const row = { allocation_id: allocation, drawdown_id: drawdown };
    const release = { kind: 'RELEASE', row, lines: [[accounts[0], -1_000] as const, [accounts[1], 1_000] as const] };
    const set = (state: string): [string, unknown[]] => [
      `update drawdown set state = $2, end_reason = 'by hand' where id = $1`,
      [drawdown, state],
    ];
    const write = (...sql: [string, unknown[]][]) =>
      both((client) => writeByHand(client, pool, [release as never], sql));
    expect(await write()).toEqual(['HB011', 'HB011']);
    expect(await write(set('EXPIRED'))).toEqual(['HB011', 'HB011']);
    const { drawdown: asked } = await pool.request(allocation, '10.00');
    const approve = `update drawdown set state = 'APPROVED', approved_by = 'by hand', approved_hash = hash where id = $1`;
    expect(await both((client) => refusedBy(client, approve, [asked.id]))).toEqual(['HB011', 'HB011']);
    expect((await write(set('VOIDED')))[0]).toBe('written');
  });

  it('refuses a payment after the last day of its reservation', async () => {
    const { pool, controls, allocation } = await drawing();
    const drawdown = await controls.drawUntil(allocation, '10.00', '2999-12-31');
    await owner.query(`update drawdown set expires_on = '2025-09-01' where id = $1`, [drawdown]);
    const lines = [
      [await accountOf(owner, pool, 'ALLOCATION_RESERVED'), -500],
      [await accountOf(owner, pool, 'WITH_RECIPIENT'), 500],
    ];
    const row = { allocation_id: allocation, drawdown_id: drawdown, effective_on: '2025-08-01' };
    const payment = { kind: 'PAYMENT', row, lines } as never;
    expect(await both((client) => writeByHand(client, pool, [payment]))).toEqual(['HB011', 'HB011']);
  });

  it('keeps the content of one that was asked for', async () => {
    const { pool, allocation } = await drawing();
    const { drawdown } = await pool.request(allocation, '10.00');
    const sql = 'update drawdown set amount_minor = 1 where id = $1';
    expect(await both((client) => refusedBy(client, sql, [drawdown.id]))).toEqual(['42501', 'HB002']);
  });
});
