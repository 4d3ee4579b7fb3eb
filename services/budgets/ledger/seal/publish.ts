import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { JWK } from 'jose';
import { query } from '../../../kernel/database.js';

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
 * Appends the roots of a pool that its file does not hold yet, in order, and waits until they are on the disk. A line
 * that a crash cut off is taken off first. One process at a time: two would both add what is missing. Throws when the
 * file knows a root that the database does not have.
 */
export async function publishRoots(em: EntityManager, folder: string, poolId: string): Promise<void> {
  await em.transactional(async (inside) => {
    await query(inside as EntityManager, `select pg_advisory_xact_lock(hashtext('publish'), hashtext(?))`, [poolId]);
    await appendRoots(inside as EntityManager, folder, poolId);
  });
}

async function appendRoots(em: EntityManager, folder: string, poolId: string): Promise<void> {
  const file = await open(rootsFile(folder, poolId), 'a+');
  try {
    const last = await lastRoot(file);
    const sql = `select pool_id, number, hash, signature, sealed_at from seal_root where pool_id = ? and number >= ? order by number`;
    const rows = await query<Record<string, string>>(em, sql, [poolId, last?.number ?? 0]);
    const roots = rows.map((row) => ({
      ...{ poolId: row.pool_id!, number: Number(row.number), hash: row.hash!, signature: row.signature! },
      sealedAt: new Date(row.sealed_at!).toISOString(),
    }));
    const known = last ? roots.shift() : undefined;
    if (last && (known?.number !== last.number || known.hash !== last.hash)) {
      const message = `The chain of ${poolId} was changed: number ${last.number} is published with the hash ${last.hash}, which the database does not have.`;
      throw new Error(message);
    }
    if (roots.length === 0) return;
    await file.appendFile(roots.map((root) => `${JSON.stringify(root)}\n`).join(''));
    await file.sync();
    if (!last) await syncFolder(folder);
  } finally {
    await file.close();
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
