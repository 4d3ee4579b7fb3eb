import { Entity, type Opt, PrimaryKey, Property } from '@mikro-orm/core';
import { Directive, Field, ID, InputType, Int, ObjectType } from 'type-graphql';

/** What the mission literature knows as kinds of challenge; data, so that a unit can add its own. */
export const archetypes = [
  'COMPLEX_OUTCOME',
  'TECHNOLOGY_BOTTLENECK',
  'INPUT_COMMITMENT',
  'BEHAVIOUR_SHIFT',
  'MARKET_SHAPING',
  'INFRASTRUCTURE',
  'REGULATORY_UNLOCK',
  'SERVICE_REDESIGN',
  'PREVENTION_SHIFT',
] as const;

@InputType({ description: 'How much of a challenge serves one mission.' })
export class MissionShareInput {
  @Field(() => ID, { description: 'Id of the mission.' })
  mission: string;

  @Field(() => Int, {
    description: 'Its share in whole percent, 1 to 100; the shares of a challenge add up to at most 100.',
  })
  weight: number;
}

/** One row of the table that joins challenges with the missions they serve. */
export interface MissionShare {
  missionId: string;
  /** Whole percent. */
  weight: number;
}

@Directive('@key(fields: "id")')
@ObjectType({
  description: 'One thing that stands in the way of a mission, or of several. Source: the central mission unit.',
})
@Entity()
export class Challenge {
  @Field(() => ID, { description: 'Stable readable id.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Field(() => String, { description: 'Its name.' })
  @Property({ type: 'text' })
  name: string;

  @Field(() => String, {
    description: `What kind of challenge it is, which decides the way of working; known kinds: ${archetypes.join(', ')}.`,
  })
  @Property({ type: 'text' })
  archetype: string;

  @Field(() => String, { nullable: true, description: 'How it is worked on, in words; null when not settled.' })
  @Property({ type: 'text', nullable: true })
  operatingModel: string | null;

  @Property({ type: 'json' })
  shares: MissionShare[];

  @Field(() => Int, { description: 'Counts its changes, for expectedVersion.' })
  @Property({ type: 'integer', version: true })
  version: Opt<number>;

  @Property({ type: 'datetime', length: 3, defaultRaw: 'clock_timestamp()' })
  recordedAt: Opt<Date>;
}
