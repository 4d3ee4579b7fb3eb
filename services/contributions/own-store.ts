import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { GraphQLError } from 'graphql';
import { Client } from 'pg';
import { connectLater, type Fitness, faultOf, fitness, sessionOf } from '../kernel/database.js';
import { startDelivering } from '../kernel/events-delivering.js';
import { Reader } from '../kernel/reader.js';
import { isDatabaseAway } from '../kernel/server.js';
import type { DatabasesParts } from '../kernel/service.js';
import { inTransaction } from '../kernel/transaction.js';

/** How long a request waits for a store, all in all; the gateway waits 2 s for the whole service. */
export const answerWithinMs = 1_500;
const probeWithinMs = 1_000;
const probeEveryMs = 1_000;
const suspectAfterMs = 500;
const mostConnections = 6;

/** STORE_UNAVAILABLE: what is asked for is in the store of an organisation, and that does not answer. */
export const storeUnavailable = (organisation: string, cause?: unknown): GraphQLError =>
  new GraphQLError(`The store of ${organisation} does not answer; try again shortly.`, {
    extensions: { code: 'STORE_UNAVAILABLE', organisation, retryable: true },
    originalError: cause instanceof Error ? cause : undefined,
  });

class Late extends Error {}

const stepMs = 50;

/**
 * The end of the work, or Late after so long. Time in which this process itself was too busy to look is not counted: a
 * store is not away because we were.
 */
async function within<Answer>(ms: number, work: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  let left = ms;
  const limit = new Promise<never>((_, reject) => {
    let seen = performance.now();
    const look = () => {
      const now = performance.now();
      left -= Math.min(now - seen, 2 * stepMs);
      seen = now;
      if (left <= 0) reject(new Late(`no answer within ${ms} ms`));
      else timer = setTimeout(look, Math.min(stepMs, left));
    };
    timer = setTimeout(look, Math.min(stepMs, left));
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** An organisation's own database. While it does not answer nobody waits for it; it is asked every second whether it is back. */
export class OwnStore {
  private database: MikroORM | undefined;
  private reading: Reader | undefined;
  private clients = new Set<Client>();
  private fault: string | null = 'it has not been asked yet';
  private probing: NodeJS.Timeout | undefined;
  private delivering: Promise<() => Promise<void>> | undefined;
  private isClosed = false;
  /** How many statements it has been asked for reading. */
  statements = 0;

  constructor(
    readonly organisation: string,
    private readonly address: string,
    private readonly parts: DatabasesParts,
  ) {}

  get isAway(): boolean {
    return this.fault !== null;
  }

  /** For changes. */
  get orm(): MikroORM {
    this.database ??= connectLater(this.parts.service, this.address, {
      ...{ most: mostConnections, connectWithinMs: 2 * probeWithinMs, onConnection: this.onConnection },
    });
    return this.database;
  }

  get reader(): Reader {
    this.reading ??= new Reader({
      ...{ ...sessionOf(this.parts.service), connectionString: this.address, max: mostConnections },
      ...{ idleTimeoutMillis: 5_000, onConnection: this.onConnection, onStatement: () => (this.statements += 1) },
    });
    return this.reading;
  }

  private readonly onConnection = (client: object) => {
    this.clients.add((client as Client).once('end', () => this.clients.delete(client as Client)));
  };

  /** The answer of the store, awaited as long as given. Throws STORE_UNAVAILABLE when there is none, at once while it is away. */
  async answer<Answer>(work: () => Promise<Answer>, withinMs = answerWithinMs): Promise<Answer> {
    if (this.isAway) throw storeUnavailable(this.organisation);
    try {
      return await within(withinMs, work());
    } catch (error) {
      throw this.judged(error);
    }
  }

  /** A change, for which the store may take its time as long as it answers when asked whether it is there. */
  async change<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    if (this.isAway) throw storeUnavailable(this.organisation);
    const suspecting = setInterval(() => void this.suspect(), suspectAfterMs);
    try {
      return await work();
    } catch (error) {
      throw this.judged(error);
    } finally {
      clearInterval(suspecting);
    }
  }

  /** One database transaction of the service itself. */
  transactional(work: (em: EntityManager) => Promise<void>): Promise<void> {
    return this.change(() => inTransaction(this.orm.em, work));
  }

  /** Asks for the first time; throws where the store must not be used, however well it answers. */
  async open(): Promise<void> {
    const fault = await this.probe();
    if (fault?.includes('row-level security')) throw new Error(`the store of ${this.organisation}: ${fault}`);
    if (fault !== null) return this.lost(fault);
    this.found();
    // The first who asks should not wait for a connection to be made.
    const reading = this.reader.begin({ sql: 'select 1', params: [] });
    await within(probeWithinMs, reading.opened).catch((error) => this.judged(error));
    reading.end().catch(() => undefined);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.probing);
    const stopped = this.delivering?.then((stop) => stop()).catch(() => undefined);
    await Promise.race([stopped, new Promise((resolve) => setTimeout(resolve, 3_000).unref())]);
    for (const client of this.clients) if (this.isAway) socketOf(client).destroy();
    await this.reading?.close();
    await this.database?.close(true);
  }

  /** What an error means: that the store is away, that this connection to it was cut, or nothing about the store. */
  private judged(error: unknown): unknown {
    const cause = error as { name?: string; code?: string; message?: string };
    if (error instanceof GraphQLError) return error;
    const isCrowded = cause.name === 'KnexTimeoutError';
    if (!this.isAway && !isCrowded && (error instanceof Late || isDatabaseAway(cause)))
      this.lost(String(cause.message));
    if (isCrowded) void this.suspect();
    return this.isAway || isCrowded || isDatabaseAway(cause) ? storeUnavailable(this.organisation, error) : error;
  }

  private async suspect(): Promise<void> {
    if (this.isAway) return;
    const fault = await this.probe();
    if (fault !== null && !this.isAway) this.lost(fault);
  }

  private lost(fault: string): void {
    if (this.isClosed) return;
    this.fault = fault;
    this.parts.log.warn(`the store of ${this.organisation} is away: ${fault}`);
    // Whoever waits on a connection that hangs is answered now; the pool makes new ones when the store is back.
    for (const client of this.clients) socketOf(client).destroy();
    clearTimeout(this.probing);
    this.probing = setTimeout(() => void this.askAgain(), probeEveryMs);
    this.probing.unref();
  }

  private async askAgain(): Promise<void> {
    const fault = await this.probe();
    if (this.isClosed) return;
    if (fault === null) return this.found();
    this.fault = fault;
    this.probing = setTimeout(() => void this.askAgain(), probeEveryMs);
    this.probing.unref();
  }

  private found(): void {
    this.fault = null;
    const { addresses } = this.parts;
    // One connection listens; the queue of an idle store is looked at every ten seconds besides.
    const idle = { connections: 2, pollInterval: 10_000 };
    this.delivering ??= startDelivering({ ...this.parts, orm: this.orm }, this.address, addresses, idle);
    this.delivering.catch((error) => {
      this.parts.log.warn(error, `events of ${this.organisation} are not delivered yet`);
      this.delivering = undefined;
    });
  }

  /** What is wrong with the store; null when it can be used. */
  private async probe(): Promise<string | null> {
    const client = new Client({ connectionString: this.address });
    client.on('error', () => undefined);
    const asked = async () => {
      await client.connect();
      return client.query<Fitness>(fitness);
    };
    try {
      const { rows } = await within(probeWithinMs, asked());
      return faultOf(this.parts.service, rows[0]!);
    } catch (error) {
      socketOf(client).destroy();
      const { code, message } = error as { code?: string; message: string };
      return code === '42P01' || code === '42501' ? 'its migrations are behind' : message;
    } finally {
      void client.end().catch(() => undefined);
    }
  }
}

const socketOf = (client: Client) =>
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream;
