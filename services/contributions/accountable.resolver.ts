import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { accountableOf, totalsByAccountable } from './accountable.js';
import { Contribution } from './contribution.js';
import { ContributionTotal } from './contribution-total.js';
import { Organisation } from './organisation.js';
import { pointer } from './pointers.js';

@Resolver(() => Contribution)
export class AccountableNow {
  @FieldResolver(() => Organisation, {
    nullable: true,
    description:
      'Who answers for it now: its contributor, or the body that took over from it. Null where several did and the mission unit has not named one yet. Source: the organisation register.',
  })
  async accountableNow(@Root() { id }: Contribution, @Ctx() context: Context) {
    return pointer(await context.load(accountableOf, id));
  }
}

@Resolver(() => Organisation)
export class AccountableTotals {
  @FieldResolver(() => [ContributionTotal], {
    nullable: true,
    description:
      'What it answers for now, over all missions: its own contributions and those of bodies it took over from, less those that others took over. Added up per state, pooling, currency, financial year and control total, and never across them. A body that several took over from keeps what none of them has been named for, so that the sum over all of them stays. Drafts are in none.',
  })
  accountableTotals(@Root() { id }: Organisation, @Ctx() context: Context) {
    return context.load(totalsByAccountable, id);
  }
}
