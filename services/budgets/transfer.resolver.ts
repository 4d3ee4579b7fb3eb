import { Ctx, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import { connectionOf } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { inOrder, type Loader } from '../kernel/loader.js';
import { Allocation, allocations } from './allocation.js';
import { Contribution } from './contribution.js';
import { Drawdown, drawdowns } from './drawdown.js';
import { postingsOfTransfer } from './ledger/accounts.js';
import { Posting } from './ledger/posting.js';
import { Transfer } from './ledger/transfer.js';

/** Transfers never change; one that was recorded later than the request's instant is not there yet. */
const transfersBy = (
  column: 'id' | 'reverses_id',
  keyOf: (transfer: Transfer) => string,
): Loader<string, Transfer> => ({
  async batch(keys, context) {
    const sql = `select * from transfer where ${column} = any(?::text[]) and recorded_at <= ?`;
    const found = await context.nouns(Transfer, sql, [keys, context.knownAt?.toISOString() ?? 'infinity']);
    return inOrder(keys, found, keyOf);
  },
});
export const transfers = transfersBy('id', ({ id }) => id);
const reversals = transfersBy('reverses_id', ({ reversesId }) => reversesId!);

@ObjectType({ description: 'A page of transfers.' })
export class TransferConnection extends connectionOf(Transfer) {}

@Resolver(() => Transfer)
export class TransferResolver {
  @FieldResolver(() => [Posting], { description: 'Its lines, two at least; they add up to zero.' })
  postings(@Root() transfer: Transfer, @Ctx() context: Context) {
    return transfer.written ?? context.load(postingsOfTransfer, transfer.id);
  }

  @FieldResolver(() => Transfer, { nullable: true, description: 'The transfer that this one reverses; null for most.' })
  reverses(@Root() transfer: Transfer, @Ctx() context: Context) {
    return transfer.reversesId && context.load(transfers, transfer.reversesId);
  }

  @FieldResolver(() => Transfer, { nullable: true, description: 'The transfer that reverses this one, if one does.' })
  reversedBy(@Root() transfer: Transfer, @Ctx() context: Context) {
    return context.load(reversals, transfer.id);
  }

  @FieldResolver(() => Contribution, {
    nullable: true,
    description: 'The contribution that the payer named, or that it was matched to.',
  })
  contribution(@Root() { contributionId }: Transfer): Contribution | null {
    return contributionId ? Object.assign(new Contribution(), { id: contributionId }) : null;
  }

  @FieldResolver(() => Allocation, { nullable: true, description: 'The allocation it belongs to, if to one.' })
  allocation(@Root() { allocationId }: Transfer, @Ctx() context: Context) {
    return allocationId && context.load(allocations, allocationId);
  }

  @FieldResolver(() => Drawdown, { nullable: true, description: 'The drawdown it belongs to, if to one.' })
  drawdown(@Root() { drawdownId }: Transfer, @Ctx() context: Context) {
    return drawdownId && context.load(drawdowns, drawdownId);
  }

  @FieldResolver(() => Transfer, {
    nullable: true,
    description: 'The deposit whose money it is: a deposit itself, and what is matched from its suspense; else null.',
  })
  deposit(@Root() { depositId }: Transfer, @Ctx() context: Context) {
    return depositId && context.load(transfers, depositId);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Who asked for it: subject of the token. Null to the public.',
  })
  requestedBy(@Root() transfer: Transfer, @Ctx() context: Context): string | null {
    return context.caller && transfer.requestedBy;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Who approved it, never the same person. Null to the public and where no approval is needed.',
  })
  approvedBy(@Root() transfer: Transfer, @Ctx() context: Context): string | null {
    return context.caller && transfer.approvedBy;
  }
}
