import { createPrivateKey, generateKeyPairSync, type JsonWebKey, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * The private key that signs the issuer's tokens (ES256). With a file it is kept there, readable by its owner only, so
 * that tokens and cached key sets survive a restart; without one it lives as long as the program.
 * Throws an Error with one sentence when the file holds no such key or cannot be written.
 */
export function signingKey(file?: string): JsonWebKey {
  if (!file) return newKey();
  return readKey(file) ?? keepKey(file);
}

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });

function readKey(file: string): JsonWebKey | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`The signing key in ${file} cannot be read: give this user access to the file.`, { cause });
  }
  try {
    const key = createPrivateKey({ key: JSON.parse(text), format: 'jwk' });
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key.export({ format: 'jwk' });
  } catch {
    // Not JSON or no key at all: the same answer as for a key of another kind.
  }
  throw new Error(`The file ${file} does not hold a P-256 private key: delete it and the issuer makes a new one.`);
}

/** Writes beside and renames into place, so that a crash leaves no half key. */
function keepKey(file: string): JsonWebKey {
  const key = newKey();
  const draft = `${file}.${randomUUID()}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(draft, JSON.stringify(key), { mode: 0o600, flag: 'wx' });
    renameSync(draft, file);
  } catch (cause) {
    rmSync(draft, { force: true });
    throw new Error(`The signing key cannot be kept in ${file}: check HUB_DATA_DIR and its permissions.`, { cause });
  }
  return key;
}
