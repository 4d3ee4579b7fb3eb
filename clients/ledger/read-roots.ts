import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { HubFault } from '../gateway.js';
import type { PublicKey } from './chain-lines.js';
import type { PublishedRoot } from './check-roots.js';

/** The published roots of a pool by number, from a file with one JSON object a line. */
export function readPublished(file: string, pool: string): Map<number, PublishedRoot> {
  const roots = new Map<number, PublishedRoot>();
  for (const line of readFile(file).split('\n').filter(Boolean)) {
    const root = jsonOf(line, file) as PublishedRoot;
    if (root.poolId !== pool) continue;
    const before = roots.get(root.number);
    if (before && before.hash !== root.hash)
      throw new HubFault(
        `The file ${file} has two different roots with number ${root.number}: it cannot be relied on.`,
      );
    roots.set(root.number, root);
  }
  return roots;
}

/** The public keys in a file: a JWK Set or one JWK. */
export function readKeys(file: string): PublicKey[] {
  const found = jsonOf(readFile(file), file) as { keys?: PublicKey[] } & PublicKey;
  return found.keys ?? [found];
}

/** The keys to trust: those of the file named, or those that the hub published beside its roots; null where neither is. */
export function trustedKeys(keyFile: string | undefined, rootsFile: string | undefined): PublicKey[] | null {
  const beside = rootsFile && join(dirname(rootsFile), 'public-key.json');
  if (keyFile) return readKeys(keyFile);
  return beside && existsSync(beside) ? readKeys(beside) : null;
}

function readFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new HubFault(`The file ${file} cannot be read: check its name and who may read it.`, { cause });
  }
}

function jsonOf(text: string, file: string): object {
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found === 'object' && found !== null) return found;
  } catch {
    // Whatever is wrong with it, it is not what it should be.
  }
  throw new HubFault(`The file ${file} is not what the hub publishes: a line of it is no JSON object.`);
}
