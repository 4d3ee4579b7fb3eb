import { Directive, Field, ID, ObjectType } from 'type-graphql';
import { Day } from '../kernel/dates.js';
import { Decimal } from '../kernel/money.js';
import type { Ruling } from './assessment.js';
import { Verdict } from './assessment.js';
import { Measure } from './measure.js';
import { Observation } from './observation.js';

@Directive('@key(fields: "id")')
@ObjectType({ description: 'One change made to meet a challenge, in order to learn.' })
export class LearningCycle {
  @Field(() => ID, { description: 'Its id, cycle-<uuid>.' })
  id: string;

  @Directive('@external')
  @Field(() => Measure, { nullable: true, description: 'The measure it is expected to move.' })
  measure?: Measure | null;

  @Directive('@external')
  @Field(() => Day, { description: 'The day the change was made.' })
  startedOn?: string;
}

/** A cycle as the gateway hands it over: its key and what its fields require. */
export const cycleOf = ({ id, measure, startedOn }: Record<string, unknown>): LearningCycle =>
  Object.assign(new LearningCycle(), { id, measure, startedOn });

@ObjectType({ description: 'A figure that came after the change of a learning cycle, beside what was expected of it.' })
export class CycleObservation implements Ruling {
  @Field(() => Observation, { description: 'The figure in its newest vintage, with its interval where it has one.' })
  figure: Observation;

  @Field(() => Boolean, {
    description: 'True: its period began before the change, so that it shows in a part of the period only.',
  })
  beganBefore: boolean;

  @Field(() => Decimal, {
    nullable: true,
    description: 'What the newest trajectory expects of this period; null where it says nothing of it.',
  })
  expected: string | null;

  @Field(() => Verdict, { description: 'How the figure stands against that. It does not say what the change caused.' })
  verdict: Verdict;

  @Field(() => String, { description: 'The rule by which that was found, with the numbers.' })
  rule: string;
}
