import { hash } from 'node:crypto';

/** SHA-256 in hexadecimal of a value as canonical JSON: keys in code point order, no white space, nulls kept. */
export const hashOf = (value: object): string => hash('sha256', canonical(value), 'hex');

// Every row that is published comes through here, most of them unchanged: no array is made for what can be appended.
function canonical(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value !== 'object') return JSON.stringify(value);
  let text = '';
  if (Array.isArray(value)) {
    for (const each of value) text += `${text === '' ? '' : ','}${canonical(each)}`;
    return `[${text}]`;
  }
  const fields = value as Record<string, unknown>;
  for (const key of Object.keys(fields).sort()) text += `${text === '' ? '' : ','}"${key}":${canonical(fields[key])}`;
  return `{${text}}`;
}
