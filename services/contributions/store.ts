import { Context } from '../kernel/context.js';
import type { Done } from '../kernel/deed.js';
import type { Loader } from '../kernel/loader.js';
import { ChangingAtStore, ReadingAtStore } from './at-store.js';
import { storeUnavailable } from './own-store.js';
import { organisationIn, type Places, placesNotice, readPlaces, storesOf } from './stores.js';

/**
 * The context of this request at the store of an organisation, named by its id or by the id of one of its
 * contributions, which begins with it. What a deed does there it does in that store's own database transaction.
 */
export function atStoreOf(context: Context, idOrOrganisation: string | null | undefined): Context {
  if (!idOrOrganisation) return context;
  return changingAt(context, [organisationIn(idOrOrganisation)]);
}

const changingAt = (context: Context, organisations: string[]) =>
  context.at(`change ${organisations.join(' ')}`, () => new ChangingAtStore(context, organisations));

/**
 * Does a deed of several rows in each store that has some of them, one store after the other, and puts the rows of their
 * answers together. Rows of a store that is away get `unavailable` for an answer; the same key does them once it is back.
 */
export async function doInEachStore<Row extends { row: number }>(
  context: Context,
  ids: readonly string[],
  perform: (at: Context, places: number[]) => Promise<Done<Row[]>>,
  unavailable: (place: number) => Row,
): Promise<Done<Row[]>> {
  const stores = storesOf(context.orm);
  const groups = new Map<string, number[]>();
  for (const [place, id] of ids.entries()) {
    const organisation = organisationIn(id);
    const group = stores.isInItsOwn(organisation) ? organisation : '';
    groups.get(group)?.push(place) ?? groups.set(group, [place]);
  }
  const rows: Row[] = [];
  let replayed = groups.size > 0;
  const none: number[] = [];
  for (const places of groups.size > 0 ? groups.values() : [none]) {
    const organisations = [...new Set(places.map((place) => organisationIn(ids[place]!)))].sort();
    try {
      const done = await perform(organisations.length > 0 ? changingAt(context, organisations) : context, places);
      if (!done.noun) return done;
      replayed &&= done.replayed;
      // What was remembered in one store may have come there with rows of others, when it was moved.
      rows.push(...done.noun.filter(({ row }) => places.includes(row)));
    } catch (error) {
      if (!isStoreAway(error)) throw error;
      rows.push(...places.map(unavailable));
    }
  }
  return { noun: rows.sort((one, other) => one.row - other.row), userErrors: [], replayed };
}

/** One store to be asked, and which of the rows that lie in it count. */
export interface Asked {
  at: Context;
  /** Whose own store it is; null for the store of everybody. */
  organisation: string | null;
  /** A condition on `contributor_id`, to stand after `and`. */
  valid: { sql: string; params: unknown[] };
}

/** All rows that lie in a store. */
export const all = { sql: 'true', params: [] };

/** Where everything is, in the snapshot this request reads from. When the first database is away: as last seen. */
const placesNow: Loader<'now', Places> = {
  async batch(_keys, context) {
    const stores = storesOf(context.orm);
    try {
      const places = readPlaces(await context.noticed());
      stores.saw(places);
      return [places];
    } catch {
      return [stores.lastSeen];
    }
  },
};

/**
 * Asks where one organisation is read. Its own store is asked later than the first database; when it has come back from
 * there between the two, it is read in a later snapshot of the first one.
 */
async function askFor<Answer>(
  context: Context,
  organisation: string,
  places: Places,
  ask: (asked: Asked) => Promise<Answer>,
): Promise<Answer> {
  const store = storesOf(context.orm).storeOf(organisation, places);
  if (!store) return ask({ at: context, organisation: null, valid: all });
  const at = context.at(`read ${organisation}`, () => new ReadingAtStore(context, store));
  // Both at once: nearly always it is there.
  const [noticed, answer] = await Promise.all([at.noticed(), ask({ at, organisation, valid: all })]);
  if (readPlaces(noticed).get(organisation)?.isHere) return answer;
  const later = context.at('later', () => new Context(context.orm, context.facts, placesNotice, context));
  return ask({ at: later, organisation: null, valid: { sql: 'contributor_id = ?', params: [organisation] } });
}

/** Everybody's store: of the rows that lie in it, those of organisations that are elsewhere do not count. */
function everybody(context: Context, places: Places): Asked {
  const hidden = [...places]
    .filter(([, { isHere, hasRows }]) => !isHere && hasRows)
    .map(([organisation]) => organisation);
  const valid = hidden.length > 0 ? { sql: 'contributor_id <> all(?)', params: [hidden] } : all;
  return { at: context, organisation: null, valid };
}

const inTheirOwn = (places: Places): string[] =>
  [...places].flatMap(([id, { isHere }]) => (id !== '' && !isHere ? [id] : [])).sort();

/** Whether any organisation has its contributions in a store of its own. */
export const areSeveral = async (context: Context): Promise<boolean> =>
  inTheirOwn((await context.load(placesNow, 'now'))!).length > 0;

export interface FromEvery<Answer> {
  answers: Answer[];
  /** The organisations whose own store did not answer, in the order of their ids. */
  away: string[];
}

/** Asks all stores the same at once. Throws when that of everybody does not answer; an own store is named as away. */
export async function askEvery<Answer>(
  context: Context,
  ask: (asked: Asked) => Promise<Answer>,
): Promise<FromEvery<Answer>> {
  const places = (await context.load(placesNow, 'now'))!;
  const away: string[] = [];
  const fromOwn = inTheirOwn(places).map(async (organisation) => {
    try {
      return [await askFor(context, organisation, places, ask)];
    } catch (error) {
      if (!isStoreAway(error)) throw error;
      away.push(organisation);
      return [];
    }
  });
  const answers = await Promise.all([ask(everybody(context, places)).then((answer) => [answer]), ...fromOwn]);
  return { answers: answers.flat(), away: away.sort() };
}

const isStoreAway = (error: unknown) =>
  (error as { extensions?: { code?: string } }).extensions?.code === 'STORE_UNAVAILABLE';

/** Throws STORE_UNAVAILABLE when a store is away: a sum over the others would be a smaller one. */
export function demandAll({ away }: Pick<FromEvery<unknown>, 'away'>): void {
  if (away.length > 0) throw storeUnavailable(away[0]!);
}

/**
 * Reads many keys of one kind, each in the store of its organisation, all stores at once. Keys in a store that is away
 * get the error STORE_UNAVAILABLE, the others their answer.
 */
export async function askByOrganisation<Key, Value>(
  context: Context,
  keys: readonly Key[],
  organisationOf: (key: Key) => string,
  ask: (keys: readonly Key[], at: Context) => Promise<(Value | null | Error)[]>,
): Promise<(Value | null | Error)[]> {
  const places = (await context.load(placesNow, 'now'))!;
  const groups = new Map<string, number[]>();
  for (const [place, key] of keys.entries()) {
    const organisation = organisationOf(key);
    const group = places.get(organisation)?.isHere === false ? organisation : '';
    groups.get(group)?.push(place) ?? groups.set(group, [place]);
  }
  const answers = new Array<Value | null | Error>(keys.length).fill(null);
  await Promise.all(
    [...groups].map(async ([organisation, positions]) => {
      try {
        const some = positions.map((position) => keys[position]!);
        const found = organisation
          ? await askFor(context, organisation, places, ({ at }) => ask(some, at))
          : await ask(some, context);
        for (const [index, position] of positions.entries()) answers[position] = found[index]!;
      } catch (error) {
        if (!isStoreAway(error)) throw error;
        for (const position of positions) answers[position] = error as Error;
      }
    }),
  );
  return answers;
}

/** A loader by keys that name one contribution or organisation each, which reads each in its own store. */
export const inItsStore = <Key, Value>(loader: Loader<Key, Value>, idOf: (key: Key) => string): Loader<Key, Value> => ({
  cacheKey: loader.cacheKey,
  batch: (keys, context) =>
    askByOrganisation(
      context,
      keys,
      (key) => organisationIn(idOf(key)),
      (some, at) => loader.batch(some, at),
    ),
});
