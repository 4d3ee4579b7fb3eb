import { Migration } from '../../kernel/migration.js';

/**
 * A measure has a trajectory for each method that somebody stands for, each under a name of its own and with versions of
 * its own. Those that were there are the main one, which verdicts and the evidence of briefings go by.
 */
export class TrajectoriesByName extends Migration {
  override up(): void {
    for (const sql of [...keys, inOrder, fitsFrequency]) this.addSql(sql);
    this.addSql(`drop trigger in_order on trajectory`);
    this.addSql(
      `create trigger in_order after insert on trajectory for each row execute function trajectory_in_order()`,
    );
  }
}

const keys = [
  `alter table briefing_evidence drop constraint briefing_evidence_measure_id_trajectory_version_fkey`,
  `alter table trajectory_point drop constraint trajectory_point_measure_id_version_fkey, drop constraint trajectory_point_pkey`,
  `alter table trajectory drop constraint trajectory_measure_id_follows_fkey, drop constraint trajectory_pkey,
     add column name text not null default 'main' check (name ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(name) <= 120),
     add primary key (measure_id, name, version),
     add foreign key (measure_id, name, follows) references trajectory (measure_id, name, version)`,
  `alter table trajectory_point add column name text not null default 'main',
     add primary key (measure_id, name, version, period_start),
     add foreign key (measure_id, name, version) references trajectory (measure_id, name, version)`,
  `alter table briefing_evidence add column trajectory_name text not null default 'main' check (trajectory_name = 'main'),
     add foreign key (measure_id, trajectory_name, trajectory_version) references trajectory (measure_id, name, version)`,
];

const inOrder = `create function trajectory_in_order() returns trigger
   language plpgsql set search_path = public, pg_temp as $$ begin
     if exists (select from trajectory earlier join trajectory added using (measure_id, name)
         where (measure_id, name, added.version) = (new.measure_id, new.name, new.version)
           and earlier.version = added.version - 1 and earlier.released_at > added.released_at) then
       raise exception 'trajectory is released before what it follows' using errcode = 'check_violation';
     end if;
     return null;
   end $$`;

const fitsFrequency = `create or replace function fits_frequency() returns trigger
   language plpgsql set search_path = public, pg_temp as $$ begin
     if not exists (select from trajectory join definition on definition.measure_id = trajectory.measure_id
         and definition.number = trajectory.definition where trajectory.measure_id = new.measure_id
         and trajectory.name = new.name and trajectory.version = new.version
         and begins_period(definition.frequency, new.period_start)) then
       raise exception 'no period begins on %', new.period_start using errcode = 'check_violation';
     end if;
     return new;
   end $$`;
