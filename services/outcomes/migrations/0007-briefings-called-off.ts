import { Migration } from '../../kernel/migration.js';

/** A briefing that was announced can be called off, with a reason that is published; nothing follows that. */
export class BriefingsCalledOff extends Migration {
  override up(): void {
    this.addSql(`alter table briefing_step add column reason text check (reason <> ''),
      add constraint called_off_because check ((reason is not null) = (state = 'CALLED_OFF')), drop constraint briefing_step_check,
      add constraint briefing_step_check check (number <= 5 and (
        state = (array['SCHEDULED', 'EVIDENCE_LOCKED', 'HELD', 'PUBLISHED', 'QUESTIONS_CLOSED'])[number]
        or number = 2 and state = 'CALLED_OFF'))`);
    this.addSql(afterCalledOff);
    this.addSql(`create trigger after_called_off before insert on briefing_step
      for each row execute function after_called_off()`);
  }
}

const afterCalledOff = `create function after_called_off() returns trigger
   language plpgsql set search_path = public, pg_temp as $$ begin
     if state_of_briefing(new.briefing_id) = 'CALLED_OFF' then
       raise exception 'this briefing is called off' using errcode = 'check_violation';
     end if;
     return new;
   end $$`;
