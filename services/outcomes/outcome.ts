import { Entity, PrimaryKey, Property } from '@mikro-orm/core';
import { Directive, Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Released } from './released.js';

export enum OutcomeKind {
  OUTPUT = 'OUTPUT',
  OUTCOME = 'OUTCOME',
  IMPACT = 'IMPACT',
  GUARDRAIL = 'GUARDRAIL',
}
registerEnumType(OutcomeKind, {
  name: 'OutcomeKind',
  description: 'What an outcome tells about a mission.',
  valuesConfig: {
    OUTPUT: { description: 'What the work brought forth: heat pumps fitted.' },
    OUTCOME: { description: 'What changed for people or the world because of it.' },
    IMPACT: { description: 'The lasting end the mission is for.' },
    GUARDRAIL: { description: 'A harm that must not be done on the way.' },
  },
});

@Directive('@key(fields: "id")')
@ObjectType({ description: 'What a mission is to change, or must not harm. Source: the central mission unit.' })
@Entity()
export class Outcome extends Released {
  @Field(() => ID, { description: 'Stable readable id.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Field(() => String, { description: 'What is to change, in a few words.' })
  @Property({ type: 'text' })
  title: string;

  @Field(() => OutcomeKind, { description: 'What it tells about its missions.' })
  @Property({ type: 'text' })
  kind: OutcomeKind;

  @Property({ type: 'array' })
  missionIds: string[];

  @Property({ type: 'text', nullable: true })
  challengeId: string | null;

  @Field(() => Boolean, { description: 'True when made up to show the hub; false when it is real.' })
  @Property({ type: 'boolean' })
  illustrative: boolean;
}
