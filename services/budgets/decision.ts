import { Arg, Ctx, Directive, Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { DateTime, dayInLondon, instantOf } from '../kernel/dates.js';
import { BudgetStatement } from './ledger/budget-statement.js';
import { ControlTotal } from './ledger/control-total.js';
import { statements } from './ledger/statement.js';
import { budgetsOfMission, Mission } from './mission.js';
import { budgets, PooledBudget } from './pooled-budget.js';

@Directive('@key(fields: "id")')
@ObjectType({ description: 'A question that somebody has to settle, and how it was settled.' })
export class Decision {
  @Field(() => ID, { description: 'Its id, decision-<uuid>.' })
  id: string;

  @Directive('@external')
  @Field(() => DateTime, { nullable: true, description: 'When it was decided; null until then.' })
  decidedAt?: Date | null;

  @Directive('@external')
  @Field(() => Mission, { nullable: true, description: 'The mission it belongs to.' })
  mission?: Mission | null;
}

/** A decision as the gateway hands it over: its key and, where a field requires them, its instant and its mission. */
export function decisionOf({ id, decidedAt, mission }: Record<string, unknown>): Decision {
  const instant = typeof decidedAt === 'string' ? instantOf(decidedAt) : null;
  return Object.assign(new Decision(), { id, decidedAt: instant, mission: (mission as Mission | null) ?? null });
}

@ObjectType({ description: 'Money of one pool as it was known when a decision was taken, beside what is known now.' })
export class BudgetThenAndNow {
  @Field(() => PooledBudget, { description: 'The pool, as it is known now.' })
  budget: PooledBudget;

  @Field(() => DateTime, { description: 'The instant of knownThen: when it was decided.' })
  decidedAt: Date;
}

@Resolver(() => Decision)
export class DecisionBudgets {
  @Directive('@requires(fields: "decidedAt mission { id }")')
  @FieldResolver(() => [BudgetThenAndNow], {
    nullable: true,
    description:
      'The money of its mission, pool by pool: what was known at the instant it was decided, cut as As-Known-At cuts, beside what is known now. Null until it is decided. A request may look back to 20 instants. Errors: BAD_USER_INPUT. Source: the ledger.',
  })
  async budgets(@Root() { decidedAt, mission }: Decision, @Ctx() context: Context): Promise<BudgetThenAndNow[] | null> {
    if (!decidedAt || !mission) return null;
    const pools = (await context.load(budgetsOfMission, mission.id)) ?? [];
    return pools.map((budget) => Object.assign(new BudgetThenAndNow(), { budget, decidedAt }));
  }
}

@Resolver(() => BudgetThenAndNow)
export class BudgetThenAndNowResolver {
  @FieldResolver(() => BudgetStatement, {
    nullable: true,
    description:
      'What had taken effect by the end of that day in London, as the hub knew it at that instant. Null where the pool was not open yet.',
  })
  async knownThen(
    @Root() { budget, decidedAt }: BudgetThenAndNow,
    @Arg('controlTotal', () => ControlTotal, { nullable: true, description: 'Only this control total.' })
    controlTotal: ControlTotal | null | undefined,
    @Ctx() context: Context,
  ): Promise<BudgetStatement | null> {
    const then = context.knowing(decidedAt);
    const pool = await then.load(budgets, budget.id);
    const effectiveOn = dayInLondon(decidedAt);
    return pool && then.load(statements, { pool, cut: { ...whole(controlTotal), effectiveOn } });
  }

  @FieldResolver(() => BudgetStatement, { description: 'What is known now, or at As-Known-At.' })
  knownNow(
    @Root() { budget: pool }: BudgetThenAndNow,
    @Arg('controlTotal', () => ControlTotal, { nullable: true, description: 'Only this control total.' })
    controlTotal: ControlTotal | null | undefined,
    @Ctx() context: Context,
  ): Promise<BudgetStatement | null> {
    return context.load(statements, { pool, cut: whole(controlTotal) });
  }
}

const whole = (controlTotal: ControlTotal | null | undefined) => ({
  ...{ effectiveOn: null, financialYear: null, controlTotal: controlTotal ?? null },
});
