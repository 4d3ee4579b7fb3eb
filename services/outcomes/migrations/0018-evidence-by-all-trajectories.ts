import { Migration } from '../../kernel/migration.js';

/**
 * The evidence of a briefing pins every trajectory of a measure, not the main one alone. What was locked before, or
 * by a process of the version before, says nothing of the others: null, which is not the same as that there were none.
 */
export class EvidenceByAllTrajectories extends Migration {
  override up(): void {
    this.addSql(`alter table briefing_evidence add column other_trajectories jsonb`);
    this.addSql(guard);
    this.addSql(
      `create trigger guard_trajectories before insert on briefing_evidence for each row execute function guard_evidence_trajectories()`,
    );
  }
}

const guard = `create function guard_evidence_trajectories() returns trigger
   language plpgsql set search_path = public, pg_temp as $$ begin
     if jsonb_array_length(new.other_trajectories) <> (
         select count(distinct trajectory.name) from jsonb_to_recordset(new.other_trajectories) as pin(name text, version int)
         join trajectory using (name, version) where trajectory.measure_id = new.measure_id and name <> 'main') then
       raise exception 'a trajectory is evidence of its own measure' using errcode = 'check_violation';
     end if;
     return new;
   end $$`;
