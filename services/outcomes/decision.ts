import { Directive, Field, ID, ObjectType } from 'type-graphql';

@Directive('@key(fields: "id")')
@ObjectType({ description: 'A question that somebody has to settle, and how it was settled.' })
export class Decision {
  @Field(() => ID, { description: 'Its id, decision-<uuid>.' })
  id: string;
}
