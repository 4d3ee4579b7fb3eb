import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { Caller, Role } from './caller.js';
import { type Row, readerOf } from './database.js';
import { type Loader, type Loaders, load } from './loader.js';
import { nounOfRow } from './noun-of-row.js';
import type { Reading } from './reader.js';
import { BadUserInput, Forbidden, NotFound, Unauthenticated, Unavailable } from './refusal.js';
import { begin, committed, type Notice } from './transaction.js';

export interface RequestFacts {
  caller: Caller | null;
  /** The instant the request is cut at; null reads what is known now. */
  knownAt: Date | null;
  correlationId: string;
  /** Only the gateway may ask for entities by key. */
  fromGateway: boolean;
  /** Every field that its document names anywhere; left out where there is none. */
  named?: ReadonlySet<string>;
}

interface Opened {
  em: EntityManager;
  noticed: unknown;
}

/** Everything one request may touch. Reads share one snapshot, opened by the first of them. */
export class Context {
  readonly caller: Caller | null;
  readonly knownAt: Date | null;
  // Not #private: Apollo copies the context for each operation, and a copy has no #private fields.
  private loaders: { of: Loaders; writes: number } = { of: new Map(), writes: 0 };
  private snapshot: Reading | undefined;
  /** After how many changes it was begun. */
  private snapshotWrites = 0;
  // Shared with the copies, of which any may be the one that is told, and with the contexts at other databases.
  private readonly request: { isOver: boolean; writes: number; others: Map<unknown, Context> };

  constructor(
    readonly orm: MikroORM,
    readonly facts: RequestFacts,
    private readonly notice?: Notice,
    from?: Context,
  ) {
    this.caller = facts.caller;
    this.knownAt = facts.knownAt;
    this.request = from?.request ?? { isOver: false, writes: 0, others: new Map() };
  }

  /** This request at another database of the service; made once for a key, and closed with the request. */
  at<Other extends Context>(key: unknown, make: () => Other): Other {
    const { others } = this.request;
    if (!others.has(key)) others.set(key, make());
    return others.get(key) as Other;
  }

  /** This request at an earlier instant, in the same snapshot: for what shows then and now beside each other. */
  knowing(knownAt: Date): Context {
    const key = `known at ${knownAt.toISOString()}`;
    if (!this.request.others.has(key) && this.request.others.size >= 20)
      throw new BadUserInput('This looks back to more than 20 instants at once; ask for fewer at a time.');
    return this.at(key, () => {
      const own = { knownAt, loaders: { of: new Map(), writes: this.request.writes }, finish: () => undefined };
      const read = { rows: this.rows.bind(this), reading: this.reading.bind(this) };
      return Object.assign(Object.create(this) as Context, own, read);
    });
  }

  /** Who is signed in; throws Unauthenticated for the public. */
  signedIn(): Caller {
    if (!this.caller) throw new Unauthenticated();
    return this.caller;
  }

  /** Whether the document names a field, of whatever type: what no field shows need not be read. */
  names(field: string): boolean {
    return this.facts.named?.has(field) ?? true;
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
    // What was read before a change may be out of date now.
    const { writes } = this.request;
    if (this.loaders.writes !== writes) this.loaders = { of: new Map(), writes };
    return load(this.loaders.of, loader, key, this);
  }

  /** What is asked for by its id; NOT_FOUND where there is none, or none that the caller may see. */
  async find<Key, Noun>(loader: Loader<Key, Noun>, id: Key): Promise<Noun> {
    const found = await this.load(loader, id);
    if (!found) throw new NotFound();
    return found;
  }

  /** The rows of a query inside this request's read snapshot. Parameters are written `?`. */
  async rows<Found = Row>(sql: string, params: unknown[] = []): Promise<Found[]> {
    return this.reading().rows<Found>(sql, params);
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

  /** What the notice of this context's database says in the snapshot that is read from. */
  async noticed(): Promise<unknown> {
    return (await this.reading().opened).noticed;
  }

  protected reading(): Reading {
    this.expectOpen();
    const { writes } = this.request;
    // A snapshot from before a change, at whatever database, does not show it.
    if (this.snapshotWrites !== writes) this.finish();
    this.snapshotWrites = writes;
    this.snapshot ??= this.beginReading();
    return this.snapshot;
  }

  protected beginReading(): Reading {
    return readerOf(this.orm).begin(this.openingOf(this.notice));
  }

  /** An error answers a request while other fields are still being read; a connection they took would never come back. */
  protected expectOpen(): void {
    if (this.request.isOver) throw new Unavailable('This request is over.');
  }

  /** The first statement of a database transaction: who asks, and what is noticed. */
  protected openingOf(notice: Notice = { sql: 'null' }): Required<Notice> {
    return {
      sql: `select set_config('app.organisation', ?, true), set_config('app.roles', ?, true), ${notice.sql} as noticed`,
      params: [this.caller?.organisation ?? '', [...(this.caller?.roles ?? [])].join(','), ...(notice.params ?? [])],
    };
  }

  /** Runs a change in a database transaction of its own; rolled back when it throws. */
  async writing<Answer>(work: (em: EntityManager) => Promise<Answer>): Promise<Answer> {
    const { em } = await this.begin();
    try {
      return await committed(em, work);
    } finally {
      this.request.writes += 1;
      this.finishAll();
    }
  }

  /** Ends the request: its answer is complete, or an error ended it before everything was read. */
  close(): void {
    this.request.isOver = true;
    this.finishAll();
  }

  private finishAll(): void {
    for (const each of [this, ...this.request.others.values()]) each.finish();
  }

  /** Ends the snapshot; what is read next is read in a new one. Nobody's answer waits for that. */
  finish(): void {
    this.snapshot?.end().catch(() => undefined);
    this.snapshot = undefined;
  }

  protected begin(): Promise<Opened> {
    return this.beginAt(this.orm, this.notice);
  }

  /** Begins a database transaction that knows who asks. */
  protected async beginAt(orm: MikroORM, notice?: Notice): Promise<Opened> {
    const { em, told } = await begin<{ noticed: unknown }>(orm.em, this.openingOf(notice));
    return { em, noticed: told!.noticed };
  }
}
