import { createHash } from 'node:crypto';
import { type Client, Pool, type PoolClient, type PoolConfig, type QueryConfig, TypeOverrides } from 'pg';

// As the entity manager has them: instants and days stay text, and so do those in arrays.
const types = new TypeOverrides();
const textsOf = types.getTypeParser(1009) as unknown as (text: string) => string[];
for (const oid of [1082, 1114, 1184, 1186]) types.setTypeParser(oid, (text) => text);
for (const oid of [1182, 1115, 1185, 1187]) types.setTypeParser(oid, textsOf);

const mostNames = 300;
const placeOrDay = /\\?\?|(?<!(?:date|timestamp|timestamptz) )'(\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d\.\d{3}Z)?)'/g;

/**
 * The statement with its parameters written $1, $2, ... A cut at an instant is part of the text, and there is no end of
 * those: it becomes a parameter, so that the text stays the same.
 */
function withParameters(sql: string, params: readonly unknown[]): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  let place = 0;
  const text = sql.replace(placeOrDay, (mark, day: string | undefined) => {
    if (mark === '\\?') return '?';
    values.push(day ?? params[place++]);
    return `$${values.length}`;
  });
  return { text, values };
}

interface Stream {
  cork(): void;
  uncork(): void;
}

const endLeavesWithinMs = 15;

/**
 * What one connection has to say. Each piece that leaves by itself costs this process and the database as much as a small
 * statement does, so what is asked at one moment leaves together, and the end of a snapshot with the beginning of the next.
 */
class Outgoing {
  private isHeld = false;
  private soon: NodeJS.Immediate | undefined;
  private later: NodeJS.Timeout | undefined;

  constructor(private readonly stream: Stream) {}

  /** What is said next leaves when all that is asked just now has been said. */
  leaveSoon(): void {
    this.hold();
    this.soon ??= setImmediate(() => this.leave());
  }

  /** What is said next may wait a few milliseconds for more. */
  leaveLater(): void {
    this.hold();
    this.later ??= setTimeout(() => this.leave(), endLeavesWithinMs);
  }

  private hold(): void {
    if (!this.isHeld) this.stream.cork();
    this.isHeld = true;
  }

  private leave(): void {
    clearImmediate(this.soon);
    clearTimeout(this.later);
    this.soon = undefined;
    this.later = undefined;
    this.isHeld = false;
    this.stream.uncork();
  }
}

const outgoings = new WeakMap<PoolClient, Outgoing>();

function outgoingOf(client: PoolClient): Outgoing {
  const known = outgoings.get(client);
  const { stream } = (client as unknown as { connection: { stream: Stream } }).connection;
  const outgoing = known ?? new Outgoing(stream);
  if (!known) outgoings.set(client, outgoing);
  return outgoing;
}

/** How it connects, as `pg` has it. */
export interface ReaderOptions extends PoolConfig {
  onConnection?(client: Client): void;
  /** Is told of each statement. */
  onStatement?(sql: string): void;
}

/** Parameters are written `?`. */
interface Statement {
  sql: string;
  params: unknown[];
}

type Row = Record<string, unknown>;

const begin = 'begin isolation level repeatable read read only';

/**
 * Reads from one database with as few waits as can be: a request over forty stores must not cost forty times as much.
 * Statements follow each other over a connection without waiting for the answers in between, and each has a name by
 * which a connection plans it once.
 */
export class Reader {
  private readonly pool: Pool;
  private readonly names = new Map<string, string>();

  constructor(private readonly options: ReaderOptions) {
    const { onConnection, onStatement: _, ...connections } = options;
    this.pool = new Pool({ min: 1, ...connections, types, pipeline: true });
    this.pool.on('error', () => undefined);
    this.pool.on('connect', (client) => {
      client.on('error', () => undefined);
      onConnection?.(client as unknown as Client);
    });
  }

  /** Begins to read in one snapshot; what `opening` asks is answered first. */
  begin(opening: Statement): Reading {
    return new Reading(this.pool.connect(), opening, (statement) => this.prepared(statement));
  }

  close(): Promise<void> {
    return this.pool.end();
  }

  private prepared({ sql, params }: Statement): QueryConfig {
    this.options.onStatement?.(sql);
    const { text, values } = withParameters(sql, params);
    const known = this.names.get(text);
    if (known || this.names.size >= mostNames) return { text, values, name: known };
    const name = createHash('md5').update(text).digest('hex');
    this.names.set(text, name);
    return { text, values, name };
  }
}

/** One snapshot of a database that is read from. */
export class Reading {
  /** The row that the opening asked for. */
  readonly opened: Promise<Row>;
  /** Answers to what leaves at the same moment. */
  private together: Promise<unknown>[] | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private isOver = false;

  constructor(
    private readonly client: Promise<PoolClient>,
    opening: Statement,
    private readonly prepared: (statement: Statement) => QueryConfig,
  ) {
    this.opened = this.client.then(async (connection) => {
      outgoingOf(connection).leaveSoon();
      const begun = connection.query(begin);
      const [, found] = await Promise.all([begun, this.ask<Row>(connection, opening)]);
      return found[0]!;
    });
    this.opened.catch(() => undefined);
  }

  /** What is read counts only in the snapshot that was opened: elsewhere nobody would be known to ask. */
  async rows<Found>(sql: string, params: unknown[]): Promise<Found[]> {
    const answer = this.ask<Found>(await this.client, { sql, params });
    const [found] = await Promise.all([answer, this.opened]);
    return found;
  }

  /**
   * What leaves together is answered together, whenever each answer comes: how the work goes on, and with how many
   * statements, must not depend on that.
   */
  private async ask<Found>(client: PoolClient, statement: Statement): Promise<Found[]> {
    outgoingOf(client).leaveSoon();
    const answer = client.query(this.prepared(statement));
    this.last = answer.catch(() => undefined);
    if (!this.together) setImmediate(() => (this.together = undefined));
    this.together ??= [];
    const { together } = this;
    together.push(this.last);
    const { rows } = await answer;
    await Promise.all(together);
    return rows as Found[];
  }

  /** Gives the connection back; whoever takes it next comes after the end of this snapshot, since it was said before. */
  async end(): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    const client = await this.client;
    // Nobody who takes the connection should wait for what this snapshot still reads.
    await this.last;
    outgoingOf(client).leaveLater();
    // A connection that is lost takes itself out of the pool.
    client.query('rollback').catch(() => undefined);
    client.release();
  }
}
