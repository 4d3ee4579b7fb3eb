import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { v7 as uuid } from 'uuid';
import type { Caller } from '../kernel/caller.js';
import type { Context } from '../kernel/context.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { Refused, refuse } from '../kernel/refusal.js';
import { isSlug } from '../kernel/slug.js';
import { checkTerms, noTerms, refuseIncomplete } from './check-terms.js';
import { Contribution } from './contribution.js';
import { ContributionKind, isMoney, Pooling } from './kinds.js';
import { answerWith, lockFor, readTerms, today } from './standing.js';
import { ContributionState } from './states.js';
import { atStoreOf } from './store.js';
import { ContributionTermsInput } from './terms.js';
import { takeSteps, writeContributions, writeVersions } from './writing.js';

@InputType({ description: 'A contribution to be pledged, or to be kept as a draft.' })
export class PledgeContributionInput extends ChangeInput {
  @Field(() => ID, {
    nullable: true,
    description:
      'A draft of yours to publish (or, with draft: true, to write anew). Then mission, kind and pooling stay as they are, and what you leave out stays as the draft has it.',
  })
  contribution?: string | null;

  @Field(() => ID, { nullable: true, description: 'The mission; needed for a new one.' })
  mission?: string | null;

  @Field(() => ID, { nullable: true, description: 'The challenge of the mission it is for.' })
  challenge?: string | null;

  @Field(() => ID, { nullable: true, description: 'The lever it pulls.' })
  lever?: string | null;

  @Field(() => ContributionKind, { nullable: true, description: 'What is contributed; needed for a new one.' })
  kind?: ContributionKind | null;

  @Field(() => Pooling, {
    nullable: true,
    description: 'How it is joined to the mission; needed for a new one. Money is not IN_KIND.',
  })
  pooling?: Pooling | null;

  @Field(() => String, { nullable: true, description: 'What the public calls it; needed before it is pledged.' })
  publicName?: string | null;

  @Field(() => ContributionTermsInput, { nullable: true, description: 'Its terms; needed before it is pledged.' })
  terms?: ContributionTermsInput | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'True: keep it as a draft that only you and auditors see.',
  })
  draft: boolean;

  @Field(() => Boolean, { defaultValue: false, description: 'True when made up to show the hub. Only for a new one.' })
  illustrative: boolean;
}

@ObjectType({ description: 'The contribution, or why it was declined.' })
export class PledgeContributionPayload extends DeedPayload {
  @Field(() => Contribution, { nullable: true, description: 'The contribution, PLEDGED or DRAFT; null when declined.' })
  contribution: Contribution | null;
}

@Resolver()
export class PledgeContribution {
  @Mutation(() => PledgeContributionPayload, {
    description:
      'States that your organisation means to contribute; publishes it, or keeps it as a draft, or publishes a draft. Role: publisher of the contributor. Refusals: BAD_USER_INPUT, CURRENCY_MISMATCH, CONTROL_TOTAL_MISMATCH, NOT_FOUND, ILLEGAL_TRANSITION, STALE_VERSION.',
  })
  async pledgeContribution(
    @Arg('input', () => PledgeContributionInput, { description: 'The contribution.' }) input: PledgeContributionInput,
    @Ctx() context: Context,
  ): Promise<PledgeContributionPayload> {
    const deed = { name: 'pledgeContribution', input, by: ['publisher'], ...byId(Contribution) } as const;
    const { noun, ...done } = await perform(
      atStoreOf(context, input.contribution ?? context.caller?.organisation),
      deed,
      async (em, caller) => {
        const id = input.contribution
          ? await writeDraft(em, caller, input, input.contribution)
          : await writeNew(em, caller, input);
        return answerWith(em, id);
      },
    );
    return { contribution: noun, ...done };
  }
}

const stateAfter = ({ draft }: PledgeContributionInput) =>
  draft ? ContributionState.DRAFT : ContributionState.PLEDGED;

async function writeNew(em: EntityManager, caller: Caller, input: PledgeContributionInput): Promise<string> {
  const { mission, kind, pooling, illustrative } = input;
  if (!mission || !isSlug(mission)) return refuse('BAD_USER_INPUT', 'Name the mission by its id.', ['mission']);
  if (!kind) return refuse('BAD_USER_INPUT', 'State what is contributed.', ['kind']);
  if (!pooling || (isMoney(kind) && pooling === Pooling.IN_KIND)) {
    return refuse('BAD_USER_INPUT', 'State how it is joined to the mission; money is POOLED or ALIGNED.', ['pooling']);
  }
  const id = `${caller.organisation}:${uuid()}`;
  const of = { id, missionId: mission, contributorId: caller.organisation, kind, pooling };
  const expected = { kind, pooling, publicName: input.publicName ?? '', isDraft: input.draft, path: ['terms'] };
  const terms = checkTerms(input.terms ?? noTerms, expected);
  await writeVersions(em, [{ of, number: 1, isDraft: input.draft, terms }]);
  const step = {
    id,
    contributorId: of.contributorId,
    version: 1,
    number: 1,
    state: stateAfter(input),
    effectiveOn: today(),
  };
  await writeContributions(em, caller, [
    { of, challengeId: input.challenge ?? null, leverId: input.lever ?? null, illustrative, source: null, step },
  ]);
  return id;
}

/** A draft that is published gets a version of its own; those that came before stay its contributor's alone. */
async function writeDraft(
  em: EntityManager,
  caller: Caller,
  input: PledgeContributionInput,
  id: string,
): Promise<string> {
  const { contribution, current } = await lockFor(em, caller, id, { CONTRIBUTOR: 'publisher' });
  expectVersion(input, contribution.version);
  if (contribution.state !== ContributionState.DRAFT) throw new Refused([contribution.cannot()]);
  keepsWhatItIs(input, contribution);
  const { kind, pooling } = contribution;
  const publicName = input.publicName ?? current.publicName;
  const before = { currency: null, budgetId: current.budgetId };
  const terms = input.terms
    ? checkTerms(input.terms, { kind, pooling, publicName, isDraft: input.draft, before, path: ['terms'] })
    : { ...(await readTerms(em, current)), publicName };
  if (!input.draft) refuseIncomplete(terms);
  const [number, version] = [contribution.number + 1, contribution.version + 1];
  await writeVersions(em, [{ of: contribution, number, isDraft: input.draft, terms }]);
  const step = {
    id,
    contributorId: contribution.contributorId,
    version,
    number,
    state: stateAfter(input),
    effectiveOn: today(),
  };
  await takeSteps(em, caller, [step]);
  return id;
}

function keepsWhatItIs(input: PledgeContributionInput, is: Contribution): void {
  const kept = {
    mission: is.missionId,
    challenge: is.challengeId,
    lever: is.leverId,
    kind: is.kind,
    pooling: is.pooling,
  };
  for (const [field, value] of Object.entries(kept)) {
    const stated = input[field as keyof typeof kept];
    if (stated && stated !== value) refuse('BAD_USER_INPUT', `The ${field} of a draft stays as it is.`, [field]);
  }
}
