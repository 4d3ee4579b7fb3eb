import type { Context } from '../kernel/context.js';
import { grouped, type Loader } from '../kernel/loader.js';
import { knownContributions } from './contribution.js';
import { ContributionOrder } from './contribution-order.js';
import { type Conditions, conditionsOf, contributorOf, groupOf, type ListKey } from './list-key.js';
import { storeUnavailable } from './own-store.js';
import { type Asked, all, areSeveral, askByOrganisation, askEvery } from './store.js';

/**
 * How many a list has: from the running counts, to which the drafts that the caller sees are added. A cut at an instant
 * and a search by source count the rows themselves.
 */
export const counts: Loader<ListKey, number> = {
  cacheKey: (key) => key.parent + groupOf(key),
  async batch(keys, context) {
    const answers = new Map<ListKey, number | Error>();
    for (const group of grouped([...new Set(keys.map(groupOf))], keys, groupOf)) {
      const parents = group.map(({ parent }) => parent);
      const one = contributorOf(group[0]!);
      const found = one
        ? await askByOrganisation(context, parents, one, (some, at) => readCounts({ at, valid: all }, group[0]!, some))
        : await Promise.all(group.map(async (key) => sumOf((await context.load(countsAtStores, key))!)));
      for (const [place, key] of group.entries()) answers.set(key, found[place] ?? 0);
    }
    return keys.map((key) => answers.get(key) ?? 0);
  },
};

/** How many of one parent's list each store has, with the organisations whose own store did not answer. */
interface CountsAtStores {
  counts: { organisation: string | null; count: number }[];
  away: string[];
}

const countsAtStores: Loader<ListKey, CountsAtStores> = {
  cacheKey: (key) => key.parent + groupOf(key),
  async batch(keys, context) {
    const found = new Map<ListKey, CountsAtStores>();
    for (const group of grouped([...new Set(keys.map(groupOf))], keys, groupOf)) {
      const parents = group.map(({ parent }) => parent);
      const { answers, away } = await askEvery(context, async (asked) => ({
        organisation: asked.organisation,
        counted: await readCounts(asked, group[0]!, parents),
      }));
      for (const [place, key] of group.entries()) {
        const counts = answers.map(({ organisation, counted }) => ({ organisation, count: counted[place]! }));
        found.set(key, { counts, away });
      }
    }
    return keys.map((key) => found.get(key)!);
  },
};

async function readCounts(
  { at, valid }: Pick<Asked, 'at' | 'valid'>,
  key: ListKey,
  parents: readonly string[],
): Promise<number[]> {
  const { sql, params } = countOf(at, key, { valid, parents });
  const counted = await at.rows<{ id: string; count: number }>(sql, params);
  const found = new Map(counted.map(({ id, count }) => [id, count]));
  return parents.map((parent) => found.get(parent) ?? 0);
}

/** The sum over all stores; over a store that is away there is none, since it would be a smaller one. */
const sumOf = ({ counts, away }: CountsAtStores): number | Error =>
  away.length > 0 ? storeUnavailable(away[0]!) : counts.reduce((sum, { count }) => sum + count, 0);

/**
 * The organisations whose own stores have a part in some page. Ids begin with the organisation and are in order, so most
 * pages by id lie in one store or two: the counts, which cost little, say in which. In another order all that have some
 * may have a part. Null: any of them may have.
 */
export async function storesWithPart(
  context: Context,
  key: ListKey,
  parents: readonly string[],
): Promise<Set<string> | null> {
  const { args, filter, order } = key;
  if (context.knownAt || filter.sourceRecordId || !(await areSeveral(context))) return null;
  const needed = new Set<string>();
  const found = await Promise.all(parents.map((parent) => context.load(countsAtStores, { ...key, parent })));
  for (const { counts } of found as CountsAtStores[]) {
    let missing = args.first + 1;
    const own = counts.flatMap(({ organisation, count }) => (organisation ? [{ organisation, count }] : []));
    // In the order of their ids: those of "one-more" come before those of "one".
    for (const { organisation, count } of own.sort((a, b) => (`${a.organisation}:` < `${b.organisation}:` ? -1 : 1))) {
      if (order !== ContributionOrder.BY_ID) {
        if (count > 0) needed.add(organisation);
        continue;
      }
      const after = args.after ? placeIn(organisation, args.after) : 'after';
      if (after === 'within' && count > 0) needed.add(organisation);
      if (after !== 'after' || count === 0 || missing <= 0) continue;
      needed.add(organisation);
      missing -= count;
    }
  }
  return needed;
}

/** Where an organisation's ids are as seen from a cursor; one that is none of ours is refused by whoever reads it. */
function placeIn(organisation: string, cursor: string): 'before' | 'within' | 'after' {
  const id = idIn(cursor);
  if (id.startsWith(`${organisation}:`)) return 'within';
  return `${organisation}:` > id ? 'after' : 'before';
}

function idIn(cursor: string): string {
  try {
    return String(JSON.parse(Buffer.from(cursor, 'base64url').toString())[0]);
  } catch {
    return '';
  }
}

/** How many each of the parents has; those that have none may be left out. */
function countOf(
  context: Context,
  { by, filter }: ListKey,
  { valid, parents }: { valid: Asked['valid']; parents: readonly string[] },
): Conditions {
  const conditions = conditionsOf(by, filter);
  const sql = `${conditions.sql} and ${valid.sql}`;
  const params = [...conditions.params, ...valid.params];
  if (context.knownAt || filter.sourceRecordId) {
    const counted = `(select count(*)::integer from ${knownContributions(context)} where ${sql})`;
    return { sql: `select id, ${counted} as count from unnest(?::text[]) as parent(id)`, params: [...params, parents] };
  }
  // Joined: a count for each parent by itself would be planned anew each time, which costs more than to count.
  const part = (count: string, table: string, of: string) =>
    `select parent.id, ${count} as count from unnest(?::text[]) as parent(id) join ${table} on ${of} and ${sql}`;
  const kept = part('count', 'contribution_count', 'true');
  const drafts = part('1', 'contribution', `state = 'DRAFT'`);
  return {
    sql: `select id, sum(count)::integer as count from (${kept} union all ${drafts}) as counted group by id`,
    params: [parents, ...params, parents, ...params],
  };
}
