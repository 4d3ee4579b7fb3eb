import { Directive, Field, ID, ObjectType } from 'type-graphql';

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType({ description: 'A body that takes part. Source: the organisation register.' })
export class Organisation {
  @Field(() => ID, { description: 'Stable readable id.' })
  id: string;
}
