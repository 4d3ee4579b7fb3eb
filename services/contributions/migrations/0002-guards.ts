import { Migration } from '../../kernel/migration.js';

const appendOnly = [
  ...[
    'contribution_version',
    'contribution_amount',
    'contribution_evidence',
    'contribution_state',
    'negotiation_round',
  ],
  ...['agreement', 'commitment_approval', 'write_off', 'ledger_deposit'],
];

/** What PostgreSQL itself refuses, whoever asks: history rewritten, a step that is not in the state table, a step without what it needs. */
export class Guards extends Migration {
  override up(): void {
    this.addSql(`create function refuse_change() returns trigger language plpgsql as $$
      begin raise exception '% is only added to', tg_table_name using errcode = 'restrict_violation'; end $$`);
    for (const table of appendOnly) {
      this.addSql(`create trigger append_only before update or delete or truncate on ${table}
        for each statement execute function refuse_change()`);
    }
    this.addSql(`create trigger never_deleted before delete or truncate on contribution
      for each statement execute function refuse_change()`);
    this.addSql(`create function holds_role(role text) returns boolean language sql stable
      return role = any(string_to_array(current_setting('app.roles', true), ','))`);
    this.addSql(`create function is_own(contributor text) returns boolean language sql stable
      return contributor = current_setting('app.organisation', true)`);
    this.addSql(mayBecome);
    this.addSql(guardUpdate);
    this.addSql(
      `create trigger state_table before update on contribution for each row execute function guard_update()`,
    );
    this.addSql(guardEvidence);
    this.addSql(`create trigger evidence_new after insert on contribution referencing new table as after
      for each statement execute function guard_evidence()`);
    this.addSql(`create trigger evidence_changed after update on contribution referencing old table as before new table as after
      for each statement execute function guard_evidence()`);
    this.addSql(sealed);
    for (const table of ['contribution_amount', 'contribution_evidence']) {
      this.addSql(`create trigger sealed after insert on ${table} referencing new table as added
        for each statement execute function guard_seal()`);
    }
    this.addSql(rounds);
    this.addSql(
      `create trigger rounds_alternate before insert on negotiation_round for each row execute function guard_round()`,
    );
  }
}

// The state table: who may take a contribution from a state to which others. LEDGER is what no person does: the ledger
// of a pool, and time.
const steps: Record<string, Record<string, string[]>> = {
  CONTRIBUTOR: {
    DRAFT: ['DRAFT', 'PLEDGED'],
    PLEDGED: ['PLEDGED', 'NEGOTIATING', 'WITHDRAWN'],
    NEGOTIATING: ['NEGOTIATING', 'AGREED', 'WITHDRAWN'],
    AGREED: ['WITHDRAWN', 'COMMITTED'],
    COMMITTED: ['WRITTEN_OFF', 'COMMITTED', 'SUSPENDED'],
    PART_DEPOSITED: ['WRITTEN_OFF', 'DEPOSITED', 'PART_DEPOSITED', 'SUSPENDED'],
    SUSPENDED: ['COMMITTED', 'PART_DEPOSITED'],
    DEPOSITED: ['FULFILLED'],
    FULFILLED: ['CLOSED'],
  },
  MISSION: {
    PLEDGED: ['NEGOTIATING', 'DECLINED'],
    NEGOTIATING: ['NEGOTIATING', 'AGREED', 'DECLINED'],
    COMMITTED: ['SUSPENDED'],
    PART_DEPOSITED: ['SUSPENDED', 'DEPOSITED'],
    SUSPENDED: ['COMMITTED', 'PART_DEPOSITED'],
    DEPOSITED: ['FULFILLED'],
    FULFILLED: ['CLOSED'],
  },
  FINANCE: {
    AGREED: ['COMMITTED'],
    COMMITTED: ['COMMITTED'],
    PART_DEPOSITED: ['PART_DEPOSITED', 'DEPOSITED'],
  },
  LEDGER: {
    COMMITTED: ['PART_DEPOSITED', 'DEPOSITED'],
    PART_DEPOSITED: ['DEPOSITED', 'COMMITTED'],
    DEPOSITED: ['FULFILLED', 'COMMITTED', 'PART_DEPOSITED'],
    FULFILLED: ['CLOSED'],
    PLEDGED: ['LAPSED'],
    NEGOTIATING: ['LAPSED'],
  },
};
export const allowedSteps = Object.entries(steps).flatMap(([party, from]) =>
  Object.entries(from).flatMap(([old, becomes]) => becomes.map((state) => `'${party} ${old} ${state}'`)),
);
// One comparison with a constant: it is asked for every row that changes.
const mayBecome = `create function may_become(party text, old_state text, new_state text) returns boolean language sql immutable
  return party || ' ' || old_state || ' ' || new_state = any (array[${allowedSteps.join(', ')}])`;

// Other terms come in force one by one while they are negotiated; those of a variation when it becomes binding.
const guardUpdate = `create function guard_update() returns trigger language plpgsql as $$
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
    if not (holds_role('mission-unit') and may_become('MISSION', old.state, new.state)
        or holds_role('mission-finance') and may_become('FINANCE', old.state, new.state)
        or holds_role('event') and may_become('LEDGER', old.state, new.state)
        or may_become('CONTRIBUTOR', old.state, new.state) and is_own(old.contributor_id)) then
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

// These plans are made once in a session, perhaps while a table is still empty; they must be right for a full one too.
export const byIndexOnly = 'set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off';

// A condition's last judgement, to be compared with what is needed.
const judged = (condition: string) => `(select status from condition_judgement j where j.contribution_id = a.id
  and j.condition_id = ${condition}->>'id' order by j.ordinal desc limit 1)`;
const someUnmet = `exists (select from jsonb_array_elements(v.conditions) as each where ${judged('each')} = 'UNMET')`;
// The agreed version becomes binding: for the first time, or as a variation.
const binds = `(b.state = 'AGREED' and a.state = 'COMMITTED'
  or b.state in ('COMMITTED', 'PART_DEPOSITED') and a.number <> b.number)`;

// One statement for all rows of a batch: what is in "wrong" lacks what its state needs.
const guardEvidence = `create function guard_evidence() returns trigger language plpgsql ${byIndexOnly} as $$
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
          or a.state in ('DEPOSITED', 'WRITTEN_OFF') and coalesce(d.deposited, 0) + coalesce(w.total, 0) < v.total
          or b.state in ('PART_DEPOSITED', 'DEPOSITED') and a.state = 'COMMITTED' and d.deposited > 0
          or b.state = 'DEPOSITED' and a.state = 'PART_DEPOSITED' and d.deposited + coalesce(w.total, 0) >= v.total limit 1;
    end if;
    if wrong is not null then
      raise exception 'contribution % lacks what this state needs', wrong using errcode = 'check_violation';
    end if;
    return null;
  end $$`;

const sealed = `create function guard_seal() returns trigger language plpgsql ${byIndexOnly} as $$
  begin
    if exists (select from added a join contribution c on c.id = a.contribution_id where c.number >= a.number) then
      raise exception 'a version of terms that was in force cannot be changed' using errcode = 'restrict_violation';
    end if;
    return null;
  end $$`;

// A side may walk away out of its turn; it may not offer or accept twice in a row. After an acceptance or a refusal
// talks begin anew, from either side. What is accepted is what was offered last.
const rounds = `create function guard_round() returns trigger language plpgsql as $$
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
