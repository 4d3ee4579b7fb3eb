import { Migration } from '../../kernel/migration.js';

/** What outcomes are read by, in the order of their titles and by their kind. */
export class OrdersOfOutcomes extends Migration {
  override up(): void {
    this.addSql('create index on outcome (title, id)');
    this.addSql('create index on outcome (kind, id)');
  }
}
