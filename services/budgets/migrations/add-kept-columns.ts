/**
 * SQL that adds columns to a table whose history is kept. A kept row is the row as it was and then the instant it was
 * superseded, column by column, so that instant has to be the last column of the history again.
 */
export const addKeptColumns = (table: string, columns: readonly string[]): string[] => [
  `drop view ${table}_as_known`,
  `alter table ${table} ${columns.map((column) => `add column ${column}`).join(', ')}`,
  `alter table ${table}_history rename column superseded_at to was_superseded_at`,
  `alter table ${table}_history ${columns.map((column) => `add column ${column}`).join(', ')}, add column superseded_at timestamptz(3)`,
  `update ${table}_history set superseded_at = was_superseded_at`,
  `alter table ${table}_history drop column was_superseded_at, alter column superseded_at set not null`,
  `create view ${table}_as_known with (security_invoker = true) as
     select *, 'infinity'::timestamptz(3) as superseded_at from ${table} union all select * from ${table}_history`,
];
