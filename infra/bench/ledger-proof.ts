import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import { brokenRules } from '../../services/budgets/ledger-checker-for-tests.js';

/** The views of the ledger that must be empty; they add up every posting. */
const proofs = ['pool_identity', 'running_drift'];

/**
 * The independent checker looks at every day of every line, which takes minutes of ten thousand, and the service seals some
 * thousands in a second. Nothing that is measured here reads a seal.
 */
export const isCheckedWhole = (postings: number): boolean => postings <= 5_000;

/** Waits until the service has sealed all that was filled: it would otherwise go on beside what is measured. */
export async function untilSealed(client: Client, say: (line: string) => void): Promise<void> {
  const begun = performance.now();
  for (let told = begun; ; await pause(500)) {
    const { rows } = await client.query<{ waiting: string }>('select count(*) as waiting from unsealed');
    if (rows[0]!.waiting === '0') return;
    if (performance.now() - told < 15_000) continue;
    told = performance.now();
    say(`  ${Number(rows[0]!.waiting).toLocaleString('en')} transfers wait to be sealed`);
  }
}

/** Throws unless the pool is what the ledger itself would have written: fast answers about a wrong ledger say nothing. */
export async function expectSound(client: Client, poolId: string, postings: number): Promise<void> {
  const { rows: counted } = await client.query<{ count: string }>('select count(*) from posting');
  if (Number(counted[0]!.count) !== postings)
    throw new Error(`${poolId} has ${counted[0]!.count} postings, not ${postings}.`);
  for (const view of proofs) {
    const { rows } = await client.query(`select * from ${view} limit 3`);
    if (rows.length > 0) throw new Error(`${view} of ${poolId} is not empty: ${JSON.stringify(rows)}`);
  }
  if (!isCheckedWhole(postings)) return;
  const broken = await brokenRules(client, poolId);
  if (Object.keys(broken).length > 0) throw new Error(`${poolId} breaks rules: ${JSON.stringify(broken)}`);
}
