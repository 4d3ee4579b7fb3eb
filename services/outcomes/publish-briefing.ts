import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { byId, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { Briefing, BriefingState, DecisionAccount } from './briefing.js';
import { BriefingChangeInput, BriefingPayload, briefingToChange, takeStep } from './briefing-to-change.js';
import { checkSaid } from './slug.js';

@InputType({ description: 'A decision that was accounted for.' })
export class DecisionAccountInput {
  @Field(() => ID, { description: 'Id of the decision, decision-<uuid>.' })
  decision: string;

  @Field(() => String, { description: 'What was said for it, in the light of the evidence.' })
  account: string;
}

@InputType({ description: 'What is published of a briefing; expectedVersion is its version.' })
export class PublishBriefingInput extends BriefingChangeInput {
  @Field(() => String, { description: 'What was said, in a few paragraphs.' })
  summary: string;

  @Field(() => [DecisionAccountInput], {
    defaultValue: [],
    description: 'The decisions that were accounted for, each once, at most 100, in the order they are to be read.',
  })
  decisions: DecisionAccountInput[];
}

@ObjectType({ description: 'The briefing, PUBLISHED, or why it was declined.' })
export class PublishBriefingPayload extends BriefingPayload {}

@Resolver()
export class PublishBriefing {
  @Mutation(() => PublishBriefingPayload, {
    description:
      'Publishes a briefing with its locked evidence; it is never changed from then on. Questions are taken. Role: mission-unit. Refusals: BAD_USER_INPUT, UNKNOWN_BRIEFING, STALE_VERSION, ILLEGAL_TRANSITION.',
  })
  async publishBriefing(
    @Arg('input', () => PublishBriefingInput, { description: 'What is published.' }) input: PublishBriefingInput,
    @Ctx() context: Context,
  ): Promise<PublishBriefingPayload> {
    const deed = { name: 'publishBriefing', input, by: ['mission-unit'], ...byId(Briefing) } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      const { summary } = input;
      checkSaid({ summary });
      checkAccounts(input);
      const [briefing, steps] = await briefingToChange(em, input, BriefingState.PUBLISHED);
      const accounts = addAccounts(em, input);
      await em.flush();
      return takeStep(em, briefing, steps, { summary, accounts });
    });
    return { briefing: noun, ...done };
  }
}

function checkAccounts({ decisions }: PublishBriefingInput): void {
  if (decisions.length > 100) refuse('BAD_USER_INPUT', 'At most 100 decisions are accounted for.', ['decisions']);
  const seen = new Set<string>();
  for (const [place, { decision, account }] of decisions.entries()) {
    const path = ['decisions', String(place)];
    checkSaid({ decision, account }, path);
    if (seen.has(decision)) refuse('BAD_USER_INPUT', 'This decision is accounted for twice; name it once.', path);
    seen.add(decision);
  }
}

const addAccounts = (em: EntityManager, { briefing, decisions }: PublishBriefingInput): DecisionAccount[] =>
  decisions.map(({ decision, account }, at) =>
    em.create(DecisionAccount, { briefingId: briefing, place: at + 1, decisionId: decision, account }),
  );
