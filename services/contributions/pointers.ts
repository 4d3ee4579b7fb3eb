import { Directive, Field, ID, ObjectType } from 'type-graphql';

// Types of other services that this one points at without adding anything to them.

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType({ description: 'One thing that stands in the way of a mission.' })
export class Challenge {
  @Field(() => ID, { description: 'Stable readable id.' })
  id: string;
}

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType({ description: 'A budget fed by several organisations.' })
export class PooledBudget {
  @Field(() => ID, { description: 'Its id.' })
  id: string;
}

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType({ description: 'A figure that is published again and again.' })
export class Measure {
  @Field(() => ID, { description: 'Stable readable id.' })
  id: string;
}

/** What stands for a thing of another service: its key. */
export const pointer = (id: string | null | undefined): { id: string } | null => (id ? { id } : null);
