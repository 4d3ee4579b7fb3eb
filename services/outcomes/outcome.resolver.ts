import { Arg, Args, Ctx, FieldResolver, ID, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, type Page, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { inOrder, type Loader } from '../kernel/loader.js';
import { Challenge } from './challenge.js';
import { Measure } from './measure.js';
import { measuresOfOutcome } from './measure.resolver.js';
import { Mission } from './mission.js';
import { Outcome } from './outcome.js';
import { OutcomeFilter, OutcomeOrder, outcomePage } from './outcome-listing.js';
import { known } from './released.js';

export const outcomesById: Loader<string, Outcome> = {
  async batch(ids, context) {
    const sql = `select * from outcome where id = any(?) and ${known(context, 'outcome')}`;
    return inOrder(ids, await context.nouns(Outcome, sql, [ids]), ({ id }) => id);
  },
};

@ObjectType({ description: 'A page of outcomes.' })
export class OutcomeConnection extends connectionOf(Outcome) {}

@Resolver(() => Outcome)
export class OutcomeResolver {
  @Query(() => Outcome, { nullable: true, description: 'One outcome by its id. Errors: NOT_FOUND.' })
  outcome(@Arg('id', () => ID, { description: 'Its readable id.' }) id: string, @Ctx() context: Context) {
    return context.find(outcomesById, id);
  }

  @Query(() => OutcomeConnection, {
    nullable: true,
    description: 'Outcomes, all or by filter, in the order of their ids unless asked otherwise.',
  })
  outcomes(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => OutcomeFilter, { nullable: true, description: 'Which of them.' })
    filter: OutcomeFilter | null | undefined,
    @Arg('orderBy', () => OutcomeOrder, { defaultValue: OutcomeOrder.BY_ID, description: 'In which order.' })
    orderBy: OutcomeOrder,
    @Ctx() context: Context,
  ): Promise<Page<Outcome>> {
    return outcomePage(context, args, filter ?? {}, orderBy);
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
