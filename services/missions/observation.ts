import { Directive, Field, ID, ObjectType } from 'type-graphql';

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType({ description: 'A figure of one period, area and breakdown in one of its vintages.' })
export class Observation {
  @Field(() => ID, { description: 'Names this vintage for good.' })
  id: string;
}

/** Whether the text names a vintage. Whether there is one only the outcomes service knows. */
export const isObservationId = (id: string): boolean =>
  /^observation:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:\d{4}-\d{2}-\d{2}:[1-9]\d{0,8}$/.test(id);
