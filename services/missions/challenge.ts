import { Entity, type Opt, PrimaryKey, Property } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Directive, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { refuse } from '../kernel/refusal.js';

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

/** What the money for a challenge can be spent on; data like the archetypes. */
export const spendings = ['PREVENTION', 'ACUTE'] as const;

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

  @Field(() => String, {
    nullable: true,
    description: `What its money is spent on, which its archetype does not say; known words: ${spendings.join(', ')}: before harm is done, and on harm that is done. Null where nobody has said.`,
  })
  @Property({ type: 'text', nullable: true })
  spending: Opt<string | null>;

  @Property({ type: 'json' })
  shares: MissionShare[];

  @Field(() => Int, { description: 'Counts its changes, for expectedVersion.' })
  @Property({ type: 'integer', version: true })
  version: Opt<number>;

  @Property({ type: 'datetime', length: 3, defaultRaw: 'clock_timestamp()' })
  recordedAt: Opt<Date>;
}

/** The challenge with this id; refuses with UNKNOWN_CHALLENGE. */
export async function existingChallenge(em: EntityManager, id: string): Promise<Challenge> {
  return (
    (await em.findOne(Challenge, id)) ?? refuse('UNKNOWN_CHALLENGE', `There is no challenge ${id}.`, ['challenge'])
  );
}
