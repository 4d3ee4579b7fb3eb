import { dayInLondon } from '../kernel/dates.js';
import { Money, type MoneyInput } from '../kernel/money.js';
import { refuse } from '../kernel/refusal.js';
import { checkConditions } from './condition-input.js';
import { type ContributionKind, Earmark, InstalmentStatus, isMoney, Pooling } from './kinds.js';
import type { ContributionAmountInput, ContributionInstalmentInput, ContributionTermsInput, Terms } from './terms.js';
import type { KeptInstalment } from './version.js';

export interface Expected {
  kind: ContributionKind;
  pooling: Pooling;
  publicName: string;
  /** A draft may still lack its name and its figures. */
  isDraft: boolean;
  /** The terms these take the place of: they keep its currency, and its pool unless another is named. */
  before?: { currency: string | null; budgetId: string | null } | null;
  /** Where the terms stand in the input. */
  path: string[];
}

/** Terms that hold together, from what a client wrote. Refuses with the path of what is wrong. */
export function checkTerms(input: ContributionTermsInput, expected: Expected): Terms {
  const { publicName, isDraft, before, path } = expected;
  if (!isDraft && publicName.trim() === '')
    refuse('BAD_USER_INPUT', 'The contribution needs a public name.', ['publicName']);
  const figures = isMoney(expected.kind) ? moneyIn(input, expected) : quantityIn(input, expected);
  if (before?.currency && figures.currency && figures.currency !== before.currency) {
    const message = `The contribution is in ${before.currency}; it stays in one currency.`;
    refuse('CURRENCY_MISMATCH', message, [...path, 'amounts']);
  }
  const { minor, currency, amounts, quantity, unit } = figures;
  const inCurrency = currency ?? before?.currency ?? null;
  // Named one by one: objects put together of others cost more here than the checks.
  return {
    publicName,
    budgetId: input.budget ?? before?.budgetId ?? null,
    currency,
    minor,
    amounts,
    quantity,
    unit,
    earmark: input.earmark,
    instalments: input.instalments.map((each, place) =>
      instalmentIn(each, inCurrency, [...path, 'instalments', String(place)]),
    ),
    references: input.instalments.map(({ reference }) => reference ?? null),
    conditions: checkConditions(input.conditions, [...path, 'conditions']),
    validUntil: stillValid(input.validUntil, [...path, 'validUntil']),
    reason: input.reason ?? null,
  };
}

/** What a draft may consist of: nothing yet. */
export const noTerms: ContributionTermsInput = { amounts: [], earmark: Earmark.NONE, instalments: [], conditions: [] };

/** Refuses terms that are good enough for a draft only. */
export function refuseIncomplete({ publicName, minor, quantity, validUntil }: Terms): void {
  refuseNameless(publicName);
  if (minor === null && quantity === null)
    refuse('BAD_USER_INPUT', 'The draft says not yet how much; give its terms.', ['terms']);
  stillValid(validUntil, ['terms', 'validUntil']);
}

function refuseNameless(publicName: string): void {
  if (publicName.trim() === '') refuse('BAD_USER_INPUT', 'The contribution needs a public name.', ['publicName']);
}

/** An amount above zero. */
export function moneyAbove0(input: MoneyInput, path: string[]): Money {
  const money = asRefusal(() => Money.of(input), path);
  if (money.minor <= 0n) refuse('BAD_USER_INPUT', 'The amount must be above zero.', path);
  return money;
}

function stillValid(day: string | null | undefined, path: string[]): string | null {
  if (day && day < dayInLondon(new Date())) refuse('BAD_USER_INPUT', `${day} is over.`, path);
  return day ?? null;
}

/** Refuses a day that has not come yet in London. */
export function notInFuture(day: string | null | undefined, path: string[]): void {
  if (day && day > dayInLondon(new Date())) refuse('BAD_USER_INPUT', `${day} is in the future.`, path);
}

function asRefusal<Value>(work: () => Value, path: string[]): Value {
  try {
    return work();
  } catch (error) {
    return refuse('BAD_USER_INPUT', (error as Error).message, path);
  }
}

const largest = 2n ** 63n - 1n;

function moneyIn({ amounts, total, quantity, unit }: ContributionTermsInput, { isDraft, pooling, path }: Expected) {
  const at = [...path, 'amounts'];
  if (quantity || unit)
    refuse('BAD_USER_INPUT', 'Money has amounts; leave out the quantity and the unit.', [...path, 'quantity']);
  if (amounts.length === 0 && !isDraft) refuse('BAD_USER_INPUT', 'State at least one amount.', at);
  const currency = amounts[0]?.amount.currency ?? null;
  const parts = amounts.map((each, place) => amountIn(each, { currency: currency!, pooling }, [...at, String(place)]));
  const pairs = new Set(parts.map(({ financialYear, controlTotal }) => `${financialYear} ${controlTotal}`));
  if (pairs.size < parts.length) refuse('BAD_USER_INPUT', 'A financial year and control total stands there twice.', at);
  const minor = parts.length > 0 ? parts.reduce((sum, part) => sum + part.minor, 0n) : null;
  if (minor !== null && minor <= 0n)
    refuse('BAD_USER_INPUT', 'The amounts add up to nothing; their sum must be above zero.', at);
  if (minor && minor > largest) refuse('BAD_USER_INPUT', 'The amounts add up to more than the hub can hold.', at);
  if (total) {
    const stated = asRefusal(() => Money.of(total), [...path, 'total']);
    if (stated.currency !== currency || stated.minor !== minor) {
      const sum = minor === null ? 'nothing' : `${new Money(minor, currency!).amount} ${currency}`;
      refuse('CONTROL_TOTAL_MISMATCH', `The amounts add up to ${sum}, not to ${stated.amount} ${stated.currency}.`, [
        ...path,
        'total',
      ]);
    }
  }
  const place = ({ financialYear, controlTotal }: (typeof parts)[number]) => financialYear + controlTotal;
  const ordered = parts.sort((a, b) => (place(a) < place(b) ? -1 : 1));
  return { amounts: ordered, minor, currency, quantity: null, unit: null };
}

function amountIn(
  { financialYear, controlTotal, amount }: ContributionAmountInput,
  { currency, pooling }: { currency: string; pooling: Pooling },
  path: string[],
) {
  if (amount.currency !== currency) {
    refuse('CURRENCY_MISMATCH', `All amounts of a contribution are in one currency; this is not ${currency}.`, path);
  }
  const at = [...path, 'amount'];
  if (pooling !== Pooling.ALIGNED) return { financialYear, controlTotal, minor: moneyAbove0(amount, at).minor };
  // What a department spends itself is net of its income, which may be the larger part of one control total.
  const { minor } = asRefusal(() => Money.of(amount), at);
  if (minor === 0n) refuse('BAD_USER_INPUT', 'The amount is zero; leave it out.', at);
  return { financialYear, controlTotal, minor };
}

function quantityIn({ amounts, total, quantity, unit }: ContributionTermsInput, { kind, isDraft, path }: Expected) {
  if (amounts.length > 0 || total)
    refuse('BAD_USER_INPUT', `${kind} has a quantity; leave out the amounts.`, [...path, 'amounts']);
  if (Boolean(quantity) !== Boolean(unit?.trim()))
    refuse('BAD_USER_INPUT', 'A quantity needs its unit.', [...path, 'unit']);
  if (!quantity && !isDraft) refuse('BAD_USER_INPUT', `State the quantity and unit of ${kind}.`, [...path, 'quantity']);
  if (quantity && !/^\d*\.?\d*[1-9]/.test(quantity))
    refuse('BAD_USER_INPUT', 'The quantity must be above zero.', [...path, 'quantity']);
  return {
    amounts: [],
    minor: null,
    currency: null,
    quantity: quantity ? shortest(quantity) : null,
    unit: quantity ? unit! : null,
  };
}

/** Without zeros that say nothing, as PostgreSQL would give it back. */
function shortest(decimal: string): string {
  const [, whole, fraction] = /^0*(\d+?)(?:\.(\d*?)0*)?$/.exec(decimal)!;
  return fraction ? `${whole}.${fraction}` : whole!;
}

function instalmentIn(input: ContributionInstalmentInput, currency: string | null, path: string[]): KeptInstalment {
  const { status, dueOn = null, paidOn = null, amount, original } = input;
  const isPaid = status === InstalmentStatus.STATED_PAID;
  if (isPaid && !paidOn) refuse('BAD_USER_INPUT', 'State the day it was paid.', [...path, 'paidOn']);
  if (!isPaid && (!dueOn || paidOn))
    refuse('BAD_USER_INPUT', 'What is due has the day it is due, and no day of payment.', [...path, 'dueOn']);
  notInFuture(paidOn, [...path, 'paidOn']);
  if (amount.currency !== currency) {
    refuse(
      'CURRENCY_MISMATCH',
      `Instalments are in the currency of the contribution (${currency ?? 'it has none'}).`,
      path,
    );
  }
  const { amount: plain } = moneyAbove0(amount, [...path, 'amount']);
  return {
    ...{ status, dueOn, paidOn },
    amount: { amount: plain, currency: currency! },
    original: original ? { amount: original.amount, currency: original.currency, rate: original.rate ?? null } : null,
  };
}
