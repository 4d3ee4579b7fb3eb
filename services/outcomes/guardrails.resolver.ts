import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { Mission, outcomesOfMission } from './mission.js';
import { Outcome, OutcomeKind } from './outcome.js';

@Resolver(() => Mission)
export class MissionGuardrailsResolver {
  @FieldResolver(() => [Outcome], {
    nullable: true,
    description:
      'What must not be harmed on the way: its outcomes of kind GUARDRAIL, which stand among its outcomes as well. Empty when none is defined: nobody has said what must not be harmed.',
  })
  async guardrails(@Root() mission: Mission, @Ctx() context: Context): Promise<Outcome[] | null> {
    const outcomes = await context.load(outcomesOfMission, mission.id);
    return outcomes?.filter(({ kind }) => kind === OutcomeKind.GUARDRAIL) ?? null;
  }
}
