import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { JWK } from 'jose';
import { query } from '../../../kernel/database.js';
import { inTransaction } from '../../../kernel/transaction.js';

/** One line of a file of published roots. */
export interface PublishedRoot {
  poolId: string;
  number: number;
  hash: string;
  signature: string;
  sealedAt: string;
}

/** Where the roots of a pool are published: outside the database, so that who changes it cannot change both. */
export const rootsFile = (folder: string, poolId: string): string =>
  join(folder, `${encodeURIComponent(poolId)}.jsonl`);

/**
 * Appends the roots of these pools that their files do not hold yet, in order, and waits until they are on the disk. A
 * line that a crash cut off is taken off first. One process at a time: two would both add what is missing. Throws when a
 * file knows a root that the database does not have, after the others were published.
 */
export async function publishRoots(em: EntityManager, folder: string, poolIds: readonly string[]): Promise<void> {
  await inTransaction(em, async (inside) => {
    const locks = `select pg_advisory_xact_lock(hashtext('publish'), hashtext(id)) from unnest(?::text[]) as id`;
    await query(inside, locks, [poolIds.toSorted()]);
    await appendAll(inside, folder, poolIds);
  });
}

async function appendAll(em: EntityManager, folder: string, poolIds: readonly string[]): Promise<void> {
  const files = await Promise.all(poolIds.map((poolId) => RootsFile.open(folder, poolId)));
  try {
    const sql = `select pool_id, root.number, hash, signature, sealed_at from jsonb_to_recordset(?::jsonb) as known(pool text, number bigint)
      join seal_root as root on root.pool_id = known.pool and root.number >= known.number order by root.number`;
    const known = files.map(({ poolId, last }) => ({ pool: poolId, number: last?.number ?? 0 }));
    const found = new Map<string, PublishedRoot[]>(poolIds.map((poolId) => [poolId, []]));
    for (const row of await query<Record<string, string>>(em, sql, [JSON.stringify(known)])) {
      const { pool_id: poolId, number, hash, signature, sealed_at: at } = row as Record<string, string>;
      const sealedAt = new Date(at!).toISOString();
      found
        .get(poolId!)!
        .push({ poolId: poolId!, number: Number(number), hash: hash!, signature: signature!, sealedAt });
    }
    const done = await Promise.allSettled(files.map((file) => file.append(found.get(file.poolId)!)));
    if (files.some(({ last }) => !last)) await syncFolder(folder);
    for (const each of done) if (each.status === 'rejected') throw each.reason;
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

/** The file of one pool, open, with the last root it holds. */
class RootsFile {
  private constructor(
    readonly poolId: string,
    private readonly file: FileHandle,
    readonly last: PublishedRoot | null,
  ) {}

  static async open(folder: string, poolId: string): Promise<RootsFile> {
    const file = await open(rootsFile(folder, poolId), 'a+');
    return new RootsFile(poolId, file, await lastRoot(file));
  }

  /** Adds the roots after the last one; the first of them is the last one again, as the database has it. */
  async append(roots: PublishedRoot[]): Promise<void> {
    const { poolId, last } = this;
    const known = last ? roots.shift() : undefined;
    if (last && (known?.number !== last.number || known.hash !== last.hash)) {
      const message = `The chain of ${poolId} was changed: number ${last.number} is published with the hash ${last.hash}, which the database does not have.`;
      throw new Error(message);
    }
    if (roots.length === 0) return;
    await this.file.appendFile(roots.map((root) => `${JSON.stringify(root)}\n`).join(''));
    await this.file.sync();
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

const tailBytes = 8_192;

/** The last whole line of the file; what stands after it is cut off. */
async function lastRoot(file: FileHandle): Promise<PublishedRoot | null> {
  const { size } = await file.stat();
  const start = Math.max(0, size - tailBytes);
  const tail = Buffer.alloc(size - start);
  await file.read(tail, 0, tail.length, start);
  const end = tail.lastIndexOf('\n') + 1;
  if (end < tail.length) await file.truncate(start + end);
  const line = tail.subarray(0, end).toString('utf8').trimEnd().split('\n').at(-1);
  return line ? (JSON.parse(line) as PublishedRoot) : null;
}

/** Writes the public keys beside the roots as a JWK Set (RFC 7517); an earlier key stays, for the roots it signed. */
export async function publishKey(folder: string, key: JWK): Promise<void> {
  const file = await open(join(folder, 'public-key.json'), 'a+');
  try {
    const text = await file.readFile('utf8');
    const keys = text === '' ? [] : (JSON.parse(text) as { keys: JWK[] }).keys;
    if (keys.some(({ kid }) => kid === key.kid)) return;
    await file.truncate(0);
    await file.appendFile(`${JSON.stringify({ keys: [...keys, key] }, null, 2)}\n`);
    await file.sync();
    await syncFolder(folder);
  } finally {
    await file.close();
  }
}

/** A new file is lost in a power cut until its folder is on the disk too. Windows has no such thing. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
