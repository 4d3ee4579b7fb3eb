import { Arg, Args, Ctx, FieldResolver, ID, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, type Page, PageArgs, readNounPages } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { nounsById } from '../kernel/loader.js';
import { Organisation } from './organisation.js';

export const organisations = nounsById(Organisation, 'organisation');

@ObjectType({ description: 'A page of organisations, by id.' })
export class OrganisationConnection extends connectionOf(Organisation) {}

@Resolver(() => Organisation)
export class OrganisationResolver {
  @Query(() => Organisation, { nullable: true, description: 'One organisation by its id. Errors: NOT_FOUND.' })
  organisation(@Arg('id', () => ID, { description: 'Its readable id.' }) id: string, @Ctx() context: Context) {
    return context.find(organisations, id);
  }

  @Query(() => OrganisationConnection, {
    nullable: true,
    description: 'The organisation register, in the order of ids, with bodies that have closed.',
  })
  async organisations(@Args(() => PageArgs) args: PageArgs, @Ctx() context: Context): Promise<Page<Organisation>> {
    const table = context.known('organisation');
    const [page] = await readNounPages(context, Organisation, [''], args, {
      sql: `select * from ${table}`,
      orderBy: ['id'],
      count: async () =>
        (await context.rows<{ count: number }>(`select count(*)::int as count from ${table}`))[0]!.count,
    });
    return page!;
  }

  @FieldResolver(() => [Organisation], {
    description: 'The bodies that took over from it; empty while it exists or when none is known.',
  })
  async successors(@Root() organisation: Organisation, @Ctx() context: Context): Promise<Organisation[]> {
    const found = await Promise.all(organisation.successorIds.map((id) => context.load(organisations, id)));
    return found.filter((each) => each !== null);
  }
}
