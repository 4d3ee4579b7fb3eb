import { type Cell, CellFault } from './cell.js';

/** How a file writes what can be read in two ways. */
export interface Ways {
  /** Which comes first in 03/04/2025. */
  days?: 'day-first' | 'month-first';
  /** The sign between thousands, such as the comma of 1,250.50. */
  thousands?: ',' | '.' | ' ' | "'";
}

export type Reader = (cell: Cell, ways: Ways) => string;

const refuse = (reason: string): never => {
  throw new CellFault(reason);
};

/** What stands there, cut so that a sentence can show it. */
const shown = ({ text }: Cell) => `"${text.length > 40 ? `${text.slice(0, 40)}...` : text}"`;

export const text: Reader = (cell) => {
  if (cell.kind === 'date') refuse(`${shown(cell)} is a date here; format the cell as text.`);
  if (cell.text.length > 2_000) refuse(`This text has ${cell.text.length} characters; 2000 are the most.`);
  return cell.kind === 'number' ? plainNumber(cell) : cell.text;
};

const slug = /^[a-z0-9]+(-[a-z0-9]+)*$/;

export const slugOf: Reader = (cell) =>
  slug.test(cell.text) && cell.text.length <= 120
    ? cell.text
    : refuse(`${shown(cell)} is no id; ids are lower-case words joined by hyphens, such as clean-energy.`);

export const slugs: Reader = (cell, ways) =>
  cell.text
    .split(/[;|]/)
    .map((part) => slugOf({ kind: 'text', text: part.trim() }, ways))
    .join(';');

// A spreadsheet computes with 15 digits; what stands behind them is noise of its arithmetic.
const exactDigits = 15;

/** A number cell as a plain decimal. */
function plainNumber(cell: Cell): string {
  const value = Number(cell.text);
  if (!Number.isFinite(value)) return refuse(`${shown(cell)} is no number.`);
  const digits = cell.text.replace(/^-?0*\.?0*|[eE].*$|\D/g, '').replace(/0+$/, '');
  if (digits.length > exactDigits + 2 || Math.abs(value) >= 1e15)
    return refuse(`${shown(cell)} has more digits than a spreadsheet keeps; format the cell as text.`);
  const plain = Number(value.toPrecision(exactDigits));
  return plain.toLocaleString('en', { useGrouping: false, maximumFractionDigits: 20 });
}

const currencies = new Set(Intl.supportedValuesOf('currency'));

/** Whether a currency stands beside digits, as its sign, its code or its name. */
const namesCurrency = (text: string): boolean => {
  const words = text.toUpperCase().match(/[A-Z]+/g) ?? [];
  const isNamed = words.some((word) => currencies.has(word) || /^(POUND|EURO|DOLLAR|YEN)S?$/.test(word));
  return /\d/.test(text) && (isNamed || /[£$€¥]/.test(text));
};

export const decimal: Reader = (cell, { thousands }) => {
  if (cell.kind === 'date' || cell.kind === 'flag') return refuse(`${shown(cell)} is a ${cell.kind}, not a number.`);
  if (cell.kind === 'number') return plainNumber(cell);
  if (/^-?\d{1,25}(\.\d{1,30})?$/.test(cell.text)) return cell.text;
  if (thousands) {
    const sign = thousands === ' ' ? '[ \\u00a0\\u202f]' : `[${thousands}]`;
    const rest = thousands === '.' ? ',' : '[.]';
    if (new RegExp(`^-?\\d{1,3}(${sign}\\d{3})*(${rest}\\d{1,30})?$`).test(cell.text))
      return cell.text.replaceAll(new RegExp(sign, 'g'), '').replace(',', '.');
  }
  if (namesCurrency(cell.text))
    return refuse(`${shown(cell)} is not only a number; the currency has a column of its own.`);
  if (/^-?\d[\d.,'\s]*$/.test(cell.text))
    return refuse(
      `${shown(cell)} has separators; write it as 1250.50, or say with --thousands which sign stands between thousands.`,
    );
  return refuse(`${shown(cell)} is no amount; write it in digits, such as 1250.50.`);
};

export const above0: Reader = (cell, ways) => {
  const value = decimal(cell, ways);
  return /^[^-]*[1-9]/.test(value) ? value : refuse(`${shown(cell)} is not above zero.`);
};

/** What a department spends itself is net of its income, so that an amount may be below zero; no amount is zero. */
export const not0: Reader = (cell, ways) => {
  const value = decimal(cell, ways);
  return /[1-9]/.test(value) ? value : refuse(`${shown(cell)} is zero; leave it out.`);
};

const signs: Record<string, string> = { '£': 'GBP', '€': 'EUR', '¥': 'JPY' };

export const currency: Reader = (cell) => {
  const code = signs[cell.text] ?? cell.text.toUpperCase();
  return currencies.has(code) ? code : refuse(`${shown(cell)} is no currency code such as GBP.`);
};

/** Whether the text is a day that exists. */
const isDay = (day: string) =>
  !Number.isNaN(Date.parse(`${day}T00:00:00Z`)) && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);

// Before this day a spreadsheet's dates are what it makes of zero and of other small numbers; its 1900-02-29 never was.
const firstDay = '1905-01-01';

export const day: Reader = (cell, ways) => {
  const found = cell.kind === 'date' ? cell.text : writtenDay(cell, ways);
  if (!isDay(found)) return refuse(`${shown(cell)} is a day that does not exist.`);
  if (found < firstDay)
    return refuse(`${shown(cell)} is a day of 1900 or so, which a spreadsheet makes of small numbers; write the day.`);
  return found;
};

function writtenDay(cell: Cell, { days }: Ways): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(cell.text)) return cell.text;
  if (/^\d{1,6}(\.\d+)?$/.test(cell.text)) {
    const serial = Math.floor(Number(cell.text));
    if (serial < 60 || serial > 2_958_465) return refuse(`${shown(cell)} is no day; write it as 2025-04-30.`);
    const meant = new Date(Date.UTC(1899, 11, 30 + serial)).toISOString().slice(0, 10);
    return refuse(`${shown(cell)} is a spreadsheet's number for ${meant}; format the cell as a date or write the day.`);
  }
  const [, first, second, year] = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec(cell.text) ?? [];
  if (!first || !second || !year) return refuse(`${shown(cell)} is no day; write it as 2025-04-30.`);
  const isClear = Number(first) > 12 || first.padStart(2, '0') === second.padStart(2, '0');
  if (!days && !isClear && Number(second) <= 12)
    return refuse(`${shown(cell)} can be read in two ways; say --days day-first or --days month-first.`);
  const order = days ?? (Number(second) > 12 ? 'month-first' : 'day-first');
  const [month, date] = order === 'day-first' ? [second, first] : [first, second];
  return `${year}-${month.padStart(2, '0')}-${date.padStart(2, '0')}`;
}

export const financialYear: Reader = (cell) => {
  const said = cell.text.replace(/^(FY|financial year)\s*/i, '');
  const [, start, end] = /^(\d{4})\s*[-/–]\s*(?:\d{2})?(\d{2})$/.exec(said) ?? [];
  if (/^\d{4}$/.test(said)) {
    const next = String((Number(said) + 1) % 100).padStart(2, '0');
    const both = `${said}-${next} (April to March) or ${said}-${said.slice(2)} (the calendar year)`;
    return refuse(`${shown(cell)} does not say which year it is; write ${both}.`);
  }
  const first = Number(start) % 100;
  if (!start || ![first, (first + 1) % 100].includes(Number(end)))
    return refuse(`${shown(cell)} is no financial year such as 2025-26.`);
  return `${start}-${end}`;
};

/** One of some words, however it is written; `others` are what else people call them. */
export function oneOf(words: readonly string[], others: Record<string, string> = {}): Reader {
  return (cell) => {
    const said = cell.text
      .toUpperCase()
      .replaceAll(/[^A-Z0-9]+/g, '_')
      .replaceAll(/^_|_$/g, '');
    if (words.includes(said)) return said;
    return others[said] ?? refuse(`${shown(cell)} is none of ${words.join(', ')}.`);
  };
}
