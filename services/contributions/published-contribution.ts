import { Field, ID, InputType } from 'type-graphql';
import { DateTime, Day, dayInLondon } from '../kernel/dates.js';
import { refuse } from '../kernel/refusal.js';
import { isSlug } from '../kernel/slug.js';
import { checkTerms, notInFuture } from './check-terms.js';
import { hashOf } from './hash.js';
import { AgreementInstrument, ContributionKind, isMoney, Pooling } from './kinds.js';
import { ContributionState } from './states.js';
import { type Bound, ContributionTermsInput, type Terms, whereStated } from './terms.js';
import type { NewAgreement, Provenance } from './writing.js';

@InputType({ description: 'Where a row comes from; shown only to the two sides and auditors.' })
export class ContributionProvenanceInput {
  @Field(() => String, { description: 'The source, such as the name of a file or a system.' })
  source: string;

  @Field(() => String, { nullable: true, description: 'The row or rows in it.' })
  row?: string | null;

  @Field(() => String, { nullable: true, description: 'What is written there, to the letter.' })
  original?: string | null;
}

@InputType({ description: 'An agreement that was concluded outside the hub.' })
export class OutsideAgreementInput {
  @Field(() => AgreementInstrument, { description: 'Its form.' })
  instrument: AgreementInstrument;

  @Field(() => Day, { description: 'The day it was signed, not in the future.' })
  signedOn: string;

  @Field(() => [ID], {
    defaultValue: [],
    description: 'The organisations that signed, as far as the source names them; the contributor is always one.',
  })
  signatories: string[];

  @Field(() => String, { nullable: true, description: 'The reference of the signed document; public.' })
  reference?: string | null;
}

@InputType({ description: "One contribution as the contributor's own system states it." })
export class PublishedContributionInput {
  @Field(() => String, { description: 'The system it is from, such as finance-ledger.' })
  sourceSystem: string;

  @Field(() => String, { description: 'Its id there. The same system and id is the same contribution.' })
  sourceRecordId: string;

  @Field(() => ID, { description: 'The mission.' })
  mission: string;

  @Field(() => ID, { nullable: true, description: 'The challenge of the mission it is for.' })
  challenge?: string | null;

  @Field(() => ID, { nullable: true, description: 'The lever it pulls.' })
  lever?: string | null;

  @Field(() => ContributionKind, { description: 'What is contributed.' })
  kind: ContributionKind;

  @Field(() => Pooling, { description: 'How it is joined to the mission. Money is not IN_KIND.' })
  pooling: Pooling;

  @Field(() => String, { description: 'What the public calls it.' })
  publicName: string;

  @Field(() => ContributionTermsInput, { description: 'Its terms as they stand.' })
  terms: ContributionTermsInput;

  @Field(() => ContributionState, {
    description: 'PLEDGED, or AGREED with the agreement that was concluded outside the hub.',
  })
  state: ContributionState;

  @Field(() => OutsideAgreementInput, { nullable: true, description: 'Needed for AGREED; left out for PLEDGED.' })
  agreement?: OutsideAgreementInput | null;

  @Field(() => Day, {
    nullable: true,
    description:
      'The day it came to stand so, not in the future; left out: the day it was signed, else released, else today.',
  })
  effectiveOn?: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When its publisher says it was first published, not in the future: As-Known-At counts it as known from then. Left out: from now.',
  })
  releasedAt?: Date | null;

  @Field(() => ContributionProvenanceInput, { nullable: true, description: 'Where the row comes from.' })
  provenance?: ContributionProvenanceInput | null;

  @Field(() => Boolean, { defaultValue: false, description: 'True when made up to show the hub.' })
  illustrative: boolean;
}

/** A row that holds together, ready to be compared with what is known. */
export interface Stated {
  place: number;
  is: Omit<Bound, 'id' | 'contributorId'> & {
    challengeId: string | null;
    leverId: string | null;
    illustrative: boolean;
  };
  source: { system: string; id: string; hash: string };
  terms: Terms;
  state: ContributionState;
  agreement: Omit<NewAgreement, 'contributionId' | 'number'> | null;
  effectiveOn: string;
  releasedAt: Date | null;
  provenance: Provenance | null;
}

/** What a row states; refuses what cannot be. */
export function statedBy(row: PublishedContributionInput, place: number, contributor: string): Stated {
  const {
    sourceSystem: system,
    sourceRecordId: id,
    mission,
    kind,
    pooling,
    publicName,
    state,
    releasedAt = null,
  } = row;
  if (system.trim() === '' || id.trim() === '' || system.length + id.length > 400) {
    refuse('BAD_USER_INPUT', 'The row needs its system and its id there, at most 400 characters.', ['sourceRecordId']);
  }
  if (!isSlug(mission)) refuse('BAD_USER_INPUT', 'Name the mission by its id.', ['mission']);
  if (isMoney(kind) && pooling === Pooling.IN_KIND)
    refuse('BAD_USER_INPUT', 'Money is POOLED or ALIGNED.', ['pooling']);
  if (releasedAt && releasedAt > new Date())
    refuse('BAD_USER_INPUT', 'It was published in the future.', ['releasedAt']);
  notInFuture(row.effectiveOn, ['effectiveOn']);
  const agreement = agreementIn(row, contributor);
  const terms = checkTerms(row.terms, { kind, pooling, publicName, isDraft: false, path: ['terms'] });
  const is = {
    missionId: mission,
    kind,
    pooling,
    challengeId: row.challenge ?? null,
    leverId: row.lever ?? null,
    illustrative: row.illustrative,
  };
  const hash = rowHash(is, terms, { state, agreement, effectiveOn: row.effectiveOn ?? null });
  return {
    place,
    is,
    terms,
    state,
    agreement,
    releasedAt,
    source: { system, id, hash },
    effectiveOn: row.effectiveOn ?? row.agreement?.signedOn ?? dayInLondon(releasedAt ?? new Date()),
    provenance: row.provenance
      ? { source: row.provenance.source, row: row.provenance.row ?? null, original: row.provenance.original ?? null }
      : null,
  };
}

/** Neither the line of the file nor the day of its release makes a row another one. */
function rowHash(
  { missionId, kind, pooling, challengeId, leverId, illustrative }: Stated['is'],
  terms: Terms,
  { state, agreement, effectiveOn }: Pick<Stated, 'state' | 'agreement'> & { effectiveOn: string | null },
): string {
  const { publicName, budgetId, currency, quantity, unit, earmark, instalments, references, reason } = terms;
  const minor = terms.minor?.toString() ?? null;
  const amounts = terms.amounts.map((each) => {
    return { financialYear: each.financialYear, controlTotal: each.controlTotal, minor: each.minor.toString() };
  });
  const signed = agreement && { ...agreement, releasedAt: null };
  // Named one by one: objects put together of others cost more here than the hash itself.
  const said = {
    missionId,
    kind,
    pooling,
    challengeId,
    leverId,
    illustrative,
    publicName,
    budgetId,
    currency,
    minor,
    amounts,
    quantity,
    unit,
    earmark,
    instalments,
    references,
    reason,
    state,
    agreement: signed,
    effectiveOn,
  } satisfies Record<
    keyof Stated['is'] | Exclude<keyof Terms, 'conditions' | 'validUntil'> | 'state' | 'agreement' | 'effectiveOn',
    unknown
  >;
  return hashOf(Object.assign(said, whereStated(terms)));
}

function agreementIn(
  { state, agreement, releasedAt }: PublishedContributionInput,
  contributorId: string,
): Stated['agreement'] {
  if (state === ContributionState.PLEDGED) {
    return agreement ? refuse('BAD_USER_INPUT', 'A pledge has no agreement; state AGREED.', ['agreement']) : null;
  }
  if (state !== ContributionState.AGREED)
    return refuse('BAD_USER_INPUT', 'A row is PLEDGED or AGREED; what follows happens in the hub.', ['state']);
  if (!agreement)
    return refuse('BAD_USER_INPUT', 'State the agreement that was concluded outside the hub.', ['agreement']);
  const { instrument, signedOn, reference = null } = agreement;
  notInFuture(signedOn, ['agreement', 'signedOn']);
  const signatories = [...new Set([contributorId, ...agreement.signatories])];
  if (!signatories.every(isSlug))
    refuse('BAD_USER_INPUT', 'Name signatories by their ids.', ['agreement', 'signatories']);
  return {
    contributorId,
    instrument,
    signedOn,
    reference,
    signatories,
    concludedOutside: true,
    releasedAt: releasedAt ?? null,
  };
}
