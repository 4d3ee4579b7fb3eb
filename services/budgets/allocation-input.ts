import { Field, ID, InputType } from 'type-graphql';
import { Day, FinancialYear } from '../kernel/dates.js';
import { MoneyInput } from '../kernel/money.js';
import { AllocationProvenanceInput } from './allocation-provenance.js';
import { ControlTotal } from './ledger/control-total.js';

@InputType({ description: 'A part of an allocation that is released when its gate is passed.' })
export class StageInput {
  @Field(() => String, { description: 'What must be shown before it is released, in plain words.' })
  gate: string;

  @Field(() => MoneyInput, { description: 'How much of the allocation it is, above zero.' })
  amount: MoneyInput;
}

// biome-ignore lint/suspicious/noExplicitAny: a mixin takes any constructor.
type Constructor = abstract new (...args: any[]) => object;

/** The fields of a proposal on top of another input: a single deed has an idempotency key of its own, a row has none. */
export function withAllocation<Base extends Constructor>(base: Base) {
  @InputType({ description: 'An allocation.' })
  abstract class Allocated extends base {
    @Field(() => ID, { description: 'The pool whose money it is.' })
    budget: string;

    @Field(() => ID, { nullable: true, description: 'Who is to have it, where that is settled.' })
    recipient?: string | null;

    @Field(() => ID, { nullable: true, description: 'The challenge it is for.' })
    challenge?: string | null;

    @Field(() => String, { description: 'What it is for, in plain words.' })
    purpose: string;

    @Field(() => String, {
      nullable: true,
      description:
        'What it is called outside, at most 200 characters; unique in its pool: the same again is not proposed twice.',
    })
    reference?: string | null;

    @Field(() => MoneyInput, { description: 'How much, above zero, in the currency of the pool.' })
    amount: MoneyInput;

    @Field(() => Day, {
      nullable: true,
      description: 'The day it is to take effect, not in the future in London; left out, today.',
    })
    effectiveOn?: string | null;

    @Field(() => FinancialYear, {
      nullable: true,
      description: 'The financial year it belongs to; left out, the one that contains effectiveOn.',
    })
    financialYear?: string | null;

    @Field(() => ControlTotal, {
      nullable: true,
      description: 'The control total it counts against; may be left out where the pool has only one.',
    })
    controlTotal?: ControlTotal | null;

    @Field(() => String, {
      nullable: true,
      description: 'The ring-fence its money stands in; money leaves it only with a consent that is named.',
    })
    ringFence?: string | null;

    @Field(() => [StageInput], {
      nullable: true,
      description:
        'The parts in which it is released, in order, 50 at most; together the amount. Left out: all of it at once.',
    })
    stages?: StageInput[] | null;

    @Field(() => AllocationProvenanceInput, {
      nullable: true,
      description:
        'Where it was read, such as a line of a published file; public. Kept as first stated: it is not content, and the same allocation read elsewhere is not another one.',
    })
    provenance?: AllocationProvenanceInput | null;
  }
  return Allocated;
}

class Row {}

@InputType({ description: 'One allocation of several.' })
export class AllocationInput extends withAllocation(Row) {}
