import type { Client } from 'pg';
import type { Progress } from '../import/progress.js';
import { type MovingTable, onlyMine, sharedTables } from './what-moves.js';

const removedAtOnce = 2_000;

/** Copies one organisation's rows between two databases; what is there already is not doubled. */
export class Copying {
  constructor(
    private readonly from: Client,
    private readonly to: Client,
    private readonly organisation: string,
  ) {}

  /** All rows of these tables, of which the progress counts as many as there are when it begins. */
  async copyAll(tables: readonly MovingTable[], progress: Progress): Promise<void> {
    const counts: number[] = [];
    for (const { name, mine } of tables) {
      const sql = `select count(*)::int as count from ${name} where ${mine}`;
      counts.push((await this.from.query<{ count: number }>(sql, [this.organisation])).rows[0]!.count);
    }
    const all = counts.reduce((sum, count) => sum + count, 0);
    progress.begin(`Copying ${this.organisation}`, all);
    for (const [place, table] of tables.entries()) {
      let left = counts[place]!;
      const told = (rows: number) => {
        const counted = Math.min(rows, left);
        left -= counted;
        progress.advance(counted);
      };
      // Rows that come meanwhile are copied as well but were not counted; of those that were an earlier run has copied some.
      await this.copy(table, null, told);
      told(left);
    }
  }

  /** All rows, or those that a database transaction wrote which had not ended at `since`. Answers how many were read. */
  async copy(table: MovingTable, since: string | null, told: (rows: number) => void): Promise<number> {
    if (table.numbered) return this.copyNumbered(table, told);
    const { name, key, mine, atOnce } = table;
    const place = `(${key.join(', ')})`;
    let after = since === null ? await this.lastCopied(table) : null;
    let copied = 0;
    for (;;) {
      const params: unknown[] = [this.organisation];
      const bind = (value: unknown) => `$${params.push(value)}`;
      const beyond = after ? `and ${place} > (${after.map(bind).join(', ')})` : '';
      // Of a row's own transaction the number is kept in 32 bits; age() compares it rightly for two thousand million more.
      const recent = since ? `and age(xmin) <= age(${bind(since)}::xid8::xid)` : '';
      const { rows } = await this.from.query<{ count: number; last: string[] | null; rows: string | null }>(
        `with page as materialized (select * from ${name} where ${mine} ${recent} ${beyond} order by ${key.join(', ')} limit ${atOnce})
         select count(*)::int as count, json_agg(page)::text as rows,
           (select array[${key.map((column) => `${column}::text`).join(', ')}] from page order by ${key.map((column) => `${column} desc`).join(', ')} limit 1) as last
         from page`,
        params,
      );
      const [page] = rows as [(typeof rows)[0]];
      if (page.rows) await this.write(table, page.rows);
      copied += page.count;
      told(page.count);
      if (page.count < atOnce) return copied;
      after = page.last;
    }
  }

  /** The key of the last row an earlier run has copied: it wrote them in this order. */
  private async lastCopied({ name, key, mine }: MovingTable): Promise<string[] | null> {
    if (!isOwned({ name })) return null;
    const { rows } = await this.to.query<{ last: string[] }>(
      `select array[${key.map((column) => `${column}::text`).join(', ')}] as last from ${name} where ${mine}
       order by ${key.map((column) => `${column} desc`).join(', ')} limit 1`,
      [this.organisation],
    );
    return rows[0]?.last ?? null;
  }

  private async write({ name, columns, key, changes }: MovingTable, rows: string): Promise<void> {
    const list = columns.join(', ');
    const later = `update set ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}`;
    await this.to.query(
      `insert into ${name} (${list}) select ${list} from json_populate_recordset(null::${name}, $1::json)
       on conflict ${changes ? `(${key.join(', ')}) do ${later}` : 'do nothing'}`,
      [rows],
    );
  }

  /** Rows whose number the database gives: of each contribution those that come after as many as are there. */
  private async copyNumbered({ name, columns, mine }: MovingTable, told: (rows: number) => void): Promise<number> {
    const there = await this.to.query<{ counts: string | null }>(
      `select json_agg(n)::text as counts from (select contribution_id, count(*) from ${name} where ${mine} group by 1) n`,
      [this.organisation],
    );
    const { rows } = await this.from.query<{ count: number; rows: string | null }>(
      `select count(*)::int as count, json_agg(row_to_json(fresh) order by fresh.id)::text as rows from (
         select each.*, row_number() over (partition by contribution_id order by id) as place from ${name} each where ${mine}) fresh
       left join json_to_recordset(coalesce($2, '[]')::json) as there(contribution_id text, count bigint) using (contribution_id)
       where fresh.place > coalesce(there.count, 0)`,
      [this.organisation, there.rows[0]!.counts],
    );
    const [found] = rows as [(typeof rows)[0]];
    const list = columns.join(', ');
    if (found.rows) {
      await this.to.query(
        `insert into ${name} (${list}) select ${list} from json_populate_recordset(null::${name}, $1::json) order by id`,
        [found.rows],
      );
    }
    told(found.count);
    return found.count;
  }

  /** How many rows there are in each place, and how often those that change have changed. */
  async compare(tables: readonly MovingTable[]): Promise<string[]> {
    const differing: string[] = [];
    for (const { name, mine, changes } of tables.filter(isOwned)) {
      const versions = changes && name === 'contribution' ? 'coalesce(sum(version), 0)' : '0';
      const sql = `select count(*) || ' rows, ' || ${versions} || ' versions' as found from ${name} where ${mine}`;
      const [from, to] = await Promise.all(
        [this.from, this.to].map((client) => client.query(sql, [this.organisation])),
      );
      if (from!.rows[0].found !== to!.rows[0].found)
        differing.push(`${name}: ${from!.rows[0].found}, but ${to!.rows[0].found} in the new place`);
    }
    return differing;
  }
}

// Keys of deeds and events are in the order of no insertion, and others have a part in some of them.
const isOwned = ({ name }: Pick<MovingTable, 'name'>) => name !== 'deed' && name !== 'received_event';

/** Copies what every store has whole, as far as it is not there. */
export async function copyShared(from: Client, to: Client): Promise<void> {
  for (const { name, by } of sharedTables) {
    const columns = await from.query<{ list: string }>(
      `select string_agg(quote_ident(attname), ', ' order by attnum) as list from pg_attribute
       where attrelid = $1::regclass and attnum > 0 and not attisdropped and attidentity = '' and attgenerated = ''`,
      [name],
    );
    const { list } = columns.rows[0]!;
    const { rows } = await from.query<{ rows: string | null }>(
      `select json_agg(t)::text as rows from (select * from ${name} order by 1) t`,
    );
    await to.query(
      `insert into ${name} (${list}) select ${list} from json_populate_recordset(null::${name}, $1::json) as given
       where not exists (select from ${name} there where there.${by} = given.${by})`,
      [rows[0]?.rows ?? '[]'],
    );
  }
}

/** Takes rows away where they are not valid any more. Triggers that guard rows against it are off in this connection. */
export async function removeRows(
  client: Client,
  tables: readonly MovingTable[],
  organisation: string,
  told: (rows: number) => void,
): Promise<void> {
  for (const { name, mine } of tables.filter(isOwned)) {
    for (let removed = removedAtOnce; removed === removedAtOnce; ) {
      const { rowCount } = await client.query(
        `delete from ${name} where ctid = any(array(select ctid from ${name} where ${mine} limit ${removedAtOnce}))`,
        [organisation],
      );
      removed = rowCount ?? 0;
      told(removed);
    }
  }
  // Where nothing of it was ever valid, a move that was taken back has left its deeds.
  await client.query(`delete from deed where ${onlyMine}`, [organisation]);
}
