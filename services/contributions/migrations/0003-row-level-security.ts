import { Migration } from '../../kernel/migration.js';

const auditor = `holds_role('auditor')`;
const own = `is_own(contributor_id)`;
const central = `(holds_role('mission-unit') or holds_role('mission-finance'))`;

/**
 * Who sees and writes which rows: on each table by its own columns alone, so that no policy has to look anywhere else.
 * Roles come before ownership, which for another body's row asks the register of successors.
 */
const policies: Record<string, { select: string; insert: string }> = {
  contribution: { select: `state <> 'DRAFT' or ${auditor} or ${own}`, insert: own },
  contribution_version: {
    select: `not is_draft or ${auditor} or ${own}`,
    insert: `(not is_draft and holds_role('mission-unit')) or ${own}`,
  },
  contribution_amount: {
    select: `not is_draft or ${auditor} or ${own}`,
    insert: `(not is_draft and holds_role('mission-unit')) or ${own}`,
  },
  contribution_evidence: {
    select: `${auditor} or (not is_draft and ${central}) or ${own}`,
    insert: `(not is_draft and holds_role('mission-unit')) or ${own}`,
  },
  contribution_state: {
    select: `state <> 'DRAFT' or ${auditor} or ${own}`,
    insert: `(state <> 'DRAFT' and (${central} or holds_role('event'))) or ${own}`,
  },
  negotiation_round: {
    select: `${auditor} or ${central} or ${own}`,
    insert: `(side = 'MISSION' and holds_role('mission-unit')) or (side = 'CONTRIBUTOR' and ${own})`,
  },
  agreement: { select: `true`, insert: `(not concluded_outside and holds_role('mission-unit')) or ${own}` },
  commitment_approval: {
    select: `true`,
    insert: `is_own(organisation) and ((side = 'MISSION' and holds_role('mission-finance'))
      or (side = 'CONTRIBUTOR' and holds_role('accounting-officer') and ${own}))`,
  },
  write_off: { select: `true`, insert: `holds_role('accounting-officer') and ${own}` },
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
    const changes = `(state <> 'DRAFT' and (${central} or holds_role('event'))) or ${own}`;
    this.addSql(`create policy changed on contribution for update using (${changes}) with check (${changes})`);
  }
}
