import { Arg, Args, Ctx, Directive, Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import { PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { ContributionOrder } from './contribution-order.js';
import { ContributionConnection, ContributionFilter, contributionPages } from './listing.js';

@Directive('@key(fields: "id")')
@ObjectType({ description: 'A body that takes part: a department, council, business, charity.' })
export class Organisation {
  @Field(() => ID, { description: 'Stable readable id.' })
  id: string;
}

@Resolver(() => Organisation)
export class OrganisationResolver {
  @FieldResolver(() => ContributionConnection, {
    nullable: true,
    description:
      'What it contributes, in the order of ids unless asked otherwise. Drafts are shown to the organisation itself and auditors.',
  })
  contributions(
    @Root() { id }: Organisation,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => ContributionFilter, { nullable: true, description: 'Which; all when left out.' })
    filter: ContributionFilter | null,
    @Arg('orderBy', () => ContributionOrder, { defaultValue: ContributionOrder.BY_ID, description: 'In which order.' })
    order: ContributionOrder,
    @Ctx() context: Context,
  ) {
    return context.load(contributionPages, { by: 'contributor_id', parent: id, args, filter: filter ?? {}, order });
  }
}
