import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from 'pg';
import { contributions } from '../../services/contributions/service.js';
import type { Progress } from '../import/progress.js';
import { reasonOf } from '../postgres/connection.js';
import { administrator, lostOf } from './administrator.js';
import { Copying, copyShared, removeRows } from './copy.js';
import { type MovingTable, movingTables, onlyMine, totalTables } from './what-moves.js';

export interface Move {
  organisation: string;
  to: 'own' | 'shared';
  /** Administrators' addresses of the two databases. */
  firstUrl: string;
  storeUrl: string;
  say(line: string): void;
  progress: Progress;
  /** How long events may take to be delivered before it begins; a minute when left out. */
  drainWithinMs?: number;
  /** How long requests that began before may still read the old place; three seconds when left out. */
  graceMs?: number;
}

interface Place {
  is_here: boolean;
  is_open: boolean;
  has_rows: boolean;
}

const drainWithinMs = 60_000;
const closedWithinMs = 3_000;
const graceMs = 3_000;
const roundsAtMost = 5;

/**
 * Moves an organisation's contributions with all that belongs to them. Each step can be repeated, and where everything
 * is stands in the databases, so a move that was stopped anywhere goes on when it is started again.
 */
export async function moveStore(move: Move): Promise<void> {
  const first = await administrator(move.firstUrl, 'The store of everybody');
  try {
    const store = await administrator(move.storeUrl, `The store of ${move.organisation}`);
    try {
      const [from, to] = move.to === 'own' ? [first, store] : [store, first];
      await new Moving(move, first.client, from.client, to.client).run();
    } catch (error) {
      const [lost] = await lostOf([first, store]);
      if (!lost) throw error;
      const remedy = 'Run the same command again when it is back: the move goes on where it stopped';
      throw new Error(`${lost} stopped answering (${reasonOf(error)}). ${remedy}.`, { cause: error });
    } finally {
      await store.client.end();
    }
  } finally {
    await first.client.end();
  }
}

class Moving {
  private readonly copying: Copying;
  private readonly id: string;

  constructor(
    private readonly move: Move,
    private readonly first: Client,
    private readonly from: Client,
    private readonly to: Client,
  ) {
    this.id = move.organisation;
    this.copying = new Copying(from, to, move.organisation);
  }

  async run(): Promise<void> {
    const { say, to } = this.move;
    const lock = await this.first.query(`select pg_try_advisory_lock(hashtextextended('move of ' || $1, 0)) as got`, [
      this.id,
    ]);
    if (!lock.rows[0].got) throw new Error(`${this.id} is being moved already, by another command.`);
    const [before, after] = [await this.placeAt(this.from), await this.placeAt(this.to)];
    const isThere = after.is_here && after.is_open && !before.is_here;
    if (isThere && !before.has_rows) return say(`${this.id} is in ${nameOf(to)} already.`);
    const tables = await movingTables(this.from, changingTables);
    const goesOn = await this.wasBegun();
    if (before.is_here && after.is_here && !goesOn)
      throw new Error(
        `${this.id} is on its way to the other place and nearly there; let that end first, with the other --to.`,
      );
    // What an earlier move left behind here is out of date.
    if (!goesOn && !after.is_here && after.has_rows) await removeRows(this.to, tables, this.id, () => undefined);
    if (!after.is_here) await this.copyAll(tables);
    if (before.is_here) await this.switchOver(tables);
    await this.open();
    await this.cleanUp(tables);
    await this.first.query(`update organisation_move set ended_at = clock_timestamp() where organisation = $1`, [
      this.id,
    ]);
    say(`${this.id} is in ${nameOf(to)} now.`);
  }

  /** Whether this move was begun before and has not ended. */
  private async wasBegun(): Promise<boolean> {
    const { rows } = await this.first.query(
      `select 1 from organisation_move where organisation = $1 and to_own = $2 and ended_at is null`,
      [this.id, this.move.to === 'own'],
    );
    return rows.length > 0;
  }

  /** What the database says of the organisation, by a row of its own or by that of all others. */
  private async placeAt(client: Client): Promise<Place> {
    const { rows } = await client.query<Place & { organisation: string }>(
      `select organisation, is_here, is_open, has_rows from organisation_place where organisation in ($1, '') order by organisation desc limit 1`,
      [this.id],
    );
    const [place] = rows as [Place & { organisation: string }];
    return place.organisation === '' && !place.is_here ? { ...place, has_rows: false } : place;
  }

  private async setPlace(client: Client, place: Place): Promise<void> {
    await client.query(
      `insert into organisation_place (organisation, is_here, is_open, has_rows) values ($1, $2, $3, $4)
       on conflict (organisation) do update set is_here = $2, is_open = $3, has_rows = $4, moved_at = clock_timestamp()`,
      [this.id, place.is_here, place.is_open, place.has_rows],
    );
  }

  /** The bulk, while everybody works on, and then what was written meanwhile, until that is little. */
  private async copyAll(tables: MovingTable[]): Promise<void> {
    const { progress, to } = this.move;
    const since = await this.since(to === 'own');
    await this.setPlace(this.to, { is_here: false, is_open: false, has_rows: true });
    await this.copying.copyAll(tables, progress);
    await copyShared(this.from, this.to);
    progress.end();
    await this.copySince(tables, since);
  }

  /** From when on rows are copied again; kept with the move, so that one that goes on misses nothing. */
  private async since(toOwn: boolean): Promise<string> {
    const now = await this.from.query<{ xid: string }>(`select pg_snapshot_xmin(pg_current_snapshot())::text as xid`);
    const { rows } = await this.first.query<{ since_xid: string }>(
      `insert into organisation_move as move (organisation, to_own, since_xid) values ($1, $2, $3)
       on conflict (organisation) do update set to_own = $2, ended_at = null,
         since_xid = case when move.ended_at is null and move.to_own = $2 then move.since_xid else $3::xid8 end,
         began_at = case when move.ended_at is null and move.to_own = $2 then move.began_at else clock_timestamp() end
       returning since_xid::text`,
      [this.id, toOwn, now.rows[0]!.xid],
    );
    return rows[0]!.since_xid;
  }

  private async copySince(tables: MovingTable[], since: string): Promise<number> {
    let rows = 0;
    for (const table of tables) rows += await this.copying.copy(table, since, () => undefined);
    return rows;
  }

  /** Closes the old place for writers, copies the last of it, and lets the new place say that it is there. */
  private async switchOver(tables: MovingTable[]): Promise<void> {
    const { rows } = await this.first.query<{ since_xid: string }>(
      `select since_xid::text from organisation_move where organisation = $1`,
      [this.id],
    );
    for (let round = 1; ; round++) {
      await this.untilDelivered(this.move.drainWithinMs ?? drainWithinMs);
      const begun = performance.now();
      await this.close();
      try {
        if (await this.isDelivered(closedWithinMs)) {
          await this.copySince(tables, rows[0]!.since_xid);
          const differing = await this.copying.compare(tables);
          if (differing.length > 0)
            throw new Error(`The copy differs, and nothing was moved. ${differing.join('; ')}.`);
          await this.arrive();
          await this.leave();
          this.move.say(`Changes had to wait for ${Math.round(performance.now() - begun)} ms.`);
          return;
        }
      } catch (error) {
        if (!(await this.placeAt(this.to)).is_here) await this.reopen();
        throw error;
      }
      await this.reopen();
      if (round === roundsAtMost)
        throw new Error(`Events of ${this.id} keep coming in faster than they are delivered; try again later.`);
    }
  }

  /** After this nobody writes: who saw the place open has ended, and who comes later sees it closed. */
  private async close(): Promise<void> {
    await this.setPlace(this.from, { is_here: true, is_open: false, has_rows: true });
    const until = Date.now() + closedWithinMs * 3;
    for (;;) {
      // Not by waiting in the queue of the lock, where all writers would then wait behind the slowest of them.
      const { rows } = await this.from.query(
        `select pg_try_advisory_xact_lock(hashtextextended('place of ' || $1, 0)) as got`,
        [this.id],
      );
      if (rows[0].got) return;
      if (Date.now() > until) {
        await this.reopen();
        throw new Error(`A change of ${this.id} does not come to an end; try again.`);
      }
      await wait(5);
    }
  }

  private reopen(): Promise<void> {
    return this.setPlace(this.from, { is_here: true, is_open: true, has_rows: true });
  }

  /** What the old place still has to tell others goes out first: the order of events stays as it is. */
  private async untilDelivered(withinMs: number): Promise<void> {
    if (await this.isDelivered(withinMs)) return;
    throw new Error(
      `Events of ${this.id} wait to be delivered; are the other services running, or are some set aside ("npm run hub -- events status")? Nothing was moved yet; try again.`,
    );
  }

  private async isDelivered(withinMs: number): Promise<boolean> {
    const until = Date.now() + withinMs;
    for (;;) {
      const { rows } = await this.from.query(
        `select exists (select from sent_event_subject where subject >= $1 || ':' and subject < $1 || ';') as waiting`,
        [this.id],
      );
      if (!rows[0].waiting) return true;
      if (Date.now() > until) return false;
      await wait(50);
    }
  }

  /** Both say now that it is there, and neither lets anybody write: whoever reads finds the same in both. */
  private async arrive(): Promise<void> {
    await inTransaction(this.to, async () => {
      for (const name of totalTables) {
        const { rows } = await this.from.query<{ rows: string }>(
          `select coalesce(json_agg(t), '[]')::text as rows from ${name} t where contributor_id = $1`,
          [this.id],
        );
        await this.to.query(`delete from ${name} where contributor_id = $1`, [this.id]);
        await this.to.query(`insert into ${name} select * from json_populate_recordset(null::${name}, $1::json)`, [
          rows[0]!.rows,
        ]);
      }
      await this.setPlace(this.to, { is_here: true, is_open: false, has_rows: true });
    });
  }

  private async leave(): Promise<void> {
    await inTransaction(this.from, async () => {
      await this.setPlace(this.from, { is_here: false, is_open: false, has_rows: true });
      for (const name of totalTables) await this.from.query(`delete from ${name} where contributor_id = $1`, [this.id]);
      await this.from.query(`delete from deed where ${onlyMine}`, [this.id]);
    });
  }

  private async open(): Promise<void> {
    // Stopped between the two, it is in both places: the new one counts.
    if ((await this.placeAt(this.from)).is_here) await this.leave();
    await this.setPlace(this.to, { is_here: true, is_open: true, has_rows: true });
  }

  private async cleanUp(tables: MovingTable[]): Promise<void> {
    const { progress } = this.move;
    // Requests that began before read to their end what they began with.
    await wait(this.move.graceMs ?? graceMs);
    const { rows } = await this.from.query(
      `select count(*)::int as count from contribution where contributor_id = $1`,
      [this.id],
    );
    progress.begin(`Clearing the old place`, rows[0].count);
    await removeRows(this.from, tables, this.id, () => undefined);
    progress.advance(rows[0].count);
    progress.end();
    await this.setPlace(this.from, { is_here: false, is_open: false, has_rows: false });
  }
}

const nameOf = (to: Move['to']) => (to === 'own' ? 'its own store' : 'the store of everybody');

const changingTables = new Set(
  Object.entries(contributions.privileges).flatMap(([name, rights]) => (rights.includes('update') ? [name] : [])),
);

async function inTransaction(client: Client, work: () => Promise<void>): Promise<void> {
  await client.query('begin');
  try {
    await work();
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
