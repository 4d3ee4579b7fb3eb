import { Directive, Field, ID, ObjectType } from 'type-graphql';
import { Day } from '../kernel/dates.js';
import { Challenge } from './challenge.js';

@Directive('@key(fields: "id")')
@ObjectType({ description: 'One change made to meet a challenge, in order to learn.' })
export class LearningCycle {
  @Field(() => ID, { description: 'Its id, cycle-<uuid>.' })
  id: string;

  @Directive('@external')
  @Field(() => Challenge, { nullable: true, description: 'The challenge it is to meet.' })
  challenge?: Challenge | null;

  @Directive('@external')
  @Field(() => Day, { description: 'The day the change was made.' })
  startedOn?: string;

  @Directive('@external')
  @Field(() => Day, { nullable: true, description: 'The day it was closed on; null while it runs.' })
  closedOn?: string | null;
}

/** A cycle as the gateway hands it over: its key and what its fields require. */
export const cycleOf = ({ id, challenge, startedOn, closedOn }: Record<string, unknown>): LearningCycle =>
  Object.assign(new LearningCycle(), { id, challenge, startedOn, closedOn });
