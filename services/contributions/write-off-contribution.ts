import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { v7 as uuid } from 'uuid';
import type { Caller } from '../kernel/caller.js';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { Day } from '../kernel/dates.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { Money, MoneyInput } from '../kernel/money.js';
import { Refused, refuse } from '../kernel/refusal.js';
import { moneyAbove0, notInFuture } from './check-terms.js';
import { Contribution } from './contribution.js';
import { endWithPool } from './ending.js';
import type { Side } from './kinds.js';
import { answerWith, lockFor, type Standing, today } from './standing.js';
import { ContributionState } from './states.js';
import { atStoreOf } from './store.js';
import { isForPool, tellWrittenOff } from './telling-budgets.js';
import { tellWebhooks } from './telling-webhooks.js';
import { readSettled } from './variation.js';
import { WebhookEvent } from './webhook.js';
import { MoreThanOutstanding } from './write-off.js';
import {
  againstApproval,
  contentHashOf,
  readWriteOffs,
  type WriteOffApproval,
  type WriteOffContent,
} from './write-off-approval.js';
import { add, takeSteps } from './writing.js';

@InputType({ description: 'What is not to be expected any more of a binding contribution; both sides state the same.' })
export class WriteOffContributionInput extends ChangeInput {
  @Field(() => ID, { description: 'The contribution.' })
  contribution: string;

  @Field(() => MoneyInput, { description: 'How much, above zero and at most what is outstanding.' })
  amount: MoneyInput;

  @Field(() => String, { description: 'Why, in the same words from both sides; public once it holds.' })
  reason: string;

  @Field(() => Day, {
    nullable: true,
    description:
      'From which day, between the commitment and today. Left out: the day that the other side has approved, else today in London.',
  })
  effectiveOn?: string | null;
}

@ObjectType({ description: 'The contribution, or why the write-off was declined.' })
export class WriteOffContributionPayload extends DeedPayload {
  @Field(() => Contribution, {
    nullable: true,
    description:
      'The contribution as it stands now: after the first approval with its pendingWriteOff, after the second with one more of its writeOffs. Null when declined.',
  })
  contribution: Contribution | null;
}

const { COMMITTED, PART_DEPOSITED, DEPOSITED, WRITTEN_OFF } = ContributionState;

@Resolver()
export class WriteOffContribution {
  @Mutation(() => WriteOffContributionPayload, {
    description:
      "Approves to write off part or all of what is outstanding of a COMMITTED or PART_DEPOSITED contribution in money; two people of two organisations do, in any order, and with the second approval of the same amount, day and reason it holds. When nothing is left outstanding it becomes WRITTEN_OFF, or DEPOSITED where part of it had arrived. Another amount, day or reason from the side that approved first takes the place of its approval; from the other side it is refused. An approval ends when the contribution's state or terms change. Role: accounting-officer of the contributor, or mission-finance for the board. Refusals: NOT_FOUND, STALE_VERSION, ILLEGAL_TRANSITION, SEPARATION_OF_DUTIES, NOT_WHAT_WAITS, CURRENCY_MISMATCH, MORE_THAN_OUTSTANDING, BAD_USER_INPUT.",
  })
  async writeOffContribution(
    @Arg('input', () => WriteOffContributionInput, { description: 'How much and why.' })
    input: WriteOffContributionInput,
    @Ctx() context: Context,
  ): Promise<WriteOffContributionPayload> {
    const by = ['accounting-officer', 'mission-finance'] as const;
    const deed = { name: 'writeOffContribution', input, by, ...byId(Contribution) };
    const { noun, ...done } = await perform(atStoreOf(context, input.contribution), deed, async (em, caller) => {
      const speakers = { CONTRIBUTOR: 'accounting-officer', MISSION: 'mission-finance' } as const;
      const { contribution, current, side } = await lockFor(em, caller, input.contribution, speakers);
      expectVersion(input, contribution.version);
      if (![COMMITTED, PART_DEPOSITED].includes(contribution.state)) throw new Refused([contribution.cannot()]);
      const { id, version } = contribution;
      const { approvalCount, writeOffCount, pending } = await readWriteOffs(em, id, version);
      const stated = { ...input, effectiveOn: input.effectiveOn ?? dayWaiting(pending, side) };
      const { money, effectiveOn, isAll, hasArrived } = await check(em, { contribution, current }, stated);
      const content = { contribution: id, version, place: writeOffCount + 1, money, reason: input.reason, effectiveOn };
      const hash = contentHashOf(content);
      const { subject, organisation } = caller;
      const against = pending && againstApproval(pending, hash, { side, subject, organisation });
      if (against) throw new Refused([against]);
      const what = { ...columnsOf(contribution, content), content_hash: hash };
      const approval = { ordinal: approvalCount + 1, side, subject, organisation, version };
      await add(em, 'write_off_approval', [{ ...what, ...approval }]);
      if (!pending || pending.side === side) return answerWith(em, id);
      await add(em, 'write_off', [{ ...what, id: `write-off-${uuid()}`, by_subject: subject }]);
      await tell(em, contribution, content);
      if (isAll) await end(em, caller, contribution, { ...content, state: hasArrived ? DEPOSITED : WRITTEN_OFF });
      return answerWith(em, id);
    });
    return { contribution: noun, ...done };
  }
}

/** The day that the other side has approved: who agrees need not say it again. */
const dayWaiting = (pending: WriteOffApproval | null, side: Side): string | null =>
  pending && pending.side !== side ? pending.effectiveOn : null;

/** Refuses what cannot be written off, whoever approves it. */
async function check(
  em: EntityManager,
  { contribution: { id }, current }: Standing,
  { amount, reason, effectiveOn: stated }: Pick<WriteOffContributionInput, 'amount' | 'reason' | 'effectiveOn'>,
) {
  if (reason.trim() === '') refuse('BAD_USER_INPUT', 'Say why.', ['reason']);
  if (!current.total) return refuse('BAD_USER_INPUT', 'Only money is written off.', ['amount']);
  const money = moneyAbove0(amount, ['amount']);
  if (money.currency !== current.currency)
    refuse('CURRENCY_MISMATCH', `The contribution is in ${current.currency}.`, ['amount']);
  const { deposited, writtenOff } = await readSettled(em, id);
  const outstanding = current.total.minor - deposited - writtenOff;
  if (money.minor > outstanding) throw new Refused([new MoreThanOutstanding(new Money(outstanding, money.currency))]);
  notInFuture(stated, ['effectiveOn']);
  const effectiveOn = stated ?? today();
  const since = await committedOn(em, id);
  if (effectiveOn < since) refuse('BAD_USER_INPUT', `It was committed on ${since} only.`, ['effectiveOn']);
  return { money, effectiveOn, isAll: money.minor === outstanding, hasArrived: deposited > 0n };
}

const columnsOf = ({ id, contributorId }: Contribution, { money, reason, effectiveOn }: WriteOffContent) => ({
  contribution_id: id,
  contributor_id: contributorId,
  amount: money.minor.toString(),
  currency: money.currency,
  reason,
  effective_on: effectiveOn,
});

async function tell(em: EntityManager, contribution: Contribution, { money, effectiveOn }: WriteOffContent) {
  const { id: about, contributorId } = contribution;
  const { amount, currency } = money;
  const data = { contribution: about, writtenOff: { amount, currency }, effectiveOn };
  await tellWebhooks(em, WebhookEvent.WRITTEN_OFF, [{ contributorId, about, data }]);
  if (isForPool(contribution)) await tellWrittenOff(em, { contributionId: about, amount, currency, effectiveOn });
}

async function end(
  em: EntityManager,
  caller: Caller,
  { id, contributorId, number, version }: Contribution,
  { state, effectiveOn, reason }: { state: ContributionState; effectiveOn: string; reason: string },
): Promise<void> {
  await takeSteps(em, caller, [{ id, contributorId, version: version + 1, number, state, effectiveOn, reason }]);
  if (state === DEPOSITED) await endWithPool(em, caller, id);
}

async function committedOn(em: EntityManager, id: string): Promise<string> {
  const [row] = await query<{ effective_on: string }>(
    em,
    `select effective_on::text from contribution_state where contribution_id = ? and state = 'COMMITTED' order by sequence limit 1`,
    [id],
  );
  return row!.effective_on;
}
