import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { isSlug } from '../kernel/slug.js';

const stored = z.record(z.string(), z.unknown());
const example = '{"department-for-transport": "postgresql://user@host:5432/database"}';

/** Which organisation has a store of its own, and the address of its database. */
export type StoreAddresses = Record<string, string>;

/** The address that asks for a database on the hub's own PostgreSQL; only `npm start` and `npm run migrate` know which that is. */
export const here = 'here';

const placeOf = (address: string) => {
  const { host, pathname } = new URL(address);
  return `${host}${pathname}`;
};

/** Reads the file that CONTRIBUTION_STORES names; what is wrong with it is one sentence. */
function readAddresses(path: string, issue: (message: string) => never): StoreAddresses {
  const named = `the file ${path}`;
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    return issue(`${named} ${reason}; it maps organisations to their databases: ${example}`);
  }
  const read = stored.safeParse(content);
  if (!read.success) return issue(`${named} must be an object such as ${example}`);
  const places = new Map<string, string>();
  for (const [organisation, address] of Object.entries(read.data)) {
    if (!isSlug(organisation)) issue(`${named} names "${organisation}", which is no organisation's id`);
    if (address === here) continue;
    if (typeof address !== 'string' || !/^postgres(ql)?:\/\/[^/]+\/.+/.test(address) || !URL.canParse(address))
      issue(`${named} must give ${organisation} a postgresql:// address with a database, or "${here}"`);
    const place = placeOf(address as string);
    const other = places.get(place);
    if (other) issue(`${named} gives ${organisation} the database of ${other}; each needs one of its own`);
    places.set(place, organisation);
  }
  return read.data as StoreAddresses;
}

/** CONTRIBUTION_STORES: the file's path in the environment, its content once it is read. */
export const storesSetting = z
  .string()
  .optional()
  .transform((path, context): StoreAddresses => {
    if (path === undefined) return {};
    try {
      return readAddresses(path, (message) => {
        throw new WrongFile(message);
      });
    } catch (error) {
      if (!(error instanceof WrongFile)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
      return z.NEVER;
    }
  });

class WrongFile extends Error {}
