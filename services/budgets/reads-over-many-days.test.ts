import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { type FilledPool, fillPool } from '../../infra/bench/ledger-data.js';
import { withConnection } from '../../infra/postgres/connection.js';
import { adminUrl } from '../../test/databases.js';
import { startWorld, type World } from '../../test/world.js';
import { brokenRules } from './ledger-checker-for-tests.js';
import type { Answered } from './pool-for-tests.js';
import { sumsAnew } from './sums-anew-for-tests.js';

const postings = 2_000;
let world: World;
let owner: Client;
let pool: FilledPool;
beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
  owner = await world.owner('budgets');
  pool = await withConnection(address(), (admin) => fillPool(admin, postings, true, () => undefined));
}, 60_000);
afterAll(() => world?.stop());

const address = () => Object.assign(new URL(adminUrl()), { pathname: `/${owner.database}` }).href;

async function ask(fields: string, asKnownAt?: string) {
  const document = `query ($id: ID!) { pooledBudget(id: $id) { ${fields} } }`;
  const { data, errors } = await world.ask(document, { variables: { id: pool.id }, asKnownAt });
  if (errors) throw new Error(JSON.stringify(errors));
  return data.pooledBudget;
}

const rowsOf = async (sql: string, ...params: unknown[]) =>
  (await owner.query({ text: sql, values: params, rowMode: 'array' })).rows;
const lines = `posting join transfer on transfer.id = transfer_id join account on account.id = account_id`;
const decimal = (minor: string) => `round(${minor} / 100.0, 2)::text`;

/** Instants at which what was known is read: now, the very one of the middle transfer, and around that day. */
async function instants(): Promise<(string | undefined)[]> {
  const [[at]] = (await rowsOf('select recorded_at from transfer where id = $1', pool.middle)) as [[Date]];
  const day = at.toISOString().slice(0, 10);
  return [undefined, at.toISOString(), `${day}T00:00:00Z`, `${day}T12:00:00Z`, `${day}T23:59:59.999Z`];
}

/** All pages of a list, one after the other. */
async function everything(list: (page: string) => string, at: (budget: Answered) => Answered, asKnownAt?: string) {
  const nodes: Answered[] = [];
  for (let after = ''; ; ) {
    const page = at(await ask(list(`first: 90${after}`), asKnownAt));
    nodes.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) return nodes;
    after = `, after: "${page.pageInfo.endCursor}"`;
  }
}

async function showsBalances() {
  const list = (page: string) =>
    `accounts { id history(${page}) { nodes { transfer { id } balance { amount } } pageInfo { endCursor hasNextPage } } }`;
  const own = (budget: Answered) => budget.accounts.find(({ id }: Answered) => id === pool.account).history;
  for (const asKnownAt of await instants()) {
    const shown = await everything(list, own, asKnownAt);
    const wanted = await rowsOf(
      `select transfer.id, ${decimal('sum(amount) over (order by transfer.id)')} from ${lines}
        where account.id = $1 and recorded_at <= $2 order by 1`,
      pool.account,
      asKnownAt ?? 'infinity',
    );
    expect(wanted.length).toBeGreaterThan(300);
    expect(shown.map((line) => [line.transfer.id, line.balance.amount])).toEqual(wanted);
  }
}

/** As if the clocks of the service and of PostgreSQL were days apart now and then; the sums follow. */
const recordedOutOfOrder = [
  'alter table transfer disable trigger only_added',
  'set session_replication_role = replica',
  `update transfer set recorded_at = recorded_at - interval '3 days' where right(id, 1) in ('0', '7')`,
  ...sumsAnew,
];

describe('a ledger of many days', () => {
  it('is sound to the independent checker and to its own proofs, as the benches fill it', async () => {
    expect(await brokenRules(owner, pool.id)).toEqual({});
    expect(await rowsOf('select * from running_drift')).toEqual([]);
    expect(await rowsOf('select * from pool_identity')).toEqual([]);
  });

  it('answers balances as known at an instant as its postings add up', async () => {
    for (const asKnownAt of await instants()) {
      const { accounts } = await ask('accounts { kind balance { amount } }', asKnownAt);
      const wanted = await rowsOf(
        `select kind, ${decimal('sum')} from (select account.kind, sum(amount) from ${lines}
          where recorded_at <= $1 group by 1) as each order by 1`,
        asKnownAt ?? 'infinity',
      );
      expect(accounts.map((each: Answered) => [each.kind, each.balance.amount]).sort()).toEqual(wanted);
    }
  });

  it('answers what is spent and certified at a day, as known at an instant, as its postings add up', async () => {
    for (const asKnownAt of await instants()) {
      for (const effectiveOn of ['9999-12-31', (await instants())[1]!.slice(0, 10)]) {
        const fields = `statement(effectiveOn: "${effectiveOn}") { spent { amount } spentCertified { amount } }`;
        const { statement } = await ask(fields, asKnownAt);
        const [[spent, certified]] = (await rowsOf(
          `select ${decimal('sum(amount)')}, ${decimal('coalesce(sum(amount) filter (where certificate.recorded_at <= $1), 0)')}
             from ${lines} left join expenditure_certificate as certificate on certificate.transfer_id = transfer.id
            where account.kind = 'SPENT' and transfer.recorded_at <= $1 and effective_on <= $2`,
          asKnownAt ?? 'infinity',
          effectiveOn,
        )) as [[string, string]];
        expect([statement.spent.amount, statement.spentCertified.amount]).toEqual([spent, certified]);
      }
    }
  });

  it('shows the balance after each line of a history, on whatever page the line is', showsBalances);

  it('lists every transfer that took effect on some days and was known at an instant, the latest first', async () => {
    const some = (await instants())[1]!.slice(0, 10);
    for (const [from, to] of [
      ['0001-01-01', '9999-12-31'],
      [some, some],
      ['0001-01-01', some],
      [some, '9999-12-31'],
    ]) {
      const filter = `filter: { effectiveFrom: "${from}", effectiveTo: "${to}" }`;
      const list = (page: string) =>
        `transfers(${page}, ${filter}) { nodes { id } pageInfo { endCursor hasNextPage } }`;
      for (const asKnownAt of await instants()) {
        const shown = await everything(list, (budget) => budget.transfers, asKnownAt);
        const wanted = await rowsOf(
          `select id from transfer where effective_on between $1 and $2 and recorded_at <= $3 order by 1 desc`,
          from,
          to,
          asKnownAt ?? 'infinity',
        );
        expect(shown.map(({ id }) => [id])).toEqual(wanted);
      }
    }
  });

  it('shows the same balances where what sorts later was recorded earlier', async () => {
    await withConnection(address(), async (admin) => {
      for (const sql of recordedOutOfOrder) await admin.query(sql);
    });
    expect(await rowsOf('select * from running_drift')).toEqual([]);
    await showsBalances();
  });
});
