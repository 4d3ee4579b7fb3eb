import { Field, Int, ObjectType } from 'type-graphql';
import { Money } from '../kernel/money.js';
import { Forbidden, IllegalTransition, Refusal, Refused, refuse, UserError } from '../kernel/refusal.js';
import { CurrencyMismatch } from './amount.js';
import { NotEnoughFunds } from './ledger/not-enough-funds.js';

const mostRows = 500;

@ObjectType({ description: 'What became of one row of a batch.' })
export abstract class Verdict {
  @Field(() => Int, { description: 'Place in the input, from 0.' })
  row: number;

  @Field(() => Boolean, { description: 'Whether it stands now as the row says.' })
  accepted: boolean;

  @Field(() => [UserError], { description: 'Why it was refused; empty when accepted. Other rows are not affected.' })
  userErrors: UserError[];
}

/** Refuses a batch that is empty or too large. */
export function expectBatch(rows: readonly unknown[], field: string): void {
  if (rows.length >= 1 && rows.length <= mostRows) return;
  refuse('BAD_USER_INPUT', `There are ${rows.length} rows; send 1 to ${mostRows} at a time.`, [field]);
}

/** What ends a deed of a single row: FORBIDDEN concerns the whole of it, anything else is a refusal. */
export function declined(userErrors: UserError[]): Error {
  const forbidden = userErrors.find(({ code }) => code === 'FORBIDDEN');
  return forbidden ? new Forbidden(forbidden.message) : new Refused(userErrors);
}

/** What the work answers, or why it was refused. */
export function attempt<Answer>(work: () => Answer): { done: Answer } | { userErrors: UserError[] } {
  try {
    return { done: work() };
  } catch (error) {
    if (error instanceof Refused) return { userErrors: error.userErrors };
    throw error;
  }
}

/** How a batch remembers its verdicts, so that the same request again gets the same ones. */
export const asVerdicts = <Row extends Verdict>() => ({
  remember: (verdicts: Row[]): unknown =>
    JSON.parse(JSON.stringify(verdicts, (_, value) => (typeof value === 'bigint' ? value.toString() : value))),
  recall: async (_: unknown, remembered: never): Promise<Row[]> => (remembered as Row[]).map(revived),
});

function revived<Row extends Verdict>(verdict: Row): Row {
  const fields = Object.entries(verdict).map(([name, value]) => [name, isMoney(value) ? moneyOf(value) : value]);
  return { ...Object.fromEntries(fields), userErrors: verdict.userErrors.map(errorOf) };
}

function errorOf(error: UserError & { available?: Money }): UserError {
  const available = error.available && moneyOf(error.available);
  const concrete = concretes[error.code] ?? Refusal;
  return Object.assign(Object.create(concrete.prototype), error, available && { available });
}

const concretes: Record<string, { prototype: UserError }> = {
  NOT_ENOUGH_FUNDS: NotEnoughFunds,
  CURRENCY_MISMATCH: CurrencyMismatch,
  ILLEGAL_TRANSITION: IllegalTransition,
};

const isMoney = (value: unknown): value is { minor: string; currency: string } =>
  typeof value === 'object' && value !== null && 'minor' in value && 'currency' in value;

const moneyOf = ({ minor, currency }: { minor: string | bigint; currency: string }) =>
  new Money(BigInt(minor), currency);
