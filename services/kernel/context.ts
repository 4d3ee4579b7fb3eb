import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { IsolationLevel } from '@mikro-orm/postgresql';
import type { Caller, Role } from './caller.js';
import { query, type Row } from './database.js';
import { type Loader, type Loaders, load } from './loader.js';
import { nounOfRow } from './noun-of-row.js';
import { Forbidden, Unauthenticated, Unavailable } from './refusal.js';

export interface RequestFacts {
  caller: Caller | null;
  /** The instant the request is cut at; null reads what is known now. */
  knownAt: Date | null;
  correlationId: string;
  /** Only the gateway may ask for entities by key. */
  fromGateway: boolean;
  isMutation: boolean;
}

/** Everything one request may touch. Reads share one database transaction, opened by the first of them. */
export class Context {
  readonly caller: Caller | null;
  readonly knownAt: Date | null;
  // Not #private: Apollo copies the context for each operation, and a copy has no #private fields.
  private loaders: Loaders = new Map();
  private turn: Promise<unknown> = Promise.resolve();
  private snapshot: Promise<EntityManager> | undefined;
  // Shared with the copies, of which any may be the one that is told.
  private readonly request = { isOver: false };

  constructor(
    readonly orm: MikroORM,
    readonly facts: RequestFacts,
  ) {
    this.caller = facts.caller;
    this.knownAt = facts.knownAt;
  }

  /** Who is signed in; throws Unauthenticated for the public. */
  signedIn(): Caller {
    if (!this.caller) throw new Unauthenticated();
    return this.caller;
  }

  /** Throws Forbidden unless the caller holds one of the roles (and, where given, belongs to the organisation). */
  demand(allowed: readonly Role[], organisation?: string): Caller {
    const caller = this.signedIn();
    if (!allowed.some((role) => caller.roles.has(role))) {
      throw new Forbidden(
        `This needs the role ${allowed.join(' or ')}; your token has ${[...caller.roles].join(', ') || 'none'}.`,
      );
    }
    if (organisation !== undefined && caller.organisation !== organisation) {
      throw new Forbidden('You can do this only for your own organisation.');
    }
    return caller;
  }

  load<Key, Value>(loader: Loader<Key, Value>, key: Key): Promise<Value | null> {
    return load(this.loaders, loader, key, this);
  }

  /** The rows of a query inside this request's read snapshot. Parameters are written `?`. */
  async rows<Found = Row>(sql: string, params: unknown[] = []): Promise<Found[]> {
    const em = await this.reading();
    // One connection answers one statement at a time; asking the next only then keeps that visible.
    const answer = this.turn.then(() => query<Found>(em, sql, params));
    this.turn = answer.catch(() => undefined);
    return answer;
  }

  /** The same, as objects of a class that is a table. */
  async nouns<Noun extends object>(
    noun: new (...args: never[]) => Noun,
    sql: string,
    params: unknown[] = [],
  ): Promise<Noun[]> {
    return (await this.rows(sql, params)).map(nounOfRow(this.orm.em, noun));
  }

  /** A table as it was known at this request's instant, to stand after `from`: today's rows, or the kept history's. */
  known(table: string): string {
    if (!this.knownAt) return table;
    const instant = this.knownAt.toISOString();
    return `(select * from ${table}_as_known where recorded_at <= '${instant}' and superseded_at > '${instant}') as ${table}`;
  }

  async reading(): Promise<EntityManager> {
    // An error answers a request while other fields are still being read; a connection they took would never come back.
    if (this.request.isOver) throw new Unavailable('This request is over.');
    this.snapshot ??= this.begin(
      this.facts.isMutation ? IsolationLevel.READ_COMMITTED : IsolationLevel.REPEATABLE_READ,
      !this.facts.isMutation,
    );
    return this.snapshot;
  }

  /** Runs a change in a database transaction of its own; rolled back when it throws. */
  async writing<Answer>(work: (em: EntityManager) => Promise<Answer>): Promise<Answer> {
    const em = await this.begin(IsolationLevel.READ_COMMITTED, false);
    try {
      const answer = await work(em);
      await em.commit();
      return answer;
    } catch (error) {
      await em.rollback().catch(() => undefined);
      throw error;
    } finally {
      // What was read before the change may be out of date now.
      this.loaders = new Map();
      await this.finish();
    }
  }

  /** Ends the request: its answer is complete, or an error ended it before everything was read. */
  async close(): Promise<void> {
    this.request.isOver = true;
    await this.finish();
  }

  /** Gives the connection back. */
  async finish(): Promise<void> {
    const reading = this.snapshot;
    this.snapshot = undefined;
    const em = await reading?.catch(() => undefined);
    await em?.rollback();
  }

  private async begin(isolationLevel: IsolationLevel, readOnly: boolean): Promise<EntityManager> {
    const em = this.orm.em.fork({ clear: true }) as EntityManager;
    await em.begin({ isolationLevel, readOnly });
    try {
      await query(em, `select set_config('app.organisation', ?, true), set_config('app.roles', ?, true)`, [
        this.caller?.organisation ?? '',
        [...(this.caller?.roles ?? [])].join(','),
      ]);
      return em;
    } catch (error) {
      await em.rollback().catch(() => undefined);
      throw error;
    }
  }
}
