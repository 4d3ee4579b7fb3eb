import { Migration } from '@mikro-orm/migrations';
import { byIndexOnly } from './0002-guards.js';

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
    for (const replaced of [mayBecome, guardUpdate, guardEvidence, rounds]) this.addSql(replaced);
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

// The state table with who may take each step. LEDGER is what no person does: the ledger of a pool, and time.
const mayBecome = `create or replace function may_become(party text, old_state text, new_state text) returns boolean language sql immutable
  return exists (select from (values
    ('CONTRIBUTOR', 'DRAFT', 'DRAFT'), ('CONTRIBUTOR', 'DRAFT', 'PLEDGED'), ('CONTRIBUTOR', 'PLEDGED', 'PLEDGED'),
    ('CONTRIBUTOR', 'PLEDGED', 'NEGOTIATING'), ('CONTRIBUTOR', 'NEGOTIATING', 'NEGOTIATING'), ('CONTRIBUTOR', 'NEGOTIATING', 'AGREED'),
    ('CONTRIBUTOR', 'PLEDGED', 'WITHDRAWN'), ('CONTRIBUTOR', 'NEGOTIATING', 'WITHDRAWN'), ('CONTRIBUTOR', 'AGREED', 'WITHDRAWN'),
    ('CONTRIBUTOR', 'AGREED', 'COMMITTED'), ('CONTRIBUTOR', 'COMMITTED', 'WRITTEN_OFF'),
    ('CONTRIBUTOR', 'PART_DEPOSITED', 'WRITTEN_OFF'), ('CONTRIBUTOR', 'PART_DEPOSITED', 'DEPOSITED'),
    ('CONTRIBUTOR', 'COMMITTED', 'COMMITTED'), ('CONTRIBUTOR', 'PART_DEPOSITED', 'PART_DEPOSITED'),
    ('CONTRIBUTOR', 'COMMITTED', 'SUSPENDED'), ('CONTRIBUTOR', 'PART_DEPOSITED', 'SUSPENDED'),
    ('CONTRIBUTOR', 'SUSPENDED', 'COMMITTED'), ('CONTRIBUTOR', 'SUSPENDED', 'PART_DEPOSITED'),
    ('CONTRIBUTOR', 'DEPOSITED', 'FULFILLED'), ('CONTRIBUTOR', 'FULFILLED', 'CLOSED'),
    ('MISSION', 'PLEDGED', 'NEGOTIATING'), ('MISSION', 'NEGOTIATING', 'NEGOTIATING'), ('MISSION', 'NEGOTIATING', 'AGREED'),
    ('MISSION', 'PLEDGED', 'DECLINED'), ('MISSION', 'NEGOTIATING', 'DECLINED'),
    ('MISSION', 'COMMITTED', 'SUSPENDED'), ('MISSION', 'PART_DEPOSITED', 'SUSPENDED'),
    ('MISSION', 'SUSPENDED', 'COMMITTED'), ('MISSION', 'SUSPENDED', 'PART_DEPOSITED'), ('MISSION', 'PART_DEPOSITED', 'DEPOSITED'),
    ('MISSION', 'DEPOSITED', 'FULFILLED'), ('MISSION', 'FULFILLED', 'CLOSED'),
    ('FINANCE', 'AGREED', 'COMMITTED'), ('FINANCE', 'COMMITTED', 'COMMITTED'),
    ('FINANCE', 'PART_DEPOSITED', 'PART_DEPOSITED'), ('FINANCE', 'PART_DEPOSITED', 'DEPOSITED'),
    ('LEDGER', 'COMMITTED', 'PART_DEPOSITED'), ('LEDGER', 'COMMITTED', 'DEPOSITED'), ('LEDGER', 'PART_DEPOSITED', 'DEPOSITED'),
    ('LEDGER', 'DEPOSITED', 'FULFILLED'), ('LEDGER', 'FULFILLED', 'CLOSED'),
    ('LEDGER', 'PLEDGED', 'LAPSED'), ('LEDGER', 'NEGOTIATING', 'LAPSED')
  ) as step(party, old_state, new_state)
  where step.party = may_become.party and step.old_state = may_become.old_state and step.new_state = may_become.new_state)`;

// Other terms come in force one by one while they are negotiated; those of a variation when it becomes binding.
const guardUpdate = `create or replace function guard_update() returns trigger language plpgsql as $$
  begin
    if (new.id, new.mission_id, new.contributor_id, new.kind, new.pooling, new.illustrative)
        is distinct from (old.id, old.mission_id, old.contributor_id, old.kind, old.pooling, old.illustrative)
      or (new.challenge_id, new.lever_id, new.source_system, new.source_record_id)
        is distinct from (old.challenge_id, old.lever_id, old.source_system, old.source_record_id)
      or (new.source_hash is distinct from old.source_hash and not is_own(old.contributor_id)) then
      raise exception 'what contribution % is cannot be changed', old.id using errcode = 'check_violation';
    end if;
    if new.version <> old.version + 1 then
      raise exception 'contribution % goes from version % to the next', old.id, old.version using errcode = 'check_violation';
    end if;
    if not (is_own(old.contributor_id) and may_become('CONTRIBUTOR', old.state, new.state)
        or holds_role('mission-unit') and may_become('MISSION', old.state, new.state)
        or holds_role('mission-finance') and may_become('FINANCE', old.state, new.state)
        or holds_role('event') and may_become('LEDGER', old.state, new.state)) then
      raise exception 'contribution % is %; you cannot make it %', old.id, old.state, new.state using errcode = 'check_violation';
    end if;
    if new.number < old.number
      or (new.number > old.number and not (
        (new.number = old.number + 1 and new.state in ('DRAFT', 'PLEDGED', 'NEGOTIATING'))
        or (old.state in ('COMMITTED', 'PART_DEPOSITED') and new.state in ('COMMITTED', 'PART_DEPOSITED', 'DEPOSITED'))))
      or (new.number = old.number and new.state in ('DRAFT', 'PLEDGED'))
      or (new.number = old.number and new.state = old.state) then
      raise exception 'contribution % cannot take version % of its terms now', old.id, new.number using errcode = 'check_violation';
    end if;
    return new;
  end $$`;

// A condition's last judgement, to be compared with what is needed.
const judged = (condition: string) => `(select status from condition_judgement j where j.contribution_id = a.id
  and j.condition_id = ${condition}->>'id' order by j.ordinal desc limit 1)`;
const someUnmet = `exists (select from jsonb_array_elements(v.conditions) as each where ${judged('each')} = 'UNMET')`;
// The agreed version becomes binding: for the first time, or as a variation.
const binds = `(b.state = 'AGREED' and a.state = 'COMMITTED'
  or b.state in ('COMMITTED', 'PART_DEPOSITED') and a.number <> b.number)`;

// One statement for all rows of a batch: what is in "wrong" lacks what its state needs.
const guardEvidence = `create or replace function guard_evidence() returns trigger language plpgsql ${byIndexOnly} as $$
  declare wrong text;
  begin
    select a.id into wrong from after a left join contribution_version v on v.contribution_id = a.id and v.number = a.number
      left join lateral (select sum(amount) as total, count(*) as parts, count(distinct currency) as currencies, min(currency) as currency,
          min(amount) as least from contribution_amount where contribution_id = a.id and number = a.number) s on true
      where v.is_draft is distinct from (a.state = 'DRAFT') or v.total is distinct from s.total
        or (s.parts > 0 and (s.currencies > 1 or s.currency <> v.currency)) or (s.least < 0 and a.pooling <> 'ALIGNED')
        or (v.quantity is not null and a.kind in ('MONEY', 'BUDGET_COVER'))
        or (v.total is not null and a.kind not in ('MONEY', 'BUDGET_COVER')) limit 1;
    if wrong is not null then
      raise exception 'the terms of contribution % do not add up', wrong using errcode = 'check_violation';
    end if;
    select a.id into wrong from after a where not exists (select from contribution_state s where s.contribution_id = a.id
      and s.sequence = a.version and s.state = a.state and s.number = a.number) limit 1;
    if wrong is not null then
      raise exception 'contribution % changed without history', wrong using errcode = 'check_violation';
    end if;
    if tg_op = 'INSERT' then
      select a.id into wrong from after a where a.version <> 1 or a.number <> 1 or a.state not in ('DRAFT', 'PLEDGED', 'AGREED')
        or (a.state = 'AGREED' and not exists (select from agreement g where g.contribution_id = a.id and g.concluded_outside)) limit 1;
    else
      select a.id into wrong from after a join before b on b.id = a.id and (b.state <> a.state or b.number <> a.number)
        left join contribution_version v on v.contribution_id = a.id and v.number = a.number
        left join contribution_version u on u.contribution_id = b.id and u.number = b.number
        left join lateral (select deposited from ledger_deposit d where d.contribution_id = a.id order by d.id desc limit 1) d on true
        left join lateral (select sum(amount) as total from write_off w where w.contribution_id = a.id) w on true
        where (a.state = 'AGREED' or ${binds} and a.number <> b.number)
            and not exists (select from agreement g where g.contribution_id = a.id and g.number = a.number
            and (g.concluded_outside or exists (select from negotiation_round r where r.contribution_id = a.id
              and r.number = a.number and r.answer = 'ACCEPT')))
          or ${binds} and (not exists (select from commitment_approval one
            join commitment_approval other using (contribution_id, version_hash)
            where one.contribution_id = a.id and version_hash = v.hash and one.side = 'CONTRIBUTOR' and other.side = 'MISSION'
              and one.subject <> other.subject and one.organisation <> other.organisation
              and one.cover_years @> (select coalesce(array_agg(financial_year), '{}') from contribution_amount s
                where s.contribution_id = a.id and s.number = a.number))
            or exists (select from jsonb_array_elements(v.conditions) as each
              where (each->>'precedent')::boolean and ${judged('each')} is distinct from 'MET'))
          or ${binds} and a.number <> b.number and (v.total < coalesce(d.deposited, 0) + coalesce(w.total, 0)
            or (v.currency, v.budget_id) is distinct from (u.currency, u.budget_id))
          or a.state = 'SUSPENDED' and not ${someUnmet} or b.state = 'SUSPENDED' and ${someUnmet}
          or a.state = 'LAPSED' and (v.valid_until is null or v.valid_until >= (now() at time zone 'Europe/London')::date)
          or a.state in ('FULFILLED', 'CLOSED') and not exists (select from ledger_closing c where c.contribution_id = a.id)
          or a.state = 'PART_DEPOSITED' and coalesce(d.deposited, 0) = 0
          or a.state in ('DEPOSITED', 'WRITTEN_OFF') and coalesce(d.deposited, 0) + coalesce(w.total, 0) < v.total limit 1;
    end if;
    if wrong is not null then
      raise exception 'contribution % lacks what this state needs', wrong using errcode = 'check_violation';
    end if;
    return null;
  end $$`;

// A side may walk away out of its turn; it may not offer or accept twice in a row. After an acceptance or a refusal
// talks begin anew, from either side. What is accepted is what was offered last.
const rounds = `create or replace function guard_round() returns trigger language plpgsql as $$
  declare latest negotiation_round;
  begin
    select * into latest from negotiation_round where contribution_id = new.contribution_id order by ordinal desc limit 1;
    if new.ordinal <> coalesce(latest.ordinal, 0) + 1
      or (latest.answer = 'COUNTER' and latest.side = new.side and new.answer <> 'DECLINE')
      or (new.answer = 'ACCEPT' and (latest.answer, latest.number) is distinct from ('COUNTER', new.number)) then
      raise exception 'rounds of contribution % alternate', new.contribution_id using errcode = 'check_violation';
    end if;
    return new;
  end $$`;

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
