import { setTimeout as wait } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Context } from '../kernel/context.js';
import type { Reading } from '../kernel/reader.js';
import { answerWithinMs, type OwnStore, storeUnavailable } from './own-store.js';
import { placesNotice, storesOf } from './stores.js';

/** A request that reads in an organisation's own store. All it waits for that store is limited. */
export class ReadingAtStore extends Context {
  private waited = 0;
  private waiting = 0;
  private since = 0;

  constructor(
    root: Context,
    private readonly store: OwnStore,
  ) {
    super(root.orm, root.facts, undefined, root);
  }

  override rows<Found>(sql: string, params: unknown[] = []): Promise<Found[]> {
    return this.awaited(() => super.rows<Found>(sql, params));
  }

  override noticed(): Promise<unknown> {
    return this.awaited(() => super.noticed());
  }

  protected override begin(): never {
    throw new Error('An own store is changed by a context that looks whether the organisation is there.');
  }

  protected override beginReading(): Reading {
    return this.store.reader.begin(this.openingOf(placesNotice));
  }

  private async awaited<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const now = performance.now();
    if (this.waiting++ === 0) this.since = now;
    const left = answerWithinMs - this.waited - (now - this.since);
    try {
      return await this.store.answer(work, Math.max(1, left));
    } finally {
      if (--this.waiting === 0) this.waited += performance.now() - this.since;
    }
  }
}

const openWithinMs = 5_000;
const lookEveryMs = 40;

/** A request that changes something of organisations in one store, wherever that is: the database says whether they are there. */
export class ChangingAtStore extends Context {
  constructor(
    private readonly root: Context,
    /** All in one store, as last seen. */
    private readonly organisations: readonly string[],
  ) {
    super(root.orm, root.facts, undefined, root);
  }

  private storeNow(): OwnStore | null {
    const stores = storesOf(this.root.orm);
    const [first, ...others] = this.organisations.map((each) => stores.storeOf(each));
    const moved = others.findIndex((other) => other !== first);
    if (moved >= 0) throw storeUnavailable(this.organisations[moved + 1]!, new Error('it has just been moved'));
    return first!;
  }

  override writing<Answer>(work: Parameters<typeof Context.prototype.writing<Answer>>[0]): Promise<Answer> {
    const store = this.storeNow();
    return store ? store.change(() => super.writing(work)) : super.writing(work);
  }

  protected override beginReading(): never {
    throw new Error('A change reads what it needs in its own database transaction.');
  }

  /** While the organisation is being moved a change waits for the end of that. */
  protected override async begin() {
    const stores = storesOf(this.root.orm);
    const until = Date.now() + openWithinMs;
    for (;;) {
      const store = this.storeNow();
      const begin = () =>
        this.beginAt(store?.orm ?? this.root.orm, {
          sql: '(select bool_and(is_written_here(id)) from json_array_elements_text(?::json) as id)',
          params: [JSON.stringify(this.organisations)],
        });
      const opened = await (store ? inTime(store, begin) : begin());
      if (opened.noticed === true) return opened;
      await opened.em.rollback();
      if (Date.now() > until) throw storeUnavailable(this.organisations[0]!, new Error('it is being moved'));
      await wait(lookEveryMs);
      await stores.look();
    }
  }
}

/** What begins when nobody waits for it any more ends at once, or its connection would never come back. */
async function inTime<Begun extends { em: EntityManager }>(
  store: OwnStore,
  begin: () => Promise<Begun>,
): Promise<Begun> {
  let begun: Promise<Begun> | undefined;
  try {
    return await store.answer(() => (begun = begin()));
  } catch (error) {
    begun?.then(({ em }) => em.rollback()).catch(() => undefined);
    throw error;
  }
}
