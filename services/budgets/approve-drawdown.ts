import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { Day } from '../kernel/dates.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { expectReleased } from './allocation-stage.js';
import { Drawdown, DrawdownState } from './drawdown.js';
import { allocationDraft, drawingOf } from './drawdown-draft.js';
import { AccountKind } from './ledger/account.js';
import { TransferKind } from './ledger/chart.js';
import { Ledger } from './ledger/ledger.js';
import { dayNotAhead } from './pooled-budget.js';

@InputType({ description: 'A drawdown to be approved.' })
export class ApproveDrawdownInput extends ChangeInput {
  @Field(() => ID, { description: 'The drawdown.' })
  drawdown: string;

  @Field(() => String, {
    nullable: true,
    description: 'The fingerprint you decided on; HASH_MISMATCH if it is another.',
  })
  hash?: string | null;

  @Field(() => Day, {
    nullable: true,
    description: 'The day the money is reserved, not in the future; left out, today.',
  })
  effectiveOn?: string | null;

  @Field(() => Day, {
    nullable: true,
    description:
      'The last day it may be paid, not before effectiveOn; after it what is not paid returns to the allocation. Left out: it does not expire.',
  })
  expiresOn?: string | null;
}

@ObjectType({ description: 'The approved drawdown, or why it was declined.' })
export class ApproveDrawdownPayload extends DeedPayload {
  @Field(() => Drawdown, { nullable: true, description: 'The drawdown, APPROVED; null when declined.' })
  drawdown: Drawdown | null;
}

@Resolver()
export class ApproveDrawdown {
  @Mutation(() => ApproveDrawdownPayload, {
    description:
      'Approves a drawdown: its money is reserved until it is paid. Role: approver of the host, another person than asked for it. Refusals: UNKNOWN_DRAWDOWN, ILLEGAL_TRANSITION, SEPARATION_OF_DUTIES, HASH_MISMATCH, STAGE_NOT_RELEASED, PERIOD_CLOSED, NOT_ENOUGH_FUNDS, STALE_VERSION, BAD_USER_INPUT.',
  })
  async approveDrawdown(
    @Arg('input', () => ApproveDrawdownInput, { description: 'What to approve.' }) input: ApproveDrawdownInput,
    @Ctx() context: Context,
  ): Promise<ApproveDrawdownPayload> {
    const deed = { name: 'approveDrawdown', input, by: ['approver'], ...byId(Drawdown) } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const drawdown = await Drawdown.lock(em, input.drawdown);
      const drawing = await drawingOf(em, drawdown);
      context.demand(deed.by, drawing.pool.hostId);
      expectVersion(input, drawdown.version);
      drawdown.expectApprovable(caller.subject, input.hash);
      const effectiveOn = dayNotAhead(input.effectiveOn);
      if (input.expiresOn && input.expiresOn < effectiveOn) {
        refuse('BAD_USER_INPUT', `It cannot expire before it is reserved, on ${effectiveOn}.`, ['expiresOn']);
      }
      const { ALLOCATION_AVAILABLE: from, ALLOCATION_RESERVED: to } = AccountKind;
      const reserved = allocationDraft(drawing, {
        ...{ kind: TransferKind.RESERVATION, move: { from, to, minor: drawdown.amountMinor } },
        ...{ effectiveOn, requestedBy: drawdown.requestedBy },
      });
      const draft = { ...reserved, drawdownId: drawdown.id, approvedBy: caller.subject, reason: drawdown.purpose };
      const ledger = await Ledger.lock(em, [draft]);
      await expectReleased(em, drawing.allocation, drawdown.amountMinor);
      ledger.add(draft);
      drawdown.state = DrawdownState.APPROVED;
      drawdown.approvedBy = caller.subject;
      drawdown.approvedHash = drawdown.hash;
      drawdown.expiresOn = input.expiresOn ?? null;
      await em.flush();
      await ledger.write();
      return drawdown;
    });
    return { drawdown: noun, ...done };
  }
}
