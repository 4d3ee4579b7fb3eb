import { Migration } from '../../kernel/migration.js';

/** What the filters and orders of the list of pools are read by; those of one mission are by their name already. */
export class FiltersAndOrders extends Migration {
  override up(): void {
    for (const columns of ['name, id', 'host_id, id', 'state, id', 'currency, id'])
      this.addSql(`create index on pooled_budget (${columns})`);
  }
}
