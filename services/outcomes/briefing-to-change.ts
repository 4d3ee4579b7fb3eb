import type { EntityManager } from '@mikro-orm/postgresql';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { query } from '../kernel/database.js';
import { ChangeInput, DeedPayload, expectVersion } from '../kernel/deed.js';
import { IllegalTransition, Refused, refuse } from '../kernel/refusal.js';
import {
  Briefing,
  BriefingState,
  BriefingStep,
  stateAfter,
  stateNumbered,
  statesAfter,
  versionAfter,
} from './briefing.js';

@InputType({ description: 'Which briefing; expectedVersion is its version.' })
export abstract class BriefingChangeInput extends ChangeInput {
  @Field(() => ID, { description: 'Id of the briefing.' })
  briefing: string;
}

@ObjectType()
export abstract class BriefingPayload extends DeedPayload {
  @Field(() => Briefing, { nullable: true, description: 'The briefing; null when declined.' })
  briefing: Briefing | null;
}

/**
 * A briefing with its steps, for a deed that adds to it; nobody else does until the deed has ended. Refuses with
 * UNKNOWN_BRIEFING.
 */
export async function briefingWithSteps(em: EntityManager, id: string): Promise<[Briefing, BriefingStep[]]> {
  await query(em, `select pg_advisory_xact_lock(hashtextextended('briefing ' || ?, 0))`, [id]);
  const briefing = await em.findOne(Briefing, { id });
  if (!briefing) refuse('UNKNOWN_BRIEFING', 'There is no briefing with this id.', ['briefing']);
  return [briefing, await em.find(BriefingStep, { briefingId: id }, { orderBy: { number: 'asc' } })];
}

/** Refuses with ILLEGAL_TRANSITION a deed that is done only while a briefing is in another state. */
export function demandState(steps: readonly BriefingStep[], wanted: BriefingState): void {
  const state = stateAfter(steps);
  if (state !== wanted) throw new Refused([new IllegalTransition('This briefing', state, statesAfter(state))]);
}

/**
 * A briefing that is to come into a state that follows its present one. Refuses with UNKNOWN_BRIEFING, STALE_VERSION
 * and ILLEGAL_TRANSITION.
 */
export async function briefingToChange(
  em: EntityManager,
  input: BriefingChangeInput,
  into: BriefingState,
): Promise<[Briefing, BriefingStep[]]> {
  const found = await briefingWithSteps(em, input.briefing);
  expectVersion(input, versionAfter(found[1]));
  const before = Object.values(BriefingState).find((state) => statesAfter(state).includes(into));
  demandState(found[1], before!);
  return found;
}

/** Takes a briefing one step on; what the deed made beside the step is shown with it. */
export function takeStep(
  em: EntityManager,
  briefing: Briefing,
  steps: BriefingStep[],
  made: { summary?: string } & Omit<NonNullable<Briefing['madeWith']>, 'steps'> = {},
): Briefing {
  const { summary = null, ...beside } = made;
  const number = versionAfter(steps) + 1;
  const step = em.create(BriefingStep, {
    ...{ briefingId: briefing.id, number, state: stateNumbered(number), summary, reason: null },
    statedReleaseAt: null,
  });
  return Object.assign(briefing, { madeWith: { steps: [...steps, step], ...beside } });
}

/** Ends a briefing that is not held. */
export function callOff(em: EntityManager, briefing: Briefing, steps: BriefingStep[], reason: string): Briefing {
  const step = em.create(BriefingStep, {
    ...{
      briefingId: briefing.id,
      number: versionAfter(steps) + 1,
      state: BriefingState.CALLED_OFF,
      summary: null,
      reason,
    },
    statedReleaseAt: null,
  });
  return Object.assign(briefing, { madeWith: { steps: [...steps, step] } });
}
