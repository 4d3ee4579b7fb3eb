import { Entity, PrimaryKey, Property } from '@mikro-orm/core';
import { Field, Int, ObjectType } from 'type-graphql';
import { Day } from '../kernel/dates.js';
import { Decimal } from '../kernel/money.js';
import { AgreementInstrument } from './kinds.js';

/** A share of the risk as it is kept: the organisation by its id. */
export interface KeptRiskShare {
  organisation: string;
  percent: string;
}

@ObjectType({ description: 'How much of what goes wrong one signatory bears.' })
export class RiskShare {
  /** The id of the signatory. */
  organisationId: string;

  @Field(() => Decimal, { description: 'Percent of the whole, above zero; the shares of an agreement add up to 100.' })
  percent: string;
}

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

  @Property({ type: 'json' })
  riskShares: KeptRiskShare[];

  @Property({ type: 'text', nullable: true })
  hostId: string | null;

  @Property({ type: 'text', nullable: true })
  poolManagerId: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'How a side leaves the arrangement, in words; null when not stated.',
  })
  @Property({ type: 'text', nullable: true, fieldName: 'exit_terms' })
  exit: string | null;

  @Field(() => Boolean, {
    description:
      'True when it was concluded outside the hub, as its contributor states; then other signatories may be missing.',
  })
  @Property({ type: 'boolean' })
  concludedOutside: boolean;
}
