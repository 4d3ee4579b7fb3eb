import type { coerceInputValue } from 'graphql';

/** graphql's own. */
export const plainly: typeof coerceInputValue;
export const quickly: typeof coerceInputValue;
