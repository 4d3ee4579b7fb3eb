import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import { withPassword } from '../kernel/environment.js';
import type { Databases, DatabasesParts, EventPart } from '../kernel/service.js';
import { inTransaction, type Notice } from '../kernel/transaction.js';
import { OwnStore, storeUnavailable } from './own-store.js';
import { here, type StoreAddresses } from './store-addresses.js';

/** Where the contributions of one organisation are, as a database itself says. */
export interface Place {
  isHere: boolean;
  /** Whether rows of it lie in this database, be they valid or not: before a move has ended they are in two. */
  hasRows: boolean;
}
export type Places = ReadonlyMap<string, Place>;

/** What each read notices in its own snapshot, so that no contribution is seen twice or not at all while a store moves. */
export const placesNotice: Notice = {
  sql: `(select coalesce(json_agg(json_build_array(organisation, is_here, has_rows)), '[]') from organisation_place)`,
};
export const readPlaces = (noticed: unknown): Places =>
  new Map((noticed as [string, boolean, boolean][]).map(([id, isHere, hasRows]) => [id, { isHere, hasRows }]));

/** The organisation an id of a contribution begins with; an organisation's own id is itself. */
export const organisationIn = (id: string): string => id.split(':', 1)[0]!;

// Each takes this process some work; all at once they would be late for each other.
const openedAtOnce = 8;

const opened = new WeakMap<MikroORM, Stores>();

/** The stores of a running service, by its first database. */
export function storesOf(orm: MikroORM): Stores {
  const stores = opened.get(orm);
  if (!stores) throw new Error('The stores of this service have not been opened.');
  return stores;
}

/** The store of everybody, which is the service's first database, and those that organisations have of their own. */
export class Stores implements Databases {
  /** As last seen in the first database. */
  private places: Places = new Map();

  private constructor(
    private readonly first: MikroORM,
    private readonly own: ReadonlyMap<string, OwnStore>,
  ) {}

  /** Opens them all; one that is away is found when it is back, and the service starts without it. */
  static async open(parts: DatabasesParts): Promise<Stores> {
    const addresses = (parts.settings.CONTRIBUTION_STORES ?? {}) as StoreAddresses;
    const own = new Map<string, OwnStore>();
    for (const [organisation, address] of Object.entries(addresses)) {
      if (address === here) throw new Error(`the store of ${organisation} has no address; "npm run migrate" prints it`);
      own.set(organisation, new OwnStore(organisation, withPassword(address, parts.secret), parts));
    }
    const stores = new Stores(parts.orm, own);
    opened.set(parts.orm, stores);
    try {
      await stores.look();
      const waiting = [...own.values()];
      const openNext = async () => {
        for (let store = waiting.shift(); store; store = waiting.shift()) await store.open();
      };
      await Promise.all(Array.from({ length: openedAtOnce }, openNext));
      return stores;
    } catch (error) {
      await stores.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.own.values()].map((store) => store.close()));
  }

  saw(places: Places): void {
    this.places = places;
  }

  get lastSeen(): Places {
    return this.places;
  }

  /** Whether its contributions are in a store of its own, as last seen. */
  isInItsOwn(organisation: string): boolean {
    return this.places.get(organisation)?.isHere === false;
  }

  /** The own store an organisation's contributions are in; null when they are in that of everybody. */
  storeOf(organisation: string, places: Places = this.places): OwnStore | null {
    if (places.get(organisation)?.isHere !== false) return null;
    const store = this.own.get(organisation);
    if (!store) throw storeUnavailable(organisation, new Error('CONTRIBUTION_STORES does not name it'));
    return store;
  }

  /** Looks again where everything is, in a database transaction of its own. */
  async look(): Promise<void> {
    const [row] = await query<{ noticed: unknown }>(this.first.em.fork(), `select ${placesNotice.sql} as noticed`);
    this.saw(readPlaces(row!.noticed));
  }

  /** An event that is no list of contributions: for the first database, or for all that are in use. */
  private async unshared(type: string, data: unknown): Promise<EventPart[]> {
    const whole = { keys: [''], dataOf: () => data };
    const first: EventPart = { ...whole, transactional: (work) => inTransaction(this.first.em, work) };
    if (!everywhere.has(type)) return [first];
    await this.look();
    const inUse = [...this.own.values()].filter(({ organisation }) => this.isInItsOwn(organisation));
    return [first, ...inUse.map((store) => ({ ...whole, transactional: store.transactional.bind(store) }))];
  }

  /**
   * Shares an event that has a list of contributions out among the stores. Its id is kept for each organisation by
   * itself: what has been taken in stays so when a store moves before the rest has been.
   */
  async shareOut(type: string, data: unknown): Promise<EventPart[]> {
    const list = Object.entries((data ?? {}) as object).find(([, value]) => isListed(value));
    if (!list) return this.unshared(type, data);
    const [name, rows] = list as [string, { contributionId: string }[]];
    await this.look();
    const groups = new Map<OwnStore | null, typeof rows>();
    for (const row of rows) {
      const store = this.storeOf(organisationIn(row.contributionId));
      groups.get(store)?.push(row) ?? groups.set(store, [row]);
    }
    return [...groups].map(([store, part]) => {
      const organisations = [...new Set(part.map(({ contributionId }) => organisationIn(contributionId)))].sort();
      return {
        keys: organisations,
        dataOf: (keys) => ({
          ...(data as object),
          [name]: part.filter(({ contributionId }) => keys.includes(organisationIn(contributionId))),
        }),
        transactional: (work) => {
          const guarded = async (em: EntityManager) => {
            await enter(em, organisations);
            await work(em);
          };
          return store ? store.transactional(guarded) : inTransaction(this.first.em, guarded);
        },
      };
    });
  }
}

/** Events that say nothing of single contributions but that each store needs: to judge by them, or to tell of them. */
const everywhere = new Set(['outcomes.published', 'missions.succeeded', 'budgets.sealed']);

const isListed = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((each) => typeof each?.contributionId === 'string');

/** Holds organisations in the store until the database transaction ends; throws when one is on its way elsewhere. */
async function enter(em: EntityManager, organisations: string[]): Promise<void> {
  const entered = await query<{ id: string; is_open: boolean }>(
    em,
    `select id, is_written_here(id) as is_open from unnest(?::text[]) as id`,
    [organisations],
  );
  const moving = entered.find(({ is_open }) => !is_open);
  if (moving) throw storeUnavailable(moving.id, new Error('it is being moved'));
}
