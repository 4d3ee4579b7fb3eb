import { BigIntType, Entity, PrimaryKey, Property } from '@mikro-orm/core';
import { Field, Int, ObjectType } from 'type-graphql';
import { DateTime } from '../../../kernel/dates.js';

@ObjectType({
  description:
    'A number in the hash chain of a pool, signed: it stands for every transfer up to it. Published outside the database too, in a file and to the contributions service. Source: the ledger.',
})
@Entity()
export class SealRoot {
  @PrimaryKey({ type: 'text' })
  poolId: string;

  @Field(() => Int, { description: 'How many transfers of the pool it stands for: the number of the last of them.' })
  @PrimaryKey({ type: new BigIntType('number') })
  number: number;

  @Field(() => String, { description: 'The hash of that number: SHA-256, hexadecimal.' })
  @Property({ type: 'text' })
  hash: string;

  @Field(() => String, {
    description:
      'JWS in compact form, EdDSA (Ed25519), of {"after","hash","number","pool","sealedAt"}; after is the number of the root before, 0 for none. Its header holds the public key as jwk.',
  })
  @Property({ type: 'text' })
  signature: string;

  @Field(() => DateTime, { description: 'When it was sealed.' })
  @Property({ type: 'datetime', length: 3 })
  sealedAt: Date;
}
