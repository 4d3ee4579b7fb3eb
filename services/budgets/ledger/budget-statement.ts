import { Field, ObjectType } from 'type-graphql';
import { FinancialYear } from '../../kernel/dates.js';
import { Money } from '../../kernel/money.js';
import { AccountKind } from './account.js';
import { depositing, TransferKind } from './chart.js';
import { ControlTotal } from './control-total.js';

/** The sum of postings of one kind of transfer on one kind of account. */
export interface Movement {
  account: AccountKind;
  cause: TransferKind;
  controlTotal: ControlTotal;
  financialYear: string;
  minor: bigint;
}

/** Commitments of contributors; null in a statement of one year or control total, which commitments do not name here. */
export interface Promised {
  committed: bigint;
  writtenOff: bigint;
}

@ObjectType({
  description:
    'What came into a pool, what became of it and what is left, each word as the money glossary defines it. Always: deposited + carried in + switched = unallocated + allocated and undrawn (reserved included) + drawn down - refunded + refund due + returned + lapsed + carried out. Receipts in suspense stand outside.',
})
export class BudgetStatement {
  @Field(() => Money, {
    nullable: true,
    description:
      'Binding: both approvals given, cover confirmed. As contributors committed it, written off included. Null in a statement of one financial year or control total: commitments reach the ledger as totals.',
  })
  committed: Money | null;

  @Field(() => Money, { description: 'Cash or cover in the pool, matched to a commitment.' })
  deposited: Money;

  @Field(() => Money, {
    nullable: true,
    description: 'Committed - deposited - written off: what is still to come. Null where committed is.',
  })
  outstanding: Money | null;

  @Field(() => Money, { description: 'Receipts that no commitment explains yet; in no total.' })
  suspense: Money;

  @Field(() => Money, { description: 'Deposited and not set aside.' })
  unallocated: Money;

  @Field(() => Money, {
    description: 'Set aside by the board for a recipient and a challenge: all of it, drawn or not.',
  })
  allocated: Money;

  @Field(() => Money, { description: 'Drawdowns approved, not yet paid; inside allocated.' })
  reserved: Money;

  @Field(() => Money, { description: 'Paid to recipients, before what they gave back.' })
  drawnDown: Money;

  @Field(() => Money, {
    description: 'Expenditure that recipients have shown, whether their accounting officer has certified it or not.',
  })
  spent: Money;

  @Field(() => Money, {
    description:
      'The part of spent that is certified; the rest is provisional. At an earlier effectiveOn: of what was spent by then, what is certified as known.',
  })
  spentCertified: Money;

  @Field(() => Money, { description: 'Back from recipients: drawn down, neither with them nor spent.' })
  refunded: Money;

  @Field(() => Money, { description: 'Back from recipients and owed to contributors.' })
  refundDue: Money;

  @Field(() => Money, { description: 'Given back to contributors by their shares.' })
  returned: Money;

  @Field(() => Money, { description: 'Authority that expired unspent; it left the pool.' })
  lapsed: Money;

  @Field(() => Money, { description: 'Moved in from the financial year before, by an approved carry-over.' })
  carriedIn: Money;

  @Field(() => Money, { description: 'Moved on to the next financial year, by an approved carry-over.' })
  carriedOut: Money;

  @Field(() => Money, {
    description:
      'What exchange gained (above zero) or lost (below zero) against the agreed rates of deposits in other currencies. Outside the identity: deposits are counted at the agreed rate.',
  })
  fxDifference: Money;

  @Field(() => Money, {
    description:
      'Moved in from another control total with a consent that is named; below zero: moved out. Zero over all control totals.',
  })
  switched: Money;

  @Field(() => [ControlTotal], {
    description:
      'The control totals this statement adds up, in order. More than one: the sums are for orientation only, ask for one by controlTotal.',
  })
  controlTotals: ControlTotal[];

  @Field(() => [FinancialYear], { description: 'The financial years of its transfers, in order.' })
  financialYears: string[];

  /** Set aside and not paid: reserved included. */
  private readonly undrawn: bigint;

  constructor(currency: string, movements: readonly Movement[], promised: Promised | null, certified = 0n) {
    const sum = (accounts: AccountKind[], causes?: readonly TransferKind[]) =>
      movements
        .filter(({ account, cause }) => accounts.includes(account) && (causes?.includes(cause) ?? true))
        .reduce((total, { minor }) => total + minor, 0n);
    const money = (minor: bigint) => new Money(minor, currency);
    const deposited = sum([AccountKind.UNALLOCATED], depositing);
    const drawnDown = sum([AccountKind.WITH_RECIPIENT], [TransferKind.PAYMENT]);
    const outstanding = promised && promised.committed - promised.writtenOff - deposited;
    this.committed = promised && money(promised.committed);
    this.deposited = money(deposited);
    this.outstanding = outstanding === null ? null : money(outstanding);
    this.suspense = money(sum([AccountKind.SUSPENSE]));
    this.unallocated = money(sum([AccountKind.UNALLOCATED]));
    this.allocated = money(sum([AccountKind.ALLOCATION_AVAILABLE], settingAside));
    this.reserved = money(sum([AccountKind.ALLOCATION_RESERVED]));
    this.drawnDown = money(drawnDown);
    this.spent = money(sum([AccountKind.SPENT]));
    this.spentCertified = money(certified);
    this.refunded = money(drawnDown - sum([AccountKind.WITH_RECIPIENT, AccountKind.SPENT]));
    this.refundDue = money(sum([AccountKind.REFUND_DUE]));
    this.returned = money(sum([AccountKind.RETURNED]));
    this.lapsed = money(sum([AccountKind.LAPSED]));
    this.carriedIn = money(sum([AccountKind.UNALLOCATED], [TransferKind.CARRY_IN]));
    this.carriedOut = money(sum([AccountKind.CARRIED_FORWARD], [TransferKind.CARRY_OUT]));
    this.fxDifference = money(sum([AccountKind.FX_DIFFERENCE]));
    this.switched = money(sum([AccountKind.UNALLOCATED], [TransferKind.SWITCH]));
    this.undrawn = sum([AccountKind.ALLOCATION_AVAILABLE, AccountKind.ALLOCATION_RESERVED]);
    this.controlTotals = inOrder(movements.map(({ controlTotal }) => controlTotal));
    this.financialYears = inOrder(movements.map(({ financialYear }) => financialYear));
  }

  /** Throws when the pool identity does not hold: then a posting is missing or counted twice. */
  assertIdentity(): void {
    const came = this.deposited.minor + this.carriedIn.minor + this.switched.minor;
    const gone = this.refundDue.minor + this.returned.minor + this.lapsed.minor + this.carriedOut.minor;
    const used = this.unallocated.minor + this.undrawn + this.drawnDown.minor - this.refunded.minor + gone;
    if (came !== used) throw new Error(`The pool identity does not hold: ${came} came in, ${used} is accounted for.`);
  }
}

// What changes how much is set aside, as opposed to what becomes of it.
const settingAside: readonly TransferKind[] = [TransferKind.ALLOCATION, TransferKind.VIREMENT, TransferKind.LAPSE];

const inOrder = <Name extends string>(names: Name[]): Name[] => [...new Set(names)].sort();
