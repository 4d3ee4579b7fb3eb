import { Entity, PrimaryKey, Property } from '@mikro-orm/core';
import { Directive, Field, ID, ObjectType } from 'type-graphql';
import type { DefinitionVersion } from './definition.js';

@Directive('@key(fields: "id")')
@ObjectType({ description: 'A figure that is published again and again to see an outcome. Source: its steward.' })
@Entity()
export class Measure {
  @Field(() => ID, { description: 'Stable readable id.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Field(() => String, { description: 'What is measured, in a few words.' })
  @Property({ type: 'text' })
  title: string;

  @Property({ type: 'text' })
  outcomeId: string;

  /** The organisation whose statisticians define it and publish its figures. */
  @Property({ type: 'text' })
  stewardId: string;

  @Field(() => String, { description: 'The whole it is about, a GSS code: K02000001 is the United Kingdom.' })
  @Property({ type: 'text' })
  nationalArea: string;

  /** The definition it was just made with: a dry run leaves nothing behind to read it from. */
  madeWith?: DefinitionVersion;
}
