import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { Day, isDay } from '../kernel/dates.js';
import { Decimal } from '../kernel/money.js';
import { Mission } from './mission.js';

@ObjectType({ description: 'How much of a cumulative cap is used and where that leads.' })
export class Cumulative {
  /** Required besides: of a part whose every field is null the gateway hands over nothing at all. */
  @Directive('@external')
  @Field(() => Int, { description: 'How many periods the cap has.' })
  periodsWanted?: number;

  @Directive('@external')
  @Field(() => Decimal, {
    nullable: true,
    description: 'Projected less the cap: above zero is what is still to be saved, below zero what is to spare.',
  })
  gap: string | null;
}

@Directive('@key(fields: "id")')
@ObjectType({ description: 'What was promised for a measure.' })
export class Target {
  @Field(() => ID, { description: 'Stable readable id, the same in all revisions.' })
  id: string;

  @Directive('@external')
  @Field(() => String, { description: 'In what its value counts.' })
  unit: string;

  @Directive('@external')
  @Field(() => Day, { nullable: true, description: 'Last day it holds for.' })
  periodEnd?: string | null;

  @Directive('@external')
  @Field(() => [Mission], { nullable: true, description: 'The missions whose outcome it is about.' })
  missions?: Mission[] | null;

  @Directive('@external')
  @Field(() => Cumulative, { nullable: true, description: 'How much of a CUMULATIVE_CAP is used; null for others.' })
  cumulative?: Cumulative | null;
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** A target as the gateway hands it over: its key and, where a field requires them, its gap, unit, end and missions. */
export function targetOf({ id, unit, periodEnd, missions, cumulative }: Record<string, unknown>): Target {
  const given = cumulative as { gap?: unknown } | null | undefined;
  const gap = text(given?.gap);
  return Object.assign(new Target(), {
    ...{ id, unit: text(unit) ?? '', periodEnd: isDay(text(periodEnd) ?? '') ? periodEnd : null },
    missions: Array.isArray(missions) ? (missions as Mission[]).filter((each) => text(each?.id)) : null,
    cumulative: given ? { gap: gap === null ? null : Decimal.parseValue(gap) } : null,
  });
}
