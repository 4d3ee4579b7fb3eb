import { Directive, Field, ID, ObjectType } from 'type-graphql';

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType({ description: 'One thing that stands in the way of a mission, or of several.' })
export class Challenge {
  @Field(() => ID, { description: 'Stable readable id.' })
  id: string;
}
