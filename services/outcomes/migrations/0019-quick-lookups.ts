import { Migration } from '../../kernel/migration.js';

// The plan is made once in a session, perhaps while there are few publications: gone through one by one, they made a
// batch dearer with every batch before it. Whatever the check looks up has a key, which is right however many there are.
const byIndexOnly =
  'set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_material = off';

/** What PostgreSQL checks of new figures costs the same however much has been published before. */
export class QuickLookups extends Migration {
  override up(): void {
    this.addSql(`alter function check_observations() ${byIndexOnly}`);
  }
}
