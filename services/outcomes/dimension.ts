import { Field, InputType, ObjectType } from 'type-graphql';

@ObjectType({ description: 'One breakdown: sex is Girls.' })
@InputType('DimensionInput', { description: 'One breakdown: sex is Girls.' })
export class Dimension {
  @Field(() => String, { description: 'By what it is broken down, at most 100 characters.' })
  name: string;

  @Field(() => String, {
    description:
      'Which part, at most 200 characters, without blanks around it. For the whole the breakdown is left out: `Total` and `_T` are refused.',
  })
  value: string;
}

const isTrimmed = (text: string) => text !== '' && text.trim() === text;

/** Else the whole would stand among its parts, and what is suppressed would follow from the others. */
const saysWhole = /^(total|_t)$/i;

/** Why one figure cannot have these breakdowns, in a sentence; null when it can. */
export function unsoundnessOf(dimensions: readonly Dimension[]): string | null {
  if (dimensions.length === 0) return null;
  const isNamed = ({ name, value }: Dimension) =>
    isTrimmed(name) && isTrimmed(value) && name.length <= 100 && value.length <= 200;
  if (dimensions.length > 10 || !dimensions.every(isNamed))
    return 'There are at most 10 breakdowns; each has a name and a value, without blanks around them.';
  const whole = dimensions.find(({ value }) => saysWhole.test(value));
  if (whole) return `For the whole leave ${whole.name} out instead of writing ${whole.value}.`;
  if (new Set(dimensions.map(({ name }) => name)).size < dimensions.length) return 'A breakdown is named twice.';
  if (dimensions.reduce((length, { name, value }) => length + name.length + value.length, 0) > 1000)
    return 'The breakdowns are longer than 1000 characters together.';
  return null;
}
