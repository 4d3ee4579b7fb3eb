import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { v7 as uuid } from 'uuid';

/** What signs the roots of the chains. */
export interface SealKey {
  private: Awaited<ReturnType<typeof importJWK>>;
  /** As a JWK with `kid`, its thumbprint (RFC 7638). */
  public: JWK;
}

/**
 * The Ed25519 key in the file, readable by its owner only; made there when there is none yet. Throws an Error with one
 * sentence when the file holds no such key or cannot be written.
 */
export async function sealKey(file: string): Promise<SealKey> {
  const jwk = readKey(file) ?? (await keepKey(file));
  if (jwk.kty !== 'OKP' || jwk.crv !== 'Ed25519' || !jwk.d)
    throw new Error(`The file ${file} does not hold an Ed25519 private key: put the right one back.`);
  const { kty, crv, x } = jwk;
  const bare = { kty, crv, x };
  return { private: await importJWK(jwk, 'EdDSA'), public: { ...bare, kid: await calculateJwkThumbprint(bare) } };
}

function readKey(file: string): JWK | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JWK;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`The key in ${file} cannot be read: check the file and who may read it.`, { cause });
  }
}

/** Writes beside and links into place: a crash leaves no half key, and of two that start at once one key stays. */
async function keepKey(file: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const draft = `${file}.${uuid()}`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(draft, JSON.stringify(await exportJWK(privateKey)), { mode: 0o600, flag: 'wx', flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readKey(file)!;
}
