import type { EntityManager } from '@mikro-orm/postgresql';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { DateTime } from '../kernel/dates.js';

export enum PublishedKind {
  PUBLISHED = 'PUBLISHED',
  RELEASED = 'RELEASED',
  WITHDRAWN = 'WITHDRAWN',
}
registerEnumType(PublishedKind, {
  name: 'PublishedKind',
  description: 'How figures became public.',
  valuesConfig: {
    PUBLISHED: { description: 'They were published at once.' },
    RELEASED: { description: 'The hour of their release struck.' },
    WITHDRAWN: { description: 'They were withdrawn; a tombstone says why.' },
  },
});

@ObjectType({ description: 'Figures that became public together.' })
export class PublishedFigures {
  @Field(() => ID, {
    description: 'Counts, from 1, what became public. Say it as `after` and nothing is missed or told twice.',
  })
  id: string;

  @Field(() => PublishedKind, { description: 'How they became public.' })
  kind: PublishedKind;

  @Field(() => DateTime, { description: 'When they did, by the clock of the hub’s database.' })
  publicAt: string;

  @Field(() => [ID], { description: 'Ids of the measures they are of, in their order.' })
  measureIds: string[];

  releaseId: string | null;
}

export const mostMeasuresAsked = 100;
const isId = (id: string) => /^\d{1,18}$/.test(id);

/** What to look for: after an id, of some measures; null does not restrict. */
export interface WantedFigures {
  after: string | null;
  measures: string[] | null;
}

const columns =
  'number::text as id, kind, public_at as "publicAt", measure_ids as "measureIds", release_id as "releaseId"';
const ofMeasures = '(?::text[] is null or measure_ids && ?::text[])';

/** What has become public after that, oldest first, so many at most. */
export const publishedAfter = (
  ask: <Row>(sql: string, params: readonly unknown[]) => Promise<Row[]>,
  { after, measures }: WantedFigures,
  most: number,
): Promise<PublishedFigures[]> =>
  ask<PublishedFigures>(
    `select ${columns} from published_figures where number > ?::bigint and ${ofMeasures} order by number limit ?`,
    [after && isId(after) ? after : '0', measures, measures, most],
  ).then((rows) => rows.map(publishedOf));

/** One of them by its id, or the newest, as known at the request's instant. */
export async function publishedById(context: Context, id: string | null, measures: string[] | null) {
  if (id !== null && !isId(id)) return null;
  const [found] = await context.rows<PublishedFigures>(
    `select ${columns} from published_figures where (?::bigint is null or number = ?::bigint) and ${ofMeasures}
       and (?::timestamptz is null or public_at <= ?::timestamptz) order by number desc limit 1`,
    [id, id, measures, measures, context.knownAt, context.knownAt],
  );
  return found ? publishedOf(found) : null;
}

const publishedOf = (row: PublishedFigures): PublishedFigures => Object.assign(new PublishedFigures(), row);

/** Tells all who listen, as the database transaction ends, that figures of a measure are public now. */
export const tellPublic = (em: EntityManager, kind: PublishedKind, measure: string): Promise<unknown> =>
  query(em, 'insert into published_figures (kind, measure_ids) values (?, array[?])', [kind, measure]);

/** The same for a release that has come, with all measures that have figures in it; none of it before. */
export const tellPublicRelease = (em: EntityManager, release: string): Promise<unknown> =>
  query(
    em,
    `insert into published_figures (kind, measure_ids, release_id)
     select 'RELEASED', array_agg(distinct measure_id order by measure_id), release_id from publication
     where release_id = ? group by release_id`,
    [release],
  );
