import { Field, ObjectType } from 'type-graphql';
import { connectionOf } from '../kernel/connection.js';
import { FinancialYear } from '../kernel/dates.js';
import { Money } from '../kernel/money.js';
import { Contribution } from './contribution.js';
import { type FollowedPlace, inAllocations } from './followed-place.js';
import { AccountKind } from './ledger/account.js';
import { ControlTotal } from './ledger/control-total.js';
import { Organisation } from './organisation.js';

@ObjectType({ description: 'The part of one contribution in money of a pool, by share.' })
export class FundingShare {
  @Field(() => Contribution, { nullable: true, description: 'The contribution.' })
  contribution: Contribution;

  @Field(() => Organisation, { nullable: true, description: 'Who brought it.' })
  contributor: Organisation;

  @Field(() => Money, { description: 'Its part, exact to the penny: all parts add up to the whole.' })
  amount: Money;
}

@ObjectType({ description: 'A page of the contributions whose money it is, by id of the contribution.' })
export class FundingShareConnection extends connectionOf(FundingShare) {}

@ObjectType({ description: "One contribution's part, by share, of what an allocation holds." })
export class TracedAllocation {
  allocationId: string;

  @Field(() => Money, { description: 'All of the part: available + reserved + with the recipient + spent.' })
  amount: Money;

  @Field(() => Money, { description: 'Of it: not yet asked for.' })
  available: Money;

  @Field(() => Money, { description: 'Of it: in drawdowns approved and not paid.' })
  reserved: Money;

  @Field(() => Money, { description: 'Of it: paid, expenditure not yet shown.' })
  withRecipient: Money;

  @Field(() => Money, { description: 'Of it: expenditure the recipient has shown.' })
  spent: Money;
}

@ObjectType({ description: "A page of the allocations that hold money, with a contribution's part in each, by id." })
export class TracedAllocationConnection extends connectionOf(TracedAllocation) {}

@ObjectType({
  description:
    "Where one contribution's money lies in one financial year and control total of a pool. Always, to the penny: deposited + carried in + switched + covered = unallocated + set aside + refund due + returned + lapsed + carried out. Pooled money is attributed by share, it is not marked: deposits and returns are the contribution's own, everything else is its part of what all have there.",
})
export class TracedPlace {
  @Field(() => FinancialYear, { nullable: true, description: 'The year; null where authority does not expire.' })
  financialYear: string | null;

  @Field(() => ControlTotal, { description: 'The control total; never added up with another one.' })
  controlTotal: ControlTotal;

  @Field(() => Money, { description: 'Cash or cover matched to the contribution here: its own, not a share.' })
  deposited: Money;

  @Field(() => Money, { description: 'Its part of what was carried in from the year before.' })
  carriedIn: Money;

  @Field(() => Money, {
    description: 'Its part of what came from another control total; below zero: of what went to one.',
  })
  switched: Money;

  @Field(() => Money, {
    description:
      "What others' money stands in for, where by this day it was given back more than it had paid in; below zero: its money for theirs. Zero but for returns dated before a deposit.",
  })
  covered: Money;

  @Field(() => Money, { description: 'Its part of what is not set aside.' })
  unallocated: Money;

  @Field(() => Money, { description: 'Its part of what allocations hold: available, reserved, paid and spent.' })
  setAside: Money;

  @Field(() => Money, { description: 'Of set aside: not yet asked for by recipients.' })
  available: Money;

  @Field(() => Money, { description: 'Of set aside: in drawdowns approved and not paid.' })
  reserved: Money;

  @Field(() => Money, { description: 'Of set aside: paid to recipients, expenditure not yet shown.' })
  withRecipients: Money;

  @Field(() => Money, { description: 'Of set aside: expenditure that recipients have shown.' })
  spent: Money;

  @Field(() => Money, { description: 'Its part of what recipients gave back and is owed to contributors.' })
  refundDue: Money;

  @Field(() => Money, { description: 'What was given back to the contribution: its own, not a share.' })
  returned: Money;

  @Field(() => Money, { description: 'Its part of the authority that expired unspent.' })
  lapsed: Money;

  @Field(() => Money, { description: 'Its part of what was carried out to the next year.' })
  carriedOut: Money;

  @Field(() => Money, {
    description: 'Its part of all that was paid to recipients: with recipients + spent + refunded.',
  })
  drawnDown: Money;

  @Field(() => Money, {
    description: 'Its part of all that recipients gave back, used again or owed to contributors. Beside the sum above.',
  })
  refunded: Money;

  constructor(
    readonly contributionId: string,
    readonly followed: FollowedPlace,
    readonly currency: string,
  ) {
    const brought = followed.brought.get(contributionId)!;
    const money = (minor: bigint) => new Money(minor, currency);
    const part = (kind: AccountKind) => followed.partOf(contributionId, kind);
    const [available, reserved, withRecipients, spent] = inAllocations.map(part) as [bigint, bigint, bigint, bigint];
    const refunded = followed.refundedOf(contributionId);
    this.financialYear = followed.place.financialYear;
    this.controlTotal = followed.place.controlTotal as ControlTotal;
    this.deposited = money(brought.deposited);
    this.carriedIn = money(brought.carriedIn);
    this.switched = money(brought.switched);
    this.covered = money(brought.covered);
    this.unallocated = money(part(AccountKind.UNALLOCATED));
    this.setAside = money(available + reserved + withRecipients + spent);
    this.available = money(available);
    this.reserved = money(reserved);
    this.withRecipients = money(withRecipients);
    this.spent = money(spent);
    this.refundDue = money(part(AccountKind.REFUND_DUE));
    this.returned = money(brought.returned);
    this.lapsed = money(part(AccountKind.LAPSED));
    // Between the last day of a year and the first of the next it is out and not yet in.
    this.carriedOut = money(brought.carriedOut + part(AccountKind.CARRIED_FORWARD));
    this.drawnDown = money(withRecipients + spent + refunded);
    this.refunded = money(refunded);
  }
}

@ObjectType({
  description:
    "One contribution's money, followed through its pool: what came, and its part of what became of it. Source: the ledger.",
})
export class ContributionTrace {
  @Field(() => Money, { description: 'All that was matched to it: the deposits of its places together.' })
  deposited: Money;

  @Field(() => [TracedPlace], {
    description: 'Where it lies, by financial year and control total, in order; empty before the first deposit.',
  })
  places: TracedPlace[];

  constructor(
    readonly poolId: string,
    places: TracedPlace[],
    currency: string,
  ) {
    this.places = places;
    this.deposited = new Money(
      places.reduce((sum, { deposited }) => sum + deposited.minor, 0n),
      currency,
    );
  }
}
