import { Field, ID, InputType } from 'type-graphql';
import { Day, FinancialYear } from '../kernel/dates.js';
import { CurrencyCode, Decimal, MoneyInput, toDecimal } from '../kernel/money.js';
import type { KeptCondition } from './condition.js';
import { ConditionInput } from './condition-input.js';
import { hashOf } from './hash.js';
import { ControlTotal, Earmark, InstalmentStatus } from './kinds.js';
import type { KeptInstalment } from './version.js';

@InputType({ description: 'The part of a contribution that falls into one financial year and one control total.' })
export class ContributionAmountInput {
  @Field(() => FinancialYear, { description: 'The financial year.' })
  financialYear: string;

  @Field(() => ControlTotal, { description: 'The control total.' })
  controlTotal: ControlTotal;

  @Field(() => MoneyInput, {
    description:
      'How much, above zero; of aligned money net of income, so that a control total may be below zero while the sum is above. All amounts of a contribution are in one currency.',
  })
  amount: MoneyInput;
}

@InputType({ description: 'What was paid in another currency, as the source writes it.' })
export class OriginalPaymentInput {
  @Field(() => Decimal, { description: 'The amount in that currency.' })
  amount: string;

  @Field(() => CurrencyCode, { description: 'ISO 4217 code.' })
  currency: string;

  @Field(() => Decimal, {
    nullable: true,
    description: 'Units of that currency for one unit of the currency of the contribution.',
  })
  rate?: string | null;
}

@InputType({ description: 'One payment of a contribution, as its contributor states it.' })
export class ContributionInstalmentInput {
  @Field(() => InstalmentStatus, { description: 'What the contributor says about it.' })
  status: InstalmentStatus;

  @Field(() => Day, { nullable: true, description: 'The day it is due; needed for DUE.' })
  dueOn?: string | null;

  @Field(() => Day, { nullable: true, description: 'The day it was paid, not in the future; needed for STATED_PAID.' })
  paidOn?: string | null;

  @Field(() => MoneyInput, { description: 'How much, above zero, in the currency of the contribution.' })
  amount: MoneyInput;

  @Field(() => OriginalPaymentInput, { nullable: true, description: 'What was paid in another currency.' })
  original?: OriginalPaymentInput | null;

  @Field(() => String, {
    nullable: true,
    description: 'The payment reference; shown only to the two sides and auditors.',
  })
  reference?: string | null;
}

@InputType({ description: 'The terms of a contribution, always given whole.' })
export class ContributionTermsInput {
  @Field(() => [ContributionAmountInput], {
    defaultValue: [],
    description: 'Amounts per financial year and control total, each pair once; for MONEY and BUDGET_COVER only.',
  })
  amounts: ContributionAmountInput[];

  @Field(() => MoneyInput, {
    nullable: true,
    description: 'What the amounts must add up to; CONTROL_TOTAL_MISMATCH when they do not. May be left out.',
  })
  total?: MoneyInput | null;

  @Field(() => Decimal, { nullable: true, description: 'How much of the unit; for the other kinds only.' })
  quantity?: string | null;

  @Field(() => String, { nullable: true, description: 'The unit of the quantity.' })
  unit?: string | null;

  @Field(() => Earmark, { defaultValue: Earmark.NONE, description: 'How far its use is bound.' })
  earmark: Earmark;

  @Field(() => [ContributionInstalmentInput], {
    defaultValue: [],
    description: 'Its payments, as far as they are known.',
  })
  instalments: ContributionInstalmentInput[];

  @Field(() => ID, { nullable: true, description: 'The pooled budget it goes to. Left out: as in the version before.' })
  budget?: string | null;

  @Field(() => [ConditionInput], { defaultValue: [], description: 'Its conditions, each once; at most 50.' })
  conditions: ConditionInput[];

  @Field(() => Day, {
    nullable: true,
    description: 'The last day the offer stands, today or later; without end when left out.',
  })
  validUntil?: string | null;

  @Field(() => String, { nullable: true, description: 'Why these terms; public.' })
  reason?: string | null;
}

/** Terms that have been checked: what a version consists of. */
export interface Terms {
  publicName: string;
  budgetId: string | null;
  currency: string | null;
  /** Minor units of the currency. */
  minor: bigint | null;
  amounts: { financialYear: string; controlTotal: ControlTotal; minor: bigint }[];
  quantity: string | null;
  unit: string | null;
  earmark: Earmark;
  instalments: KeptInstalment[];
  /** In the order of the instalments. */
  references: (string | null)[];
  conditions: KeptCondition[];
  validUntil: string | null;
  reason: string | null;
}

/** What of a contribution is bound by the hash of a version, beside its terms. */
export interface Bound {
  id: string;
  missionId: string;
  contributorId: string;
  kind: string;
  pooling: string;
}

/** The hash of a version; payment references are left out, so that everybody can compute it from what is public. */
export function versionHash(of: Bound, number: number, terms: Terms): string {
  const { publicName, budgetId, amounts, currency, quantity, unit, earmark, instalments, reason } = terms;
  return hashOf({
    contribution: of.id,
    mission: of.missionId,
    contributor: of.contributorId,
    kind: of.kind,
    pooling: of.pooling,
    number,
    publicName,
    budget: budgetId,
    amounts: amounts.map(({ financialYear, controlTotal, minor }) => {
      const amount = { amount: toDecimal(minor, currency!), currency };
      return { financialYear, controlTotal, amount };
    }),
    quantity,
    unit,
    earmark,
    instalments,
    reason,
    ...whereStated(terms),
  });
}

/** Conditions and validity are bound where there are any: what was hashed before they were known keeps its hash. */
export const whereStated = ({ conditions, validUntil }: Terms): object => ({
  ...(conditions.length > 0 && { conditions }),
  ...(validUntil && { validUntil }),
});
