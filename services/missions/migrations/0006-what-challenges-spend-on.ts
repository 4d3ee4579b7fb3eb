import { Migration } from '../../kernel/migration.js';

const known = `select *, 'infinity'::timestamptz(3) as superseded_at from challenge union all select * from challenge_history`;

/** What the money for a challenge is spent on, in one word, where somebody has said. */
export class WhatChallengesSpendOn extends Migration {
  override up(): void {
    this.addSql('drop view challenge_as_known');
    this.addSql(`alter table challenge add column spending text check (spending ~ '^[A-Z][A-Z_]*$')`);
    // A kept row is the row as it was and then the instant it was superseded, column by column.
    this.addSql('alter table challenge_history rename column superseded_at to was_superseded_at');
    this.addSql('alter table challenge_history add column spending text, add column superseded_at timestamptz(3)');
    this.addSql('update challenge_history set superseded_at = was_superseded_at');
    this.addSql(`alter table challenge_history drop column was_superseded_at, alter column superseded_at set not null`);
    this.addSql(`create view challenge_as_known with (security_invoker = true) as ${known}`);
  }
}
