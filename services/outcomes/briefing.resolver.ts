import { Arg, Args, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { type Page, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import {
  Briefing,
  BriefingAnswer,
  BriefingQuestion,
  BriefingState,
  BriefingStep,
  DecisionAccount,
  stateAfter,
  versionAfter,
} from './briefing.js';
import {
  accountsIn,
  accountsOf,
  answersTo,
  BriefingConnection,
  BriefingQuestionConnection,
  briefingsById,
  briefingsOfMission,
  mayRead,
  questionsOfBriefing,
  stepsOf,
} from './briefing-lists.js';
import { Decision } from './decision.js';
import { BriefingFilter, BriefingOrder, briefingPage } from './filtered-briefings.js';
import { Measure } from './measure.js';
import { measuresById } from './measure.resolver.js';
import { Mission } from './mission.js';
import { Organisation } from './organisation.js';
import { Outcome } from './outcome.js';
import { outcomesById } from './outcome.resolver.js';

const found = <Noun>(nouns: (Noun | null)[]): Noun[] => nouns.filter((noun) => noun !== null);

@Resolver(() => Briefing)
export class BriefingResolver {
  @Query(() => Briefing, { nullable: true, description: 'One briefing by its id. Errors: NOT_FOUND.' })
  briefing(@Arg('id', () => ID, { description: 'Its id.' }) id: string, @Ctx() context: Context) {
    return context.find(briefingsById, id);
  }

  @Query(() => BriefingConnection, {
    nullable: true,
    description:
      'Briefings of all missions, the one that is held last first unless asked otherwise. Errors: BAD_USER_INPUT.',
  })
  briefings(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => BriefingFilter, { nullable: true, description: 'Which of them.' })
    filter: BriefingFilter | null | undefined,
    @Arg('orderBy', () => BriefingOrder, {
      defaultValue: BriefingOrder.HELD_LATEST_FIRST,
      description: 'In which order.',
    })
    orderBy: BriefingOrder,
    @Ctx() context: Context,
  ): Promise<Page<Briefing>> {
    return briefingPage(context, args, filter ?? {}, orderBy);
  }

  @FieldResolver(() => Mission, { nullable: true, description: 'The mission it is about.' })
  mission(@Root() briefing: Briefing): Mission {
    return { id: briefing.missionId };
  }

  @FieldResolver(() => BriefingState, { description: 'Where it stands.' })
  async state(@Root() briefing: Briefing, @Ctx() context: Context): Promise<BriefingState> {
    return stateAfter(await this.steps(briefing, context));
  }

  @FieldResolver(() => Int, { description: 'Counts its steps, for expectedVersion.' })
  async version(@Root() briefing: Briefing, @Ctx() context: Context): Promise<number> {
    return versionAfter(await this.steps(briefing, context));
  }

  @FieldResolver(() => [BriefingStep], { description: 'When it came into which state, oldest first.' })
  async steps(@Root() briefing: Briefing, @Ctx() context: Context): Promise<BriefingStep[]> {
    return briefing.madeWith?.steps ?? (await context.load(stepsOf, briefing.id)) ?? [];
  }

  @FieldResolver(() => [Organisation], {
    nullable: true,
    description: 'The organisations whose experts are heard.',
  })
  experts(@Root() briefing: Briefing): Organisation[] {
    return briefing.expertIds.map((id) => ({ id }));
  }

  @FieldResolver(() => [Outcome], {
    description: 'The outcomes it looks at; with no measures either, it looks at all of its mission.',
  })
  async outcomes(@Root() briefing: Briefing, @Ctx() context: Context): Promise<Outcome[]> {
    return found(await Promise.all(briefing.outcomeIds.map((id) => context.load(outcomesById, id))));
  }

  @FieldResolver(() => [Measure], { description: 'The measures it looks at beside those of its outcomes.' })
  async measures(@Root() briefing: Briefing, @Ctx() context: Context): Promise<Measure[]> {
    return found(await Promise.all(briefing.measureIds.map((id) => context.load(measuresById, id))));
  }

  @FieldResolver(() => String, { nullable: true, description: 'What was said; null until it is published.' })
  async summary(@Root() briefing: Briefing, @Ctx() context: Context): Promise<string | null> {
    const steps = await this.steps(briefing, context);
    return steps.find(({ state }) => state === BriefingState.PUBLISHED)?.summary ?? null;
  }

  @FieldResolver(() => [DecisionAccount], {
    nullable: true,
    description: 'The decisions that were accounted for, as ordered by who published it; null until it is published.',
  })
  async decisions(@Root() briefing: Briefing, @Ctx() context: Context): Promise<DecisionAccount[] | null> {
    if (!mayRead(context, await this.steps(briefing, context))) return null;
    return briefing.madeWith?.accounts ?? context.load(accountsIn, briefing.id);
  }

  @FieldResolver(() => BriefingQuestionConnection, {
    description: 'What was asked about it, in the order it was asked. Errors: BAD_USER_INPUT.',
  })
  questions(@Root() briefing: Briefing, @Args(() => PageArgs) args: PageArgs, @Ctx() context: Context) {
    return context.load(questionsOfBriefing, { parent: briefing.id, args });
  }
}

@Resolver(() => BriefingQuestion)
export class BriefingQuestionResolver {
  @FieldResolver(() => Briefing, { nullable: true, description: 'The briefing it is about.' })
  briefing(@Root() question: BriefingQuestion, @Ctx() context: Context): Promise<Briefing | null> {
    return context.load(briefingsById, question.briefingId);
  }

  @FieldResolver(() => Organisation, { nullable: true, description: 'The organisation that put it.' })
  askedBy(@Root() question: BriefingQuestion): Organisation {
    return { id: question.organisationId };
  }

  @FieldResolver(() => BriefingAnswer, { nullable: true, description: 'The answer; null: none yet.' })
  async answer(@Root() question: BriefingQuestion, @Ctx() context: Context): Promise<BriefingAnswer | null> {
    return question.madeWith ?? context.load(answersTo, question.id);
  }
}

@Resolver(() => DecisionAccount)
export class DecisionAccountResolver {
  @FieldResolver(() => Decision, { nullable: true, description: 'The decision.' })
  decision(@Root() account: DecisionAccount): Decision {
    return { id: account.decisionId };
  }

  @FieldResolver(() => Briefing, { nullable: true, description: 'The briefing in which it was accounted for.' })
  briefing(@Root() account: DecisionAccount, @Ctx() context: Context): Promise<Briefing | null> {
    return context.load(briefingsById, account.briefingId);
  }
}

@Resolver(() => Decision)
export class DecisionAccountsResolver {
  @FieldResolver(() => [DecisionAccount], {
    nullable: true,
    description: 'How it was accounted for in published briefings, oldest first; empty: it has not been yet.',
  })
  accountedFor(@Root() decision: Decision, @Ctx() context: Context): Promise<DecisionAccount[] | null> {
    return context.load(accountsOf, decision.id);
  }
}

@Resolver(() => Mission)
export class MissionBriefingsResolver {
  @FieldResolver(() => BriefingConnection, {
    nullable: true,
    description: 'Its briefings, the one that is held last first. Errors: BAD_USER_INPUT.',
  })
  briefings(@Root() mission: Mission, @Args(() => PageArgs) args: PageArgs, @Ctx() context: Context) {
    return context.load(briefingsOfMission, { parent: mission.id, args });
  }
}
