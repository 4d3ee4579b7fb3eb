import { Migration } from '../../kernel/migration.js';

const figures: Record<string, string[]> = {
  observation: ['value', 'low', 'high', 'confidence_level'],
  target: ['value', 'upper'],
  trajectory_point: ['value', 'low', 'high'],
};

/**
 * A figure has at most 30 decimals: published ones have up to 20, and 40 are a fault of whoever sent them. Not asked of
 * what is there already, which is never changed.
 */
export class AtMostThirtyDecimals extends Migration {
  override up(): void {
    for (const [table, columns] of Object.entries(figures)) {
      for (const column of columns) {
        this.addSql(`alter table ${table} add constraint ${column}_has_at_most_30_decimals
          check (scale(${column}) <= 30) not valid`);
      }
    }
    this.addSql(`alter table definition add constraint decimals_are_at_most_30 check (decimals <= 30) not valid`);
  }
}
