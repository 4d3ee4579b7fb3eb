import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import type { Row } from '../kernel/database.js';
import { DeedInput, DeedPayload } from '../kernel/deed.js';
import { nounOfRow } from '../kernel/noun-of-row.js';
import { type DeedTogether, performTogether } from './deeds-together.js';
import { withDeposit } from './deposit-input.js';
import { type Named, readNamed, recordAll } from './deposits.js';
import { Transfer } from './ledger/transfer.js';
import { declined } from './verdict.js';

@InputType({ description: 'A deposit to be recorded.' })
export class RecordDepositInput extends withDeposit(DeedInput) {}

@ObjectType({ description: 'The recorded deposit, or why it was declined.' })
export class RecordDepositPayload extends DeedPayload {
  @Field(() => Transfer, {
    nullable: true,
    description: 'The deposit; its postings show what was matched and what went to suspense. Null when declined.',
  })
  transfer: Transfer | null;

  @Field(() => Boolean, {
    description: 'True when this receipt had been recorded before, by its reference: nothing was changed.',
  })
  alreadyRecorded: boolean;
}

interface Recorded {
  transfer: Transfer;
  alreadyRecorded: boolean;
}

// Deposits come one by one from many systems at once; written together they cost a fraction.
const deed: DeedTogether<RecordDepositInput, Recorded, Named> = {
  name: 'recordDeposit',
  by: ['publisher', 'accounting-officer'],
  recall: async (em: EntityManager, { id, alreadyRecorded }: { id: string; alreadyRecorded: boolean }) => ({
    transfer: await em.findOneOrFail(Transfer, id),
    alreadyRecorded,
  }),
  read: readNamed,
  async work(em, inputs, caller, named) {
    const { outcomes, rows } = await recordAll(em, inputs, caller, named);
    // Nothing is asked for behind what is being written: where that fails, its own error has to be the first.
    const found = new Map([...named.before.values()].map((row) => [row.id, nounOfRow(em, Transfer)(row)]));
    return {
      outcomes: outcomes.map(({ id, alreadyRecorded, postings, userErrors }) => {
        if (!id) return { error: declined(userErrors) };
        const transfer = (written: ReadonlyMap<string, Row>) =>
          postings ? Transfer.justWritten(em, written.get(id)!, postings) : found.get(id)!;
        return {
          remembered: { id, alreadyRecorded },
          done: (written) => ({ transfer: transfer(written), alreadyRecorded }),
        };
      }),
      written: rows,
    };
  },
};

@Resolver()
export class RecordDeposit {
  @Mutation(() => RecordDepositPayload, {
    description:
      'Records money that came into a pool. Matched to the contribution that the payer names, as far as that is committed; the rest goes to suspense. Role: publisher or accounting-officer of the host. Refusals: UNKNOWN_BUDGET, BAD_USER_INPUT, CURRENCY_MISMATCH, CONTROL_TOTAL_MISMATCH, NOT_EXPECTED_HERE, REFERENCE_REUSED, LIMIT_EXCEEDED, ILLEGAL_TRANSITION, PERIOD_CLOSED.',
  })
  async recordDeposit(
    @Arg('input', () => RecordDepositInput, { description: 'The deposit.' }) input: RecordDepositInput,
    @Ctx() context: Context,
  ): Promise<RecordDepositPayload> {
    const { noun, ...done } = await performTogether(context, deed, input);
    return { transfer: noun?.transfer ?? null, alreadyRecorded: noun?.alreadyRecorded ?? false, ...done };
  }
}
