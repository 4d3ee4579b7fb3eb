import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root, Subscription } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { inOrder, type Loader } from '../kernel/loader.js';
import { BadUserInput } from '../kernel/refusal.js';
import { Measure } from './measure.js';
import { measuresById } from './measure.resolver.js';
import { mostMeasuresAsked, PublishedFigures, publishedById, type WantedFigures } from './published-figures.js';
import { Release } from './release.js';
import { watchPublished } from './watch-published.js';

const newestRevisions: Loader<string, Release> = {
  async batch(ids, context) {
    const sql = 'select distinct on (id) * from release where id = any(?) order by id, revision desc';
    return inOrder(ids, await context.nouns(Release, sql, [ids]), ({ id }) => id);
  },
};

const onlyOf =
  'Only what has figures of these measures, at most 100 that are there, and of it only these; left out, all.';

/** Of what is not there nothing will ever be told: whoever asks for it learns that at once. */
async function measuresIn(measures: string[] | null | undefined, context: Context): Promise<string[] | null> {
  if (!measures) return null;
  if (measures.length > mostMeasuresAsked)
    throw new BadUserInput(`There are ${measures.length} measures; name at most ${mostMeasuresAsked}.`);
  const found = await Promise.all(measures.map((id) => context.load(measuresById, id)));
  const unknown = measures[found.indexOf(null)];
  if (unknown !== undefined)
    throw new BadUserInput(`There is no measure ${unknown.slice(0, 120)}; look up its id, or leave it out.`);
  return measures;
}

@Resolver(() => PublishedFigures)
export class PublishedFiguresResolver {
  @Query(() => PublishedFigures, {
    nullable: true,
    description: 'Figures that became public together; null when there are none. Errors: BAD_USER_INPUT.',
  })
  async publishedFigures(
    @Arg('id', () => ID, { nullable: true, description: 'As the subscription names it; left out, the newest.' })
    id: string | null,
    @Arg('measures', () => [ID], { nullable: true, description: onlyOf }) measures: string[] | null,
    @Ctx() context: Context,
  ): Promise<PublishedFigures | null> {
    const only = await measuresIn(measures, context);
    const found = await publishedById(context, id ?? null, only);
    if (found && only) found.measureIds = found.measureIds.filter((each) => only.includes(each));
    return found;
  }

  @Subscription(() => PublishedFigures, {
    name: 'publishedFigures',
    description:
      'Tells of figures as they become public: published, released, withdrawn. Everything asked for is answered as it is at that moment. Errors: BAD_USER_INPUT, RATE_LIMITED, UNAVAILABLE.',
    subscribe: async ({ args, context }) => {
      const { measures, after } = args as Partial<WantedFigures>;
      const only = await measuresIn(measures, context as Context);
      return watchPublished((context as Context).orm, { measures: only, after: after ?? null });
    },
  })
  told(
    @Root() told: PublishedFigures | undefined,
    @Arg('measures', () => [ID], { nullable: true, description: onlyOf }) _measures: string[] | null,
    @Arg('after', () => ID, {
      nullable: true,
      description:
        'The last id you know: what followed it is told first, of the newest thousand or more. Left out, from now on. The header Last-Event-ID goes before it.',
    })
    _after: string | null,
  ): PublishedFigures {
    if (!told) throw new BadUserInput('Subscriptions are answered as text/event-stream; say so in the Accept header.');
    return told;
  }

  @FieldResolver(() => [Measure], { description: 'The measures they are of, in the order of their ids.' })
  async measures(@Root() told: PublishedFigures, @Ctx() context: Context): Promise<Measure[]> {
    const found = await Promise.all(told.measureIds.map((id) => context.load(measuresById, id)));
    return found.filter((measure): measure is Measure => measure !== null);
  }

  @FieldResolver(() => Release, {
    nullable: true,
    description: 'The release they came with; null when RELEASED is not how.',
  })
  async release(@Root() { releaseId }: PublishedFigures, @Ctx() context: Context): Promise<Release | null> {
    return releaseId === null ? null : context.load(newestRevisions, releaseId);
  }
}
