import { keepHistoryOf } from '../../kernel/database.js';
import { Migration } from '../../kernel/migration.js';

const recorded = `recorded_at timestamptz(3) not null default clock_timestamp()`;
const slug = `check (id ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(id) <= 120)`;

/** The organisation register and missions. */
export class Missions extends Migration {
  override up(): void {
    this.addSql(`create table organisation (
      id text primary key ${slug}, name text not null, kind text not null, identifiers jsonb not null,
      valid_from date, valid_to date, successor_ids text[] not null, ${recorded},
      check (valid_to >= valid_from))`);
    this.addSql(`create table mission (
      id text primary key ${slug}, name text not null check (name <> ''), purpose text not null,
      meaning text not null check (meaning in ('PRIORITY', 'CHALLENGE', 'SPIRIT')),
      ambition text not null check (ambition in ('COMMITTED', 'ASPIRATIONAL')), horizon date,
      state text not null check (state in ('DRAFT', 'PROPOSED', 'ACTIVE', 'PAUSED', 'ACHIEVED', 'ENDED')),
      illustrative boolean not null, lead_id text references organisation, version integer not null default 1, ${recorded})`);
    for (const table of ['organisation', 'mission']) {
      for (const sql of keepHistoryOf(table)) this.addSql(sql);
    }
  }
}
