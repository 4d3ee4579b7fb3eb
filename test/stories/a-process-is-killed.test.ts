import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Issuer, startIssuer } from '../../infra/identity/issuer.js';
import { Part } from '../../infra/part.js';
import { withConnection } from '../../infra/postgres/connection.js';
import { initialise } from '../../infra/postgres/initialised-for-tests.js';
import { freePort } from '../../infra/postgres/server.js';
import { findOrStartPostgres, type Postgres } from '../../infra/postgres.js';
import { prepareService } from '../../infra/prepare.js';

const secret = 'a-secret-of-this-story';
const host = 'department-for-education';
const writers = 16;
const hubPort = 18_000 + (process.pid % 2_000);

let folder: string;
let postgres: Postgres;
let port: number;
let issuer: Issuer;
let budgets: Part;
const tokens: Record<string, string> = {};

// With full durability, unlike other tests: what is promised is that what was acknowledged is on the disk.
const startPostgres = () => findOrStartPostgres({ dataDir: folder, durable: true, port });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hub-killed-'));
  await initialise(folder);
  port = await freePort();
  postgres = await startPostgres();
  const address = await prepareService(postgres.adminUrl, secret, 'budgets');
  issuer = await startIssuer({ port: 0, audience: 'mission-budget-hub' });
  for (const client of ['mission-delivery-unit.mission-finance', `${host}.publisher`]) {
    tokens[client] = await issuer.tokenFor(client);
  }
  const settings = { HUB_PORT: String(hubPort), HUB_SECRET: secret, OIDC_ISSUER: issuer.issuer, HUB_DATA_DIR: folder };
  budgets = new Part(
    'budgets',
    '.build/services/budgets/main.js',
    { ...settings, BUDGETS_DATABASE_URL: address },
    () => undefined,
  );
  await budgets.start();
}, 120_000);
afterAll(async () => {
  await budgets?.stop();
  await issuer?.stop();
  await postgres?.stop();
  for (const each of [folder, postgres?.dataFolder]) if (each) rmSync(each, { recursive: true, force: true });
});

/** One request to the service; null when nothing came back, or what came back says to try again. */
async function ask(client: string, query: string, input: object) {
  try {
    const answer = await fetch(`http://localhost:${hubPort + 2}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens[client]}` },
      body: JSON.stringify({ query, variables: { input } }),
      signal: AbortSignal.timeout(5_000),
    });
    const { data, errors } = await answer.json();
    if (!errors) return data;
    if (errors[0].extensions.code !== 'UNAVAILABLE') throw new Error(errors[0].message);
  } catch (error) {
    if (error instanceof SyntaxError || !/fetch failed|timeout|terminated|aborted/i.test((error as Error).message))
      throw error;
  }
  return null;
}

const deposit = `mutation ($input: RecordDepositInput!) { recordDeposit(input: $input) { transfer { id } userErrors { message } } }`;

type Acknowledged = [reference: string, id: string][];

/** Deposits until told to stop, each sent again under its key until it is acknowledged; notes reference and id of each. */
async function write(budget: string, acknowledged: Acknowledged, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const input = {
      ...{ idempotencyKey: randomUUID(), budget, reference: randomUUID(), effectiveOn: '2026-04-01' },
      amount: { amount: '1.00', currency: 'GBP' },
    };
    for (;;) {
      const answer = await ask(`${host}.publisher`, deposit, input);
      if (answer) {
        acknowledged.push([input.reference, answer.recordDeposit.transfer.id]);
        break;
      }
      await pause(100);
    }
  }
}

const untilLonger = async (list: unknown[], by: number) => {
  for (const enough = list.length + by; list.length < enough; ) await pause(20);
};

/** Runs writers while something is killed, again and again; then compares what they were told with what is there. */
async function survives(cycles: number, kill: () => Promise<void>) {
  const opening = `mutation ($input: OpenBudgetInput!) { openBudget(input: $input) { budget { id } } }`;
  const { openBudget } = await ask('mission-delivery-unit.mission-finance', opening, {
    ...{ idempotencyKey: randomUUID(), mission: randomUUID(), name: 'Pool', host, currency: 'GBP' },
    controlTotals: ['NON_BUDGET'],
  });
  const { id } = openBudget.budget;
  let isOver = false;
  const acknowledged: Acknowledged = [];
  const writing = Promise.all(Array.from({ length: writers }, () => write(id, acknowledged, () => isOver)));
  for (let cycle = 0; cycle < cycles; cycle++) {
    await untilLonger(acknowledged, 3 * writers);
    await kill();
  }
  await untilLonger(acknowledged, 3 * writers);
  isOver = true;
  await writing;
  const database = Object.assign(new URL(postgres.adminUrl), { pathname: '/hub_budgets' }).href;
  return withConnection(database, async (client) => {
    const found = await client.query<{ reference: string; id: string }>(
      'select reference, id from transfer where pool_id = $1',
      [id],
    );
    const wrong = await client.query('select pool_id from pool_identity union all select of from running_drift');
    const there = found.rows.map((row): [string, string] => [row.reference, row.id]);
    return { acknowledged: acknowledged.sort(), there: there.sort(), wrong: wrong.rows };
  });
}

describe('what was acknowledged is there exactly once, and nothing else is', () => {
  it('when the budgets process is killed with 16 writers at work', async () => {
    const { acknowledged, there, wrong } = await survives(2, async () => {
      const before = budgets.processId;
      process.kill(before, 'SIGKILL');
      // Until the next one runs, so that it is killed too and not the same twice.
      while (budgets.processId === before) await pause(50);
    });
    expect(there).toEqual(acknowledged);
    expect(wrong).toEqual([]);
  }, 120_000);

  it('when PostgreSQL is killed with 16 writers at work', async () => {
    const { acknowledged, there, wrong } = await survives(2, async () => {
      postgres.kill!('SIGKILL');
      await pause(300);
      postgres = await startPostgres();
    });
    expect(there).toEqual(acknowledged);
    expect(wrong).toEqual([]);
  }, 120_000);
});
