import { Directive, Field, ID, ObjectType } from 'type-graphql';

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType({ description: 'What a mission is to change, or must not harm.' })
export class Outcome {
  @Field(() => ID, { description: 'Stable readable id.' })
  id: string;
}
