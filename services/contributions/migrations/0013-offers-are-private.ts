import { Migration } from '../../kernel/migration.js';

const inside = `holds_role('auditor') or is_own(contributor_id)`;
const others = `holds_role('mission-unit') or holds_role('mission-finance') or holds_role('event')`;

/** What is offered for a binding contribution, and its approval, is between the two sides and auditors until it is binding. */
export class OffersArePrivate extends Migration {
  override up(): void {
    // In plpgsql, so that it stays a look-up for each row that is read, of which there are few.
    this.addSql(`create function has_stood_on(contribution text, version integer) returns boolean language plpgsql stable as $$
      begin
        return exists (select from contribution_state s where s.contribution_id = contribution and s.number = version);
      end $$`);
    this.addSql(`create function has_stood_on_hash(contribution text, version_hash text) returns boolean language plpgsql stable as $$
      begin
        return exists (select from contribution_version v where v.contribution_id = contribution and v.hash = version_hash);
      end $$`);
    this.addSql(`alter policy seen on contribution_version
      using ((not is_draft and (${others} or has_stood_on(contribution_id, number))) or ${inside})`);
    // Whoever does not see the version does not see that it was approved.
    this.addSql(`alter policy seen on commitment_approval
      using (${others} or ${inside} or has_stood_on_hash(contribution_id, version_hash))`);
  }
}
