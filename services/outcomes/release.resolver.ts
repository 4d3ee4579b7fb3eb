import { Arg, Args, Ctx, FieldResolver, ID, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, type Page, PageArgs, readNounPages } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { inOrder, type Loader } from '../kernel/loader.js';
import { nounOfRow } from '../kernel/noun-of-row.js';
import { BadUserInput, NotFound } from '../kernel/refusal.js';
import { Measure } from './measure.js';
import { measuresById } from './measure.resolver.js';
import { Organisation } from './organisation.js';
import { Release } from './release.js';
import { instantOfAnswer } from './released.js';

/** SQL that is true for the newest revision of a release at the request's instant. */
function isNewest({ knownAt }: Context): string {
  const known = (each: string) => (knownAt ? `${each}.recorded_at <= '${knownAt.toISOString()}'` : 'true');
  return `${known('release')} and not exists (select from release later
    where later.id = release.id and later.revision = release.revision + 1 and ${known('later')})`;
}

/** The instant by which a release has come or not: nothing comes earlier for an As-Known-At that lies in the future. */
const instantIn = ({ knownAt }: Context) => (knownAt ? `least(now(), '${knownAt.toISOString()}')` : 'now()');

/** The same where it is still to come then. */
const toCome = (context: Context): string =>
  `${isNewest(context)} and not release.called_off and release.scheduled_at > ${instantIn(context)}`;

/** The same where it has come by then. */
const hasCome = (context: Context): string =>
  `${isNewest(context)} and not release.called_off and release.scheduled_at <= ${instantIn(context)}`;

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

/** Which measures a release has figures of: row-level security shows a publication of none that has not come. */
const brought: Loader<string, { id: string; measures: string[] }> = {
  async batch(ids, context) {
    const rows = await context.rows<{ id: string; measures: string[] }>(
      `select release_id as id, array_agg(distinct measure_id order by measure_id) as measures from publication
       where release_id = any(?) and release_instant(release_id) <= ${instantIn(context)} group by release_id`,
      [ids],
    );
    return inOrder(ids, rows, ({ id }) => id);
  },
};

const figureCounts: Loader<string, { id: string; count: number }> = {
  async batch(ids, context) {
    const sql = 'select id, figures_waiting(id) as count from unnest(?::text[]) as asked(id)';
    return inOrder(ids, await context.rows<{ id: string; count: number }>(sql, [ids]), ({ id }) => id);
  },
};

@ObjectType({
  description: 'A page of releases, in the order in which they come; of those that have come, the last one first.',
})
export class ReleaseConnection extends connectionOf(Release) {}

@Resolver(() => Release)
export class ReleaseResolver {
  @Query(() => ReleaseConnection, {
    nullable: true,
    description:
      'The announced releases that are still to come, the next one first; or those that have come, or that were called off. Errors: BAD_USER_INPUT.',
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
    @Arg('come', () => Boolean, {
      defaultValue: false,
      description: 'True: those that have come instead, the last one first.',
    })
    come: boolean,
    @Ctx() context: Context,
  ): Promise<Page<Release>> {
    if (calledOff && come) throw new BadUserInput('What was called off has not come: ask for one or the other.');
    const params = organisation ? [organisation] : [];
    const others = calledOff ? `release.called_off and ${isNewest(context)}` : toCome(context);
    const which = come ? hasCome(context) : others;
    const from = `from release where ${organisation ? 'organisation_id = ? and ' : ''}${which}`;
    const [page] = await readNounPages(context, Release, [''], args, {
      sql: `select release.* ${from}`,
      params,
      orderBy: ['scheduled_at', 'id'],
      descending: come,
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

  @FieldResolver(() => Boolean, {
    description:
      'Whether its hour has struck: all that was put into it is public since. False where it was called off.',
  })
  async hasCome(@Root() { calledOff, scheduledAt }: Release, @Ctx() context: Context): Promise<boolean> {
    return !calledOff && scheduledAt <= (await context.load(instantOfAnswer, ''))!;
  }

  @FieldResolver(() => [Measure], {
    description: 'The measures that it has brought figures of, in the order of ids; none until it comes.',
  })
  async figuresOf(@Root() release: Release, @Ctx() context: Context): Promise<Measure[]> {
    if (release.calledOff) return [];
    const ids = (await context.load(brought, release.id))?.measures ?? [];
    const found = await Promise.all(ids.map((id) => context.load(measuresById, id)));
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
