import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { Money } from '../kernel/money.js';
import { AllocationState } from './allocation.js';
import { ApprovalInput, type ApprovalOutcome, approveAll } from './approvals.js';
import { NotEnoughFunds } from './ledger/not-enough-funds.js';
import { asVerdicts, expectBatch, Verdict } from './verdict.js';

@InputType({ description: 'Allocations to be approved, 1 to 500, in the order in which the money goes to them.' })
export class ApproveAllocationsInput extends DeedInput {
  @Field(() => [ApprovalInput], { description: 'The approvals.' })
  approvals: ApprovalInput[];
}

@ObjectType({ description: 'What became of one approval.' })
export class ApprovalVerdict extends Verdict {
  @Field(() => ID, { description: 'The allocation, as the row named it.' })
  id: string;

  @Field(() => AllocationState, {
    nullable: true,
    description: 'APPROVED: set aside. UNCOVERED: approved, but the pool does not hold the money. Null when refused.',
  })
  state: AllocationState | null;

  @Field(() => Money, { nullable: true, description: 'How much is missing to cover it; null unless UNCOVERED.' })
  missing: Money | null;
}

@ObjectType({ description: 'What became of each approval, or why all were declined.' })
export class ApproveAllocationsPayload extends DeedPayload {
  @Field(() => [ApprovalVerdict], {
    nullable: true,
    description: 'A verdict for each row, in the order of the input; null when all were declined.',
  })
  rows: ApprovalVerdict[] | null;
}

@Resolver()
export class ApproveAllocations {
  @Mutation(() => ApproveAllocationsPayload, {
    description:
      'Approves up to 500 allocations at once, in the order given. One that the pool does not cover becomes UNCOVERED, is not accepted and says what is missing; it can be approved again when money has come. Role: approver or accounting-officer of the host, another person than proposed or recommended them. Refusals of the whole: BAD_USER_INPUT; of a row: those of approveAllocation, and FORBIDDEN for a pool of another host.',
  })
  async approveAllocations(
    @Arg('input', () => ApproveAllocationsInput, { description: 'What to approve.' }) input: ApproveAllocationsInput,
    @Ctx() context: Context,
  ): Promise<ApproveAllocationsPayload> {
    const by = ['approver', 'accounting-officer'] as const;
    const deed = { name: 'approveAllocations', input, by, ...asVerdicts<ApprovalVerdict>() };
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      expectBatch(input.approvals, 'approvals');
      const outcomes = await approveAll(em, input.approvals, caller);
      return outcomes.map((outcome, row) => verdictOf(outcome, row, input.approvals[row]!.allocation));
    });
    return { rows: noun, ...done };
  }
}

function verdictOf(
  { allocation, available, effectiveOn, userErrors }: ApprovalOutcome,
  row: number,
  id: string,
): ApprovalVerdict {
  if (!allocation) return { row, id, accepted: false, state: null, missing: null, userErrors };
  if (!available) return { row, id, accepted: true, state: AllocationState.APPROVED, missing: null, userErrors: [] };
  const missing = new Money(allocation.amountMinor - available.minor, allocation.currency);
  const errors = [new NotEnoughFunds(available, effectiveOn, [])];
  return { row, id, accepted: false, state: AllocationState.UNCOVERED, missing, userErrors: errors };
}
