import { Field, ID, InputType } from 'type-graphql';
import { Decimal } from '../kernel/money.js';
import { refuse } from '../kernel/refusal.js';
import { isSlug } from '../kernel/slug.js';
import { Comparator, ConditionKind, type KeptCondition } from './condition.js';
import { hashOf } from './hash.js';

@InputType({ description: 'The test of a stage gate.' })
export class StageGateInput {
  @Field(() => ID, { description: 'The measure, whose headline figure decides.' })
  measure: string;

  @Field(() => String, { description: 'The period of the figure, by the label the measure publishes it under.' })
  period: string;

  @Field(() => Comparator, { description: 'How the figure is held against the value.' })
  comparator: Comparator;

  @Field(() => Decimal, { description: 'The value, in the unit of the measure.' })
  value: string;
}

@InputType({ description: 'A condition of a contribution.' })
export class ConditionInput {
  @Field(() => ConditionKind, { description: 'What it is about.' })
  kind: ConditionKind;

  @Field(() => String, { description: 'The test in words; public.' })
  test: string;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'True when it must be met before the contribution becomes binding.',
  })
  precedent: boolean;

  @Field(() => StageGateInput, { nullable: true, description: 'The test of a stage gate; for STAGE_GATE only.' })
  gate?: StageGateInput | null;
}

const mostConditions = 50;

/** Conditions as they are kept. Refuses with the path of what is wrong. */
export function checkConditions(inputs: readonly ConditionInput[], path: string[]): KeptCondition[] {
  if (inputs.length > mostConditions) {
    refuse('BAD_USER_INPUT', `A contribution has at most ${mostConditions} conditions.`, path);
  }
  const seen = new Set<string>();
  return inputs.map((input, place) => {
    const kept = checkCondition(input, [...path, String(place)]);
    if (seen.has(kept.id)) refuse('BAD_USER_INPUT', 'The same condition stands there twice.', [...path, String(place)]);
    seen.add(kept.id);
    return kept;
  });
}

function checkCondition({ kind, test, precedent, gate }: ConditionInput, path: string[]): KeptCondition {
  if (test.trim() === '') refuse('BAD_USER_INPUT', 'Say in words what is to be met.', [...path, 'test']);
  const isGate = kind === ConditionKind.STAGE_GATE;
  if (isGate !== Boolean(gate)) {
    const sentence = isGate
      ? 'A stage gate needs its measure, period and value.'
      : 'Only a STAGE_GATE is decided by a measure.';
    refuse('BAD_USER_INPUT', sentence, [...path, 'gate']);
  }
  const keptGate = gate ? { ...gate, period: gate.period.trim() } : null;
  if (keptGate && (!isSlug(keptGate.measure) || keptGate.period === '' || keptGate.period.length > 20)) {
    refuse('BAD_USER_INPUT', 'Name the measure by its id and the period by its label.', [...path, 'gate']);
  }
  const content = { kind, test, precedent, gate: keptGate };
  // Sixteen digits tell the conditions of one contribution apart, and are short enough to be written down.
  return { id: hashOf(content).slice(0, 16), ...content };
}
