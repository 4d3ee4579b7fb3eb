import { Entity, type Opt, PrimaryKey, Property } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Day } from '../kernel/dates.js';
import { IllegalTransition, Refused, refuse } from '../kernel/refusal.js';

export enum MissionMeaning {
  PRIORITY = 'PRIORITY',
  CHALLENGE = 'CHALLENGE',
  SPIRIT = 'SPIRIT',
}
registerEnumType(MissionMeaning, {
  name: 'MissionMeaning',
  description: 'What is meant by calling it a mission.',
  valuesConfig: {
    PRIORITY: { description: 'Something the government puts first.' },
    CHALLENGE: { description: 'A challenge with a measurable end that needs several sectors.' },
    SPIRIT: { description: 'A way of working together more than a single end.' },
  },
});

export enum MissionAmbition {
  COMMITTED = 'COMMITTED',
  ASPIRATIONAL = 'ASPIRATIONAL',
}
registerEnumType(MissionAmbition, {
  name: 'MissionAmbition',
  description: 'How firmly the government is bound to the end.',
  valuesConfig: {
    COMMITTED: { description: 'The government answers for reaching it.' },
    ASPIRATIONAL: { description: 'It sets the direction; reaching part of it counts.' },
  },
});

export enum MissionState {
  DRAFT = 'DRAFT',
  PROPOSED = 'PROPOSED',
  ACTIVE = 'ACTIVE',
  PAUSED = 'PAUSED',
  ACHIEVED = 'ACHIEVED',
  ENDED = 'ENDED',
}
registerEnumType(MissionState, {
  name: 'MissionState',
  description: 'Where a mission stands.',
  valuesConfig: {
    DRAFT: { description: 'Being written.' },
    PROPOSED: { description: 'Put forward, not yet agreed.' },
    ACTIVE: { description: 'Running.' },
    PAUSED: { description: 'Halted for a time.' },
    ACHIEVED: { description: 'Its end was reached.' },
    ENDED: { description: 'Stopped before its end was reached.' },
  },
});

const nextStates: Record<MissionState, MissionState[]> = {
  [MissionState.DRAFT]: [MissionState.PROPOSED],
  [MissionState.PROPOSED]: [MissionState.ACTIVE, MissionState.ENDED],
  [MissionState.ACTIVE]: [MissionState.PAUSED, MissionState.ACHIEVED, MissionState.ENDED],
  [MissionState.PAUSED]: [MissionState.ACTIVE, MissionState.ENDED],
  [MissionState.ACHIEVED]: [],
  [MissionState.ENDED]: [],
};

@Directive('@key(fields: "id")')
@ObjectType({ description: 'An end that no department can reach alone. Source: the central mission unit.' })
@Entity()
export class Mission {
  @Field(() => ID, { description: 'Stable readable id, for example clean-energy.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Field(() => String, { description: 'Its name.' })
  @Property({ type: 'text' })
  name: string;

  @Field(() => String, { description: 'What it is for, in plain words.' })
  @Property({ type: 'text' })
  purpose: string;

  @Field(() => MissionMeaning, { description: 'What is meant by calling it a mission.' })
  @Property({ type: 'text' })
  meaning: MissionMeaning;

  @Field(() => MissionAmbition, { description: 'How firmly the government is bound to it.' })
  @Property({ type: 'text' })
  ambition: MissionAmbition;

  @Field(() => Day, { nullable: true, description: 'The day by which it is to be reached; null when open-ended.' })
  @Property({ type: 'date', nullable: true })
  horizon: string | null;

  @Field(() => MissionState, { description: 'Where it stands.' })
  @Property({ type: 'text' })
  state: MissionState;

  @Field(() => Boolean, { description: 'True when made up to show the hub; false when it is real.' })
  @Property({ type: 'boolean' })
  illustrative: boolean;

  /** The organisation that leads it, where one does. */
  @Property({ type: 'text', nullable: true })
  leadId: string | null;

  @Field(() => Int, { description: 'Counts its changes, for expectedVersion.' })
  @Property({ type: 'integer', version: true })
  version: Opt<number>;

  @Property({ type: 'datetime', length: 3, defaultRaw: 'clock_timestamp()' })
  recordedAt: Opt<Date>;

  /** Refuses with ILLEGAL_TRANSITION when the mission cannot go there from where it stands. */
  become(state: MissionState): void {
    const allowed = nextStates[this.state];
    if (!allowed.includes(state)) throw new Refused([new IllegalTransition(`Mission ${this.id}`, this.state, allowed)]);
    this.state = state;
  }
}

/** The mission with this id; refuses with UNKNOWN_MISSION. */
export async function existingMission(em: EntityManager, id: string): Promise<Mission> {
  return (await em.findOne(Mission, id)) ?? refuse('UNKNOWN_MISSION', `There is no mission ${id}.`, ['mission']);
}
