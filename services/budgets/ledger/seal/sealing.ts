import { mkdtempSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { Logger } from 'pino';
import { query } from '../../../kernel/database.js';
import type { Service } from '../../../kernel/service.js';
import { inTransaction } from '../../../kernel/transaction.js';
import { type SealKey, sealKey } from './key.js';
import { publishKey, publishRoots } from './publish.js';
import { largestBatch, sealPools } from './seal.js';

const betweenRoundsMs = 1_000;
/** So many pools are sealed in one database transaction, and so many files are open at once. */
const poolsAtOnce = 100;

/**
 * Seals what was written, about once a second, and publishes the signed roots in `<data folder>/seals`. A fault is
 * logged and tried again: the ledger goes on without its seals, and they are made up for.
 */
export const sealing: NonNullable<Service['background']> = ({ orm, log, dataDir }) => {
  const kept = dataDir ?? mkdtempSync(join(tmpdir(), 'hub-seals-'));
  const stopping = new AbortController();
  const running = run(new Sealer(orm, kept), log, stopping.signal);
  return async () => {
    stopping.abort();
    await running;
    if (!dataDir) await rm(kept, { recursive: true, force: true });
  };
};

async function run(sealer: Sealer, log: Logger, stopping: AbortSignal): Promise<void> {
  let lastFault = '';
  while (!stopping.aborted) {
    try {
      await sealer.round(stopping);
      lastFault = '';
    } catch (error) {
      // The same fault every second would bury everything else in the log.
      if ((error as Error).message !== lastFault) log.error(error, 'the ledger could not be sealed');
      lastFault = (error as Error).message;
    }
    await pause(betweenRoundsMs, undefined, { signal: stopping }).catch(() => undefined);
  }
}

class Sealer {
  private key: SealKey | undefined;
  private readonly folder: string;

  constructor(
    private readonly orm: MikroORM,
    private readonly kept: string,
  ) {
    this.folder = join(kept, 'seals');
  }

  /** Seals and publishes all that waits; the first round also publishes what an earlier run was stopped before. */
  async round(stopping: AbortSignal): Promise<void> {
    const isFirst = !this.key;
    const key = this.key ?? (await this.open());
    const em = this.orm.em.fork() as EntityManager;
    const waiting = 'select distinct pool_id from unsealed';
    const pools = isFirst ? `${waiting} union select pool_id from seal_root` : waiting;
    const found = (await query<{ pool_id: string }>(em, pools)).map(({ pool_id }) => pool_id);
    const faults: Error[] = [];
    for (let first = 0; first < found.length && !stopping.aborted; first += poolsAtOnce) {
      const some = found.slice(first, first + poolsAtOnce);
      await this.seal(em, some, key).catch(async (error) => {
        // A pool whose chain was tampered with must not keep the others from being sealed.
        if (some.length === 1) faults.push(error as Error);
        else for (const one of some) await this.seal(em, [one], key).catch((fault) => faults.push(fault as Error));
      });
    }
    if (stopping.aborted) return;
    this.key = key;
    if (faults[0]) throw faults[0];
  }

  private async open(): Promise<SealKey> {
    await mkdir(this.folder, { recursive: true });
    const key = await sealKey(join(this.kept, 'seal-key.json'));
    await publishKey(this.folder, key.public);
    return key;
  }

  private async seal(em: EntityManager, poolIds: readonly string[], key: SealKey): Promise<void> {
    let sealed: number;
    do {
      sealed = await inTransaction(em, (inside) => sealPools(inside, poolIds, key));
    } while (sealed === largestBatch);
    await publishRoots(em, this.folder, poolIds);
  }
}
