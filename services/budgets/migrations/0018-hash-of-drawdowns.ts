import { Migration } from '../../kernel/migration.js';
import { addKeptColumns } from './add-kept-columns.js';

const hash = 'drawdown_hash(allocation_id, currency, amount_minor, purpose)';

/** The fingerprint of what a recipient asked for, made by the database, and that its approval binds it. */
export class HashOfDrawdowns extends Migration {
  override up(): void {
    // SHA-256, in base64url, of what JSON.stringify writes of [allocation, currency, minor units as text, purpose].
    this.addSql(`create function drawdown_hash(allocation_id text, currency text, amount_minor bigint, purpose text) returns text
      language sql immutable as $$
        select translate(rtrim(encode(sha256(convert_to(concat('[', to_json(allocation_id), ',', to_json(currency), ',',
          to_json(amount_minor::text), ',', coalesce(to_json(purpose)::text, 'null'), ']'), 'UTF8')), 'base64'), '='), '+/', '-_') $$`);
    const columns = { hash: `text not null generated always as (${hash}) stored`, approved_hash: 'text' };
    for (const sql of addKeptColumns('drawdown', columns)) this.addSql(sql);
    this.addSql(`update drawdown_history set hash = ${hash},
      approved_hash = case when approved_by is not null then ${hash} end`);
    // No change of a drawdown: what was approved is what was asked for, and since when stays as it is.
    this.addSql('alter table drawdown disable trigger user');
    this.addSql('update drawdown set approved_hash = hash where approved_by is not null');
    this.addSql('alter table drawdown enable trigger user');
    this.addSql(`alter table drawdown add constraint approval_binds_the_request check (approved_hash = hash),
      add constraint approved_by_its_hash check ((approved_by is null) = (approved_hash is null))`);
  }
}
