import { refuse } from '../kernel/refusal.js';
import { isSlug } from '../kernel/slug.js';

/** Refuses with BAD_USER_INPUT what is no readable id: lower-case words joined by hyphens, at most 120 characters. */
export function checkSlug(id: string, path: string[]): void {
  if (isSlug(id)) return;
  refuse('BAD_USER_INPUT', `An id is lower-case words joined by hyphens, such as clean-energy.`, path);
}

/** Refuses with BAD_USER_INPUT the first of these texts that says nothing. */
export function checkSaid(texts: Record<string, string>, path: string[] = []): void {
  for (const [name, text] of Object.entries(texts)) {
    if (text.trim() === '') refuse('BAD_USER_INPUT', `This is empty: ${name}.`, [...path, name]);
  }
}

/** Refuses with BAD_USER_INPUT what is no web address. */
export function checkAddress(url: string | null | undefined, path: string[]): void {
  if (url && !/^https?:\/\/[^\s/]+\S*$/.test(url)) refuse('BAD_USER_INPUT', 'This is no http or https address.', path);
}
