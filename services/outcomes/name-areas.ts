import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { asJson, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { looksLikeCode } from './area.js';
import { measureToChange } from './measure-to-change.js';
import { checkSaid } from './slug.js';

const mostAtOnce = 500;
const mostNamed = 1000;

@InputType({ description: 'Areas without a GSS code that figures of a measure are about.' })
export class NameAreasInput extends DeedInput {
  @Field(() => ID, { description: 'Id of the measure.' })
  measure: string;

  @Field(() => [String], {
    description: 'Their names, as figures will state them: 1 to 500, each 1 to 120 characters.',
  })
  names: string[];

  @Field(() => String, { description: 'Whose list they are on: who names them, and where.' })
  source: string;
}

@ObjectType({ description: 'Which names are new, or why all were declined.' })
export class NameAreasPayload extends DeedPayload {
  @Field(() => [String], {
    nullable: true,
    description: 'Those that the measure did not have, in the order given; null when declined.',
  })
  added: string[] | null;
}

@Resolver()
export class NameAreas {
  @Mutation(() => NameAreasPayload, {
    description:
      'Names areas of a measure that have no GSS code; only then are figures of them taken. What is named already stays as it is. Role: statistician of the steward. Refusals: BAD_USER_INPUT, UNKNOWN_MEASURE.',
  })
  async nameAreas(
    @Arg('input', () => NameAreasInput, { description: 'The names.' }) input: NameAreasInput,
    @Ctx() context: Context,
  ): Promise<NameAreasPayload> {
    const deed = { name: 'nameAreas', input, by: ['statistician'], ...asJson<string[]>() } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const { source } = input;
      checkSaid({ source });
      const names = checkNames(input.names);
      const { measure } = await measureToChange(em, input.measure, caller, { missionUnitToo: false });
      const there = await namedAmong(em, measure.id, names);
      const added = names.filter((name) => !there.has(name));
      await refuseTooMany(em, measure.id, added.length);
      const sql = 'insert into named_area (measure_id, name, source) select ?, name, ? from unnest(?::text[]) as name';
      await query(em, sql, [measure.id, source, added]);
      return added;
    });
    return { added: noun, ...done };
  }
}

function checkNames(given: string[]): string[] {
  const names = [...new Set(given)];
  if (names.length < 1 || names.length > mostAtOnce) {
    refuse('BAD_USER_INPUT', `There are ${names.length} names; send 1 to ${mostAtOnce} at a time.`, ['names']);
  }
  for (const [place, name] of given.entries()) {
    const path = ['names', String(place)];
    if (name.trim() !== name || name === '' || name.length > 120) {
      refuse('BAD_USER_INPUT', 'A name has 1 to 120 characters and no space at its ends.', path);
    }
    if (looksLikeCode(name)) {
      refuse('BAD_USER_INPUT', `${name} is written like a GSS code, which needs no naming; leave it out.`, path);
    }
  }
  return names;
}

async function refuseTooMany(em: EntityManager, measure: string, added: number): Promise<void> {
  const sql = 'select count(*)::int as count from named_area where measure_id = ?';
  const [{ count } = { count: 0 }] = await query<{ count: number }>(em, sql, [measure]);
  if (count + added <= mostNamed) return;
  refuse('BAD_USER_INPUT', `A measure has at most ${mostNamed} areas by name; this one has ${count} already.`, [
    'names',
  ]);
}

/** Which of these texts are names of areas of the measure. */
export async function namedAmong(
  em: EntityManager,
  measure: string,
  texts: readonly string[],
): Promise<ReadonlySet<string>> {
  const names = [...new Set(texts)].filter((text) => !looksLikeCode(text));
  if (names.length === 0) return new Set();
  const sql = 'select name from named_area where measure_id = ? and name = any(?)';
  const found = await query<{ name: string }>(em, sql, [measure, names]);
  return new Set(found.map(({ name }) => name));
}
