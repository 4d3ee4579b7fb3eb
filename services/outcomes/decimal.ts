/** An exact decimal number: digits / 10^scale. Binary floating point never touches a published figure. */
export interface Exact {
  readonly digits: bigint;
  readonly scale: number;
}

/** Reads a plain decimal such as "-447.8774362216295"; null for exponents, NaN, more than 25 digits or 30 decimals. */
export function exactOf(text: string): Exact | null {
  const [, sign, whole, fraction = ''] = /^(-?)(\d{1,25})(?:\.(\d{1,30}))?$/.exec(text) ?? [];
  if (whole === undefined) return null;
  return { digits: BigInt(whole + fraction) * (sign ? -1n : 1n), scale: fraction.length };
}

/** The same for a text that was checked before, such as a figure from the database. */
export function exactAgain(text: string): Exact {
  const exact = exactOf(text);
  if (!exact) throw new RangeError(`"${text.slice(0, 80)}" is no plain decimal.`);
  return exact;
}

const digitsAt = ({ digits, scale }: Exact, wanted: number) =>
  scale === wanted ? digits : digits * 10n ** BigInt(wanted - scale);

export function plus(one: Exact, other: Exact): Exact {
  const scale = Math.max(one.scale, other.scale);
  return { digits: digitsAt(one, scale) + digitsAt(other, scale), scale };
}

export const minus = (one: Exact, other: Exact): Exact => plus(one, { ...other, digits: -other.digits });

/** -1, 0 or 1, as the first is below, equal to or above the second. */
export function compare(one: Exact, other: Exact): -1 | 0 | 1 {
  const scale = Math.max(one.scale, other.scale);
  const [first, second] = [digitsAt(one, scale), digitsAt(other, scale)];
  return first === second ? 0 : first < second ? -1 : 1;
}

export const magnitude = ({ digits, scale }: Exact): Exact => ({ digits: digits < 0n ? -digits : digits, scale });

/** One unit of the last of so many decimals: 0.1 for 1. */
export const unitOf = (decimals: number): Exact => ({ digits: 1n, scale: decimals });

/** Whether a number lies in a range, ends included. */
export const isWithin = (number: Exact, low: Exact, high: Exact): boolean =>
  compare(low, number) <= 0 && compare(number, high) <= 0;

/** As text without zeros at the end of the fraction. */
export function textOf({ digits, scale }: Exact): string {
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  const whole = text.slice(0, text.length - scale);
  const fraction = scale > 0 ? text.slice(-scale).replace(/0+$/, '') : '';
  return `${digits < 0n ? '-' : ''}${whole}${fraction && `.${fraction}`}`;
}

/** Rounds to at most so many decimals, half to even; for sentences only, never for judging. */
export function rounded(number: Exact, decimals: number): Exact {
  if (number.scale <= decimals) return number;
  const unit = 10n ** BigInt(number.scale - decimals);
  const { digits } = magnitude(number);
  const [cut, twice] = [digits / unit, (digits % unit) * 2n];
  const up = twice > unit || (twice === unit && cut % 2n === 1n) ? 1n : 0n;
  return { digits: (cut + up) * (number.digits < 0n ? -1n : 1n), scale: decimals };
}

/** What statistics computed, with so many decimals; never for a figure that was published. */
export function exactNear(number: number, decimals: number): Exact {
  // Beyond this a number has no decimals any more, and would be written with an exponent.
  if (Math.abs(number) >= 1e15) return { digits: BigInt(Math.round(number)), scale: 0 };
  const text = number.toFixed(Math.min(decimals, 30));
  return exactAgain(/^-0\.?0*$/.test(text) ? text.slice(1) : text);
}
