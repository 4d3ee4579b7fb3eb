/** An exact decimal number: digits / 10^scale. Binary floating point never touches what a source states. */
export interface Exact {
  readonly digits: bigint;
  readonly scale: number;
}

export const nothing: Exact = { digits: 0n, scale: 0 };

/** What the hub takes of a number: more would be read here, only to be refused there. */
const [mostDigits, mostDecimals] = [25, 30];

const pattern = new RegExp(`^([+-]?)(\\d{1,${mostDigits}})(?:\\.(\\d{1,${mostDecimals}}))?(?:[eE]([+-]?\\d{1,2}))?$`);

/** Reads "1250.50", "-0.01" and "2E+07" exactly; null for everything else, and for what the hub would not take. */
export function exactOf(text: string): Exact | null {
  const parts = pattern.exec(text);
  if (!parts) return null;
  const [, sign, whole = '', fraction = '', exponent = '0'] = parts;
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  if (scale > mostDecimals || whole.length + Number(exponent) > mostDigits) return null;
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

/** The exact number of a text that a reader has already accepted as one. */
export function exactAgain(text: string): Exact {
  const exact = exactOf(text);
  if (!exact) throw new RangeError(`"${text.slice(0, 80)}" is no plain decimal number.`);
  return exact;
}

/** The plain decimal text: no exponent, and no zeros at its end beyond what the scale states. */
export function plainOf({ digits, scale }: Exact): string {
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  const whole = text.slice(0, text.length - scale);
  return `${digits < 0n ? '-' : ''}${whole}${scale > 0 ? `.${text.slice(-scale)}` : ''}`;
}

export function sumOf(parts: readonly Exact[]): Exact {
  const scale = Math.max(0, ...parts.map((part) => part.scale));
  return { digits: parts.reduce((sum, part) => sum + digitsAt(part, scale), 0n), scale };
}

export const minus = (whole: Exact, part: Exact): Exact => sumOf([whole, { ...part, digits: -part.digits }]);

export const isSame = (one: Exact, other: Exact): boolean => minus(one, other).digits === 0n;

/** Rounds to so many decimals; a half goes to the even neighbour, so that many roundings do not lean one way. */
export function rounded({ digits, scale }: Exact, decimals: number): Exact {
  const power = 10n ** BigInt(Math.abs(scale - decimals));
  return { digits: scale <= decimals ? digits * power : halfEven(digits, power), scale: decimals };
}

/** One number divided by another that is not zero, rounded half to even. */
export function quotientOf(dividend: Exact, divisor: Exact, decimals: number): Exact {
  const sign = divisor.digits < 0n ? -1n : 1n;
  const numerator = dividend.digits * 10n ** BigInt(divisor.scale + decimals) * sign;
  return { digits: halfEven(numerator, divisor.digits * sign * 10n ** BigInt(dividend.scale)), scale: decimals };
}

/**
 * Rounds parts so that they add up to their rounded sum: each is cut down, and what is then missing goes, one unit
 * each, to the parts that lost most (largest remainder; the earlier part first where two lost the same).
 */
export function roundedTogether(parts: readonly Exact[], decimals: number): Exact[] {
  const scale = Math.max(decimals, ...parts.map((part) => part.scale));
  const unit = 10n ** BigInt(scale - decimals);
  const cut = parts.map((part, at) => {
    const digits = digitsAt(part, scale);
    const floor = floorOf(digits, unit);
    return { at, floor, lost: digits - floor * unit };
  });
  const missing = rounded(sumOf(parts), decimals).digits - cut.reduce((sum, part) => sum + part.floor, 0n);
  const first = [...cut].sort((a, b) => (a.lost === b.lost ? a.at - b.at : a.lost > b.lost ? -1 : 1));
  const raised = new Set(first.slice(0, Number(missing)).map((part) => part.at));
  return cut.map((part) => ({ digits: part.floor + (raised.has(part.at) ? 1n : 0n), scale: decimals }));
}

const digitsAt = (part: Exact, scale: number): bigint => part.digits * 10n ** BigInt(scale - part.scale);

function floorOf(numerator: bigint, denominator: bigint): bigint {
  const cut = numerator / denominator;
  return numerator % denominator < 0n ? cut - 1n : cut;
}

function halfEven(numerator: bigint, denominator: bigint): bigint {
  const floor = floorOf(numerator, denominator);
  const twice = (numerator - floor * denominator) * 2n;
  if (twice === denominator) return floor % 2n === 0n ? floor : floor + 1n;
  return twice > denominator ? floor + 1n : floor;
}
