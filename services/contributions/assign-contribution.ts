import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { Contribution } from './contribution.js';
import { answerWith, lockFor } from './standing.js';
import { atStoreOf } from './store.js';
import { add } from './writing.js';

@InputType({ description: 'Which of several successors takes over a contribution.' })
export class AssignContributionInput extends ChangeInput {
  @Field(() => ID, { description: 'The contribution, of a body that is gone.' })
  contribution: string;

  @Field(() => ID, { description: 'The body that answers for it from now on, one of those that took over.' })
  organisation: string;

  @Field(() => String, { description: 'Why this one, such as the order that moved the function; public.' })
  reason: string;
}

@ObjectType({ description: 'The contribution, or why this was refused.' })
export class AssignContributionPayload extends DeedPayload {
  @Field(() => Contribution, {
    nullable: true,
    description: 'The contribution with the body that answers for it now; null when this was refused.',
  })
  contribution: Contribution | null;
}

@Resolver()
export class AssignContribution {
  @Mutation(() => AssignContributionPayload, {
    description:
      'Names the body that answers for a contribution where the register has several successors of its contributor; can be named anew, and every naming is kept. The contribution itself stays as it is. Role: mission-unit. Refusals: NOT_FOUND, STALE_VERSION, NOT_A_SUCCESSOR, BAD_USER_INPUT.',
  })
  async assignContribution(
    @Arg('input', () => AssignContributionInput, { description: 'The contribution and the body.' })
    input: AssignContributionInput,
    @Ctx() context: Context,
  ): Promise<AssignContributionPayload> {
    const deed = { name: 'assignContribution', input, by: ['mission-unit'], ...byId(Contribution) } as const;
    const { noun, ...done } = await perform(atStoreOf(context, input.contribution), deed, async (em, caller) => {
      const { contribution: id, organisation, reason } = input;
      const { contribution } = await lockFor(em, caller, id, { MISSION: 'mission-unit' });
      expectVersion(input, contribution.version);
      if (reason.trim() === '') refuse('BAD_USER_INPUT', 'Say why.', ['reason']);
      const { heirs, ordinal } = await standingOf(em, contribution);
      if (!heirs.includes(organisation)) {
        const sentence = heirs.length > 0 ? `Name one of ${heirs.join(', ')}.` : 'Nobody has.';
        const message = `${organisation} has not taken over from ${contribution.contributorId}. ${sentence}`;
        refuse('NOT_A_SUCCESSOR', message, ['organisation']);
      }
      await add(em, 'accountability', [
        {
          ...{ contribution_id: id, contributor_id: contribution.contributorId, ordinal: ordinal + 1 },
          ...{ organisation, reason, by_subject: caller.subject, by_organisation: caller.organisation },
        },
      ]);
      return answerWith(em, id);
    });
    return { contribution: noun, ...done };
  }
}

async function standingOf(em: EntityManager, { id, contributorId }: Contribution) {
  const [row] = await query<{ heirs: string[]; ordinal: number }>(
    em,
    `select (select coalesce(json_agg(distinct heir->>'organisation'), '[]')
         from jsonb_array_elements(heirs_of(?, clock_timestamp())) as heir) as heirs,
       (select coalesce(max(ordinal), 0) from accountability where contribution_id = ?) as ordinal`,
    [contributorId, id],
  );
  return row!;
}
