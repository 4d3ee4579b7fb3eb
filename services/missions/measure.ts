import { Directive, Field, ID, ObjectType } from 'type-graphql';

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType({ description: 'A figure that is published again and again to see an outcome.' })
export class Measure {
  @Field(() => ID, { description: 'Stable readable id.' })
  id: string;
}
