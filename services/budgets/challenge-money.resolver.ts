import { Ctx, Directive, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { grouped, type Loader } from '../kernel/loader.js';
import { Challenge } from './challenge.js';
import { ChallengeMoney, type ChallengeMoneyRow, challengeMoneyOf, sums } from './challenge-money.js';
import { LearningCycle } from './learning-cycle.js';
import { budgets, PooledBudget } from './pooled-budget.js';

interface Asked {
  challenge: string;
  /** The first and the last day; null: since ever, until now. */
  since: string | null;
  until: string | null;
}

/** What moved in the allocations for challenges, each within its days: one SQL statement for all. */
const moneyOfChallenges: Loader<Asked, ChallengeMoney[]> = {
  cacheKey: ({ challenge, since, until }) => `${challenge} ${since} ${until}`,
  async batch(asked, context) {
    const given = asked.map((each, place) => ({ place, ...each }));
    const columns = Object.entries(sums).map(
      ([name, which]) => `coalesce(sum(posting.amount) filter (where ${which}), 0)::text as "${name}"`,
    );
    const rows = await context.rows<ChallengeMoneyRow>(
      `select asked.place, transfer.pool_id, transfer.currency, transfer.control_total, ${columns.join(', ')}
         from json_to_recordset(?::json) as asked(place int, challenge text, since date, until date)
         join allocation on allocation.challenge_id = asked.challenge
         join transfer on transfer.allocation_id = allocation.id
          and transfer.effective_on between coalesce(asked.since, '-infinity') and coalesce(asked.until, 'infinity')
         join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id
        where transfer.recorded_at <= ?
        group by 1, 2, 3, 4 order by 1, 2, 3, 4`,
      [JSON.stringify(given), context.knownAt?.toISOString() ?? 'infinity'],
    );
    const places = asked.map((_, place) => String(place));
    return grouped(places, rows, ({ place }) => String(place)).map((some) => some.map(challengeMoneyOf));
  },
};

@Resolver(() => Challenge)
export class MoneyOfChallenge {
  @FieldResolver(() => [ChallengeMoney], {
    nullable: true,
    description:
      'What was set aside for it out of pools and what became of it, by pool and control total; empty where nothing was. A challenge of several missions has money of several missions’ pools.',
  })
  money(@Root() { id: challenge }: Challenge, @Ctx() context: Context) {
    return context.load(moneyOfChallenges, { challenge, since: null, until: null });
  }
}

@Resolver(() => LearningCycle)
export class MoneyOfLearningCycle {
  @Directive('@requires(fields: "challenge { id } startedOn closedOn")')
  @FieldResolver(() => [ChallengeMoney], {
    nullable: true,
    description:
      'What moved in the allocations for its challenge, with effect from the day it started until the day it was closed; until now while it runs. Empty where nothing moved.',
  })
  moneyMoved(@Root() { challenge, startedOn, closedOn }: LearningCycle, @Ctx() context: Context) {
    if (!challenge || !startedOn) return null;
    const asked = { challenge: challenge.id, since: startedOn, until: closedOn ?? null };
    return context.load(moneyOfChallenges, asked);
  }
}

@Resolver(() => ChallengeMoney)
export class PoolOfChallengeMoney {
  @FieldResolver(() => PooledBudget, { nullable: true, description: 'The pool it is money of.' })
  budget(@Root() { poolId }: ChallengeMoney, @Ctx() context: Context) {
    return context.load(budgets, poolId);
  }
}
