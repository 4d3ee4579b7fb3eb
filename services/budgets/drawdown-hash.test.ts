import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { ControlsForTests, refusedBy } from './controls-for-tests.js';
import { done } from './moving-money-for-tests.js';
import { PoolForTests } from './pool-for-tests.js';

let world: World;
let owner: Client;
let pool: PoolForTests;
let allocation: string;
beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
  owner = await world.owner('budgets');
  pool = await new PoolForTests(world).open();
  await pool.fund('100.00');
  allocation = await pool.allocate('60.00');
});
afterAll(() => world?.stop());

/** A request of so much, as it is read. */
async function requested(amount: string, purpose: string | null): Promise<{ id: string; hash: string }> {
  const { drawdown } = done(await pool.request(allocation, amount, { purpose }));
  return { id: drawdown.id, ...(await read(drawdown.id)) };
}
async function read(id: string) {
  const document = `query ($budget: ID!) { pooledBudget(id: $budget) { allocations { nodes {
    drawdowns(first: 100) { nodes { id hash approvedHash } } } } } }`;
  const as = `${pool.host}.approver`;
  const { data } = await world.ask(document, { as, variables: { budget: pool.id } });
  const [{ drawdowns }] = data.pooledBudget.allocations.nodes;
  const { hash, approvedHash } = drawdowns.nodes.find((each: { id: string }) => each.id === id);
  return { hash, approvedHash };
}
const hashOf = (minor: string, purpose: string | null) =>
  createHash('sha256')
    .update(JSON.stringify([allocation, 'GBP', minor, purpose]))
    .digest('base64url');
const controls = () => new ControlsForTests(pool);

describe('the fingerprint of a drawdown', () => {
  it.each([
    ['what it is for', 'Heat pumps'],
    ['nothing', null],
    ['quotes, slashes, lines, tabs and other scripts', '"quoted" \\ /\n\tŵ 日本 😀'],
  ])('is of all that was asked for, as anybody can compute it: %s', async (_, purpose) => {
    const { hash } = await requested('1.00', purpose);
    expect(hash).toBe(hashOf('100', purpose));
  });

  it('that an approver names must be that of the request: HASH_MISMATCH; the approval binds it', async () => {
    const { id, hash } = await requested('2.00', 'Heat pumps');
    const other = await controls().approveDrawdown(id, { hash: hashOf('20000', 'Heat pumps') });
    expect([other.codes, other.userErrors[0].path]).toEqual([['HASH_MISMATCH'], ['hash']]);
    expect(await read(id)).toEqual({ hash, approvedHash: null });
    done(await controls().approveDrawdown(id, { hash }));
    expect(await read(id)).toEqual({ hash, approvedHash: hash });
  });

  it('need not be named; an approval that is reversed binds nothing any more', async () => {
    const { id, hash } = await requested('3.00', 'Heat pumps');
    done(await controls().approveDrawdown(id));
    expect(await read(id)).toEqual({ hash, approvedHash: hash });
    const sql = `select id from transfer where drawdown_id = $1 and kind = 'RESERVATION'`;
    done(await pool.reverse((await owner.query(sql, [id])).rows[0].id));
    expect(await read(id)).toEqual({ hash, approvedHash: null });
  });
});

describe('the database, of fingerprints of drawdowns,', () => {
  it('makes them itself, and refuses an approval of anything else or of nothing', async () => {
    const { id } = await requested('4.00', 'Heat pumps');
    const service = await world.serviceRole('budgets');
    const set = (what: string, client = service) =>
      refusedBy(client, `update drawdown set ${what} where id = $1`, [id]);
    expect(await set(`approved_by = 'by hand', state = 'APPROVED', approved_hash = 'seen'`)).toBe(
      'approval_binds_the_request',
    );
    expect(await set(`approved_by = 'by hand', state = 'APPROVED'`)).toBe('approved_by_its_hash');
    expect(await set(`hash = 'seen'`, owner)).toBe('428C9');
  });
});
