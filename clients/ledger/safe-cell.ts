/** A spreadsheet takes text that begins so for a formula and runs it; full-width signs are read as plain ones. */
const formula = /^[\s\p{Cc}]*[=+\-@＝＋－＠]|^[\t\r\n]/u;

/** Text for a cell of a CSV file: where it would be taken for a formula it is written after an apostrophe. */
export const safeText = (text: string): string => (formula.test(text) ? `'${text}` : text);
