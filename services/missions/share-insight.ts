import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { v7 as uuid } from 'uuid';
import type { Context } from '../kernel/context.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { Decision } from './decision.js';
import { Insight, InsightVisibility } from './insight.js';
import { existingMission } from './mission.js';

@InputType({ description: 'What somebody at the front line says.' })
export class ShareInsightInput extends DeedInput {
  @Field(() => ID, { description: 'Id of the mission it is about.' })
  mission: string;

  @Field(() => String, { description: 'What was said, without names.' })
  text: string;

  @Field(() => String, { nullable: true, description: 'The profession of whoever said it.' })
  profession?: string | null;

  @Field(() => String, { nullable: true, description: 'The area it is about.' })
  area?: string | null;

  @Field(() => [String], { defaultValue: [], description: 'What it is about, in a word each.' })
  themes: string[];

  @Field(() => InsightVisibility, { description: 'Who may read it.' })
  visibility: InsightVisibility;

  @Field(() => Boolean, { description: 'True: whoever said it agreed to its being shared so.' })
  consent: boolean;

  @Field(() => [ID], { defaultValue: [], description: 'Decisions it led to or changed.' })
  decisions: string[];

  @Field(() => Boolean, { defaultValue: false, description: 'True when made up to show the hub.' })
  illustrative: boolean;
}

@ObjectType({ description: 'The shared insight, or why it was declined.' })
export class ShareInsightPayload extends DeedPayload {
  @Field(() => Insight, { nullable: true, description: 'The insight; null when declined.' })
  insight: Insight | null;
}

@Resolver()
export class ShareInsight {
  @Mutation(() => ShareInsightPayload, {
    description:
      'Shares what somebody at the front line says; the author is not kept. Role: publisher of any organisation, or mission-unit. Refusals: UNKNOWN_MISSION, UNKNOWN_DECISION, CONSENT_MISSING.',
  })
  async shareInsight(
    @Arg('input', () => ShareInsightInput, { description: 'What somebody at the front line says.' })
    input: ShareInsightInput,
    @Ctx() context: Context,
  ): Promise<ShareInsightPayload> {
    const deed = { name: 'shareInsight', input, by: ['publisher', 'mission-unit'], ...byId(Insight) } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      if (!input.consent)
        refuse('CONSENT_MISSING', 'An insight is shared only with the consent of whoever said it.', ['consent']);
      await existingMission(em, input.mission);
      const known = await em.count(Decision, { id: { $in: input.decisions } });
      if (known < new Set(input.decisions).size)
        refuse('UNKNOWN_DECISION', 'One of these decisions does not exist.', ['decisions']);
      const { mission: missionId, text, themes, visibility, decisions: decisionIds, illustrative } = input;
      return em.create(Insight, {
        ...{ id: `insight-${uuid()}`, missionId, text, themes, visibility, decisionIds, illustrative },
        ...{ profession: input.profession ?? null, area: input.area ?? null },
      });
    });
    return { insight: noun, ...done };
  }
}
