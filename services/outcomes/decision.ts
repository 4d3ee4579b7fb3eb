import { Directive, Field, ID, ObjectType } from 'type-graphql';
import { DateTime, instantOf } from '../kernel/dates.js';
import { Mission } from './mission.js';

@Directive('@key(fields: "id")')
@ObjectType({ description: 'A question that somebody has to settle, and how it was settled.' })
export class Decision {
  @Field(() => ID, { description: 'Its id, decision-<uuid>.' })
  id: string;

  @Directive('@external')
  @Field(() => DateTime, { nullable: true, description: 'When it was decided; null until then.' })
  decidedAt?: Date | null;

  @Directive('@external')
  @Field(() => Mission, { nullable: true, description: 'The mission it belongs to.' })
  mission?: Mission | null;
}

/** A decision as the gateway hands it over: its key and, where a field requires them, its instant and its mission. */
export function decisionOf({ id, decidedAt, mission }: Record<string, unknown>): Decision {
  const instant = typeof decidedAt === 'string' ? instantOf(decidedAt) : null;
  return Object.assign(new Decision(), { id, decidedAt: instant, mission: (mission as Mission | null) ?? null });
}
