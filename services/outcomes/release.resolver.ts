import { Arg, Args, Ctx, FieldResolver, ID, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, type Page, PageArgs, readNounPages } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { inOrder, type Loader } from '../kernel/loader.js';
import { nounOfRow } from '../kernel/noun-of-row.js';
import { Measure } from './measure.js';
import { measuresById } from './measure.resolver.js';
import { Organisation } from './organisation.js';
import { Release } from './release.js';

/** SQL that is true for the newest revision, at the request's instant, of a release that is still to come then. */
function toCome(context: Context, alias: string): string {
  const known = (each: string) =>
    context.knownAt ? `${each}.recorded_at <= '${context.knownAt.toISOString()}'` : 'true';
  const instant = context.knownAt ? `least(now(), '${context.knownAt.toISOString()}')` : 'now()';
  return `${known(alias)} and ${alias}.scheduled_at > ${instant} and not exists (select from release later
    where later.id = ${alias}.id and later.revision = ${alias}.revision + 1 and ${known('later')})`;
}

const nextReleases: Loader<string, { measure: string; release: Release }> = {
  async batch(measures, context) {
    const rows = await context.rows<{ asked: string }>(
      `select asked.id as asked, found.* from unnest(?::text[]) as asked(id) cross join lateral (
         select release.* from release where measure_ids @> array[asked.id] and ${toCome(context, 'release')}
         order by scheduled_at, release.id limit 1) found`,
      [measures],
    );
    const made = nounOfRow(context.orm.em, Release);
    const found = rows.map((row) => ({ measure: row.asked, release: made(row as never) }));
    return inOrder(measures, found, ({ measure }) => measure);
  },
};

const figureCounts: Loader<string, { id: string; count: number }> = {
  async batch(ids, context) {
    const sql = 'select id, figures_waiting(id) as count from unnest(?::text[]) as asked(id)';
    return inOrder(ids, await context.rows<{ id: string; count: number }>(sql, [ids]), ({ id }) => id);
  },
};

@ObjectType({ description: 'A page of releases, the next one first.' })
export class ReleaseConnection extends connectionOf(Release) {}

@Resolver(() => Release)
export class ReleaseResolver {
  @Query(() => ReleaseConnection, {
    description: 'The announced releases that are still to come, the next one first. Errors: BAD_USER_INPUT.',
  })
  async releases(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('organisation', () => ID, { nullable: true, description: 'Only those of this one; left out, all.' })
    organisation: string | null,
    @Ctx() context: Context,
  ): Promise<Page<Release>> {
    const params = organisation ? [organisation] : [];
    const from = `from release where ${organisation ? 'organisation_id = ? and ' : ''}${toCome(context, 'release')}`;
    const [page] = await readNounPages(context, Release, [''], args, {
      sql: `select release.* ${from}`,
      params,
      orderBy: ['scheduled_at', 'id'],
      count: async () =>
        (await context.rows<{ count: number }>(`select count(*)::int as count ${from}`, params))[0]!.count,
    });
    return page!;
  }

  @FieldResolver(() => Organisation, { nullable: true, description: 'Whose release it is.' })
  organisation(@Root() release: Release): Organisation {
    return { id: release.organisationId };
  }

  @FieldResolver(() => [Measure], { description: 'What it is announced for, in the order of ids; it may hold more.' })
  async measures(@Root() release: Release, @Ctx() context: Context): Promise<Measure[]> {
    const found = await Promise.all(release.measureIds.map((id) => context.load(measuresById, id)));
    return found.filter((measure): measure is Measure => measure !== null);
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description: 'How many figures are in it; null for everybody but the statisticians of its organisation.',
  })
  async figureCount(@Root() release: Release, @Ctx() context: Context): Promise<number | null> {
    const { caller } = context;
    if (!caller?.roles.has('statistician') || caller.organisation !== release.organisationId) return null;
    return (await context.load(figureCounts, release.id))?.count ?? null;
  }
}

@Resolver(() => Measure)
export class MeasureReleaseResolver {
  @FieldResolver(() => Release, {
    nullable: true,
    description: 'The next release that is announced for it; null: none is.',
  })
  async nextRelease(@Root() measure: Measure, @Ctx() context: Context): Promise<Release | null> {
    return (await context.load(nextReleases, measure.id))?.release ?? null;
  }
}
