import { Directive, Field, ID, ObjectType } from 'type-graphql';

@Directive('@key(fields: "id")')
@ObjectType({ description: 'A part of a mission; the missions service knows the rest of it.' })
export class Challenge {
  @Field(() => ID, { description: 'Its readable id.' })
  id: string;
}
