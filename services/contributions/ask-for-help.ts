import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { v7 as uuid } from 'uuid';
import type { Context } from '../kernel/context.js';
import { Day } from '../kernel/dates.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { isSlug } from '../kernel/slug.js';
import { HelpRequest } from './help-request.js';
import { today } from './standing.js';
import { atStoreOf } from './store.js';
import { tellWebhooks } from './telling-webhooks.js';
import { WebhookEvent } from './webhook.js';

@InputType({ description: 'What a mission asks an organisation for.' })
export class AskForHelpInput extends DeedInput {
  @Field(() => ID, { description: 'The mission that asks.' })
  mission: string;

  @Field(() => ID, { description: 'The organisation that is asked.' })
  organisation: string;

  @Field(() => ID, { nullable: true, description: 'The challenge it is about.' })
  challenge?: string | null;

  @Field(() => ID, { nullable: true, description: 'The lever it is about.' })
  lever?: string | null;

  @Field(() => String, { description: 'What it is asked for; shown only to the two sides and auditors.' })
  question: string;

  @Field(() => Day, { nullable: true, description: 'By when an answer is needed, today or later.' })
  answerBy?: string | null;
}

@ObjectType({ description: 'The request, or why it was declined.' })
export class AskForHelpPayload extends DeedPayload {
  @Field(() => HelpRequest, { nullable: true, description: 'The request; null when declined.' })
  helpRequest: HelpRequest | null;
}

@Resolver()
export class AskForHelp {
  @Mutation(() => AskForHelpPayload, {
    description: 'A mission asks an organisation for something. Role: mission-unit. Refusals: BAD_USER_INPUT.',
  })
  async askForHelp(
    @Arg('input', () => AskForHelpInput, { description: 'The request.' }) input: AskForHelpInput,
    @Ctx() context: Context,
  ): Promise<AskForHelpPayload> {
    const deed = { name: 'askForHelp', input, by: ['mission-unit'], ...byId(HelpRequest) } as const;
    const { mission, organisation, question, challenge = null, lever = null, answerBy = null } = input;
    const { noun, ...done } = await perform(atStoreOf(context, organisation), deed, async (em, caller) => {
      if (!isSlug(mission)) refuse('BAD_USER_INPUT', 'Name the mission by its id.', ['mission']);
      if (!isSlug(organisation)) refuse('BAD_USER_INPUT', 'Name the organisation by its id.', ['organisation']);
      if (question.trim() === '') refuse('BAD_USER_INPUT', 'Say what is asked for.', ['question']);
      if (answerBy && answerBy < today()) refuse('BAD_USER_INPUT', `${answerBy} is over.`, ['answerBy']);
      const id = `${organisation}:help-${uuid()}`;
      const data = { helpRequest: id, mission, answerBy };
      await tellWebhooks(em, WebhookEvent.HELP_ASKED, [{ contributorId: organisation, about: id, data }]);
      return em.create(HelpRequest, {
        ...{ id, contributorId: organisation, missionId: mission },
        ...{ challengeId: challenge, leverId: lever, question, answerBy },
        ...{ bySubject: caller.subject, byOrganisation: caller.organisation },
      });
    });
    return { helpRequest: noun, ...done };
  }
}
