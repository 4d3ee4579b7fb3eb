import { Entity, type Opt, PrimaryKey, Property } from '@mikro-orm/core';
import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';

export enum EvidenceStrength {
  STRONG = 'STRONG',
  MODERATE = 'MODERATE',
  WEAK = 'WEAK',
  UNKNOWN = 'UNKNOWN',
}
registerEnumType(EvidenceStrength, {
  name: 'EvidenceStrength',
  description: 'How well it is known that something works.',
  valuesConfig: {
    STRONG: { description: 'Several sound studies agree.' },
    MODERATE: { description: 'Some sound evidence.' },
    WEAK: { description: 'Plausible, little evidence.' },
    UNKNOWN: { description: 'Nobody has looked, or it is not known.' },
  },
});

@Directive('@key(fields: "id")')
@ObjectType({ description: 'Something that can be pulled to meet a challenge. Source: the central mission unit.' })
@Entity()
export class Lever {
  @Field(() => ID, { description: 'Its id, lever-<uuid>.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  /** The challenge it belongs to. */
  @Property({ type: 'text' })
  challengeId: string;

  @Field(() => String, { description: 'Its name.' })
  @Property({ type: 'text' })
  name: string;

  @Property({ type: 'text', nullable: true })
  controllerId: string | null;

  @Field(() => Int, { description: 'How much it would move, 1 (little) to 5 (decisive).' })
  @Property({ type: 'integer' })
  leverage: number;

  @Field(() => String, { description: 'Why this leverage.' })
  @Property({ type: 'text' })
  rationale: string;

  @Field(() => EvidenceStrength, { description: 'How well it is known that it works.' })
  @Property({ type: 'text' })
  evidence: EvidenceStrength;

  @Property({ type: 'datetime', length: 3, defaultRaw: 'clock_timestamp()' })
  recordedAt: Opt<Date>;
}
