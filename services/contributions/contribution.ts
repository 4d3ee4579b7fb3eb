import { Entity, PrimaryKey, Property } from '@mikro-orm/core';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { IllegalTransition, Refused } from '../kernel/refusal.js';
import { ContributionKind, Pooling } from './kinds.js';
import { ContributionState, nextStates } from './states.js';
import type { ContributionVersion } from './version.js';

@Directive('@key(fields: "id")')
@ObjectType({
  description:
    'What an organisation gives to a mission: money, people, data, assets, actions. Source: the contributor itself. Before it is pledged only its contributor and auditors see it.',
})
@Entity()
export class Contribution {
  @Field(() => ID, { description: 'Its id, <contributor>:<uuid>.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Property({ type: 'text' })
  missionId: string;

  @Property({ type: 'text', nullable: true })
  challengeId: string | null;

  @Property({ type: 'text', nullable: true })
  leverId: string | null;

  @Property({ type: 'text' })
  contributorId: string;

  @Field(() => ContributionKind, { description: 'What is contributed.' })
  @Property({ type: 'text' })
  kind: ContributionKind;

  @Field(() => Pooling, { description: 'How it is joined to the mission.' })
  @Property({ type: 'text' })
  pooling: Pooling;

  @Field(() => Boolean, { description: 'True when made up to show the hub; false when it is real.' })
  @Property({ type: 'boolean' })
  illustrative: boolean;

  @Field(() => String, {
    nullable: true,
    description: "The contributor's system it was published from; null when written here.",
  })
  @Property({ type: 'text', nullable: true })
  sourceSystem: string | null;

  @Field(() => String, { nullable: true, description: 'Its id in that system; unique there. Null when written here.' })
  @Property({ type: 'text', nullable: true })
  sourceRecordId: string | null;

  /** What the source last stated, so that the same row again is known to be the same. */
  @Property({ type: 'text', nullable: true, lazy: true })
  sourceHash: string | null;

  @Field(() => ContributionState, { description: 'Where it stands.' })
  @Property({ type: 'text' })
  state: ContributionState;

  /** The version of its terms that counts. */
  @Property({ type: 'integer' })
  number: number;

  @Field(() => Int, { description: 'Counts its changes of state and of terms, for expectedVersion.' })
  @Property({ type: 'integer' })
  version: number;

  /** Read together with it by a deed, so that a dry run can show what it would have written. */
  currentVersion?: ContributionVersion;

  /** Refuses with ILLEGAL_TRANSITION when it cannot go there from where it stands. */
  mayBecome(state: ContributionState): void {
    if (!nextStates[this.state].includes(state)) throw new Refused([this.cannot()]);
  }

  /** The refusal that says where it stands and where it can go. */
  cannot(): IllegalTransition {
    return illegalTransition(this.id, this.state);
  }
}

export const illegalTransition = (id: string, state: ContributionState): IllegalTransition =>
  new IllegalTransition(`Contribution ${id}`, state, nextStates[state]);

/**
 * Contributions as known at the request's instant, to stand after `from`: today's rows, or each with the last state
 * known then. Before its first state was known a contribution does not exist.
 */
export function knownContributions(context: Context): string {
  if (!context.knownAt) return 'contribution';
  return `(select c.id, c.mission_id, c.challenge_id, c.lever_id, c.contributor_id, c.kind, c.pooling, c.illustrative,
             c.source_system, c.source_record_id, c.recorded, known.state, known.number, known.sequence as version
           from contribution c cross join lateral (
             select state, number, sequence from contribution_state
             where contribution_id = c.id and known_at <= '${context.knownAt.toISOString()}' order by sequence desc limit 1
           ) as known) as contribution`;
}

/** Cuts an append-only table at the request's instant: a condition to stand after `where`; `of` names the table. */
export function knownBy(context: Context, column: 'known_at' | 'recorded_at', of = ''): string {
  return context.knownAt ? `${of}${column} <= '${context.knownAt.toISOString()}'` : 'true';
}
