import { Entity, PrimaryKey, Property } from '@mikro-orm/core';
import { Field, Int, ObjectType } from 'type-graphql';
import { Day } from '../kernel/dates.js';
import { AgreementInstrument } from './kinds.js';

@ObjectType({ description: 'That both sides agreed on one version of the terms.' })
@Entity()
export class Agreement {
  @PrimaryKey({ type: 'text' })
  contributionId: string;

  @Field(() => Int, { description: 'The number of the version that was agreed.' })
  @PrimaryKey({ type: 'integer' })
  number: number;

  @Field(() => AgreementInstrument, { description: 'Its form.' })
  @Property({ type: 'text' })
  instrument: AgreementInstrument;

  @Field(() => Day, { description: 'The day it was signed.' })
  @Property({ type: 'date' })
  signedOn: string;

  @Property({ type: 'array' })
  signatories: string[];

  @Field(() => String, { nullable: true, description: 'The reference of the signed document; null when not stated.' })
  @Property({ type: 'text', nullable: true })
  reference: string | null;

  @Field(() => Boolean, {
    description:
      'True when it was concluded outside the hub, as its contributor states; then other signatories may be missing.',
  })
  @Property({ type: 'boolean' })
  concludedOutside: boolean;
}
