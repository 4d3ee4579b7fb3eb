/**
 * SQL that adds columns, by name, to a table whose history is kept; each is stated by its type and what else holds of it.
 * A kept row is the row as it was and then the instant it was superseded, column by column, so that instant has to be the
 * last column of the history again.
 */
export function addKeptColumns(table: string, columns: Record<string, string>): string[] {
  const added = Object.entries(columns).map(([name, stated]) => `add column ${name} ${stated}`);
  // What is kept is a copy: its type is all that holds of it.
  const kept = Object.entries(columns).map(([name, stated]) => `add column ${name} ${stated.split(' ')[0]}`);
  return [
    `drop view ${table}_as_known`,
    `alter table ${table} ${added.join(', ')}`,
    `alter table ${table}_history rename column superseded_at to was_superseded_at`,
    `alter table ${table}_history ${kept.join(', ')}, add column superseded_at timestamptz(3)`,
    `update ${table}_history set superseded_at = was_superseded_at`,
    `alter table ${table}_history drop column was_superseded_at, alter column superseded_at set not null`,
    `create view ${table}_as_known with (security_invoker = true) as
       select *, 'infinity'::timestamptz(3) as superseded_at from ${table} union all select * from ${table}_history`,
  ];
}
