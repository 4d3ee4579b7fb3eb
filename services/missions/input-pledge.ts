import { Entity, type Opt, PrimaryKey, Property } from '@mikro-orm/core';
import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime, Day } from '../kernel/dates.js';
import { Decimal } from '../kernel/money.js';
import { IllegalTransition, Refused, refuse } from '../kernel/refusal.js';

export enum InputPledgeState {
  SCHEDULED = 'SCHEDULED',
  MET = 'MET',
  NOT_MET = 'NOT_MET',
  PARTIALLY_MET = 'PARTIALLY_MET',
}
registerEnumType(InputPledgeState, {
  name: 'InputPledgeState',
  description: 'Whether what was pledged to be put in was put in. It says nothing of what came of it.',
  valuesConfig: {
    SCHEDULED: { description: 'Not settled yet.' },
    MET: { description: 'All of it came.' },
    NOT_MET: { description: 'Nothing of it came by its day.' },
    PARTIALLY_MET: { description: 'Some of it came by its day, not all.' },
  },
});

export interface Settlement {
  how: InputPledgeState;
  delivered: string | null;
  evidence: string;
  settledOn: string;
}

@Directive('@key(fields: "id")')
@ObjectType({
  description:
    'What an organisation said it would put in by a day: people, places, visits. Never an outcome: whether it is met does not say whether anything changed for people. Its content never changes. Source: the organisation, or the central mission unit.',
})
@Entity()
export class InputPledge {
  @Field(() => ID, { description: 'Its id, pledge-<uuid>; a later one sorts after an earlier one.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Property({ type: 'text' })
  missionId: string;

  @Property({ type: 'text' })
  pledgerId: string;

  /** The outcome it is meant to help, where one was named. */
  @Property({ type: 'text', nullable: true })
  outcomeId: string | null;

  @Field(() => String, { description: 'What is to be put in, in plain words.' })
  @Property({ type: 'text' })
  text: string;

  @Field(() => Decimal, { nullable: true, description: 'How much of it, in `unit`; null where it is not counted.' })
  @Property({ type: 'text', columnType: 'numeric', nullable: true })
  quantity: string | null;

  @Field(() => String, { nullable: true, description: 'In what it is counted; null where it is not.' })
  @Property({ type: 'text', nullable: true })
  unit: string | null;

  @Field(() => Day, { description: 'The last day by which it is to be there.' })
  @Property({ type: 'date' })
  dueOn: string;

  @Field(() => InputPledgeState, { description: 'Whether it was met.' })
  @Property({ type: 'text' })
  state: InputPledgeState;

  @Field(() => Decimal, {
    nullable: true,
    description: 'How much of it came, in `unit`; null until settled and where it is not counted.',
  })
  @Property({ type: 'text', columnType: 'numeric', nullable: true })
  delivered: string | null;

  @Field(() => String, { nullable: true, description: 'What shows it; null until settled.' })
  @Property({ type: 'text', nullable: true })
  evidence: string | null;

  @Field(() => Day, { nullable: true, description: 'The day it was settled on; null until then.' })
  @Property({ type: 'date', nullable: true })
  settledOn: string | null;

  @Field(() => Boolean, { description: 'True when made up to show the hub.' })
  @Property({ type: 'boolean' })
  illustrative: boolean;

  @Field(() => Int, { description: 'Counts its changes, for expectedVersion.' })
  @Property({ type: 'integer', version: true })
  version: Opt<number>;

  @Field(() => DateTime, { description: 'When the hub learnt its present state.' })
  @Property({ type: 'datetime', length: 3, defaultRaw: 'clock_timestamp()' })
  recordedAt: Opt<Date>;

  /**
   * Says whether it was met. Refuses with ILLEGAL_TRANSITION when that was said before, NOT_DUE_YET to call it unmet
   * before its day is over, and VERDICT_DOES_NOT_FIT where the numbers say otherwise.
   */
  settle({ how, delivered, evidence, settledOn }: Settlement): void {
    if (this.state !== InputPledgeState.SCHEDULED)
      throw new Refused([new IllegalTransition('This input pledge', this.state, [])]);
    if (how !== InputPledgeState.MET && settledOn <= this.dueOn)
      refuse('NOT_DUE_YET', `It has until ${this.dueOn}; before that day is over it can only be met.`, ['how']);
    this.expectFitting(how, delivered);
    Object.assign(this, { state: how, delivered, evidence, settledOn });
  }

  private expectFitting(how: InputPledgeState, delivered: string | null): void {
    if ((this.quantity === null) !== (delivered === null)) {
      const message = this.quantity === null ? 'It is not counted; leave this out.' : 'Say how much of it came.';
      refuse('BAD_USER_INPUT', message, ['delivered']);
    }
    if (this.quantity === null || delivered === null) return;
    if (delivered.startsWith('-')) refuse('BAD_USER_INPUT', 'Less than nothing cannot have come.', ['delivered']);
    const fitting = verdictOn(delivered, this.quantity);
    if (how === fitting) return;
    const message = `Of ${this.quantity} ${this.unit} ${delivered} came: that is ${fitting}.`;
    refuse('VERDICT_DOES_NOT_FIT', message, ['how']);
  }
}

function verdictOn(delivered: string, quantity: string): InputPledgeState {
  if (isZero(delivered)) return InputPledgeState.NOT_MET;
  return isLess(delivered, quantity) ? InputPledgeState.PARTIALLY_MET : InputPledgeState.MET;
}

export const isZero = (decimal: string): boolean => !/[1-9]/.test(decimal);

/** Of two decimals that are not below zero, exactly. */
function isLess(one: string, other: string): boolean {
  const digits = Math.max(...[one, other].map((each) => each.split('.')[1]?.length ?? 0));
  const [first, second] = [one, other].map((each) => {
    const [whole, fraction = ''] = each.split('.');
    return BigInt(whole! + fraction.padEnd(digits, '0'));
  });
  return first! < second!;
}
