import { Migration } from '../../kernel/migration.js';

// As of this migration; see area-entities.ts for what they mean and where they are from.
const entities = `
  E00 E01 E02 E04 E05 E06 E07 E08 E09 E10 E11 E12 E13 E14 E15 E16 E17 E18 E19 E20 E21 E22 E23 E24 E25 E26 E27
  E28 E29 E30 E31 E32 E33 E34 E35 E36 E37 E38 E39 E40 E41 E42 E43 E45 E46 E47 E48 E49 E50 E51 E52 E53 E54 E55
  E56 E57 E58 E59 E60 E61 E63 E92 J01 J02 J03 J04 J05 K01 K02 K03 K04 K05 K06 L00 L93 M00 M01 M83 N00 N05 N06
  N07 N08 N09 N10 N11 N12 N13 N19 N20 N21 N23 N24 N31 N32 N33 N92 S00 S01 S02 S03 S04 S05 S06 S07 S08 S09 S10
  S11 S12 S13 S14 S15 S16 S17 S19 S20 S21 S22 S23 S24 S25 S26 S27 S28 S29 S30 S31 S32 S33 S34 S35 S36 S37 S38
  S39 S40 S41 S42 S43 S44 S92 W00 W01 W02 W03 W04 W05 W06 W07 W08 W09 W10 W11 W12 W13 W14 W15 W16 W18 W19 W20
  W21 W22 W23 W24 W25 W26 W27 W28 W29 W30 W31 W32 W33 W34 W35 W36 W37 W38 W39 W40 W41 W42 W43 W45 W92`;
const only = 'E92000001 N92000002 S92000003 W92000004 K02000001 K03000001 K04000001 L93000001 M83000003 E61000001';

/**
 * What figures are about is an area that somebody knows: a GSS code of an entity of the register, or a name that the
 * measure's steward gave before. What is there already is kept: its names count as given.
 */
export class KnownAreas extends Migration {
  override up(): void {
    for (const sql of [entity, named, knownArea, checkArea, keep]) this.addSql(sql);
    this.addSql(`create trigger only_grows before update or delete or truncate on named_area
      for each statement execute function refuse_change()`);
    this.addSql(`create trigger known_area before insert on series for each row execute function check_area('area')`);
    this.addSql(`create trigger known_area before insert on measure
      for each row execute function check_area('national_area')`);
  }
}

const entity = `create table area_entity as
  select entity, only_area from unnest(string_to_array('${entities.trim().split(/\s+/).join(' ')}', ' ')) as entity
    left join unnest(string_to_array('${only}', ' ')) as only_area on left(only_area, 3) = entity`;

const named = `create table named_area (
  measure_id text not null references measure, name text not null, primary key (measure_id, name),
  check (name = btrim(name) and length(name) between 1 and 120 and name !~ '^[A-Z][0-9]{8}$'),
  source text not null check (source <> ''), recorded_at timestamptz(3) not null default statement_timestamp())`;

const keep = `insert into named_area (measure_id, name, source)
  select distinct measure_id, btrim(area), 'in use before areas were named'
    from series where area !~ '^[A-Z][0-9]{8}$' and length(btrim(area)) between 1 and 120 on conflict do nothing`;

const knownArea = `create function is_known_area(measure text, area text) returns boolean language sql stable
   return case when area ~ '^[A-Z][0-9]{8}$'
     then exists (select from area_entity e where e.entity = left(area, 3) and coalesce(e.only_area, area) = area)
     else exists (select from named_area n where n.measure_id = measure and n.name = area) end`;

const checkArea = `create function check_area() returns trigger language plpgsql set search_path = public, pg_temp as $$
   declare known boolean; begin
     if tg_argv[0] = 'area' then known := is_known_area(new.measure_id, new.area);
     else known := is_known_area(null, new.national_area); end if;
     if not known then
       raise exception 'an area that nobody knows is refused' using errcode = 'check_violation';
     end if;
     return new;
   end $$`;
