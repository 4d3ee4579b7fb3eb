import { Migration } from '../../kernel/migration.js';

const known = `select *, 'infinity'::timestamptz(3) as superseded_at from allocation union all select * from allocation_history`;

/** Where an allocation was read, kept as it was first stated. */
export class ProvenanceOfAllocations extends Migration {
  override up(): void {
    this.addSql('drop view allocation_as_known');
    this.addSql(`alter table allocation add column provenance jsonb
      constraint provenance_names_its_source check (provenance is null or coalesce(provenance ->> 'source', '') <> '')`);
    // A kept row is the row as it was and then the instant it was superseded, column by column.
    this.addSql('alter table allocation_history rename column superseded_at to was_superseded_at');
    this.addSql('alter table allocation_history add column provenance jsonb, add column superseded_at timestamptz(3)');
    this.addSql('update allocation_history set superseded_at = was_superseded_at');
    this.addSql(
      `alter table allocation_history drop column was_superseded_at, alter column superseded_at set not null`,
    );
    this.addSql(`create view allocation_as_known with (security_invoker = true) as ${known}`);
    this.addSql(`create trigger fixed_provenance before update on allocation for each row
      when (new.provenance is distinct from old.provenance) execute function refuse_new_content()`);
  }
}
