import { Entity, type Opt, PrimaryKey, Property } from '@mikro-orm/core';
import { Directive, Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../kernel/dates.js';

export enum InsightVisibility {
  PUBLIC = 'PUBLIC',
  MISSION = 'MISSION',
}
registerEnumType(InsightVisibility, {
  name: 'InsightVisibility',
  description: 'Who may read an insight.',
  valuesConfig: {
    PUBLIC: { description: 'Everybody.' },
    MISSION: { description: 'Signed-in callers of organisations that take part.' },
  },
});

@Directive('@key(fields: "id")')
@ObjectType({
  description:
    'What somebody at the front line says. The author is never shown. Source: whoever shared it, with consent.',
})
@Entity()
export class Insight {
  @Field(() => ID, { description: 'Its id, insight-<uuid>; a later one sorts after an earlier one.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Property({ type: 'text' })
  missionId: string;

  @Field(() => String, { description: 'What was said.' })
  @Property({ type: 'text' })
  text: string;

  @Field(() => String, { nullable: true, description: 'The profession of whoever said it, where stated.' })
  @Property({ type: 'text', nullable: true })
  profession: string | null;

  @Field(() => String, { nullable: true, description: 'The area it is about, where stated.' })
  @Property({ type: 'text', nullable: true })
  area: string | null;

  @Field(() => [String], { description: 'What it is about, in a word each.' })
  @Property({ type: 'array' })
  themes: string[];

  @Field(() => InsightVisibility, { description: 'Who may read it.' })
  @Property({ type: 'text' })
  visibility: InsightVisibility;

  /** Decisions that this insight led to or changed. */
  @Property({ type: 'array' })
  decisionIds: string[];

  @Field(() => Boolean, { description: 'True when made up to show the hub.' })
  @Property({ type: 'boolean' })
  illustrative: boolean;

  @Field(() => DateTime, { description: 'When it was shared.' })
  @Property({ type: 'datetime', length: 3, defaultRaw: 'clock_timestamp()' })
  recordedAt: Opt<Date>;
}
