import { Arg, Args, Ctx, Field, FieldResolver, ID, InputType, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, type Page, PageArgs, readNounPages } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { inOrder, type Loader } from '../kernel/loader.js';
import { Challenge } from './challenge.js';
import { Measure } from './measure.js';
import { measuresOfOutcome } from './measure.resolver.js';
import { Mission } from './mission.js';
import { Outcome, OutcomeKind } from './outcome.js';
import { known } from './released.js';

export const outcomesById: Loader<string, Outcome> = {
  async batch(ids, context) {
    const sql = `select * from outcome where id = any(?) and ${known(context, 'outcome')}`;
    return inOrder(ids, await context.nouns(Outcome, sql, [ids]), ({ id }) => id);
  },
};

@ObjectType({ description: 'A page of outcomes, by id.' })
export class OutcomeConnection extends connectionOf(Outcome) {}

@InputType({ description: 'Which outcomes to list; what is left out does not restrict.' })
export class OutcomeFilter {
  @Field(() => ID, { nullable: true, description: 'Only outcomes of this mission.' })
  mission?: string | null;

  @Field(() => OutcomeKind, { nullable: true, description: 'Only outcomes of this kind.' })
  kind?: OutcomeKind | null;
}

@Resolver(() => Outcome)
export class OutcomeResolver {
  @Query(() => Outcome, { nullable: true, description: 'One outcome by its id. Errors: NOT_FOUND.' })
  outcome(@Arg('id', () => ID, { description: 'Its readable id.' }) id: string, @Ctx() context: Context) {
    return context.find(outcomesById, id);
  }

  @Query(() => OutcomeConnection, { nullable: true, description: 'All outcomes, in the order of their ids.' })
  async outcomes(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => OutcomeFilter, { nullable: true, description: 'Which of them.' })
    filter: OutcomeFilter | null,
    @Ctx() context: Context,
  ): Promise<Page<Outcome>> {
    const [conditions, params] = [[known(context, 'outcome')], [] as string[]];
    if (filter?.mission) params.push(filter.mission) && conditions.push('mission_ids @> array[?]::text[]');
    if (filter?.kind) params.push(filter.kind) && conditions.push('kind = ?');
    const from = `from outcome where ${conditions.join(' and ')}`;
    const [page] = await readNounPages(context, Outcome, [''], args, {
      sql: `select * ${from}`,
      params,
      orderBy: ['id'],
      count: async () =>
        (await context.rows<{ count: number }>(`select count(*)::int as count ${from}`, params))[0]!.count,
    });
    return page!;
  }

  @FieldResolver(() => [Mission], { nullable: true, description: 'The missions it belongs to.' })
  missions(@Root() outcome: Outcome): Mission[] {
    return outcome.missionIds.map((id) => ({ id }));
  }

  @FieldResolver(() => Challenge, { nullable: true, description: 'The challenge it tells about, where it is one.' })
  challenge(@Root() outcome: Outcome): Challenge | null {
    return outcome.challengeId === null ? null : { id: outcome.challengeId };
  }

  @FieldResolver(() => [Measure], { description: 'What is measured to see it, in the order of ids.' })
  async measures(@Root() outcome: Outcome, @Ctx() context: Context): Promise<Measure[]> {
    return (await context.load(measuresOfOutcome, outcome.id)) ?? [];
  }
}

@Resolver(() => Measure)
export class MeasureOutcomeResolver {
  @FieldResolver(() => Outcome, { nullable: true, description: 'What it shows; null when that was not known yet.' })
  outcome(@Root() measure: Measure, @Ctx() context: Context): Promise<Outcome | null> {
    return context.load(outcomesById, measure.outcomeId);
  }
}
