import { type Page, type PageArgs, readNounPages } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';

/** A condition of a filter and its values, each written `?`; it does not restrict where one of them is not given. */
export type Condition = [sql: string, ...values: unknown[]];

interface Filtered {
  /** The table as known at the request's instant, to stand after `from`. */
  from: string;
  conditions: Condition[];
  /** Column names with a unique tie-break last. */
  orderBy: string[];
}

/** A page of what fits a filter, in the order asked for; totalCount counts what fits, when somebody asks for it. */
export async function filteredPage<Noun extends object>(
  context: Context,
  noun: new (...args: never[]) => Noun,
  args: PageArgs,
  { from, conditions, orderBy }: Filtered,
): Promise<Page<Noun>> {
  const given = conditions.filter(([, ...values]) => values.every((value) => value !== undefined && value !== null));
  const where = given.map(([sql]) => sql).join(' and ') || 'true';
  const params = given.flatMap(([, ...values]) => values);
  const [page] = await readNounPages(context, noun, [''], args, {
    ...{ sql: `select * from ${from} where ${where}`, params, orderBy },
    count: async () => {
      const sql = `select count(*)::int as count from ${from} where ${where}`;
      return (await context.rows<{ count: number }>(sql, params))[0]!.count;
    },
  });
  return page!;
}
