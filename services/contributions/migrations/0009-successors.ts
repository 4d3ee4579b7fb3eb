import { Migration } from '../../kernel/migration.js';

const owned = `contributor_id text not null`;
const recorded = `recorded_at timestamptz(3) not null default clock_timestamp()`;

/** Who answers for the contributions of a body that is gone: its successor, or the one of several it was assigned to. */
export class Successors extends Migration {
  override up(): void {
    // What the register says, as the missions service told it; the last row of a body counts.
    this.addSql(`create table succession (
      id bigint generated always as identity primary key, ${owned}, heirs jsonb not null, ${recorded})`);
    this.addSql(`create index on succession (contributor_id, id)`);
    this.addSql(`create index on succession using gin (heirs jsonb_path_ops)`);
    this.addSql(`create table accountability (
      contribution_id text not null references contribution, ordinal integer not null check (ordinal >= 1), ${owned},
      organisation text not null, reason text not null check (reason <> ''), by_subject text not null,
      by_organisation text not null, ${recorded}, primary key (contribution_id, ordinal),
      check (starts_with(contribution_id, contributor_id || ':')))`);
    const inserts = { succession: `holds_role('event')`, accountability: `holds_role('mission-unit')` };
    for (const [table, insert] of Object.entries(inserts)) {
      this.addSql(`create trigger append_only before update or delete or truncate on ${table}
        for each statement execute function refuse_change()`);
      this.addSql(`alter table ${table} enable row level security, force row level security`);
      this.addSql(`create policy seen on ${table} for select using (true)`);
      this.addSql(`create policy written on ${table} for insert with check (${insert})`);
    }
    for (const made of [heirsOf, accountableFor, isHeir, isOwn, guardAssignment, guardWho]) this.addSql(made);
    this.addSql(
      `create trigger assigned before insert on accountability for each row execute function guard_assignment()`,
    );
    this.addSql(
      `create trigger a_body_at_a_time before update on contribution for each row execute function guard_who()`,
    );
  }
}

// Who answers for a body at an instant: null while it answers for itself.
const heirsOf = `create function heirs_of(body text, at_instant timestamptz) returns jsonb language sql stable
  return (select jsonb_agg(heir) from jsonb_array_elements((select heirs from succession
      where contributor_id = body and recorded_at <= at_instant order by id desc limit 1)) as heir
    where heir->>'from' <= ((at_instant at time zone 'Europe/London')::date)::text
      and coalesce(heir->>'until', '9999') >= ((at_instant at time zone 'Europe/London')::date)::text)`;

// The one body that answers for a contribution; null where several have taken over and none of them has been named.
const accountableFor = `create function accountable_for(contribution text, body text, at_instant timestamptz)
  returns text language plpgsql stable as $$
  declare heirs jsonb := heirs_of(body, at_instant); assigned text; found text[];
  begin
    if heirs is null then
      return body;
    end if;
    select organisation into assigned from accountability
      where contribution_id = contribution and recorded_at <= at_instant order by ordinal desc limit 1;
    select array_agg(distinct heir->>'organisation') into found from jsonb_array_elements(heirs) as heir
      where heir->>'organisation' = assigned or heir->'via' @> to_jsonb(assigned);
    if found is null then
      -- Nobody was named, or one who in the end did not take over.
      select array_agg(distinct heir->>'organisation') into found from jsonb_array_elements(heirs) as heir;
    end if;
    return case when cardinality(found) = 1 then found[1] end;
  end $$`;

const isHeir = `create function is_heir(body text) returns boolean language plpgsql stable as $$
  begin
    return coalesce(current_setting('app.organisation', true), '') <> '' and exists (
      select from jsonb_array_elements(heirs_of(body, clock_timestamp())) as heir
      where heir->>'organisation' = current_setting('app.organisation', true));
  end $$`;

// The people of a body that took over see and write what was its predecessor's.
const isOwn = `create or replace function is_own(contributor text) returns boolean language sql stable
  return contributor = current_setting('app.organisation', true) or is_heir(contributor)`;

const guardAssignment = `create function guard_assignment() returns trigger language plpgsql as $$
  begin
    if not exists (select from jsonb_array_elements(heirs_of(new.contributor_id, clock_timestamp())) as heir
        where heir->>'organisation' = new.organisation) then
      raise exception '% has not taken over from %', new.organisation, new.contributor_id using errcode = 'check_violation';
    end if;
    return new;
  end $$`;

// A contributor's step is taken by the people of the one body that answers for it now.
const guardWho = `create function guard_who() returns trigger language plpgsql as $$
  begin
    if holds_role('mission-unit') or holds_role('mission-finance') or holds_role('event') then
      return new;
    end if;
    if accountable_for(old.id, old.contributor_id, clock_timestamp()) is distinct from current_setting('app.organisation', true) then
      raise exception 'another body answers for contribution % now', old.id using errcode = 'check_violation';
    end if;
    return new;
  end $$`;
