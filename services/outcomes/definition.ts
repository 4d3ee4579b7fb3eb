import { Entity, PrimaryKey, Property } from '@mikro-orm/core';
import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Day } from '../kernel/dates.js';
import { refuse } from '../kernel/refusal.js';
import { Frequency } from './period.js';
import { Released } from './released.js';
import { checkSaid } from './slug.js';

export enum Polarity {
  HIGHER = 'HIGHER',
  LOWER = 'LOWER',
  RANGE = 'RANGE',
}
registerEnumType(Polarity, {
  name: 'Polarity',
  description: 'Which way is good.',
  valuesConfig: {
    HIGHER: { description: 'Higher is better.' },
    LOWER: { description: 'Lower is better.' },
    RANGE: { description: 'It is to stay within a range; neither end is better.' },
  },
});

@ObjectType({ description: 'One state of the definition of a measure. A changed definition is a new version.' })
@Entity({ tableName: 'definition' })
export class DefinitionVersion extends Released {
  @PrimaryKey({ type: 'text' })
  measureId: string;

  @Field(() => Int, { description: 'Counts the versions of this measure, from 1.' })
  @PrimaryKey({ type: 'integer' })
  number: number;

  @Field(() => String, { description: 'How the figure is made, in words or as a formula.' })
  @Property({ type: 'text' })
  formula: string;

  @Field(() => String, { description: 'In what it counts: MtCO2e, percent, installations.' })
  @Property({ type: 'text' })
  unit: string;

  @Field(() => Int, {
    description: 'How many decimals of a figure mean something: its precision is one unit of the last.',
  })
  @Property({ type: 'integer' })
  decimals: number;

  @Field(() => Polarity, { description: 'Which way is good.' })
  @Property({ type: 'text' })
  polarity: Polarity;

  @Field(() => Frequency, { description: 'How long its periods are.' })
  @Property({ type: 'text' })
  frequency: Frequency;

  @Field(() => String, { description: 'Who publishes the figures, and where.' })
  @Property({ type: 'text' })
  source: string;

  @Field(() => Day, {
    nullable: true,
    description: 'First day of the first period it is used for; null when it is used for all.',
  })
  @Property({ type: 'date', nullable: true })
  validFrom: string | null;

  @Field(() => [String], {
    description:
      'The dimensions of which the parts sum to the whole; AREA where the areas of a kind sum to their nation, the national area, or both. Figures that are suppressed are then guarded against being worked out.',
  })
  @Property({ type: 'array' })
  additiveOver: string[];

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether its figures may be compared with those of the version before; null for the first version.',
  })
  @Property({ type: 'boolean', nullable: true })
  comparableWithPrevious: boolean | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why it may or may not be compared; null for the first version.',
  })
  @Property({ type: 'text', nullable: true })
  comparabilityReason: string | null;
}

@InputType({ description: 'How a measure is defined.' })
export class DefinitionInput {
  @Field(() => String, { description: 'How the figure is made, in words or as a formula.' })
  formula: string;

  @Field(() => String, { description: 'In what it counts: MtCO2e, percent, installations.' })
  unit: string;

  @Field(() => Int, { description: 'How many decimals of a figure mean something, 0 to 30.' })
  decimals: number;

  @Field(() => Polarity, { description: 'Which way is good.' })
  polarity: Polarity;

  @Field(() => Frequency, { description: 'How long its periods are.' })
  frequency: Frequency;

  @Field(() => String, { description: 'Who publishes the figures, and where.' })
  source: string;

  @Field(() => Day, {
    nullable: true,
    description: 'First day of the first period it is used for; left out: all periods.',
  })
  validFrom?: string | null;

  @Field(() => [String], {
    defaultValue: [],
    description:
      'The dimensions of which the parts, all of them published or suppressed, sum to the whole; AREA where the areas of a kind (the first three characters of a GSS code, nations, areas by name) sum to their nation; to the national area where there are no figures of the nation; and to both where there are none of another nation. At most 6; none where figures do not add up, as percentages do not.',
  })
  additiveOver: string[];
}

const mostAdditive = 6;

/** Stands for the areas among the dimensions over which figures add up. */
const areas = 'AREA';
export const areasAreAdditive = ({ additiveOver }: Pick<DefinitionVersion, 'additiveOver'>): boolean =>
  additiveOver.includes(areas);

/** The columns of a definition from what a client wrote; refuses with BAD_USER_INPUT. */
export function definitionFrom(input: DefinitionInput) {
  const { formula, unit, decimals, polarity, frequency, source } = input;
  checkSaid({ formula, unit, source }, ['definition']);
  if (decimals < 0 || decimals > 30) refuse('BAD_USER_INPUT', 'Decimals are 0 to 30.', ['definition', 'decimals']);
  const additiveOver = [...new Set(input.additiveOver)];
  if (additiveOver.length > mostAdditive || !additiveOver.every((name) => name.trim() !== '' && name.length <= 100))
    refuse('BAD_USER_INPUT', `Name at most ${mostAdditive} dimensions, each by 1 to 100 characters.`, [
      ...['definition', 'additiveOver'],
    ]);
  return { formula, unit, decimals, polarity, frequency, source, validFrom: input.validFrom ?? null, additiveOver };
}

/** The version between the two that broke the series; null when figures of the two may be compared. */
export function breakBetween(definitions: DefinitionVersion[], one: number, other: number): DefinitionVersion | null {
  const [from, to] = one < other ? [one, other] : [other, one];
  const between = definitions.filter(({ number }) => number > from && number <= to);
  return between.find(({ comparableWithPrevious }) => comparableWithPrevious === false) ?? null;
}
