/**
 * One step of a database's shape, as SQL. The hub's own and this small, because whoever reads a service's list of
 * migrations (each service does at its start, to see whether it is behind) need not load what runs them.
 */
export abstract class Migration {
  readonly statements: string[] = [];

  abstract up(): void;

  protected addSql(statement: string): void {
    this.statements.push(statement);
  }
}
