import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { brokenRules } from './ledger-checker-for-tests.js';
import { done, MovingMoneyForTests } from './moving-money-for-tests.js';
import { type Answered, deed, gbp, PoolForTests } from './pool-for-tests.js';

// LEDGER_RACES says how often each race is run: 100 for the promise of 100 races without an overspend.
const races = Number(process.env.LEDGER_RACES ?? 1);
const clients = 50;

let world: World;
let owner: Client;
beforeAll(async () => {
  world = patient(await startWorld({ services: ['budgets'], gateway: false }));
  owner = await world.owner('budgets');
});
afterAll(() => world?.stop());

/** A world whose clients try again, under the same key, when they are told that too many came at once. */
function patient(hub: World): World {
  const ask: World['ask'] = async (document, asked) => {
    const answer = await hub.ask(document, asked);
    if (answer.errors?.[0].extensions.code !== 'UNAVAILABLE') return answer;
    await pause(100);
    return ask(document, asked);
  };
  return { ...hub, ask };
}

const opened = (input: object = {}) => new PoolForTests(world).open(input);
const atOnce = <Each>(work: (number: number) => Promise<Each>, number = clients): Promise<Each[]> =>
  Promise.all(Array.from({ length: number }, (_, place) => work(place)));

/** How often each answer came. */
function tallyOf(answers: Answered[]): Record<string, number> {
  const tally: Record<string, number> = {};
  for (const { codes, errors } of answers) {
    if (errors) throw new Error(JSON.stringify(errors));
    tally[codes[0] ?? 'done'] = (tally[codes[0] ?? 'done'] ?? 0) + 1;
  }
  return tally;
}

const again = (title: string, race: () => Promise<void>) =>
  it(
    title,
    async () => {
      for (let number = 0; number < races; number++) await race();
    },
    60_000 + races * 20_000,
  );

describe('50 clients for the last pound', () => {
  const oneWins = { done: 1, NOT_ENOUGH_FUNDS: clients - 1 };

  again('of a pool: one allocation is approved, and the pool is not overdrawn', async () => {
    const pool = await opened();
    await pool.fund('1.00');
    const allocations = Array.from({ length: clients }, () => ({
      ...{ budget: pool.id, amount: gbp('1.00'), purpose: 'Heat pumps', effectiveOn: '2025-06-01' },
    }));
    const { rows } = await deed(world, `${pool.host}.publisher`, 'proposeAllocations', { allocations });
    expect(tallyOf(await atOnce((place) => pool.approve(rows[place].id)))).toEqual(oneWins);
    expect(await pool.statement()).toEqual({ committed: '1.00', deposited: '1.00', allocated: '1.00' });
    expect(await brokenRules(owner, pool.id)).toEqual({});
  });

  again('of an allocation: one drawdown is reserved', async () => {
    const pool = await opened();
    await pool.fund('1.00');
    const allocation = await pool.allocate('1.00');
    const asked = await atOnce(() => pool.request(allocation, '1.00'));
    const answers = await atOnce((place) => {
      const input = { drawdown: asked[place]!.drawdown.id, effectiveOn: '2025-07-01' };
      return deed(world, `${pool.host}.approver`, 'approveDrawdown', input);
    });
    expect(tallyOf(answers)).toEqual(oneWins);
    expect((await pool.statement()).reserved).toBe('1.00');
    expect(await brokenRules(owner, pool.id)).toEqual({});
  });

  again('of a drawdown: it is paid once, in whole, or penny by penny just as far as it goes', async () => {
    const pool = await opened();
    await pool.fund('1.10');
    const allocation = await pool.allocate('1.10');
    const [whole, parts] = [await pool.draw(allocation, '1.00'), await pool.draw(allocation, '0.10')];
    const paid = await Promise.all([
      atOnce(() => pool.pay(whole)),
      atOnce(() => pool.pay(parts, { amount: gbp('0.01') }), 20),
    ]);
    expect(paid.map(tallyOf)).toEqual([
      { done: 1, ILLEGAL_TRANSITION: clients - 1 },
      { done: 10, ILLEGAL_TRANSITION: 10 },
    ]);
    expect((await pool.statement()).drawnDown).toBe('1.10');
    expect(await brokenRules(owner, pool.id)).toEqual({});
  });

  again('of a commitment: as much is deposited as is committed, the rest waits in suspense', async () => {
    const pool = await opened();
    const contribution = `funder:${pool.id}`;
    await pool.commit(contribution, '1.00');
    expect(tallyOf(await atOnce(() => pool.deposit('1.00', { contribution })))).toEqual({ done: clients });
    const said = { committed: '1.00', deposited: '1.00', unallocated: '1.00', suspense: `${clients - 1}.00` };
    expect(await pool.statement()).toEqual(said);
    expect(await brokenRules(owner, pool.id)).toEqual({});
  });

  again('of a deposit in suspense: it is matched once, whichever contribution takes it', async () => {
    const pool = await opened();
    const { transfer } = done(await pool.deposit('1.00'));
    for (const name of ['a', 'b']) await pool.commit(`funder-${name}:${pool.id}`, '1.00');
    const answers = await atOnce((place) => {
      const input = {
        deposit: transfer.id,
        contribution: `funder-${place % 2 ? 'a' : 'b'}:${pool.id}`,
        amount: gbp('1.00'),
      };
      return deed(world, `${pool.host}.publisher`, 'matchDeposit', input);
    });
    const { done: matched, ...refused } = tallyOf(answers);
    expect([matched, Object.keys(refused).sort()]).toEqual([1, ['ABOVE_COMMITMENT', 'NOT_ENOUGH_FUNDS']]);
    expect(await brokenRules(owner, pool.id)).toEqual({});
  });
});

describe('one idempotency key 50 times at once', () => {
  again('is done once, and all get the same answer, whatever the deed', async () => {
    const pool = await opened({ annual: true, controlTotals: ['CDEL'] });
    const money = new MovingMoneyForTests(pool);
    await money.paidIn(`funder:${pool.id}`, '50.00');
    const proposed = (await pool.propose('20.00')).allocation.id;
    const allocation = await pool.allocate('20.00');
    const requested = (await pool.request(allocation, '5.00')).drawdown.id;
    const reserved = await pool.draw(allocation, '5.00');
    const one = { idempotencyKey: randomUUID() };
    const deeds: Record<string, () => Promise<Answered>> = {
      approve: () => pool.approve(proposed, { idempotencyKey: `approve ${one.idempotencyKey}` }),
      reserve: () =>
        money.do('approver', 'approveDrawdown', { ...one, drawdown: requested, effectiveOn: '2025-07-01' }),
      pay: () => pool.pay(reserved, { ...one, amount: gbp('2.00') }),
      return: () =>
        money.giveBack('1.00', { idempotencyKey: `return ${one.idempotencyKey}`, financialYear: '2025-26' }),
      carry: () => money.carryOver('1.00', { idempotencyKey: `carry ${one.idempotencyKey}` }),
    };
    const found = await Promise.all(
      Object.entries(deeds).map(async ([name, work]) => {
        const answers = await atOnce(work);
        const told = new Set(answers.map(({ replayed, ...answer }) => JSON.stringify(answer)));
        // Whoever did it may have got no answer from a service with all hands full, and have asked again.
        const twice = answers.filter(({ replayed }) => !replayed).length > 1;
        return [name, tallyOf(answers), { twice }, told.size];
      }),
    );
    expect(found).toEqual(Object.keys(deeds).map((name) => [name, { done: clients }, { twice: false }, 1]));
    const { rows } = await owner.query('select kind from transfer where pool_id = $1 order by kind', [pool.id]);
    const once = ['ALLOCATION', 'ALLOCATION', 'CARRY_IN', 'CARRY_OUT', 'DEPOSIT', 'PAYMENT'];
    expect(rows.map(({ kind }) => kind)).toEqual([...once, 'RESERVATION', 'RESERVATION', 'RETURN']);
    expect(await brokenRules(owner, pool.id)).toEqual({});
  });
});

describe('shares that change at the same moment', () => {
  again('are those of one moment: what is returned while deposits come and go is split exactly', async () => {
    const pool = await opened();
    const money = new MovingMoneyForTests(pool);
    const contributions = ['a', 'b', 'c'].map((name) => `funder-${name}:${pool.id}`);
    for (const each of contributions) await pool.commit(each, '100.00');
    const wrong = await atOnce((client) => pool.deposit('3.33', { contribution: contributions[client % 3] }), 6);
    const drawdown = await pool.draw(await pool.allocate('5.00'), '5.00');
    done(await pool.pay(drawdown));
    done(await money.refund(drawdown, '5.00', { reuse: false }));
    const due = { from: 'REFUND_DUE' };
    const answers = await Promise.all([
      atOnce(() => money.giveBack('0.07', due), 20),
      atOnce((client) => pool.deposit(`0.0${1 + (client % 9)}`, { contribution: contributions[client % 3] }), 20),
      atOnce((client) => pool.reverse(wrong[client]!.transfer.id), 2),
    ]);
    expect(answers.map(tallyOf)).toEqual([{ done: 20 }, { done: 20 }, { done: 2 }]);
    expect(await pool.statement()).toMatchObject({ returned: '1.40', refundDue: '3.60' });
    expect(await brokenRules(owner, pool.id)).toEqual({});
  });
});

describe('what is taken in opposite orders at once', () => {
  again('ends, and loses nothing: two pools in batches of deposits', async () => {
    const pools = await Promise.all([opened(), opened()]);
    const answers = await atOnce((client) => {
      const order = client % 2 === 0 ? pools : pools.toReversed();
      const deposits = order.map(({ id }) => ({
        budget: id,
        amount: gbp('1.00'),
        effectiveOn: '2025-05-01',
        reference: `bank ${client}`,
      }));
      const as = `${pools[0]!.host}.${client % 4 < 2 ? 'publisher' : 'accounting-officer'}`;
      return deed(world, as, 'recordDeposits', { deposits });
    });
    expect(tallyOf(answers)).toEqual({ done: clients });
    for (const pool of pools) expect(await pool.statement()).toEqual({ suspense: `${clients}.00` });
  });

  again('ends, and loses nothing: two allocations by virements to and fro, drawdowns and reversals', async () => {
    const pool = await opened({ controlTotals: ['RDEL_PROGRAMME', 'CDEL'] });
    const money = new MovingMoneyForTests(pool);
    const places = [{ controlTotal: 'RDEL_PROGRAMME' }, { controlTotal: 'CDEL' }];
    for (const [number, place] of places.entries()) await money.paidIn(`funder-${number}:${pool.id}`, '100.00', place);
    const held = await Promise.all(places.map((place) => pool.allocate('50.00', place)));
    const consent = 'Treasury, letter 7';
    const asked = await atOnce((client) => {
      const [from, to] = client % 2 === 0 ? held : held.toReversed();
      return money.requestVirement(from!, to!, '1.00', { consent });
    });
    const requests = await atOnce((client) => pool.request(held[client % 2]!, '0.10'), 10);
    const spent = await Promise.all(places.map((place) => pool.allocate('1.00', place)));
    const { rows } = await owner.query(`select id from transfer where allocation_id = any($1) order by id`, [spent]);
    const answers = await Promise.all([
      ...asked.map(({ virement }) => money.approveVirement(virement.id)),
      ...requests.map(({ drawdown }) => money.do('approver', 'approveDrawdown', { drawdown: drawdown.id })),
      ...rows.map(({ id }) => pool.reverse(id, { effectiveOn: '2025-12-01' })),
    ]);
    expect(tallyOf(answers)).toEqual({ done: clients + requests.length + rows.length });
    const sides = await owner.query(
      `select allocation_id, sum(amount) as amount from posting join transfer on transfer.id = transfer_id join account on account.id = account_id
        where transfer.pool_id = $1 and account.kind in ('ALLOCATION_AVAILABLE', 'ALLOCATION_RESERVED') group by 1 having sum(amount) <> 0`,
      [pool.id],
    );
    expect(sides.rows.map(({ amount }) => amount)).toEqual(['5000', '5000']);
    expect(await brokenRules(owner, pool.id)).toEqual({});
  });

  again(
    'ends, and loses nothing: deposits against two commitments while these are written off and raised',
    async () => {
      const pool = await opened();
      const contributions = ['a', 'b'].map((name) => `funder-${name}:${pool.id}`);
      for (const each of contributions) await pool.commit(each, '10.00');
      const told = await Promise.all([
        atOnce((client) => pool.deposit('1.00', { contribution: contributions[client % 2] }), 30),
        atOnce((client) => pool.writeOff(contributions[client % 2]!, '0.10'), 10),
        atOnce((client) => {
          const commitments = (client % 2 ? contributions : contributions.toReversed()).map((contributionId) => ({
            ...{ contributionId, contributorId: 'funder', missionId: pool.mission, budgetId: pool.id },
            ...{ amount: '12.00', currency: 'GBP', effectiveOn: '2025-04-01' },
          }));
          return world.event('budgets', { id: randomUUID(), type: 'contributions.committed', data: { commitments } });
        }, 10),
      ]);
      expect([tallyOf(told[0]), new Set([...told[1], ...told[2]])]).toEqual([{ done: 30 }, new Set([200])]);
      const { deposited, suspense } = await pool.statement();
      expect(Number(deposited) + Number(suspense)).toBe(30);
      expect(await brokenRules(owner, pool.id)).toEqual({});
    },
  );

  it('never waits in a circle: the database had no deadlock to break in any race above', async () => {
    // A connection tells what it counted within about a second.
    await pause(1_200);
    const { rows } = await owner.query('select deadlocks from pg_stat_database where datname = current_database()');
    expect(rows).toEqual([{ deadlocks: '0' }]);
  });
});
