import { Arg, Args, Ctx, FieldResolver, ID, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, type Page, PageArgs, readNounPages } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { inOrder, type Loader } from '../kernel/loader.js';
import { nounOfRow } from '../kernel/noun-of-row.js';
import { NotFound } from '../kernel/refusal.js';
import { Measure } from './measure.js';
import { measuresById } from './measure.resolver.js';
import { Organisation } from './organisation.js';
import { Release } from './release.js';

/** SQL that is true for the newest revision of a release at the request's instant. */
function isNewest({ knownAt }: Context): string {
  const known = (each: string) => (knownAt ? `${each}.recorded_at <= '${knownAt.toISOString()}'` : 'true');
  return `${known('release')} and not exists (select from release later
    where later.id = release.id and later.revision = release.revision + 1 and ${known('later')})`;
}

/** The same where it is still to come then. */
function toCome(context: Context): string {
  const instant = context.knownAt ? `least(now(), '${context.knownAt.toISOString()}')` : 'now()';
  return `${isNewest(context)} and not release.called_off and release.scheduled_at > ${instant}`;
}

const nextReleases: Loader<string, { measure: string; release: Release }> = {
  async batch(measures, context) {
    const rows = await context.rows<{ asked: string }>(
      `select asked.id as asked, found.* from unnest(?::text[]) as asked(id) cross join lateral (
         select release.* from release where measure_ids @> array[asked.id] and ${toCome(context)}
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
    nullable: true,
    description:
      'The announced releases that are still to come, the next one first; or those that were called off. Errors: BAD_USER_INPUT.',
  })
  async releases(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('organisation', () => ID, { nullable: true, description: 'Only those of this one; left out, all.' })
    organisation: string | null,
    @Arg('calledOff', () => Boolean, {
      defaultValue: false,
      description: 'True: those that were called off instead, in the order in which they were to come.',
    })
    calledOff: boolean,
    @Ctx() context: Context,
  ): Promise<Page<Release>> {
    const params = organisation ? [organisation] : [];
    const which = calledOff ? `release.called_off and ${isNewest(context)}` : toCome(context);
    const from = `from release where ${organisation ? 'organisation_id = ? and ' : ''}${which}`;
    const [page] = await readNounPages(context, Release, [''], args, {
      sql: `select release.* ${from}`,
      params,
      orderBy: ['scheduled_at', 'id'],
      count: async () =>
        (await context.rows<{ count: number }>(`select count(*)::int as count ${from}`, params))[0]!.count,
    });
    return page!;
  }

  @Query(() => Release, {
    nullable: true,
    description: 'A release by its id, also one that has come or was called off. Errors: NOT_FOUND.',
  })
  async release(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx() context: Context,
  ): Promise<Release> {
    const sql = `select release.* from release where release.id = ? and ${isNewest(context)}`;
    const [release] = await context.nouns(Release, sql, [id]);
    if (!release) throw new NotFound();
    return release;
  }

  @FieldResolver(() => Organisation, { nullable: true, description: 'Whose release it is.' })
  organisation(@Root() release: Release): Organisation {
    return { id: release.organisationId };
  }

  @FieldResolver(() => [Measure], {
    description:
      'What it is announced for, in the order of ids: it holds figures of these alone. Where it names none, of any of its organisation’s.',
  })
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
    if (release.calledOff) return 0;
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
