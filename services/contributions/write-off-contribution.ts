import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { v7 as uuid } from 'uuid';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { Day } from '../kernel/dates.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { Money, MoneyInput } from '../kernel/money.js';
import { Refused, refuse } from '../kernel/refusal.js';
import { moneyAbove0, notInFuture } from './check-terms.js';
import { Contribution } from './contribution.js';
import { endWithPool } from './ending.js';
import { answerWith, lockFor, type Standing, today } from './standing.js';
import { ContributionState } from './states.js';
import { atStoreOf } from './store.js';
import { isForPool, tellWrittenOff } from './telling-budgets.js';
import { tellWebhooks } from './telling-webhooks.js';
import { readSettled } from './variation.js';
import { WebhookEvent } from './webhook.js';
import { MoreThanOutstanding } from './write-off.js';
import { add, takeSteps } from './writing.js';

@InputType({ description: 'What is not expected any more of a binding contribution.' })
export class WriteOffContributionInput extends ChangeInput {
  @Field(() => ID, { description: 'The contribution.' })
  contribution: string;

  @Field(() => MoneyInput, { description: 'How much, above zero and at most what is outstanding.' })
  amount: MoneyInput;

  @Field(() => String, { description: 'Why; public.' })
  reason: string;

  @Field(() => Day, {
    nullable: true,
    description: 'From which day, between the commitment and today; today when left out.',
  })
  effectiveOn?: string | null;
}

@ObjectType({ description: 'The contribution, or why the write-off was declined.' })
export class WriteOffContributionPayload extends DeedPayload {
  @Field(() => Contribution, { nullable: true, description: 'The contribution as it stands now; null when declined.' })
  contribution: Contribution | null;
}

const { COMMITTED, PART_DEPOSITED, DEPOSITED, WRITTEN_OFF } = ContributionState;

@Resolver()
export class WriteOffContribution {
  @Mutation(() => WriteOffContributionPayload, {
    description:
      'Writes off part or all of what is outstanding of a COMMITTED or PART_DEPOSITED contribution in money. When nothing is left outstanding it becomes WRITTEN_OFF, or DEPOSITED where part of it had arrived. Role: accounting-officer of the contributor. Refusals: NOT_FOUND, STALE_VERSION, ILLEGAL_TRANSITION, CURRENCY_MISMATCH, MORE_THAN_OUTSTANDING, BAD_USER_INPUT.',
  })
  async writeOffContribution(
    @Arg('input', () => WriteOffContributionInput, { description: 'How much and why.' })
    input: WriteOffContributionInput,
    @Ctx() context: Context,
  ): Promise<WriteOffContributionPayload> {
    const deed = { name: 'writeOffContribution', input, by: ['accounting-officer'], ...byId(Contribution) } as const;
    const { noun, ...done } = await perform(atStoreOf(context, input.contribution), deed, async (em, caller) => {
      const { contribution: id, reason, effectiveOn: stated } = input;
      const { contribution, current } = await lockFor(em, caller, id, { CONTRIBUTOR: 'accounting-officer' });
      expectVersion(input, contribution.version);
      if (![COMMITTED, PART_DEPOSITED].includes(contribution.state)) throw new Refused([contribution.cannot()]);
      if (reason.trim() === '') refuse('BAD_USER_INPUT', 'Say why.', ['reason']);
      if (!current.total) return refuse('BAD_USER_INPUT', 'Only money is written off.', ['amount']);
      const money = moneyAbove0(input.amount, ['amount']);
      if (money.currency !== current.currency)
        refuse('CURRENCY_MISMATCH', `The contribution is in ${current.currency}.`, ['amount']);
      const { deposited, writtenOff } = await readSettled(em, id);
      const outstanding = current.total.minor - deposited - writtenOff;
      if (money.minor > outstanding)
        throw new Refused([new MoreThanOutstanding(new Money(outstanding, money.currency))]);
      notInFuture(stated, ['effectiveOn']);
      const effectiveOn = stated ?? today();
      const since = await committedOn(em, id);
      if (effectiveOn < since) refuse('BAD_USER_INPUT', `It was committed on ${since} only.`, ['effectiveOn']);
      await write(em, { contribution, current }, { money, reason, effectiveOn, subject: caller.subject });
      if (money.minor === outstanding) {
        const { contributorId, number, version } = contribution;
        const state = deposited > 0n ? DEPOSITED : WRITTEN_OFF;
        await takeSteps(em, caller, [{ id, contributorId, version: version + 1, number, state, effectiveOn, reason }]);
        if (state === DEPOSITED) await endWithPool(em, caller, id);
      }
      return answerWith(em, id);
    });
    return { contribution: noun, ...done };
  }
}

interface Given {
  money: Money;
  reason: string;
  effectiveOn: string;
  subject: string;
}

async function write(
  em: EntityManager,
  { contribution }: Standing,
  { money, reason, effectiveOn, subject }: Given,
): Promise<void> {
  const { amount, currency, minor } = money;
  await add(em, 'write_off', [
    {
      ...{ id: `write-off-${uuid()}`, contribution_id: contribution.id, contributor_id: contribution.contributorId },
      ...{ amount: minor.toString(), currency, reason, effective_on: effectiveOn, by_subject: subject },
    },
  ]);
  const { id: about, contributorId } = contribution;
  const data = { contribution: about, writtenOff: { amount, currency }, effectiveOn };
  await tellWebhooks(em, WebhookEvent.WRITTEN_OFF, [{ contributorId, about, data }]);
  if (isForPool(contribution))
    await tellWrittenOff(em, { contributionId: contribution.id, amount, currency, effectiveOn });
}

async function committedOn(em: EntityManager, id: string): Promise<string> {
  const [row] = await query<{ effective_on: string }>(
    em,
    `select effective_on::text from contribution_state where contribution_id = ? and state = 'COMMITTED' order by sequence limit 1`,
    [id],
  );
  return row!.effective_on;
}
