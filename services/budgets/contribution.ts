import { Ctx, Directive, Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { inOrder, type Loader } from '../kernel/loader.js';
import { Money } from '../kernel/money.js';
import { Expected, expectedAsKnown } from './expected.js';

@Directive('@key(fields: "id")')
@ObjectType({ description: 'What one organisation brings to a mission.' })
export class Contribution {
  @Field(() => ID, { description: 'Its id, <contributor>:<uuid>.' })
  id: string;
}

const expectedOf: Loader<string, Expected> = {
  async batch(ids, context) {
    const from = expectedAsKnown(context, 'expected.id = any(?::text[])');
    const found = await context.nouns(Expected, `select * from ${from} where pool_id is not null`, [ids]);
    return inOrder(ids, found, (each) => each.id);
  },
};

@Resolver(() => Contribution)
export class ContributionDeposits {
  @FieldResolver(() => Money, {
    nullable: true,
    description: 'Cash or cover in the pool, matched to it. Null when nothing is expected of it in a pool.',
  })
  async deposited(@Root() contribution: Contribution, @Ctx() context: Context): Promise<Money | null> {
    return (await context.load(expectedOf, contribution.id))?.deposited ?? null;
  }

  @FieldResolver(() => Money, {
    nullable: true,
    description: 'Committed - deposited - written off. Null when nothing is expected of it in a pool.',
  })
  async outstanding(@Root() contribution: Contribution, @Ctx() context: Context): Promise<Money | null> {
    return (await context.load(expectedOf, contribution.id))?.outstanding ?? null;
  }
}
