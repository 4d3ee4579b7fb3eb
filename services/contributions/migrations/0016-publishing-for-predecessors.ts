import { Migration } from '../../kernel/migration.js';

const self = `current_setting('app.organisation', true)`;
// In a subquery of its own, so that it is asked once for a statement, however many rows that has.
const answers = `contributor_id = any((select bodies_published_for())::text[])`;
const byItself = `by_organisation = ${self}`;
const publishes = `holds_role('publisher') and ${answers}`;
const written: Record<string, string> = {
  published_batch: `${publishes} and ${byItself}`,
  submission_batch: publishes,
  submitted_row: publishes,
  submission: `${publishes} and ${byItself}`,
  submission_certification: `holds_role('accounting-officer') and ${answers} and ${byItself}`,
};

/** Who took over from a body publishes, submits and certifies for it, and the body itself no more. */
export class PublishingForPredecessors extends Migration {
  override up(): void {
    for (const made of [publisherOf, bodiesPublishedFor, guardDoubles]) this.addSql(made);
    for (const [table, check] of Object.entries(written)) {
      this.addSql(`drop policy written on ${table}`);
      this.addSql(`create policy written on ${table} for insert with check (${check})`);
    }
    this.addSql(`create trigger published_once after insert on contribution referencing new table as added
      for each statement execute function guard_doubles()`);
  }
}

// The one body that publishes for another one at an instant: itself, or who took over; null where several did.
const publisherOf = `create function publisher_of(body text, at_instant timestamptz) returns text language sql stable
  return (select case when heirs is null then body
      else (select min(heir->>'organisation') from jsonb_array_elements(heirs) as heir
        having count(distinct heir->>'organisation') = 1) end
    from (select heirs_of(body, at_instant) as heirs) as found)`;

const bodiesPublishedFor = `create function bodies_published_for() returns text[] language sql stable
  return (select coalesce(array_agg(body), '{}') from (select ${self} as body
      union select contributor_id from succession where heirs @> jsonb_build_array(jsonb_build_object('organisation', ${self}))) as each
    where body <> '' and publisher_of(body, clock_timestamp()) = ${self})`;

// What a body published is not published anew by who took over from it: the same would be there twice.
const guardDoubles = `create function guard_doubles() returns trigger language plpgsql as $$
  declare doubled text; predecessors text[];
  begin
    select array_agg(distinct s.contributor_id) into predecessors
      from (select distinct contributor_id from added where source_record_id is not null) as heir
      join succession s on s.heirs @> jsonb_build_array(jsonb_build_object('organisation', heir.contributor_id));
    if predecessors is null then
      return null;
    end if;
    select c.id into doubled from added a cross join lateral (select * from contribution
        where source_record_id = a.source_record_id and source_system = a.source_system
          and contributor_id = any(predecessors) offset 0) as c
      where heirs_of(c.contributor_id, clock_timestamp()) @> jsonb_build_array(jsonb_build_object('organisation', a.contributor_id))
      limit 1;
    if doubled is not null then
      raise exception 'the body before has published this as %', doubled using errcode = 'check_violation';
    end if;
    return null;
  end $$`;
