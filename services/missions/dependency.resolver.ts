import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { connectionOf, type Page, PageArgs, readNounPages } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { nounsByParent } from '../kernel/loader.js';
import { Decision } from './decision.js';
import { decisions } from './decision.resolver.js';
import { Dependency, waitingStates } from './dependency.js';
import { Mission } from './mission.js';
import { missions } from './mission.resolver.js';
import { Organisation } from './organisation.js';
import { organisations } from './organisation.resolver.js';

const stillWaiting = `state in (${waitingStates.map((state) => `'${state}'`).join(', ')})`;
const waitingOfMission = nounsByParent(Dependency, {
  ...{ table: 'dependency', column: 'mission_id', orderBy: 'since, id', where: stillWaiting },
  parent: (dependency: Dependency) => dependency.missionId,
});

@ObjectType({ description: 'A page of what is waited for, the longest wait first.' })
export class DependencyConnection extends connectionOf(Dependency) {}

@InputType({ description: 'Which waitings; every field given must hold.' })
export class WaitingOnFilter {
  @Field(() => ID, { nullable: true, description: 'Of this mission.' })
  mission?: string | null;

  @Field(() => ID, { nullable: true, description: 'On a decision of this organisation.' })
  decider?: string | null;
}

@Resolver(() => Dependency)
export class DependencyResolver {
  @Query(() => DependencyConnection, {
    nullable: true,
    description: 'What is waited for now, over all missions, the longest wait first.',
  })
  async waitingOn(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => WaitingOnFilter, { nullable: true, description: 'Which waitings.' })
    filter: WaitingOnFilter | null,
    @Ctx() context: Context,
  ): Promise<Page<Dependency>> {
    const { mission = null, decider = null } = filter ?? {};
    const [page] = await readNounPages(context, Dependency, [''], args, {
      sql: `select * from ${context.known('dependency')} where ${stillWaiting} and (?::text is null or mission_id = ?)
        and (?::text is null or decision_id in (select id from ${context.known('decision')} where decider_id = ?))`,
      params: [mission, mission, decider, decider],
      orderBy: ['since', 'id'],
    });
    return page!;
  }

  @FieldResolver(() => Int, {
    description: 'Whole days since they began to wait, up to today or to the instant the answer is cut at.',
  })
  daysWaited(@Root() dependency: Dependency, @Ctx() context: Context): number {
    return dependency.daysWaited(context.knownAt ?? new Date());
  }

  @FieldResolver(() => Mission, { nullable: true, description: 'The mission that is held up.' })
  mission(@Root() dependency: Dependency, @Ctx() context: Context) {
    return context.load(missions, dependency.missionId);
  }

  @FieldResolver(() => Decision, { nullable: true, description: 'The decision that is waited for.' })
  decision(@Root() dependency: Dependency, @Ctx() context: Context) {
    return context.load(decisions, dependency.decisionId);
  }

  @FieldResolver(() => Organisation, { nullable: true, description: 'Who waits.' })
  waiter(@Root() dependency: Dependency, @Ctx() context: Context) {
    return context.load(organisations, dependency.waiterId);
  }
}

@Resolver(() => Mission)
export class MissionWaiting {
  @FieldResolver(() => [Dependency], { description: 'What holds it up now, the longest wait first.' })
  waitingOn(@Root() mission: Mission, @Ctx() context: Context) {
    return context.load(waitingOfMission, mission.id);
  }
}
