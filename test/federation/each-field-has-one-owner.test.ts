import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Kind, type ObjectTypeDefinitionNode, parse } from 'graphql';

const services = ['missions', 'budgets', 'contributions', 'outcomes'];
// Values that mean the same wherever they are made; everything else has one owner.
const shared = new Set(['Money', 'PageInfo', 'Refusal', 'IllegalTransition', 'StaleVersion', 'UserError', '_Service']);

interface Owned {
  field: string;
  service: string;
}

function fieldsOf(service: string): Owned[] {
  const types = parse(readFileSync(`schema/${service}.graphql`, 'utf8')).definitions.filter(
    (definition): definition is ObjectTypeDefinitionNode =>
      definition.kind === Kind.OBJECT_TYPE_DEFINITION || (definition.kind as string) === Kind.OBJECT_TYPE_EXTENSION,
  );
  return types
    .filter(({ name }) => !shared.has(name.value))
    .flatMap(({ name, fields = [] }) =>
      fields
        // What is external is another service's, asked for by a field that needs it.
        .filter(({ directives = [] }) => !directives.some((each) => each.name.value === 'external'))
        .map((field) => ({ field: `${name.value}.${field.name.value}`, service })),
    )
    .filter(({ field }) => !/\.(id|_entities|_service)$/.test(field));
}

describe('the graph', () => {
  it('has one owner for each field but keys and shared values', () => {
    const owners = new Map<string, string[]>();
    for (const { field, service } of services.flatMap(fieldsOf))
      owners.set(field, [...(owners.get(field) ?? []), service]);
    expect([...owners].filter(([, of]) => of.length > 1)).toEqual([]);
  });

  it('lets every field of Mission that another service answers be null', () => {
    const others = services.slice(1).flatMap((service) => {
      const text = readFileSync(`schema/${service}.graphql`, 'utf8');
      const mission = parse(text).definitions.find(
        (each) => 'name' in each && each.name?.value === 'Mission',
      ) as ObjectTypeDefinitionNode;
      return (mission.fields ?? [])
        .filter(({ name, type }) => name.value !== 'id' && type.kind === Kind.NON_NULL_TYPE)
        .map(({ name }) => `${service}: ${name.value}`);
    });
    expect(others).toEqual([]);
  });
});
