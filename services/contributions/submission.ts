import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime, FinancialYear } from '../kernel/dates.js';
import { Money } from '../kernel/money.js';
import { IllegalTransition, Refused, refuse } from '../kernel/refusal.js';
import { PublishedVerdict } from './verdict.js';

export enum SubmissionState {
  PUBLISHED = 'PUBLISHED',
  CERTIFIED = 'CERTIFIED',
  SUPERSEDED = 'SUPERSEDED',
}
registerEnumType(SubmissionState, {
  name: 'SubmissionState',
  description: 'Where a submission stands.',
  valuesConfig: {
    PUBLISHED: { description: 'Everybody can read it; nobody answers for it yet.' },
    CERTIFIED: { description: 'A named officer of the organisation answers for it.' },
    SUPERSEDED: { description: 'A later one for the same period has taken its place, certified or not.' },
  },
});

const nextStates: Record<SubmissionState, SubmissionState[]> = {
  [SubmissionState.PUBLISHED]: [SubmissionState.CERTIFIED, SubmissionState.SUPERSEDED],
  [SubmissionState.CERTIFIED]: [SubmissionState.SUPERSEDED],
  [SubmissionState.SUPERSEDED]: [],
};

@ObjectType({
  description:
    "What an organisation states for one period: all it published since its submission before, with what a superseded one for the same period held. Never changed; another one supersedes it. Source: the organisation's own publisher and accounting officer.",
})
export class Submission {
  @Field(() => ID, { description: 'Its id, <organisation>:submission-<uuid>.' })
  id: string;

  contributorId: string;

  @Field(() => FinancialYear, { description: 'The financial year it is for.' })
  financialYear: string;

  @Field(() => String, { description: 'The period of that year, P01 (its first month) to P12.' })
  period: string;

  @Field(() => Int, { description: 'Counts the submissions of the organisation for this period, from 1.' })
  number: number;

  @Field(() => Int, { description: 'How many contributions it states: new, changed and unchanged.' })
  rowCount: number;

  @Field(() => Int, { description: 'How many of them were not known before.' })
  newCount: number;

  @Field(() => Int, { description: 'How many were known and have other terms now.' })
  changedCount: number;

  @Field(() => Int, { description: 'How many were stated just as before.' })
  unchangedCount: number;

  @Field(() => Int, { description: 'How many rows were refused on the way, each time they were sent.' })
  refusedCount: number;

  @Field(() => String, {
    description:
      'SHA-256, hexadecimal, of its rows: lines "contribution number versionHash verdict" in the order of ids, joined by line feeds.',
  })
  contentHash: string;

  @Field(() => String, {
    description:
      'SHA-256, hexadecimal, of what is certified: of the JSON, keys in alphabetical order and no white space, of organisation, financialYear, period, number, supersedes (an id or null), the five counts and contentHash.',
  })
  hash: string;

  @Field(() => DateTime, { description: 'When it was published.' })
  publishedAt: string;

  @Field(() => ID, { description: 'The person or system that published it, by the subject of its token.' })
  publishedBy: string;

  @Field(() => DateTime, { nullable: true, description: 'When it was certified; null while it is not.' })
  certifiedAt: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The accounting officer who certified it, by the subject of the token; null while nobody has.',
  })
  certifiedBy: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When another one took its place; null while none has.' })
  supersededAt: string | null;

  supersedesId: string | null;
  supersededById: string | null;

  publishedByOrganisation: string;
  certifiedByOrganisation: string | null;

  /** Who published what is in it. */
  publishers: string[];

  @Field(() => SubmissionState, { description: 'Where it stands.' })
  get state(): SubmissionState {
    if (this.supersededById) return SubmissionState.SUPERSEDED;
    return this.certifiedAt ? SubmissionState.CERTIFIED : SubmissionState.PUBLISHED;
  }

  @Field(() => Int, { description: 'Counts its changes of state, for expectedVersion.' })
  get version(): number {
    return 1 + Number(this.certifiedAt !== null) + Number(this.supersededById !== null);
  }

  /** Refuses unless it can be certified by this person, as it is. */
  mayBeCertified(subject: string, hash: string): void {
    if (!nextStates[this.state].includes(SubmissionState.CERTIFIED))
      throw new Refused([new IllegalTransition(`Submission ${this.id}`, this.state, nextStates[this.state])]);
    if (hash !== this.hash)
      refuse('NOT_LAST_VERSION', 'This is not its hash; read it and certify what it says.', ['hash']);
    if ([this.publishedBy, ...this.publishers].includes(subject))
      refuse('SEPARATION_OF_DUTIES', 'You published some of it; another person certifies it.');
  }
}

@ObjectType({ description: 'One contribution as a submission states it.' })
export class SubmittedRow {
  contributionId: string;

  @Field(() => Int, { description: 'The number of the version of its terms.' })
  number: number;

  @Field(() => String, { description: 'The hash of that version.' })
  versionHash: string;

  @Field(() => PublishedVerdict, { description: 'What became of it over the submission: NEW, CHANGED or UNCHANGED.' })
  verdict: PublishedVerdict;
}

@ObjectType({
  description:
    'What the organisation states to have paid into pools, beside what their ledgers have received for the same contributions.',
})
export class SubmissionDiscrepancy {
  @Field(() => Money, { description: 'What it states to have paid: its instalments STATED_PAID.' })
  statedPaid: Money;

  @Field(() => Money, { description: 'What the ledgers have received by now, or by As-Known-At.' })
  received: Money;

  @Field(() => Money, { description: 'Stated less received; below zero when more was received than is stated.' })
  difference: Money;
}

export enum SubmissionStepKind {
  PUBLISHED = 'PUBLISHED',
  CERTIFIED = 'CERTIFIED',
}
registerEnumType(SubmissionStepKind, {
  name: 'SubmissionStepKind',
  description: 'What was done with a submission.',
  valuesConfig: {
    PUBLISHED: { description: 'It was published.' },
    CERTIFIED: { description: 'It was certified.' },
  },
});

@ObjectType({ description: 'One publication or certification.' })
export class SubmissionStep {
  @Field(() => SubmissionStepKind, { description: 'Which of the two.' })
  kind: SubmissionStepKind;

  @Field(() => DateTime, { description: 'When.' })
  at: string;

  @Field(() => ID, { description: 'By whom: the subject of the token.' })
  by: string;

  /** Whose person that is: the organisation's own, or of who took over from it. */
  byOrganisation: string;

  @Field(() => Submission, { description: 'Of which submission.' })
  submission: Submission;
}

/** The publication of a submission and, where there is one, its certification. */
export function stepsIn(submission: Submission): SubmissionStep[] {
  const { publishedAt, certifiedAt } = submission;
  const step = (kind: SubmissionStepKind, at: string, by: string, byOrganisation: string): SubmissionStep =>
    Object.assign(new SubmissionStep(), { kind, at, by, byOrganisation, submission });
  const { publishedBy, publishedByOrganisation, certifiedBy, certifiedByOrganisation } = submission;
  const published = step(SubmissionStepKind.PUBLISHED, publishedAt, publishedBy, publishedByOrganisation);
  if (!certifiedAt) return [published];
  return [published, step(SubmissionStepKind.CERTIFIED, certifiedAt, certifiedBy!, certifiedByOrganisation!)];
}
