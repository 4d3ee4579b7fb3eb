import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PoolForTests } from '../../services/budgets/pool-for-tests.js';
import { startWorld, type World } from '../../test/world.js';
import { Gateway } from '../gateway.js';
import { type ExportChoices, exportLedger } from './export.js';

const unseen = { begin: () => undefined, advance: () => undefined, end: () => undefined };

/** The whole hub with a folder of its own for what is published, and a folder for exports. */
export class LedgerForTests {
  private constructor(
    readonly world: World,
    readonly folder: string,
  ) {}

  static async start(): Promise<LedgerForTests> {
    const folder = mkdtempSync(join(tmpdir(), 'hub-ledger-test-'));
    return new LedgerForTests(await startWorld({ dataDir: folder }), folder);
  }

  async stop(): Promise<void> {
    await this.world.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Where the roots of a pool are published. */
  roots = (pool: string): string => join(this.folder, 'seals', `${pool}.jsonl`);

  gateway(client: string | null = 'national-audit-office.auditor'): Gateway {
    return new Gateway(this.world.gatewayUrl!, async () => (client ? this.world.tokenFor(client) : null));
  }

  /** Writes a file into the folder of exports; answers its path. */
  file(name: string, text?: string): string {
    const path = join(this.folder, name);
    if (text !== undefined) writeFileSync(path, text);
    return path;
  }

  /** Exports a pool as the command line would; answers the path of the file. */
  async export(pool: string, as: ExportChoices['as'], name: string, client?: string | null): Promise<string> {
    const to = this.file(name);
    await exportLedger(this.gateway(client), pool, { as, to }, unseen);
    return to;
  }

  /** Waits until every transfer of the pool is sealed and published. */
  async sealed(pool: string): Promise<void> {
    const document = `query ($id: ID!) { pooledBudget(id: $id) { seal { number } transfers(first: 1) { nodes { number } } } }`;
    for (let attempt = 0; attempt < 100; attempt++) {
      const { pooledBudget } = (await this.world.ask(document, { variables: { id: pool } })).data;
      const [latest] = pooledBudget.transfers.nodes;
      if (latest?.number && latest.number === pooledBudget.seal.number && this.publishedUpTo(pool) === latest.number)
        return;
      await pause(100);
    }
    throw new Error(`pool ${pool} was not sealed within ten seconds`);
  }

  private publishedUpTo(pool: string): number {
    const text = existsSync(this.roots(pool)) ? readFileSync(this.roots(pool), 'utf8') : '';
    // The last line may be on its way to the disk.
    const last = text.split('\n').at(-2);
    return last ? (JSON.parse(last) as { number: number }).number : 0;
  }

  /** A pool with a story: texts that are hard to write, another currency, a reversal; sealed in six batches of three. */
  async pool(): Promise<PoolForTests> {
    const pool = await new PoolForTests(this.world).open({ name: 'Würde = 1 + 1\u2028, "the" pool' });
    const committed = `dfe:${pool.mission}`;
    await pool.commit(committed, '900.00');
    const contribution = { contribution: committed };
    const exchange = { received: { amount: '110.25', currency: 'EUR' }, rate: '0.9070', on: '2025-04-30' };
    await this.inOneBatch(pool, async () => {
      await pool.deposit('100.00', { ...contribution, reference: '=HYPERLINK("http://example.org")' });
      await pool.deposit('100.00', { ...contribution, exchange, effectiveOn: '2025-05-02' });
      await pool.deposit('31.50', { reference: '+44 20 7946 0000\u2028@line' });
    });
    const allocation = await this.inOneBatch(pool, async () => {
      const made = await pool.allocate('120.00', { purpose: '-2+3 "quoted", and\nlines' });
      await pool.pay(await pool.draw(made, '60.10'));
      return made;
    });
    await this.inOneBatch(pool, async () => {
      const spent = await pool.spend(allocation, '12.34', { reference: '@SUM(A1:A9)' });
      await pool.spend(allocation, '0.01', { reference: 'naïve — 日本語 😀' });
      await pool.reverse(spent.transfer.id, { reason: 'recorded twice, "sorry"' });
    });
    for (let batch = 0; batch < 3; batch++) {
      await this.inOneBatch(pool, async () => {
        for (let number = 1; number <= 3; number++) await pool.deposit(`${batch}${number}.05`, contribution);
      });
    }
    return pool;
  }

  /** Keeps the sealer from the pool until all of the work is there, so that it has one root. */
  private async inOneBatch<Answer>(pool: PoolForTests, work: () => Promise<Answer>): Promise<Answer> {
    const owner = await this.world.owner('budgets');
    await owner.query('begin');
    await owner.query(`select pg_advisory_xact_lock(hashtext('seal'), hashtext($1))`, [pool.id]);
    const answer = await work();
    await owner.query('commit');
    await owner.end();
    await this.sealed(pool.id);
    return answer;
  }
}
