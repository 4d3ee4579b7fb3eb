import type { EntityManager } from '@mikro-orm/postgresql';
import type { Caller } from '../kernel/caller.js';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { Forbidden, Refusal, refuse } from '../kernel/refusal.js';
import { keyOf } from './compare-published.js';
import type { Stated } from './published-contribution.js';
import { askByOrganisation } from './store.js';

const isHeir = `jsonb_build_array(jsonb_build_object('organisation', ?::text))`;

// Evaluated in one statement with the lock: publishing is a deed of which there are many.
const holding = (lock: string) => `select ${lock}(hashtextextended('publish ' || ?, 0)),
  (select json_agg(distinct heir->>'organisation') from jsonb_array_elements(heirs_of(?, clock_timestamp())) as heir) as heirs,
  (select json_agg(distinct contributor_id) from succession
    where heirs @> ${isHeir} and heirs_of(contributor_id, clock_timestamp()) @> ${isHeir}) as predecessors`;

const alone = holding('pg_advisory_xact_lock');
const besideOthers = holding('pg_advisory_xact_lock_shared');

/**
 * Holds the publishing of an organisation for the people of the one body that does it now: the organisation itself, or
 * who took over from it. Its calls may publish beside each other; submitting and certifying do it `alone`. Answers whom
 * it took over from.
 */
export async function holdPublishing(
  em: EntityManager,
  caller: Caller,
  organisation: string,
  { isAlone }: { isAlone: boolean },
): Promise<string[]> {
  const [row] = await query<{ heirs: string[] | null; predecessors: string[] | null }>(
    em,
    isAlone ? alone : besideOthers,
    [organisation, organisation, organisation, organisation],
  );
  const publishers = row!.heirs ?? [organisation];
  const names = publishers.join(', ');
  if (!publishers.includes(caller.organisation)) {
    if (organisation === caller.organisation)
      refuse('SUCCEEDED', `${names} took over from ${organisation} and publishes for it now.`, ['organisation']);
    throw new Forbidden('You can do this only for your own organisation and for one that it took over from.');
  }
  if (publishers.length > 1) {
    const message = `${names} took over from ${organisation}, so none of them publishes or certifies for it as a whole; change the contributions that the mission unit has named your organisation for one by one (varyContribution, proposeTerms).`;
    refuse('SEVERAL_SUCCESSORS', message, ['organisation']);
  }
  return row!.predecessors ?? [];
}

const bySource = `select c.contributor_id, c.id, c.source_system, c.source_record_id
  from unnest(?::text[], ?::text[]) as stated(system, id) cross join lateral (select * from contribution
    where source_record_id = stated.id and source_system = stated.system and contributor_id = any(?) offset 0) as c`;

interface Found {
  contributor_id: string;
  id: string;
  source_system: string;
  source_record_id: string;
}

/**
 * The refusals of rows that a body before has published, by source: the same would be there twice. Each body is asked
 * where its contributions are; when its store is away the call is not done, since nobody can tell.
 */
export async function refuseDoubles(
  em: EntityManager,
  context: Context,
  { predecessors, rows }: { predecessors: readonly string[]; rows: readonly Stated[] },
): Promise<Map<string, Refusal>> {
  if (predecessors.length === 0 || rows.length === 0) return new Map();
  // What is being published for them in this store ends first.
  await query(em, `select pg_advisory_xact_lock(hashtextextended('publish ' || id, 0)) from unnest(?::text[]) as id`, [
    predecessors,
  ]);
  const columns = [rows.map(({ source }) => source.system), rows.map(({ source }) => source.id)];
  const found = await askByOrganisation(
    context,
    predecessors,
    (body) => body,
    async (bodies, at) => {
      const doubles = await at.rows<Found>(bySource, [...columns, bodies]);
      return bodies.map((body) => doubles.filter(({ contributor_id }) => contributor_id === body));
    },
  );
  const fault = found.find((each) => each instanceof Error);
  if (fault) throw fault;
  return new Map((found as Found[][]).flat().map((each) => [keyOf(sourceOf(each)), refusalOf(each)]));
}

const sourceOf = ({ source_system, source_record_id }: Found) => ({ system: source_system, id: source_record_id });

const refusalOf = ({ id, contributor_id: body }: Found) =>
  new Refusal(
    'PUBLISHED_BY_PREDECESSOR',
    `${body}, which you took over from, published this as ${id}; send it with organisation ${body}, or, if it is another one, name another sourceSystem.`,
    ['sourceRecordId'],
  );
