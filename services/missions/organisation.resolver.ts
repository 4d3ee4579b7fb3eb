import { Arg, Args, Ctx, FieldResolver, ID, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, type Page, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { nounsById } from '../kernel/loader.js';
import { Organisation } from './organisation.js';
import { OrganisationFilter, OrganisationOrder, organisationPage } from './organisation-listing.js';

export const organisations = nounsById(Organisation, 'organisation');

@ObjectType({ description: 'A page of organisations.' })
export class OrganisationConnection extends connectionOf(Organisation) {}

@Resolver(() => Organisation)
export class OrganisationResolver {
  @Query(() => Organisation, { nullable: true, description: 'One organisation by its id. Errors: NOT_FOUND.' })
  organisation(@Arg('id', () => ID, { description: 'Its readable id.' }) id: string, @Ctx() context: Context) {
    return context.find(organisations, id);
  }

  @Query(() => OrganisationConnection, {
    nullable: true,
    description:
      'The organisation register, all or by filter, in the order of ids unless asked otherwise; with bodies that have closed, unless the filter leaves them out.',
  })
  organisations(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => OrganisationFilter, { nullable: true, description: 'Which organisations.' })
    filter: OrganisationFilter | null | undefined,
    @Arg('orderBy', () => OrganisationOrder, { defaultValue: OrganisationOrder.BY_ID, description: 'In which order.' })
    orderBy: OrganisationOrder,
    @Ctx() context: Context,
  ): Promise<Page<Organisation>> {
    return organisationPage(context, args, filter ?? {}, orderBy);
  }

  @FieldResolver(() => [Organisation], {
    description: 'The bodies that took over from it; empty while it exists or when none is known.',
  })
  async successors(@Root() organisation: Organisation, @Ctx() context: Context): Promise<Organisation[]> {
    const found = await Promise.all(organisation.successorIds.map((id) => context.load(organisations, id)));
    return found.filter((each) => each !== null);
  }
}
