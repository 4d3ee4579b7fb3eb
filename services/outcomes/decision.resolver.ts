import { Ctx, Directive, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { BriefingEvidence } from './briefing-evidence.js';
import { evidenceKnown, newestOfFigure } from './briefing-evidence.resolver.js';
import { Decision } from './decision.js';
import { evidenceNow } from './evidence-now.js';
import { measuresOfOutcome } from './measure.resolver.js';
import { outcomesOfMission } from './mission.js';
import { Observation } from './observation.js';

@Resolver(() => Decision)
export class DecisionMeasuresResolver {
  @Directive('@requires(fields: "decidedAt mission { id }")')
  @FieldResolver(() => [BriefingEvidence], {
    nullable: true,
    description:
      'Every measure of its mission’s outcomes and guardrails, in the order of ids: what was known at the instant it was decided, cut as As-Known-At cuts, beside what is known now. Null until it is decided. A request may look back to 20 instants. Errors: BAD_USER_INPUT.',
  })
  async measures(
    @Root() { decidedAt, mission }: Decision,
    @Ctx() context: Context,
  ): Promise<BriefingEvidence[] | null> {
    if (!decidedAt || !mission) return null;
    const then = context.knowing(decidedAt);
    const outcomes = (await context.load(outcomesOfMission, mission.id)) ?? [];
    const measures = await Promise.all(outcomes.map(({ id }) => context.load(measuresOfOutcome, id)));
    const ids = measures.flatMap((some) => (some ?? []).map(({ id }) => id)).sort();
    const known = await Promise.all(ids.map((id) => evidenceNow(then, id)));
    return ids.map((measureId, at) => evidenceKnown(measureId, known[at] ?? null, decidedAt));
  }
}

@Resolver(() => Observation)
export class NewestVintageResolver {
  @FieldResolver(() => Observation, {
    nullable: true,
    description: 'The newest vintage of this very figure: itself where none has followed.',
  })
  newest(@Root() observation: Observation, @Ctx() context: Context): Promise<Observation | null> {
    return context.load(newestOfFigure, observation);
  }
}
