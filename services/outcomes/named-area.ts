import { Entity, type Opt, PrimaryKey, Property } from '@mikro-orm/core';
import { Field, ObjectType } from 'type-graphql';
import { DateTime } from '../kernel/dates.js';

@ObjectType({
  description:
    'An area of a measure that has no GSS code and is known by name: a hospital trust, a statistical region.',
})
@Entity()
export class NamedArea {
  @PrimaryKey({ type: 'text' })
  measureId: string;

  @Field(() => String, { description: 'The name, as figures state it.' })
  @PrimaryKey({ type: 'text' })
  name: string;

  @Field(() => String, { description: 'Whose list it is on.' })
  @Property({ type: 'text' })
  source: string;

  @Field(() => DateTime, { description: 'When it was named; As-Known-At cuts here.' })
  @Property({ type: 'datetime', length: 3, defaultRaw: 'statement_timestamp()' })
  recordedAt: Opt<Date>;
}
