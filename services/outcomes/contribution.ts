import { Directive, Field, ID, ObjectType } from 'type-graphql';

@Directive('@key(fields: "id")')
@ObjectType({ description: 'What one organisation brings to a mission.' })
export class Contribution {
  @Field(() => ID, { description: 'Its id, <contributor>:<uuid>.' })
  id: string;
}

/** The organisation that a contribution's id begins with; null where the text is no such id. */
export const contributorOf = (id: string): string | null =>
  /^([a-z0-9]+(?:-[a-z0-9]+)*):[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.exec(id)?.[1] ?? null;
