import { createHash } from 'node:crypto';

/** SHA-256 in hexadecimal of a value as canonical JSON: keys in code point order, no white space, nulls kept. */
export const hashOf = (value: object): string => createHash('sha256').update(canonical(value)).digest('hex');

function canonical(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const fields = value as Record<string, unknown>;
  const keys = Object.keys(fields).sort();
  return `{${keys.map((key) => `"${key}":${canonical(fields[key])}`).join(',')}}`;
}
