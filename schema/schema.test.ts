import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { describe, expect, it } from '@jest/globals';
import { buildSchema, type GraphQLSchema, isIntrospectionType, isNonNullType, parse, validate } from 'graphql';
import { announcedChanges, composeSchema } from './compose.js';

const composed = composeSchema();
const published = 'schema/public.graphql';
const publicSchema = buildSchema(composed['public.graphql']!);

describe('the published schema', () => {
  it('is what the classes say, to the letter', () => {
    for (const [name, text] of Object.entries(composed)) {
      expect({ name, text: existsSync(`schema/${name}`) && readFileSync(`schema/${name}`, 'utf8') }).toEqual({
        name,
        text,
      });
    }
  });

  it('has no file that is not generated', () => {
    expect(
      readdirSync('schema')
        .filter((name) => name.endsWith('.graphql'))
        .sort(),
    ).toEqual(Object.keys(composed).sort());
  });

  it('breaks nothing that was published before without announcing it', async () => {
    const before = publishedBefore();
    if (!before)
      return process.stdout.write('No earlier schema is at hand to compare with (a clone without history?).\n');
    const changes = await diff(before, publicSchema);
    const breaking = changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking);
    expect(breaking.map(({ message }) => message).filter((message) => !announcedChanges[message])).toEqual([]);
  });

  it('names an unannounced breaking change', async () => {
    const smaller = buildSchema(
      composed['public.graphql']!.replace(/^ {2}waitingOn: \[Dependency/m, '  waitsOn: [Dependency'),
    );
    const breaking = (await diff(publicSchema, smaller)).filter(
      ({ criticality }) => criticality.level === CriticalityLevel.Breaking,
    );
    expect(breaking.map(({ message }) => message)).toContain(
      "Field 'waitingOn' was removed from object type 'Mission'",
    );
  });

  it('lets every field of Query be null, as it is while the service that answers it is away', () => {
    const fields = Object.values(publicSchema.getQueryType()!.getFields());
    expect(fields.filter(({ type }) => isNonNullType(type)).map(({ name }) => name)).toEqual([]);
  });

  it('describes every type, field, argument and enum value', () => {
    expect(undescribed(publicSchema)).toEqual([]);
  });

  it('answers the mission view of the contract', () => {
    expect(validate(publicSchema, parse(readFileSync('test/mission-view.graphql', 'utf8')))).toEqual([]);
  });

  it('is free of directives that only one router knows', () => {
    const links = [...composed['supergraph.graphql']!.matchAll(/@link\(url: "([^"]+)"/g)].map(([, url]) => url!);
    expect(links.filter((url) => !url.startsWith('https://specs.apollo.dev/'))).toEqual([]);
  });
});

/** What was published before this change: by the last commit, or, where that is this very text, by the one before it. */
function publishedBefore(): GraphQLSchema | null {
  const git = (...asked: string[]) =>
    execFileSync('git', asked, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const commits = git('log', '--format=%H', '-2', '--', published).trim().split('\n');
    const texts = commits.map((commit) => git('show', `${commit}:${published}`));
    const before = texts.find((text) => text !== composed['public.graphql']);
    return before === undefined ? null : buildSchema(before);
  } catch {
    return null;
  }
}

function undescribed(schema: GraphQLSchema): string[] {
  const missing: string[] = [];
  for (const type of Object.values(schema.getTypeMap())) {
    const builtIn =
      isIntrospectionType(type) ||
      ['String', 'Int', 'Float', 'Boolean', 'ID', 'Query', 'Mutation', 'Subscription'].includes(type.name);
    if (!type.description && !builtIn) missing.push(type.name);
    if (isIntrospectionType(type)) continue;
    if ('getValues' in type)
      missing.push(
        ...type
          .getValues()
          .filter(({ description }) => !description)
          .map(({ name }) => `${type.name}.${name}`),
      );
    if (!('getFields' in type)) continue;
    for (const field of Object.values(type.getFields())) {
      if (!field.description) missing.push(`${type.name}.${field.name}`);
      for (const arg of 'args' in field ? field.args : []) {
        if (!arg.description) missing.push(`${type.name}.${field.name}(${arg.name})`);
      }
    }
  }
  return missing;
}
