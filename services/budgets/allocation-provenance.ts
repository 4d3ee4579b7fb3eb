import { Field, InputType, ObjectType } from 'type-graphql';
import { refuse } from '../kernel/refusal.js';

@InputType({ description: 'Where an allocation was read; public.' })
export class AllocationProvenanceInput {
  @Field(() => String, { description: 'The source, such as the name of a published file.' })
  source: string;

  @Field(() => String, { nullable: true, description: 'The row or rows in it.' })
  row?: string | null;

  @Field(() => String, { nullable: true, description: 'What is written there, to the letter.' })
  original?: string | null;
}

@ObjectType({ description: 'Where an allocation was read, for what the ledger rounds or cannot hold.' })
export class AllocationProvenance {
  @Field(() => String, { description: 'The source, such as the name of a published file.' })
  source: string;

  @Field(() => String, { nullable: true, description: 'The row or rows in it.' })
  row: string | null;

  @Field(() => String, { nullable: true, description: 'What is written there, to the letter.' })
  original: string | null;
}

/** What is kept of a stated provenance; refuses one that names no source. */
export function provenanceIn(stated: AllocationProvenanceInput | null | undefined): AllocationProvenance | null {
  if (!stated) return null;
  const { source, row = null, original = null } = stated;
  if (source.trim() === '') refuse('BAD_USER_INPUT', 'Name the source it was read in.', ['provenance', 'source']);
  return { source, row, original };
}
