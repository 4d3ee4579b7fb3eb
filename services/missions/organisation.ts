import { Entity, type Opt, PrimaryKey, Property } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Directive, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { Day } from '../kernel/dates.js';
import { refuse } from '../kernel/refusal.js';

export enum OrganisationKind {
  DEPARTMENT = 'DEPARTMENT',
  ARMS_LENGTH_BODY = 'ARMS_LENGTH_BODY',
  DEVOLVED_GOVERNMENT = 'DEVOLVED_GOVERNMENT',
  COUNCIL = 'COUNCIL',
  GOVERNMENT = 'GOVERNMENT',
  INTERNATIONAL = 'INTERNATIONAL',
  BUSINESS = 'BUSINESS',
  CHARITY = 'CHARITY',
  SECTOR_BODY = 'SECTOR_BODY',
  CENTRAL_UNIT = 'CENTRAL_UNIT',
  OTHER = 'OTHER',
}
registerEnumType(OrganisationKind, {
  name: 'OrganisationKind',
  description: 'What kind of body an organisation is.',
  valuesConfig: {
    DEPARTMENT: { description: 'A department of the national government.' },
    ARMS_LENGTH_BODY: { description: 'An executive agency or another public body of a department.' },
    DEVOLVED_GOVERNMENT: { description: 'A devolved government.' },
    COUNCIL: { description: 'A local authority.' },
    GOVERNMENT: { description: 'The government of another state.' },
    INTERNATIONAL: { description: 'An international organisation.' },
    BUSINESS: { description: 'A business.' },
    CHARITY: { description: 'A charity or foundation.' },
    SECTOR_BODY: { description: 'A body that speaks for a sector or profession.' },
    CENTRAL_UNIT: { description: 'The central mission unit.' },
    OTHER: { description: 'None of these, or not stated by the source.' },
  },
});

@ObjectType({ description: 'A code by which an organisation is known elsewhere.' })
@InputType('OrganisationIdentifierInput', { description: 'A code by which an organisation is known elsewhere.' })
export class OrganisationIdentifier {
  @Field(() => String, {
    description: 'The list the code is from: an org-id prefix such as GB-GOV, or the name of a register.',
  })
  scheme: string;

  @Field(() => String, { description: 'The code in that list.' })
  code: string;
}

@Directive('@key(fields: "id")')
@ObjectType({
  description: 'A body that takes part: a department, council, business, charity. Source: the organisation register.',
})
@Entity()
export class Organisation {
  @Field(() => ID, { description: 'Stable readable id, for example department-for-education.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Field(() => String, { description: 'Its name, as it calls itself.' })
  @Property({ type: 'text' })
  name: string;

  @Field(() => OrganisationKind, { description: 'What kind of body it is.' })
  @Property({ type: 'text' })
  kind: OrganisationKind;

  @Field(() => [OrganisationIdentifier], { description: 'Codes of the same body in other registers.' })
  @Property({ type: 'json' })
  identifiers: OrganisationIdentifier[];

  @Field(() => Day, { nullable: true, description: 'First day it existed; null when the source does not say.' })
  @Property({ type: 'date', nullable: true })
  validFrom: string | null;

  @Field(() => Day, { nullable: true, description: 'Last day it existed; null while it exists.' })
  @Property({ type: 'date', nullable: true })
  validTo: string | null;

  /** Ids of the bodies that took over from it. */
  @Property({ type: 'array' })
  successorIds: string[];

  @Property({ type: 'datetime', length: 3, defaultRaw: 'clock_timestamp()' })
  recordedAt: Opt<Date>;
}

/** The organisation with this id; refuses with UNKNOWN_ORGANISATION at the named field of the input. */
export async function existingOrganisation(em: EntityManager, id: string, field: string): Promise<Organisation> {
  const message = `There is no organisation ${id} in the register; register it first.`;
  return (await em.findOne(Organisation, id)) ?? refuse('UNKNOWN_ORGANISATION', message, [field]);
}
