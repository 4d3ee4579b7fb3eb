import { Migration } from '../../kernel/migration.js';

/** Finds what is set aside for a challenge without reading every allocation. */
export class MoneyOfChallenges extends Migration {
  override up(): void {
    this.addSql('create index on allocation (challenge_id) where challenge_id is not null');
  }
}
