import { Ctx, Directive, Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { grouped, type Loader } from '../kernel/loader.js';
import { Outcome } from './outcome.js';
import { known } from './released.js';

@Directive('@key(fields: "id")')
@ObjectType({ description: 'One thing that stands in the way of a mission, or of several.' })
export class Challenge {
  @Field(() => ID, { description: 'Stable readable id.' })
  id: string;
}

const outcomesOfChallenge: Loader<string, Outcome[]> = {
  async batch(challenges, context) {
    const sql = `select * from outcome where challenge_id = any(?) and ${known(context, 'outcome')} order by id`;
    return grouped(challenges, await context.nouns(Outcome, sql, [challenges]), ({ challengeId }) => challengeId!);
  },
};

@Resolver(() => Challenge)
export class ChallengeOutcomes {
  @FieldResolver(() => [Outcome], {
    nullable: true,
    description:
      'The outcomes that tell about it, by id. Of a challenge whose spending is ACUTE they tell of the demand for help, of one whose spending is PREVENTION of what prevention is to change. Empty where none is defined.',
  })
  outcomes(@Root() { id }: Challenge, @Ctx() context: Context): Promise<Outcome[] | null> {
    return context.load(outcomesOfChallenge, id);
  }
}
