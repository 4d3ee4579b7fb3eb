import type { EntityProperty, MikroORM } from '@mikro-orm/postgresql';
import type { Row } from './database.js';

type NounClass<Noun> = new (...args: never[]) => Noun;
type Column = [name: string, property: string, convert: (value: unknown) => unknown];

const columnsOf = new WeakMap<MikroORM, Map<unknown, Column[]>>();

/**
 * Makes objects of a class that is a table out of the rows of a query, for reading only: the entity manager does not
 * know them. Its own map() keeps track of each object, which on long lists costs more than everything else together.
 */
export function nounOfRow<Noun extends object>(orm: MikroORM, noun: NounClass<Noun>): (row: Row) => Noun {
  const known = columnsOf.get(orm) ?? new Map<unknown, Column[]>();
  columnsOf.set(orm, known);
  const columns =
    known.get(noun) ??
    orm
      .getMetadata()
      .get(noun.name)
      .props.flatMap((each) => columnOf(orm, each));
  known.set(noun, columns);
  return (row) => {
    const made = Object.create(noun.prototype) as Record<string, unknown>;
    for (const [name, property, convert] of columns) {
      const value = row[name];
      if (value !== undefined) made[property] = value === null ? null : convert(value);
    }
    return made as Noun;
  };
}

function columnOf(orm: MikroORM, property: EntityProperty): Column[] {
  const platform = orm.em.getPlatform();
  const { customType, fieldNames, name, runtimeType } = property;
  if (fieldNames?.length !== 1) return [];
  if (customType) return [[fieldNames[0]!, name, (value) => customType.convertToJSValue(value, platform)]];
  if (runtimeType === 'Date') return [[fieldNames[0]!, name, (value) => platform.parseDate(value as string)]];
  return [[fieldNames[0]!, name, (value) => value]];
}
