import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { v7 as uuid } from 'uuid';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { Day } from '../kernel/dates.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { CurrencyCode, Decimal, MoneyInput } from '../kernel/money.js';
import { refuse } from '../kernel/refusal.js';
import { minorOf } from './amount.js';
import { ControlTotal } from './ledger/control-total.js';
import { BudgetState, expectMeant, lockPoolsOf, PooledBudget } from './pooled-budget.js';

@InputType({ description: 'A pool to be opened.' })
export class OpenBudgetInput extends DeedInput {
  @Field(() => ID, { description: 'The mission it is for.' })
  mission: string;

  @Field(() => String, { description: 'Its name, the only one so called in its mission.' })
  name: string;

  @Field(() => ID, { description: 'The organisation whose accounting officer answers for it.' })
  host: string;

  @Field(() => ID, { nullable: true, description: 'Who runs it day by day, where that is not the host.' })
  poolManager?: string | null;

  @Field(() => CurrencyCode, { description: 'Its one currency.' })
  currency: string;

  @Field(() => [ControlTotal], { description: 'The control totals it will hold money of; one at least.' })
  controlTotals: ControlTotal[];

  @Field(() => Boolean, {
    defaultValue: true,
    description:
      'True: money is of one financial year, as voted. False: authority does not expire at the end of a year.',
  })
  annual: boolean;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'True: its financial years are calendar years (2025-25). False: they run from April (2025-26).',
  })
  calendarYears: boolean;

  @Field(() => Day, {
    nullable: true,
    description:
      'Its first day, kept for ever: nothing in it takes effect earlier, or is of a financial year that had ended before. Left out: any day since 1900 will do.',
  })
  startsOn?: string | null;

  @Field(() => MoneyInput, {
    nullable: true,
    description:
      'The most that an approver may approve alone for one recipient within 30 days, in the currency of the pool; zero: nothing. Left out: no limit.',
  })
  delegatedLimit?: MoneyInput | null;

  @Field(() => MoneyInput, {
    nullable: true,
    description:
      'The most that an approver may move between allocations alone, in the currency of the pool; zero: nothing. Left out: no limit.',
  })
  virementLimit?: MoneyInput | null;

  @Field(() => Decimal, {
    nullable: true,
    description:
      'The most that may be carried over out of a year, in percent of what came in for it: 0 to 100, at most 4 decimals. Left out: no cap.',
  })
  carryOverCapPercent?: string | null;

  @Field(() => Boolean, { defaultValue: false, description: 'True when made up to show the hub.' })
  illustrative: boolean;

  @Field(() => String, { nullable: true, description: 'What it is called in the source it is imported from.' })
  sourceReference?: string | null;
}

@ObjectType({ description: 'The opened pool, or why it was declined.' })
export class OpenBudgetPayload extends DeedPayload {
  @Field(() => PooledBudget, { nullable: true, description: 'The pool, OPEN; null when declined.' })
  budget: PooledBudget | null;
}

@Resolver()
export class OpenBudget {
  @Mutation(() => OpenBudgetPayload, {
    description:
      'Opens a pool for a mission. It takes over what contributors have committed to the mission in its currency without naming a pool, if it is the only open one. Role: mission-finance. Refusals: BAD_USER_INPUT, CURRENCY_MISMATCH, ALREADY_EXISTS.',
  })
  async openBudget(
    @Arg('input', () => OpenBudgetInput, { description: 'The pool.' }) input: OpenBudgetInput,
    @Ctx() context: Context,
  ): Promise<OpenBudgetPayload> {
    const deed = { name: 'openBudget', input, by: ['mission-finance'], ...byId(PooledBudget) } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      const { mission: missionId, name, host: hostId, currency } = input;
      for (const [field, text] of Object.entries({ mission: missionId, name, host: hostId })) {
        if (text.trim() === '') refuse('BAD_USER_INPUT', `The pool needs a ${field}.`, [field]);
      }
      const controlTotals = [...new Set(input.controlTotals)];
      if (controlTotals.length === 0) refuse('BAD_USER_INPUT', 'State at least one control total.', ['controlTotals']);
      if (input.startsOn) expectMeant(input.startsOn, 'startsOn');
      const limits = limitsOf(input);
      await lockPoolsOf(em, [missionId]);
      if (await em.findOne(PooledBudget, { missionId, name })) {
        refuse('ALREADY_EXISTS', `Mission ${missionId} has a budget called ${name} already.`, ['name']);
      }
      const { annual, calendarYears, illustrative } = input;
      const budget = em.create(PooledBudget, {
        ...{ id: `budget-${uuid()}`, missionId, name, hostId, currency, state: BudgetState.OPEN },
        ...{ annual, calendarYears, controlTotals, illustrative, ...limits },
        ...{ poolManagerId: input.poolManager ?? null, startsOn: input.startsOn ?? null },
        sourceReference: input.sourceReference ?? null,
      });
      await em.flush();
      await adoptWaiting(em, budget);
      return budget;
    });
    return { budget: noun, ...done };
  }
}

function limitsOf({ delegatedLimit, virementLimit, carryOverCapPercent, currency }: OpenBudgetInput) {
  if (carryOverCapPercent && !/^(100(\.0{1,4})?|\d{1,2}(\.\d{1,4})?)$/.test(carryOverCapPercent)) {
    refuse('BAD_USER_INPUT', 'The cap is 0 to 100 percent, with at most 4 decimals.', ['carryOverCapPercent']);
  }
  return {
    delegatedLimitMinor: delegatedLimit ? minorOf(delegatedLimit, currency, ['delegatedLimit'], 0n) : null,
    virementLimitMinor: virementLimit ? minorOf(virementLimit, currency, ['virementLimit'], 0n) : null,
    carryOverCapPercent: carryOverCapPercent ?? null,
  };
}

/** What is committed to the mission and waits for a pool comes here, unless there is another pool to choose from. */
async function adoptWaiting(em: EntityManager, { id, missionId, currency }: PooledBudget): Promise<void> {
  await query(
    em,
    `update expected set pool_id = ? where pool_id is null and mission_id = ? and currency = ? and not exists (
       select from pooled_budget where mission_id = ? and currency = ? and state = 'OPEN' and id <> ?)`,
    [id, missionId, currency, missionId, currency, id],
  );
}
