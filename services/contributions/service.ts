import type { Service } from '../kernel/service.js';
import { AcceptTerms } from './accept-terms.js';
import { Agreement } from './agreement.js';
import { contributions as contributionsById } from './belongings.js';
import {
  AgreementResolver,
  CommitmentApprovalResolver,
  ContributionInstalmentResolver,
  ContributionStepResolver,
  ContributionVersionResolver,
  NegotiationRoundResolver,
} from './belongings.resolver.js';
import { CommitContribution } from './commit-contribution.js';
import { CommitContributions } from './commit-contributions.js';
import { Contribution } from './contribution.js';
import { ContributionConnectionResolver, ContributionResolver } from './contribution.resolver.js';
import { DeclineContribution } from './decline-contribution.js';
import { CommitmentApproval, ContributionStep } from './history.js';
import { Contributions } from './migrations/0001-contributions.js';
import { Guards } from './migrations/0002-guards.js';
import { RowLevelSecurity } from './migrations/0003-row-level-security.js';
import { RunningTotals } from './migrations/0004-running-totals.js';
import { SealedRoots } from './migrations/0005-sealed-roots.js';
import { Mission, MissionResolver } from './mission.js';
import { NegotiationRound } from './negotiation-round.js';
import { Organisation, OrganisationResolver } from './organisation.js';
import { PledgeContribution } from './pledge-contribution.js';
import { Challenge, Lever, PooledBudget } from './pointers.js';
import { ProposeTerms } from './propose-terms.js';
import { PublishContributions } from './publish-contributions.js';
import { receiveDeposits } from './receive-deposits.js';
import { receiveSeals } from './receive-seals.js';
import { sender } from './telling-budgets.js';
import { ContributionAmount, ContributionVersion } from './version.js';
import { WithdrawContribution } from './withdraw-contribution.js';
import { ContributionWriteOff, MoreThanOutstanding } from './write-off.js';
import { WriteOffContribution } from './write-off-contribution.js';

/** What organisations contribute to missions: negotiated, agreed, committed; each organisation writes its own. */
export const contributions: Service = {
  ...sender,
  name: 'contributions',
  resolvers: [
    ContributionResolver,
    ContributionConnectionResolver,
    ContributionVersionResolver,
    ContributionInstalmentResolver,
    AgreementResolver,
    NegotiationRoundResolver,
    ContributionStepResolver,
    CommitmentApprovalResolver,
    MissionResolver,
    OrganisationResolver,
    PledgeContribution,
    ProposeTerms,
    AcceptTerms,
    DeclineContribution,
    WithdrawContribution,
    CommitContribution,
    CommitContributions,
    WriteOffContribution,
    PublishContributions,
  ],
  types: [Mission, Organisation, Challenge, Lever, PooledBudget, MoreThanOutstanding],
  tables: [
    Contribution,
    ContributionVersion,
    ContributionAmount,
    ContributionStep,
    NegotiationRound,
    Agreement,
    CommitmentApproval,
    ContributionWriteOff,
  ],
  references: {
    Contribution: ({ id }, context) => context.load(contributionsById, id!),
    Mission: ({ id }) => ({ id }),
    Organisation: ({ id }) => ({ id }),
  },
  migrations: [
    { name: '0001-contributions', class: Contributions },
    { name: '0002-guards', class: Guards },
    { name: '0003-row-level-security', class: RowLevelSecurity },
    { name: '0004-running-totals', class: RunningTotals },
    { name: '0005-sealed-roots', class: SealedRoots },
  ],
  privileges: {
    contribution: 'select, insert, update (state, number, version, source_hash)',
    contribution_version: 'select, insert',
    contribution_amount: 'select, insert',
    contribution_evidence: 'select, insert',
    contribution_state: 'select, insert',
    negotiation_round: 'select, insert',
    agreement: 'select, insert',
    commitment_approval: 'select, insert',
    write_off: 'select, insert',
    ledger_deposit: 'select, insert',
    sealed_root: 'select, insert (pool_id, number, hash, signature)',
    contribution_total: 'select',
    contribution_count: 'select',
  },
  receives: { 'budgets.deposited': receiveDeposits, 'budgets.sealed': receiveSeals },
};
