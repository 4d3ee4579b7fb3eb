import { Migration } from '../../kernel/migration.js';

/** What a release has brought is asked by everybody as its hour strikes: found without a look at other publications. */
export class BroughtByReleases extends Migration {
  override up(): void {
    this.addSql(`create index on publication (release_id, measure_id) where release_id is not null`);
  }
}
