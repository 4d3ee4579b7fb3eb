/** A table for people: columns as wide as their longest cell. */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => plain(row[at]).length)));
  return rows.map((row) =>
    row
      .map((cell, at) => plain(cell).padEnd(widths[at]!))
      .join('  ')
      .trimEnd(),
  );
}

/** Texts of others are shown without what a terminal would obey, and on one line. */
export const plain = (text: string | undefined): string =>
  (text ?? '').replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
