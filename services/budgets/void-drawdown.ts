import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Caller } from '../kernel/caller.js';
import type { Context } from '../kernel/context.js';
import { Day } from '../kernel/dates.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { Drawdown, DrawdownState } from './drawdown.js';
import { type Drawing, drawingOf, releaseDraft, reservedFor } from './drawdown-draft.js';
import { Ledger } from './ledger/ledger.js';
import { dayNotAhead } from './pooled-budget.js';

@InputType({ description: 'A drawdown to be voided.' })
export class VoidDrawdownInput extends ChangeInput {
  @Field(() => ID, { description: 'The drawdown.' })
  drawdown: string;

  @Field(() => String, { description: 'Why it is voided.' })
  reason: string;

  @Field(() => Day, {
    nullable: true,
    description: 'The day what is reserved goes back, not in the future; left out, today.',
  })
  effectiveOn?: string | null;
}

@ObjectType({ description: 'The voided drawdown, or why it was declined.' })
export class VoidDrawdownPayload extends DeedPayload {
  @Field(() => Drawdown, { nullable: true, description: 'The drawdown, VOIDED; null when declined.' })
  drawdown: Drawdown | null;
}

@Resolver()
export class VoidDrawdown {
  @Mutation(() => VoidDrawdownPayload, {
    description:
      'Takes back a drawdown that was asked for, or what is still reserved for one that was approved; parts that are paid stay paid. Role: approver or accounting-officer of the host; before approval also publisher of the recipient. Refusals: UNKNOWN_DRAWDOWN, ILLEGAL_TRANSITION, PERIOD_CLOSED, NOT_ENOUGH_FUNDS, STALE_VERSION, BAD_USER_INPUT.',
  })
  async voidDrawdown(
    @Arg('input', () => VoidDrawdownInput, { description: 'What to void.' }) input: VoidDrawdownInput,
    @Ctx() context: Context,
  ): Promise<VoidDrawdownPayload> {
    const by = ['publisher', 'approver', 'accounting-officer'] as const;
    const deed = { name: 'voidDrawdown', input, by, ...byId(Drawdown) };
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const drawdown = await Drawdown.lock(em, input.drawdown);
      const drawing = await drawingOf(em, drawdown);
      if (!isTakenBackByRecipient(drawdown, drawing, caller)) {
        context.demand(['approver', 'accounting-officer'], drawing.pool.hostId);
      }
      expectVersion(input, drawdown.version);
      drawdown.expectState(DrawdownState.REQUESTED, DrawdownState.APPROVED);
      const reason = input.reason.trim();
      if (reason === '') refuse('BAD_USER_INPUT', 'Say why it is voided.', ['reason']);
      const effectiveOn = dayNotAhead(input.effectiveOn);
      const minor = await reservedFor(em, drawdown.id);
      const release = { drawdownId: drawdown.id, minor, effectiveOn, requestedBy: caller.subject, reason };
      const drafts = minor > 0n ? [releaseDraft(drawing, release)] : [];
      const ledger = await Ledger.lock(em, drafts);
      for (const draft of drafts) ledger.add(draft);
      drawdown.state = DrawdownState.VOIDED;
      drawdown.endReason = reason;
      await em.flush();
      await ledger.write();
      return drawdown;
    });
    return { drawdown: noun, ...done };
  }
}

const isTakenBackByRecipient = ({ state }: Drawdown, { allocation }: Drawing, { organisation, roles }: Caller) =>
  state === DrawdownState.REQUESTED && organisation === allocation.recipientId && roles.has('publisher');
