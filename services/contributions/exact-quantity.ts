/** An exact quantity: digits / 10^scale. What is shared is never added up in floating point. */
export interface Quantity {
  readonly digits: bigint;
  readonly scale: number;
}

export const none: Quantity = { digits: 0n, scale: 0 };

/** Reads a plain decimal; one that is counted in a unit ten times as large for each shift is smaller by as many places. */
export function quantityOf(decimal: string, shift = 0): Quantity {
  const [whole, fraction = ''] = decimal.split('.');
  const [digits, scale] = [BigInt(`${whole}${fraction}`), fraction.length + shift];
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

const digitsAt = ({ digits, scale }: Quantity, wanted: number) => digits * 10n ** BigInt(wanted - scale);

export function plus(one: Quantity, other: Quantity): Quantity {
  const scale = Math.max(one.scale, other.scale);
  return { digits: digitsAt(one, scale) + digitsAt(other, scale), scale };
}

export const minus = (one: Quantity, other: Quantity): Quantity => plus(one, { ...other, digits: -other.digits });

/** As a plain decimal, without zeros at the end of the fraction. */
export function decimalOf({ digits, scale }: Quantity): string {
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  const [whole, fraction] = [
    text.slice(0, text.length - scale),
    scale > 0 ? text.slice(-scale).replace(/0+$/, '') : '',
  ];
  return `${digits < 0n ? '-' : ''}${whole}${fraction && `.${fraction}`}`;
}
