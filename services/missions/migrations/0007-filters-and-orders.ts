import { Migration } from '../../kernel/migration.js';

const indexes: [table: string, columns: string][] = [
  ['mission', 'name, id'],
  ['mission', 'state, id'],
  ['mission', 'lead_id, id'],
  ['organisation', 'name, id'],
  ['organisation', 'kind, id'],
  ['decision', 'decider_id, id'],
  ['decision', 'state, id'],
  // In the words of decision-listing.ts, or it would not be found.
  ['decision', `coalesce(due_on, 'infinity'), id`],
  ['dependency', 'decision_id'],
];

/** What the filters and orders of the lists of this service are read by. */
export class FiltersAndOrders extends Migration {
  override up(): void {
    for (const [table, columns] of indexes) this.addSql(`create index on ${table} (${columns})`);
    this.addSql(`create index on dependency (since, id) where state in ('WAITING', 'ESCALATED')`);
  }
}
