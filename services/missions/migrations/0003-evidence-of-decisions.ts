import { Migration } from '../../kernel/migration.js';

/** The figures a decision was taken on, each in one exact vintage. */
export class EvidenceOfDecisions extends Migration {
  override up(): void {
    this.addSql(`create table decision_evidence (
      decision_id text not null references decision, place integer not null check (place between 1 and 50),
      primary key (decision_id, place), unique (decision_id, observation_id),
      observation_id text not null
        check (observation_id ~ '^observation:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:[0-9]{4}-[0-9]{2}-[0-9]{2}:[1-9][0-9]{0,8}$'))`);
    // The deed pins it before it settles the question, both in one database transaction.
    this.addSql(`create function guard_decision_evidence() returns trigger language plpgsql set search_path = public, pg_temp as $$
      begin
        if (select state from decision where id = new.decision_id for share) not in ('OPEN', 'IN_PREPARATION', 'READY') then
          raise exception 'evidence is pinned when a decision is taken, not after' using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.addSql(`create trigger guard before insert on decision_evidence
      for each row execute function guard_decision_evidence()`);
  }
}
