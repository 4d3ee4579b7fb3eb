import { Migration } from '../../kernel/migration.js';

// The states and codes stand in the classes too; a migration is a point in time and does not import them.
const states = `'DRAFT', 'PLEDGED', 'NEGOTIATING', 'AGREED', 'COMMITTED', 'PART_DEPOSITED', 'DEPOSITED', 'FULFILLED',
  'CLOSED', 'SUSPENDED', 'DECLINED', 'WITHDRAWN', 'LAPSED', 'WRITTEN_OFF'`;
const kinds = `'MONEY', 'BUDGET_COVER', 'SECONDED_STAFF', 'ASSET', 'DATA', 'SERVICE', 'REGULATORY_ACTION', 'OUTCOME_SHARE'`;
const controlTotals = `'RDEL_ADMIN', 'RDEL_PROGRAMME', 'CDEL', 'RAME', 'CAME', 'NON_BUDGET'`;
const instruments = `'MOU', 'SECTION_75', 'COVER_TRANSFER', 'GRANT', 'CONTRACT', 'SECTOR_DEAL'`;
const sides = `'CONTRIBUTOR', 'MISSION'`;

// Every row says whose it is; the id of a contribution begins with its contributor.
const owned = `contributor_id text not null, check (starts_with(contribution_id, contributor_id || ':'))`;
const recorded = `recorded_at timestamptz(3) not null default clock_timestamp()`;
const released = `${recorded}, released_at timestamptz(3),
  known_at timestamptz(3) not null generated always as (coalesce(released_at, recorded_at)) stored`;
// A contribution is written last, pointing at what was written before it; so what belongs to it comes first.
const ofContribution = `foreign key (contribution_id) references contribution deferrable initially deferred`;
const ofVersion = `foreign key (contribution_id, number) references contribution_version`;

/** Contributions with their versions, rounds, agreements, approvals and history. */
export class Contributions extends Migration {
  override up(): void {
    this.addSql(`create table contribution_version (
      contribution_id text not null, number integer not null check (number >= 1), is_draft boolean not null,
      public_name text not null, budget_id text, total bigint check (total > 0), currency text,
      quantity numeric check (quantity > 0), unit text check (unit <> ''),
      earmark text not null check (earmark in ('NONE', 'SOFT', 'HARD')), instalments jsonb not null, reason text,
      hash text not null check (hash ~ '^[0-9a-f]{64}$'), ${released}, ${owned}, primary key (contribution_id, number),
      check ((total is null) = (currency is null)), check ((quantity is null) = (unit is null)),
      check (num_nonnulls(total, quantity) = 1 or (is_draft and num_nonnulls(total, quantity) = 0)),
      check (is_draft or public_name <> ''))`);
    this.addSql(`create table contribution (
      id text primary key, mission_id text not null, challenge_id text, lever_id text, contributor_id text not null,
      kind text not null check (kind in (${kinds})), pooling text not null check (pooling in ('POOLED', 'ALIGNED', 'IN_KIND')),
      illustrative boolean not null, source_system text, source_record_id text, source_hash text,
      state text not null check (state in (${states})), number integer not null, version integer not null,
      check (id ~ '^[a-z0-9-]+:[0-9a-f-]{36}$' and starts_with(id, contributor_id || ':')),
      check (num_nonnulls(source_system, source_record_id, source_hash) in (0, 3)),
      check (kind not in ('MONEY', 'BUDGET_COVER') or pooling <> 'IN_KIND'),
      foreign key (id, number) references contribution_version)`);
    this.addSql(`alter table contribution_version add ${ofContribution}`);
    this.addSql(`create index contribution_by_mission on contribution (mission_id, id)`);
    this.addSql(`create index contribution_by_state on contribution (mission_id, state, id)`);
    this.addSql(`create index contribution_draft on contribution (contributor_id, id) where state = 'DRAFT'`);
    this.addSql(`create unique index contribution_by_source on contribution (source_record_id, source_system, contributor_id)
      where source_record_id is not null`);
    this.addSql(`create table contribution_amount (
      contribution_id text not null, number integer not null, is_draft boolean not null,
      financial_year text not null check (financial_year ~ '^[0-9]{4}-[0-9]{2}$'),
      control_total text not null check (control_total in (${controlTotals})),
      amount bigint not null check (amount <> 0), currency text not null,
      ${owned}, primary key (contribution_id, number, financial_year, control_total), ${ofVersion})`);
    this.addSql(`create table contribution_evidence (
      contribution_id text not null, number integer not null, is_draft boolean not null, instalment_references jsonb not null,
      provenance jsonb, ${owned}, primary key (contribution_id, number), ${ofVersion})`);
    this.addSql(`create table contribution_state (
      contribution_id text not null, sequence integer not null check (sequence >= 1), state text not null check (state in (${states})),
      number integer not null, effective_on date not null, reason text, by_subject text not null, by_organisation text,
      ${released}, ${owned}, primary key (contribution_id, sequence), ${ofVersion})`);
    this.addSql(`create table negotiation_round (
      contribution_id text not null, ordinal integer not null check (ordinal >= 1), side text not null check (side in (${sides})),
      answer text not null check (answer in ('COUNTER', 'ACCEPT', 'DECLINE')), number integer not null, message text,
      open_questions text[] not null, by_subject text not null, by_organisation text not null, ${recorded}, ${owned},
      primary key (contribution_id, ordinal), ${ofVersion})`);
    this.addSql(`create table agreement (
      contribution_id text not null, number integer not null, instrument text not null check (instrument in (${instruments})),
      signed_on date not null, signatories text[] not null, reference text, concluded_outside boolean not null,
      ${released}, ${owned}, primary key (contribution_id, number), ${ofVersion},
      check (contributor_id = any(signatories)), check (concluded_outside or cardinality(signatories) >= 2))`);
    this.addSql(`create table commitment_approval (
      contribution_id text not null, version_hash text not null, side text not null check (side in (${sides})),
      subject text not null, organisation text not null, effective_on date, ${recorded}, ${owned},
      primary key (contribution_id, version_hash, side), ${ofContribution})`);
    this.addSql(`create table write_off (
      id text primary key, contribution_id text not null, amount bigint not null check (amount > 0), currency text not null,
      reason text not null check (reason <> ''), effective_on date not null, by_subject text not null, ${recorded}, ${owned},
      ${ofContribution})`);
    this.addSql(`create index write_off_of on write_off (contribution_id)`);
    // What the ledger of the pool says has arrived so far; the last row counts.
    this.addSql(`create table ledger_deposit (
      id bigint generated always as identity primary key, contribution_id text not null, deposited bigint not null check (deposited >= 0),
      currency text not null, effective_on date not null, ${recorded}, ${owned}, ${ofContribution})`);
    this.addSql(`create index ledger_deposit_of on ledger_deposit (contribution_id, id)`);
  }
}
