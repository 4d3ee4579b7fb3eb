import type { Context } from '../kernel/context.js';
import { approvalsOf, isInside, stepsOf, versionsOf } from './belongings.js';
import type { Contribution } from './contribution.js';
import type { CommitmentApproval } from './history.js';
import type { ContributionVersion } from './version.js';

// What is offered for a binding contribution is between the two sides until it is binding itself.

/** The versions the caller may see: for all but the two sides and auditors those it has stood on, as known. */
export async function versionsFor(
  { id, contributorId }: Contribution,
  context: Context,
): Promise<ContributionVersion[]> {
  const versions = (await context.load(versionsOf, id)) ?? [];
  if (await isInside(context, contributorId)) return versions;
  const steps = (await context.load(stepsOf, id)) ?? [];
  return versions.filter(({ number }) => steps.some((step) => step.number === number));
}

/** The approvals of those versions. */
export async function approvalsFor(contribution: Contribution, context: Context): Promise<CommitmentApproval[]> {
  const approvals = (await context.load(approvalsOf, contribution.id)) ?? [];
  if (approvals.length === 0 || (await isInside(context, contribution.contributorId))) return approvals;
  const versions = await versionsFor(contribution, context);
  return approvals.filter(({ versionHash }) => versions.some(({ hash }) => hash === versionHash));
}
