import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { IllegalTransition, Refusal, UserError } from '../kernel/refusal.js';
import { ContributionState } from './states.js';

export enum PublishedVerdict {
  NEW = 'NEW',
  CHANGED = 'CHANGED',
  UNCHANGED = 'UNCHANGED',
  REFUSED = 'REFUSED',
}
registerEnumType(PublishedVerdict, {
  name: 'ContributionVerdict',
  description: 'What became of one published row.',
  valuesConfig: {
    NEW: { description: 'It was not known before.' },
    CHANGED: { description: 'It was, and has a new version now.' },
    UNCHANGED: { description: 'It was published just so before; nothing changed.' },
    REFUSED: { description: 'It was not taken; the reasons stand beside it.' },
  },
});

@ObjectType()
export abstract class RowVerdict {
  @Field(() => Int, { description: 'Place in the input, from 0.' })
  row: number;

  @Field(() => Boolean, { description: 'False when it was refused.' })
  accepted: boolean;

  @Field(() => ID, {
    nullable: true,
    description: 'Id of the contribution; null when it is not there or was refused before it had one.',
  })
  id: string | null;

  @Field(() => ContributionState, {
    nullable: true,
    description: 'Where it stands now; null where there is no contribution.',
  })
  state: ContributionState | null;

  @Field(() => [UserError], { description: 'Why it was refused; empty when it was accepted. Paths begin at the row.' })
  userErrors: UserError[];
}

@ObjectType({ description: 'What became of one approval. A refused row changes nothing and does not stop the others.' })
export class CommitmentVerdict extends RowVerdict {}

@ObjectType({
  description: 'What became of one published row. A refused row changes nothing and does not stop the others.',
})
export class PublishedContribution extends RowVerdict {
  @Field(() => PublishedVerdict, { description: 'What became of it.' })
  verdict: PublishedVerdict;

  @Field(() => Int, {
    nullable: true,
    description: 'The number of the version that counts; null where there is no contribution.',
  })
  number: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'The hash of that version, for approvals; null where there is no contribution.',
  })
  versionHash: string | null;
}

/** Rows as they were remembered, with their refusals made whole again so that GraphQL can tell their types. */
export function recallRows<Row extends RowVerdict>(rows: Row[]): Row[] {
  return rows.map((row) => (row.accepted ? row : { ...row, userErrors: row.userErrors.map(refusalOf) }));
}

function refusalOf(error: UserError): UserError {
  const { state, allowed } = error as Partial<IllegalTransition>;
  const kind = state && allowed ? IllegalTransition.prototype : Refusal.prototype;
  return Object.assign(Object.create(kind) as UserError, error);
}
