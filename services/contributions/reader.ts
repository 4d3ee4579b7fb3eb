import { createHash } from 'node:crypto';
import { type Client, Pool, type PoolClient, TypeOverrides } from 'pg';
import { isCut, numbered } from '../kernel/transaction.js';

// As the entity manager has them: instants and days stay text.
const types = new TypeOverrides();
for (const oid of [1082, 1114, 1184, 1186]) types.setTypeParser(oid, (text) => text);

const mostNames = 500;
const names = new Map<string, { text: string; name: string | undefined }>();

/**
 * The statement with its parameters written $1, $2, ..., under a name by which a connection plans it once. A cut at an
 * instant is part of the text, so that there is no end of them: those stay without a name.
 */
function prepared(sql: string): { text: string; name: string | undefined } {
  const known = names.get(sql);
  if (known) return known;
  const text = numbered(sql);
  const made = { text, name: createHash('md5').update(sql).digest('hex') };
  if (names.size >= mostNames || isCut(sql)) return { text, name: undefined };
  names.set(sql, made);
  return made;
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

export interface ReaderOptions {
  address: string;
  most: number;
  onConnection(client: Client): void;
}

/**
 * Reads from one database with as few waits as can be: a request over forty stores must not cost forty times as much.
 * Statements follow each other over a connection without waiting for the answers in between.
 */
export class Reader {
  private readonly pool: Pool;
  /** How many statements it has been asked. */
  statements = 0;

  constructor({ address, most, onConnection }: ReaderOptions) {
    this.pool = new Pool({
      ...{ connectionString: address, types, max: most, min: 1, idleTimeoutMillis: 5_000, pipeline: true },
      ...{
        application_name: 'hub contributions',
        statement_timeout: 10_000,
        idle_in_transaction_session_timeout: 30_000,
      },
    });
    this.pool.on('error', () => undefined);
    this.pool.on('connect', (client) => {
      client.on('error', () => undefined);
      onConnection(client as unknown as Client);
    });
  }

  /** Begins to read in one snapshot; what `opening` asks is answered first. */
  begin(opening: { sql: string; params: unknown[] }): Reading {
    return new Reading(this, this.pool.connect(), opening);
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}

/** One snapshot of a database that is read from. */
export class Reading {
  /** The row that the opening asked for. */
  readonly opened: Promise<Record<string, unknown>>;
  private isOver = false;

  constructor(
    private readonly reader: Reader,
    private readonly client: Promise<PoolClient>,
    opening: { sql: string; params: unknown[] },
  ) {
    this.opened = this.client.then(async (client) => {
      outgoingOf(client).leaveSoon();
      const begun = client.query('begin isolation level repeatable read read only');
      const [, found] = await Promise.all([begun, this.ask<Record<string, unknown>>(client, opening)]);
      return found[0]!;
    });
    this.opened.catch(() => undefined);
  }

  async rows<Found>(sql: string, params: unknown[]): Promise<Found[]> {
    return this.ask<Found>(await this.client, { sql, params });
  }

  private async ask<Found>(client: PoolClient, { sql, params }: { sql: string; params: unknown[] }): Promise<Found[]> {
    this.reader.statements += 1;
    outgoingOf(client).leaveSoon();
    return (await client.query({ ...prepared(sql), values: params })).rows as Found[];
  }

  /** Gives the connection back; whoever takes it next comes after the end of this snapshot, since it was said before. */
  async end(): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    const client = await this.client;
    outgoingOf(client).leaveLater();
    // A connection that is lost takes itself out of the pool.
    client.query('rollback').catch(() => undefined);
    client.release();
  }
}
