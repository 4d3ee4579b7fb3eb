import { Migration } from '../../kernel/migration.js';

const owned = `contributor_id text not null, check (starts_with(contribution_id, contributor_id || ':'))`;
const recorded = `recorded_at timestamptz(3) not null default clock_timestamp()`;
const ofContribution = `foreign key (contribution_id) references contribution deferrable initially deferred`;

/** Conditions, variations, suspension, and the ways a contribution ends: lapsed, or fulfilled and closed. */
export class AfterAgreement extends Migration {
  override up(): void {
    this.addSql(`alter table contribution_version add conditions jsonb not null default '[]', add valid_until date`);
    this.addSql(`create index version_validity on contribution_version (valid_until) where valid_until is not null`);
    this.addSql(`alter table agreement add risk_shares jsonb not null default '[]', add host_id text,
      add pool_manager_id text, add exit_terms text`);
    this.addSql(`create table condition_judgement (
      contribution_id text not null, condition_id text not null, ordinal integer not null check (ordinal >= 1),
      status text not null check (status in ('MET', 'UNMET')), evidence text not null check (evidence <> ''),
      value numeric, observation_id text, by_subject text not null, by_organisation text not null, ${recorded}, ${owned},
      primary key (contribution_id, condition_id, ordinal), check ((value is null) = (observation_id is null)), ${ofContribution})`);
    // What the ledger says has come to its end with its pool.
    this.addSql(`create table ledger_closing (
      contribution_id text primary key, budget_id text not null, effective_on date not null, ${recorded}, ${owned}, ${ofContribution})`);
    // Published figures of measures, as the outcomes service told them; they are nobody's own.
    this.addSql(`create table measure_figure (
      observation_id text primary key, measure_id text not null, period text not null, value numeric,
      released_at timestamptz(3) not null, ${recorded})`);
    this.addSql(`create index measure_figure_of on measure_figure (measure_id, period, released_at)`);
    this.coverOfEarlierApprovals();
    this.onlyAddedTo('condition_judgement', `holds_role('mission-unit')`);
    this.onlyAddedTo('ledger_closing', `holds_role('event')`);
    this.onlyAddedTo('measure_figure', `holds_role('event')`);
    this.addSql(passes);
    this.addSql(guardJudgement);
    this.addSql(
      `create trigger judged before insert on condition_judgement for each row execute function guard_judgement()`,
    );
  }

  /** To approve was to confirm cover before it was said year by year. */
  private coverOfEarlierApprovals(): void {
    this.addSql(`alter table commitment_approval add cover_years text[]`);
    this.addSql(`alter table commitment_approval no force row level security, disable trigger append_only`);
    this.addSql(`update commitment_approval p set cover_years = (
      select coalesce(array_agg(distinct a.financial_year), '{}') from contribution_version v
        join contribution_amount a on a.contribution_id = v.contribution_id and a.number = v.number
      where v.contribution_id = p.contribution_id and v.hash = p.version_hash) where side = 'CONTRIBUTOR'`);
    this.addSql(`alter table commitment_approval force row level security, enable trigger append_only`);
  }

  private onlyAddedTo(table: string, insert: string): void {
    this.addSql(`create trigger append_only before update or delete or truncate on ${table}
      for each statement execute function refuse_change()`);
    this.addSql(`alter table ${table} enable row level security, force row level security`);
    this.addSql(`create policy seen on ${table} for select using (true)`);
    this.addSql(`create policy written on ${table} for insert with check (${insert})`);
  }
}

const passes = `create function passes_gate(figure numeric, gate jsonb) returns boolean language sql immutable
  return case gate->>'comparator' when 'AT_LEAST' then figure >= (gate->>'value')::numeric
    when 'AT_MOST' then figure <= (gate->>'value')::numeric when 'ABOVE' then figure > (gate->>'value')::numeric
    when 'BELOW' then figure < (gate->>'value')::numeric end`;

// A person says whether a condition is met; of a stage gate the figure says so.
const guardJudgement = `create function guard_judgement() returns trigger language plpgsql as $$
  declare condition jsonb; latest integer;
  begin
    select each into condition from contribution_version v cross join jsonb_array_elements(v.conditions) as each
      where v.contribution_id = new.contribution_id and each->>'id' = new.condition_id limit 1;
    if condition is null then
      raise exception 'contribution % has no condition %', new.contribution_id, new.condition_id using errcode = 'check_violation';
    end if;
    select max(ordinal) into latest from condition_judgement
      where contribution_id = new.contribution_id and condition_id = new.condition_id;
    if new.ordinal <> coalesce(latest, 0) + 1
      or (condition->>'kind' = 'STAGE_GATE') <> (new.value is not null)
      or (new.value is not null and passes_gate(new.value, condition->'gate') <> (new.status = 'MET')) then
      raise exception 'condition % is not judged so', new.condition_id using errcode = 'check_violation';
    end if;
    return new;
  end $$`;
