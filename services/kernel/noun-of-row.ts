import type { EntityManager, EntityProperty, MetadataStorage } from '@mikro-orm/postgresql';
import type { Row } from './database.js';

type NounClass<Noun> = new (...args: never[]) => Noun;
type Column = [name: string, property: string, convert: (value: unknown) => unknown];

const columnsOf = new WeakMap<MetadataStorage, Map<unknown, Column[]>>();

/**
 * Makes objects of a class that is a table out of the rows of a query, for reading only: the entity manager does not
 * know them. Its own map() keeps track of each object, which on long lists costs more than everything else together.
 */
export function nounOfRow<Noun extends object>(em: EntityManager, noun: NounClass<Noun>): (row: Row) => Noun {
  const metadata = em.getMetadata();
  const known = columnsOf.get(metadata) ?? new Map<unknown, Column[]>();
  columnsOf.set(metadata, known);
  const columns = known.get(noun) ?? metadata.get(noun.name).props.flatMap((each) => columnOf(em, each));
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

function columnOf(em: EntityManager, property: EntityProperty): Column[] {
  const platform = em.getPlatform();
  const { customType, fieldNames, name, runtimeType } = property;
  if (fieldNames?.length !== 1) return [];
  if (customType) return [[fieldNames[0]!, name, (value) => customType.convertToJSValue(value, platform)]];
  if (runtimeType === 'Date') return [[fieldNames[0]!, name, (value) => platform.parseDate(value as string)]];
  return [[fieldNames[0]!, name, (value) => value]];
}
