import { Field, ID, InputType } from 'type-graphql';
import { Day } from '../kernel/dates.js';
import { ChangeInput } from '../kernel/deed.js';
import { Decimal } from '../kernel/money.js';
import { refuse } from '../kernel/refusal.js';
import { isSlug } from '../kernel/slug.js';
import type { KeptRiskShare } from './agreement.js';
import { notInFuture } from './check-terms.js';
import { AgreementInstrument } from './kinds.js';

@InputType({ description: 'How much of what goes wrong one signatory bears.' })
export class RiskShareInput {
  @Field(() => ID, { description: 'The signatory.' })
  organisation: string;

  @Field(() => Decimal, { description: 'Percent of the whole, above zero, with at most four decimals.' })
  percent: string;
}

@InputType({ description: 'The agreement that an acceptance makes.' })
export class AgreementInput extends ChangeInput {
  @Field(() => AgreementInstrument, { description: 'The form of the agreement.' })
  instrument: AgreementInstrument;

  @Field(() => [ID], { description: 'The organisations that signed: two at least, the contributor among them.' })
  signatories: string[];

  @Field(() => Day, { nullable: true, description: 'The day it was signed, not in the future; today when left out.' })
  signedOn?: string | null;

  @Field(() => String, { nullable: true, description: 'The reference of the signed document; public.' })
  reference?: string | null;

  @Field(() => [RiskShareInput], {
    defaultValue: [],
    description: 'Who bears how much of what goes wrong: signatories, each once, 100 percent in all; or none.',
  })
  riskShares: RiskShareInput[];

  @Field(() => ID, { nullable: true, description: 'The organisation that holds the money and answers for it.' })
  host?: string | null;

  @Field(() => ID, { nullable: true, description: 'The organisation that runs the pool from day to day.' })
  poolManager?: string | null;

  @Field(() => String, { nullable: true, description: 'How a side leaves the arrangement, in words; public.' })
  exit?: string | null;
}

/** What an agreement consists of; refuses what cannot be. */
export function agreementIn(input: AgreementInput, contributor: string) {
  const { instrument, signedOn, reference = null, host = null, poolManager = null, exit = null } = input;
  notInFuture(signedOn, ['signedOn']);
  const signatories = signatoriesIn(input.signatories, contributor);
  for (const [field, id] of Object.entries({ host, poolManager })) {
    if (id && !isSlug(id)) refuse('BAD_USER_INPUT', 'Name the organisation by its id.', [field]);
  }
  const riskShares = riskSharesIn(input.riskShares, signatories);
  return { instrument, signatories, reference, riskShares, host, poolManager, exit };
}

function signatoriesIn(stated: string[], contributor: string): string[] {
  const signatories = [...new Set(stated)];
  if (!signatories.every(isSlug) || signatories.length < 2 || !signatories.includes(contributor)) {
    refuse('BAD_USER_INPUT', 'Name two signatories at least by their ids, the contributor among them.', [
      'signatories',
    ]);
  }
  return signatories;
}

const whole = 100n * 10_000n;

function riskSharesIn(stated: readonly RiskShareInput[], signatories: readonly string[]): KeptRiskShare[] {
  if (stated.length === 0) return [];
  const bearers = new Set(stated.map(({ organisation }) => organisation));
  const parts = stated.map(({ percent }, place) => partOf(percent, ['riskShares', String(place), 'percent']));
  const isWhole = parts.reduce((sum, part) => sum + part, 0n) === whole;
  if (!isWhole || bearers.size < stated.length || stated.some(({ organisation: id }) => !signatories.includes(id))) {
    refuse('BAD_USER_INPUT', 'Risk is shared among signatories, each named once, 100 percent in all.', ['riskShares']);
  }
  return stated.map(({ organisation, percent }) => ({ organisation, percent }));
}

/** A percentage in ten-thousandths of one percent. */
function partOf(percent: string, path: string[]): bigint {
  const [, units, fraction = ''] = /^(\d{1,3})(?:\.(\d{1,4}))?$/.exec(percent) ?? [];
  const part = units === undefined ? 0n : BigInt(units + fraction.padEnd(4, '0'));
  if (part <= 0n) refuse('BAD_USER_INPUT', 'A share is above zero and has at most four decimals.', path);
  return part;
}
