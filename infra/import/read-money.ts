import 'reflect-metadata';
import { exponentOf, toMinor } from '../../services/kernel/money.js';
import type { Cells } from './read-cells.js';
import { type Exact, isSame, plainOf, rounded } from './read-decimal.js';

/** Knows retired codes too, such as the Estonian kroon, which old contributions were paid in. */
const currencyNames = new Intl.DisplayNames('en', { type: 'currency', fallback: 'none' });

/** Minor units of an exact amount, rounded half to even where the source has more decimals than the currency. */
export function minorOf(exact: Exact, currency: string): { minor: bigint; wasRounded: boolean } {
  const whole = rounded(exact, exponentOf(currency));
  return { minor: toMinor(plainOf(whole), currency), wasRounded: !isSame(exact, whole) };
}

/** The amount in a cell in minor units; refuses the row where it is no amount or too large to hold. */
export function minorIn(cells: Cells, column: string, currency: string): { minor: bigint; wasRounded: boolean } {
  const exact = cells.decimal(column);
  try {
    return minorOf(exact, currency);
  } catch (error) {
    if (error instanceof RangeError) cells.refuse(column, error.message);
    throw error;
  }
}

/** A currency code, or null where the cell is empty. The source pads some codes with a space. */
export function currencyIn(cells: Cells, column: string): string | null {
  const code = cells.maybe(column);
  if (code !== null && !(/^[A-Z]{3}$/.test(code) && currencyNames.of(code)))
    cells.refuse(column, 'This is not an ISO 4217 currency code such as EUR.');
  return code;
}
