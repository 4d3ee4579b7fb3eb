import { Migration } from './migration.js';

/** The outbox of every service: what it has sent and no receiver has accepted yet, with the things each event is about. */
export class SentEvents extends Migration {
  override up(): void {
    this.addSql(`create table sent_event (
      number bigint generated always as identity primary key, receiver text not null, event json not null,
      sent_at timestamptz(3) not null default clock_timestamp(), tries integer not null default 0,
      try_at timestamptz(3) not null default clock_timestamp(), parked_at timestamptz(3), last_error text)`);
    this.addSql(`create table sent_event_subject (
      receiver text not null, subject text not null, number bigint not null references sent_event on delete cascade,
      primary key (receiver, subject, number))`);
    this.addSql(`create index on sent_event_subject (number)`);
    // A function keeps its plans, and sending is part of deeds that are many.
    this.addSql(`create function send_event(event json, receivers text[], subjects text[]) returns void language plpgsql as $$
      declare each_receiver text; sent bigint;
      begin
        foreach each_receiver in array receivers loop
          insert into sent_event (receiver, event) values (each_receiver, send_event.event) returning number into sent;
          insert into sent_event_subject (receiver, subject, number)
            select each_receiver, subject, sent from unnest(subjects) as subject;
          perform graphile_worker.add_job('deliver', json_build_object('from', sent));
        end loop;
      end $$`);
  }
}

export const sentEventPrivileges = {
  sent_event: 'select, insert, update (tries, try_at, parked_at, last_error), delete',
  sent_event_subject: 'select, insert',
};

/** An event waits for the earlier ones to the same receiver that are about the same thing, whatever became of them. */
export const isFirst = (event: string): string => `not exists (
  select from sent_event_subject mine join sent_event_subject earlier using (receiver, subject)
  where mine.number = ${event}.number and earlier.number < mine.number)`;
