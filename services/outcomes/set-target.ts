import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { DateTime, Day } from '../kernel/dates.js';
import { ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { Decimal } from '../kernel/money.js';
import { refuse } from '../kernel/refusal.js';
import { numbered } from './chain.js';
import { asAfter, definitionIn, measureToChange } from './measure-to-change.js';
import { checkRelease } from './released.js';
import { Target, TargetKind } from './target.js';
import { checkStillAhead, isSameTarget, type TargetColumns, targetColumnsFrom } from './target-columns.js';

@InputType({ description: 'What is promised for a measure; the id of an existing target makes a revision of it.' })
export class SetTargetInput extends ChangeInput {
  @Field(() => ID, { description: 'Its readable id, the same in all revisions: lower-case words joined by hyphens.' })
  id: string;

  @Field(() => ID, { description: 'Id of the measure.' })
  measure: string;

  @Field(() => Int, { nullable: true, description: 'The version of the definition it is for; left out, the newest.' })
  definition?: number | null;

  @Field(() => TargetKind, { description: 'What kind of promise it is.' })
  kind: TargetKind;

  @Field(() => Decimal, { description: 'The value, in the unit of the definition; for RANGE its lower end.' })
  value: string;

  @Field(() => Decimal, { nullable: true, description: 'The upper end; only and always for RANGE.' })
  upper?: string | null;

  @Field(() => Day, {
    nullable: true,
    description: 'First day it holds for; needed for FLOOR, CEILING, RANGE and CUMULATIVE_CAP.',
  })
  periodStart?: string | null;

  @Field(() => Day, {
    nullable: true,
    description: 'Last day it holds for, or the day it is due; needed for POINT_BY_DATE, RATE and CUMULATIVE_CAP.',
  })
  periodEnd?: string | null;

  @Field(() => String, { nullable: true, description: 'The law or document that binds.' })
  legalBasis?: string | null;

  @Field(() => String, { description: 'Who set it.' })
  setBy: string;

  @Field(() => String, { nullable: true, description: 'Where it can be read, an http or https address.' })
  sourceUrl?: string | null;

  @Field(() => String, { nullable: true, description: 'Who checked it against what, in words.' })
  verified?: string | null;

  @Field(() => String, { nullable: true, description: 'What a reader must know; becomes part of every ruling on it.' })
  note?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it became known, where a historic source states it.' })
  releasedAt?: Date | null;
}

@ObjectType({ description: 'The target, or why it was declined.' })
export class SetTargetPayload extends DeedPayload {
  @Field(() => Target, { nullable: true, description: 'The target in its newest revision; null when declined.' })
  target: Target | null;
}

@Resolver()
export class SetTarget {
  @Mutation(() => SetTargetPayload, {
    description:
      'Sets or revises a target; the same content again makes no revision. Role: statistician of the steward, or mission-unit. Refusals: BAD_USER_INPUT, UNKNOWN_MEASURE, UNKNOWN_DEFINITION, ALREADY_EXISTS, PERIOD_DOES_NOT_FIT, STALE_VERSION, RELEASED_IN_FUTURE, RELEASED_TOO_EARLY, OLDER_THAN_NEWEST.',
  })
  async setTarget(
    @Arg('input', () => SetTargetInput, { description: 'The target.' }) input: SetTargetInput,
    @Ctx() context: Context,
  ): Promise<SetTargetPayload> {
    const deed = {
      name: 'setTarget',
      input,
      by: ['statistician', 'mission-unit'],
      ...numbered(Target, ({ id, revision }) => ({ id, revision })),
    } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const { measure, definitions, now } = await measureToChange(em, input.measure, caller, { missionUnitToo: true });
      const definition = definitionIn(definitions, input.definition);
      const columns: TargetColumns = targetColumnsFrom(input, definition);
      const newest = await newestRevision(em, input.id, measure.id);
      expectVersion(input, newest?.revision ?? 0);
      if (newest && isSameTarget(newest, columns)) return newest;
      checkRelease(input.releasedAt, {
        now,
        ...asAfter(definition),
        ...(newest && { newest: { what: `Revision ${newest.revision}`, at: newest.releasedAt } }),
      });
      checkStillAhead(columns, input.releasedAt ?? now);
      return em.create(Target, {
        ...columns,
        id: input.id,
        measureId: measure.id,
        revision: (newest?.revision ?? 0) + 1,
        statedReleaseAt: input.releasedAt ?? null,
      });
    });
    return { target: noun, ...done };
  }
}

async function newestRevision(em: EntityManager, id: string, measureId: string): Promise<Target | null> {
  const [newest] = await em.find(Target, { id }, { orderBy: { revision: 'desc' }, limit: 1 });
  if (newest && newest.measureId !== measureId) {
    refuse('ALREADY_EXISTS', `The target ${id} belongs to another measure; choose another id.`, ['id']);
  }
  return newest ?? null;
}
