import { Migration } from '@mikro-orm/migrations';

const auditor = `holds_role('auditor')`;
const own = `is_own(contributor_id)`;
const central = `(holds_role('mission-unit') or holds_role('mission-finance'))`;

/** Who sees and writes which rows: on each table by its own columns alone, so that no policy has to look anywhere else. */
const policies: Record<string, { select: string; insert: string }> = {
  contribution: { select: `state <> 'DRAFT' or ${own} or ${auditor}`, insert: own },
  contribution_version: {
    select: `not is_draft or ${own} or ${auditor}`,
    insert: `${own} or (not is_draft and holds_role('mission-unit'))`,
  },
  contribution_amount: {
    select: `not is_draft or ${own} or ${auditor}`,
    insert: `${own} or (not is_draft and holds_role('mission-unit'))`,
  },
  contribution_evidence: {
    select: `${own} or ${auditor} or (not is_draft and ${central})`,
    insert: `${own} or (not is_draft and holds_role('mission-unit'))`,
  },
  contribution_state: {
    select: `state <> 'DRAFT' or ${own} or ${auditor}`,
    insert: `${own} or (state <> 'DRAFT' and (${central} or holds_role('event')))`,
  },
  negotiation_round: {
    select: `${own} or ${auditor} or ${central}`,
    insert: `(side = 'CONTRIBUTOR' and ${own}) or (side = 'MISSION' and holds_role('mission-unit'))`,
  },
  agreement: { select: `true`, insert: `${own} or (not concluded_outside and holds_role('mission-unit'))` },
  commitment_approval: {
    select: `true`,
    insert: `is_own(organisation) and ((side = 'CONTRIBUTOR' and ${own} and holds_role('accounting-officer'))
      or (side = 'MISSION' and holds_role('mission-finance')))`,
  },
  write_off: { select: `true`, insert: `${own} and holds_role('accounting-officer')` },
  ledger_deposit: { select: `true`, insert: `holds_role('event')` },
};

/** Row-level security on every table, for its owner too. */
export class RowLevelSecurity extends Migration {
  override up(): void {
    for (const [table, { select, insert }] of Object.entries(policies)) {
      this.addSql(`alter table ${table} enable row level security, force row level security`);
      this.addSql(`create policy seen on ${table} for select using (${select})`);
      this.addSql(`create policy written on ${table} for insert with check (${insert})`);
    }
    const changes = `${own} or (state <> 'DRAFT' and (${central} or holds_role('event')))`;
    this.addSql(`create policy changed on contribution for update using (${changes}) with check (${changes})`);
  }
}
