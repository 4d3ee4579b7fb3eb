import { Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { inOrder, type Loader } from '../kernel/loader.js';
import { Allocation, allocations } from './allocation.js';
import { Contribution } from './contribution.js';
import { OverMissionsTotal, totalsOverMissions } from './onward-funding.js';

const paidOutOf: Loader<string, string> = {
  async batch(ids, context) {
    const sql = `select contribution_id, allocation_id from onward_funding where contribution_id = any(?::text[]) and recorded_at <= ?`;
    const rows = await context.rows<{ contribution_id: string; allocation_id: string }>(sql, [
      ...[ids, context.knownAt?.toISOString() ?? 'infinity'],
    ]);
    return inOrder(ids, rows, ({ contribution_id }) => contribution_id).map((row) => row?.allocation_id ?? null);
  },
};

@Resolver(() => Contribution)
export class ContributionOnward {
  @Query(() => [OverMissionsTotal], {
    nullable: true,
    description:
      'What was paid into the pools of all missions, by currency and control total, with what is in it twice shown and taken off: money that one pool paid out and its recipient paid into another. Source: the ledger.',
  })
  totalsOverMissions(@Ctx() context: Context): Promise<OverMissionsTotal[]> {
    return totalsOverMissions(context);
  }

  @FieldResolver(() => Allocation, {
    nullable: true,
    description: 'The allocation of another pool whose money it passes on, as its contributor states; else null.',
  })
  async paidOutOf(@Root() { id }: Contribution, @Ctx() context: Context): Promise<Allocation | null> {
    const allocation = await context.load(paidOutOf, id);
    return allocation ? context.load(allocations, allocation) : null;
  }
}
