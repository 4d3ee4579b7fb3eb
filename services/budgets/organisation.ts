import { Directive, Field, ID, ObjectType } from 'type-graphql';

@Directive('@key(fields: "id")')
@ObjectType({ description: 'A body that takes part; the missions service knows the rest of it.' })
export class Organisation {
  @Field(() => ID, { description: 'Its readable id.' })
  id: string;
}

/** The organisation with this id, for the gateway to complete; null for null. */
export const organisation = (id: string | null) => id && Object.assign(new Organisation(), { id });
