import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { Money } from '../kernel/money.js';
import { DepositInput } from './deposit-input.js';
import { readNamed, recordAll } from './deposits.js';
import { asVerdicts, expectBatch, Verdict } from './verdict.js';

@InputType({ description: 'Deposits to be recorded, 1 to 500, into one pool or several.' })
export class RecordDepositsInput extends DeedInput {
  @Field(() => [DepositInput], { description: 'The deposits.' })
  deposits: DepositInput[];
}

@ObjectType({ description: 'What became of one deposit.' })
export class DepositVerdict extends Verdict {
  @Field(() => ID, { nullable: true, description: 'The id of its transfer; null when refused.' })
  id: string | null;

  @Field(() => Boolean, {
    description: 'True when it had been recorded before, by its reference: nothing was changed.',
  })
  alreadyRecorded: boolean;

  @Field(() => Money, { nullable: true, description: 'What was matched when it was recorded; null when refused.' })
  matched: Money | null;

  @Field(() => Money, { nullable: true, description: 'What went to suspense when it was recorded; null when refused.' })
  suspense: Money | null;
}

@ObjectType({ description: 'What became of each deposit, or why all were declined.' })
export class RecordDepositsPayload extends DeedPayload {
  @Field(() => [DepositVerdict], {
    nullable: true,
    description: 'A verdict for each row, in the order of the input; null when all were declined.',
  })
  rows: DepositVerdict[] | null;
}

@Resolver()
export class RecordDeposits {
  @Mutation(() => RecordDepositsPayload, {
    description:
      'Records up to 500 deposits at once, as recordDeposit does each; a refused row does not stop the others. Role: publisher or accounting-officer of the host. Refusals of the whole: BAD_USER_INPUT; of a row: those of recordDeposit, and FORBIDDEN for a pool of another host.',
  })
  async recordDeposits(
    @Arg('input', () => RecordDepositsInput, { description: 'The deposits.' }) input: RecordDepositsInput,
    @Ctx() context: Context,
  ): Promise<RecordDepositsPayload> {
    const by = ['publisher', 'accounting-officer'] as const;
    const deed = { name: 'recordDeposits', input, by, ...asVerdicts<DepositVerdict>() };
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      expectBatch(input.deposits, 'deposits');
      const { outcomes, rows } = await recordAll(em, input.deposits, caller, await readNamed(em, input.deposits));
      await rows;
      return outcomes.map(({ id, alreadyRecorded, matched, suspense, userErrors }, row): DepositVerdict => {
        return { row, accepted: id !== null, id, alreadyRecorded, matched, suspense, userErrors };
      });
    });
    return { rows: noun, ...done };
  }
}
