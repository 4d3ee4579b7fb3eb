import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Kind, type ObjectTypeDefinitionNode, parse, print } from 'graphql';

const services = ['missions', 'budgets', 'contributions', 'outcomes'];
// Values that mean the same wherever they are made; everything else has one owner.
const shared = new Set(['Money', 'PageInfo', 'Refusal', 'IllegalTransition', 'StaleVersion', 'UserError', '_Service']);

interface Owned {
  field: string;
  service: string;
}

const typesOf = (service: string) =>
  parse(readFileSync(`schema/${service}.graphql`, 'utf8')).definitions.filter(
    (definition): definition is ObjectTypeDefinitionNode =>
      definition.kind === Kind.OBJECT_TYPE_DEFINITION || (definition.kind as string) === Kind.OBJECT_TYPE_EXTENSION,
  );

function fieldsOf(service: string): Owned[] {
  return typesOf(service)
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
      const mission = typesOf(service).find((each) => each.name.value === 'Mission')!;
      return (mission.fields ?? [])
        .filter(({ name, type }) => name.value !== 'id' && type.kind === Kind.NON_NULL_TYPE)
        .map(({ name }) => `${service}: ${name.value}`);
    });
    expect(others).toEqual([]);
  });

  it('lets every noun be null in what another service says of it', () => {
    const found = Object.entries(homes).flatMap(([service, own]) => neededElsewhere(service, own));
    // It lists what is missing, by ids that are at hand.
    expect(found.filter((field) => !field.endsWith('Connection.unavailable'))).toEqual([]);
  });
});

/** The nouns of each service, of which others know the id alone. */
const homes: Record<string, string[]> = {
  missions: ['Mission', 'Challenge', 'Lever', 'Organisation', 'Decision', 'LearningCycle', 'InputPledge'],
  budgets: ['PooledBudget', 'Allocation', 'Drawdown', 'Transfer'],
  contributions: ['Contribution', 'Submission'],
  outcomes: ['Outcome', 'Measure', 'Observation', 'Briefing'],
};

/** The fields of a service that cannot be null although another service answers for what they name. */
function neededElsewhere(service: string, own: readonly string[]): string[] {
  const foreign = Object.values(homes)
    .flat()
    .filter((noun) => !own.includes(noun));
  return typesOf(service).flatMap(({ name, fields = [] }) =>
    fields
      .filter(({ type }) => foreign.some((noun) => [`${noun}!`, `[${noun}!]!`].includes(print(type))))
      .map((field) => `${name.value}.${field.name.value}`),
  );
}
