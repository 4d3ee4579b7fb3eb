import { Args, Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import { PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { DateTime } from '../kernel/dates.js';
import { Briefing, BriefingState } from './briefing.js';
import { BriefingEvidence } from './briefing-evidence.js';
import { evidenceKnown, lockedFor } from './briefing-evidence.resolver.js';
import {
  BriefingQuestionConnection,
  lastPublished,
  nextToBeHeld,
  openQuestionsOfMission,
  stepsOf,
} from './briefing-lists.js';
import { measuresOfOutcome } from './measure.resolver.js';
import { Mission, outcomesOfMission } from './mission.js';

@ObjectType({
  description:
    'What the next briefing of a mission has to look at. The decisions to account for are those of Mission.decisions whose accountedFor is empty.',
})
export class BriefingPack {
  @Field(() => Briefing, {
    nullable: true,
    description: 'The last briefing that was published; null: there is none, and everything is new.',
  })
  last: Briefing | null;

  @Field(() => Briefing, { nullable: true, description: 'The next one to be held; null: none is scheduled.' })
  scheduled: Briefing | null;

  @Field(() => DateTime, { nullable: true, description: 'When the evidence of the last one was locked.' })
  since: Date | null;

  missionId: string;
}

@Resolver(() => Mission)
export class MissionNextBriefingResolver {
  @FieldResolver(() => BriefingPack, {
    nullable: true,
    description: 'The pack for the next briefing: what has changed since the last one that was published.',
  })
  async nextBriefing(@Root() mission: Mission, @Ctx() context: Context): Promise<BriefingPack> {
    const [last, scheduled] = await Promise.all([
      context.load(lastPublished, mission.id),
      context.load(nextToBeHeld, mission.id),
    ]);
    const steps = last && (await context.load(stepsOf, last.id));
    const since = steps?.find(({ state }) => state === BriefingState.EVIDENCE_LOCKED)?.recordedAt ?? null;
    return { last, scheduled, since, missionId: mission.id };
  }
}

@Resolver(() => BriefingPack)
export class BriefingPackResolver {
  @FieldResolver(() => [BriefingEvidence], {
    description:
      'Every measure of the mission’s outcomes and guardrails, in the order of ids: what was locked for the last briefing beside what is known now, and what is otherwise.',
  })
  async evidence(@Root() { last, missionId }: BriefingPack, @Ctx() context: Context): Promise<BriefingEvidence[]> {
    const [locked, outcomes] = await Promise.all([
      last && context.load(lockedFor, last.id),
      context.load(outcomesOfMission, missionId),
    ]);
    const measures = await Promise.all((outcomes ?? []).map(({ id }) => context.load(measuresOfOutcome, id)));
    const byMeasure = new Map(locked?.map((evidence) => [evidence.measureId, evidence]));
    const ids = measures.flatMap((some) => (some ?? []).map(({ id }) => id)).sort();
    return ids.map((measureId) => byMeasure.get(measureId) ?? evidenceKnown(measureId, null, null));
  }

  @FieldResolver(() => BriefingQuestionConnection, {
    description:
      'Questions about published briefings of the mission that have no answer yet, in the order they were put. Errors: BAD_USER_INPUT.',
  })
  openQuestions(@Root() pack: BriefingPack, @Args(() => PageArgs) args: PageArgs, @Ctx() context: Context) {
    return context.load(openQuestionsOfMission, { parent: pack.missionId, args });
  }
}
