import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { v7 as uuid } from 'uuid';
import type { Context } from '../kernel/context.js';
import { DateTime } from '../kernel/dates.js';
import { byId, DeedInput, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { Briefing } from './briefing.js';
import { BriefingPayload, takeStep } from './briefing-to-change.js';
import { Measure } from './measure.js';
import { Outcome } from './outcome.js';
import { checkSaid, checkSlug } from './slug.js';

@InputType({ description: 'A briefing to come.' })
export class ScheduleBriefingInput extends DeedInput {
  @Field(() => ID, { description: 'Id of the mission it is about.' })
  mission: string;

  @Field(() => DateTime, { description: 'When it is to be held; one that was held already may be entered too.' })
  heldAt: Date;

  @Field(() => String, { description: 'The office that accounts for its decisions; no name of a person.' })
  decisionMaker: string;

  @Field(() => [ID], { defaultValue: [], description: 'Ids of the organisations whose experts are heard, at most 50.' })
  experts: string[];

  @Field(() => [ID], {
    defaultValue: [],
    description: 'Ids of the outcomes it looks at, at most 50; with no measures either, all of its mission.',
  })
  outcomes: string[];

  @Field(() => [ID], { defaultValue: [], description: 'Ids of measures it looks at beside those, at most 50.' })
  measures: string[];

  @Field(() => Boolean, { defaultValue: false, description: 'True when made up to show the hub.' })
  illustrative: boolean;
}

@ObjectType({ description: 'The briefing, SCHEDULED, or why it was declined.' })
export class ScheduleBriefingPayload extends BriefingPayload {}

@Resolver()
export class ScheduleBriefing {
  @Mutation(() => ScheduleBriefingPayload, {
    description:
      'Announces a briefing: that it is held, when, by which office and about what is public at once. Role: mission-unit. Refusals: BAD_USER_INPUT, UNKNOWN_OUTCOME, UNKNOWN_MEASURE, NOT_OF_MISSION.',
  })
  async scheduleBriefing(
    @Arg('input', () => ScheduleBriefingInput, { description: 'The briefing.' }) input: ScheduleBriefingInput,
    @Ctx() context: Context,
  ): Promise<ScheduleBriefingPayload> {
    const deed = { name: 'scheduleBriefing', input, by: ['mission-unit'], ...byId(Briefing) } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      const { mission, heldAt, decisionMaker, illustrative } = input;
      checkSlug(mission, ['mission']);
      checkSaid({ decisionMaker });
      for (const [place, expert] of input.experts.entries()) checkSlug(expert, ['experts', String(place)]);
      const [experts, outcomes, measures] = [input.experts, input.outcomes, input.measures].map((ids) => [
        ...new Set(ids),
      ]) as [string[], string[], string[]];
      if ([experts, outcomes, measures].some(({ length }) => length > 50))
        refuse('BAD_USER_INPUT', 'A briefing names at most 50 experts, outcomes and measures each.');
      await demandOfMission(em, mission, outcomes, measures);
      const briefing = em.create(Briefing, {
        ...{ id: `briefing-${uuid()}`, missionId: mission, heldAt, decisionMaker, illustrative },
        ...{ expertIds: experts, outcomeIds: outcomes, measureIds: measures, statedReleaseAt: null },
      });
      await em.flush();
      return takeStep(em, briefing, []);
    });
    return { briefing: noun, ...done };
  }
}

/** Refuses with UNKNOWN_OUTCOME and UNKNOWN_MEASURE what is not there, with NOT_OF_MISSION what tells of another one. */
async function demandOfMission(em: EntityManager, mission: string, outcomes: string[], measures: string[]) {
  const known = await em.find(Measure, { id: { $in: measures } });
  for (const id of measures) {
    if (!known.some((measure) => measure.id === id))
      refuse('UNKNOWN_MEASURE', `There is no measure ${id}; define it first.`, ['measures']);
  }
  const wanted = [...outcomes, ...known.map(({ outcomeId }) => outcomeId)];
  const found = await em.find(Outcome, { id: { $in: wanted } });
  for (const id of wanted) {
    const outcome = found.find((each) => each.id === id);
    const path = [outcomes.includes(id) ? 'outcomes' : 'measures'];
    if (!outcome) refuse('UNKNOWN_OUTCOME', `There is no outcome ${id}; define it first.`, path);
    if (!outcome.missionIds.includes(mission))
      refuse('NOT_OF_MISSION', `The outcome ${id} is none of the mission ${mission}.`, path);
  }
}
