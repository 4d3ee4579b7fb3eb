import { historyPrivileges } from '../kernel/database.js';
import type { Service } from '../kernel/service.js';
import { AccountHistory, PooledBudgetAccounts } from './account-reading.resolver.js';
import { Allocation, allocations } from './allocation.js';
import { AllocationResolver } from './allocation.resolver.js';
import { AllocationStage } from './allocation-stage.js';
import { CurrencyMismatch } from './amount.js';
import { ApproveAllocation } from './approve-allocation.js';
import { ApproveAllocations } from './approve-allocations.js';
import { ApproveDrawdown } from './approve-drawdown.js';
import { ApproveVirement } from './approve-virement.js';
import { CarryOver } from './carry-over.js';
import { TransferCertificate } from './certificate.resolver.js';
import { CertifyExpenditure } from './certify-expenditure.js';
import { Challenge } from './challenge.js';
import { MoneyOfChallenge, MoneyOfLearningCycle, PoolOfChallengeMoney } from './challenge-money.resolver.js';
import { CloseBudget } from './close-budget.js';
import { ClosePeriod } from './close-period.js';
import { Contribution, ContributionDeposits } from './contribution.js';
import { BudgetThenAndNowResolver, Decision, DecisionBudgets, decisionOf } from './decision.js';
import { OrganisationDelivered } from './delivered.resolver.js';
import { DiscrepancyResolver } from './discrepancy.resolver.js';
import { Drawdown, drawdowns } from './drawdown.js';
import { DrawdownResolver } from './drawdown.resolver.js';
import { expectCommitments } from './expect-commitments.js';
import { Expected } from './expected.js';
import { expireDrawdowns } from './expire-drawdowns.js';
import { FreezeBudget } from './freeze-budget.js';
import { FundingOfAllocation, FundingOfTransfer } from './funding.resolver.js';
import { LapseFunds } from './lapse-funds.js';
import { cycleOf, LearningCycle } from './learning-cycle.js';
import { Account } from './ledger/account.js';
import { NotEnoughFunds } from './ledger/not-enough-funds.js';
import { SealRoot } from './ledger/seal/seal-root.js';
import { sealing } from './ledger/seal/sealing.js';
import { sender } from './ledger/tell-deposited.js';
import { Transfer } from './ledger/transfer.js';
import { LimitExceeded } from './limit-exceeded.js';
import { MatchDeposit } from './match-deposit.js';
import { Pools } from './migrations/0001-pools.js';
import { LedgerTables } from './migrations/0002-ledger.js';
import { LedgerGuards } from './migrations/0003-ledger-guards.js';
import { Proof } from './migrations/0004-proof.js';
import { Certificates } from './migrations/0005-certificates.js';
import { Seals } from './migrations/0006-seals.js';
import { Controls } from './migrations/0007-controls.js';
import { MovingMoney } from './migrations/0009-moving-money.js';
import { StatedPayments } from './migrations/0010-stated-payments.js';
import { OnwardFunding } from './migrations/0011-onward-funding.js';
import { MoneyOfChallenges } from './migrations/0012-money-of-challenges.js';
import { SumsThatStaySmall } from './migrations/0013-sums-that-stay-small.js';
import { QuickChecks } from './migrations/0014-quick-checks.js';
import { ProvenanceOfAllocations } from './migrations/0015-provenance-of-allocations.js';
import { FiltersAndOrders } from './migrations/0016-filters-and-orders.js';
import { FirstDayOfPools } from './migrations/0017-first-day-of-pools.js';
import { HashOfDrawdowns } from './migrations/0018-hash-of-drawdowns.js';
import { SumsOfHours } from './migrations/0019-sums-of-hours.js';
import { PastDaysByAccount } from './migrations/0020-past-days-by-account.js';
import { Mission, MissionBudgets } from './mission.js';
import { ContributionOnward } from './onward-funding.resolver.js';
import { OpenBudget } from './open-budget.js';
import { Organisation } from './organisation.js';
import { PayDrawdown } from './pay-drawdown.js';
import { budgets as budgetsById, PooledBudget } from './pooled-budget.js';
import { AccountResolver, ExpectedResolver, PooledBudgetResolver } from './pooled-budget.resolver.js';
import { ProposeAllocation } from './propose-allocation.js';
import { ProposeAllocations } from './propose-allocations.js';
import { ContributionReceipts } from './receipts.resolver.js';
import { receiveStatements } from './receive-statements.js';
import { RecommendAllocation } from './recommend-allocation.js';
import { RecordDeposit } from './record-deposit.js';
import { RecordDeposits } from './record-deposits.js';
import { RefundDrawdown } from './refund-drawdown.js';
import { ReleaseStage } from './release-stage.js';
import { ReportExpenditure } from './report-expenditure.js';
import { RequestDrawdown } from './request-drawdown.js';
import { RequestVirement } from './request-virement.js';
import { ReturnToContributors } from './return-to-contributors.js';
import { ReverseTransfer } from './reverse-transfer.js';
import { PooledBudgetSeals, TransferSeal } from './seal.resolver.js';
import { StateOnwardFunding } from './state-onward-funding.js';
import {
  ContributionTraceResolver,
  TracedAllocationResolver,
  TracedPlaceResolver,
  TraceOfContribution,
} from './trace.resolver.js';
import { TransferResolver, transfers } from './transfer.resolver.js';
import { Virement, virements } from './virement.js';
import { BudgetVirements, TransferVirement, VirementResolver } from './virement.resolver.js';
import { VoidDrawdown } from './void-drawdown.js';
import { WithdrawAllocation } from './withdraw-allocation.js';
import { WithdrawVirement } from './withdraw-virement.js';
import { writeOffExpected } from './write-off-expected.js';
import { BudgetYearEnd } from './year-end.resolver.js';

/** The ledger of pooled budgets: what is expected, came in, was set aside, paid and spent. */
export const budgets: Service = {
  name: 'budgets',
  resolvers: [
    ...([PooledBudgetResolver, ExpectedResolver, AccountResolver, TransferResolver, AllocationResolver] as const),
    ...[
      DrawdownResolver,
      DiscrepancyResolver,
      MissionBudgets,
      ContributionDeposits,
      ContributionReceipts,
      OrganisationDelivered,
    ],
    ...[OpenBudget, RecordDeposit, RecordDeposits, MatchDeposit, ReverseTransfer],
    ...[ProposeAllocation, ProposeAllocations, ApproveAllocation, ApproveAllocations, WithdrawAllocation],
    ...[RequestDrawdown, ApproveDrawdown, PayDrawdown, ReportExpenditure],
    ...[RecommendAllocation, ReleaseStage, VoidDrawdown, CertifyExpenditure, TransferCertificate],
    ...[FreezeBudget, ClosePeriod, CloseBudget],
    ...[TransferSeal, PooledBudgetSeals, PooledBudgetAccounts, AccountHistory],
    ...[VirementResolver, BudgetVirements, TransferVirement, RequestVirement, ApproveVirement, WithdrawVirement],
    ...[RefundDrawdown, ReturnToContributors, CarryOver, LapseFunds, BudgetYearEnd],
    ...[TraceOfContribution, ContributionTraceResolver, TracedPlaceResolver, TracedAllocationResolver],
    ...[DecisionBudgets, BudgetThenAndNowResolver, MoneyOfChallenge, MoneyOfLearningCycle, PoolOfChallengeMoney],
    ...[FundingOfAllocation, FundingOfTransfer, ContributionOnward, StateOnwardFunding],
  ],
  types: [
    Mission,
    Contribution,
    Organisation,
    Challenge,
    Decision,
    LearningCycle,
    NotEnoughFunds,
    CurrencyMismatch,
    LimitExceeded,
  ],
  tables: [PooledBudget, Expected, Allocation, AllocationStage, Drawdown, Virement, Account, Transfer, SealRoot],
  references: {
    PooledBudget: ({ id }, context) => context.load(budgetsById, id!),
    Allocation: ({ id }, context) => context.load(allocations, id!),
    Drawdown: ({ id }, context) => context.load(drawdowns, id!),
    Transfer: ({ id }, context) => context.load(transfers, id!),
    Virement: ({ id }, context) => context.load(virements, id!),
    Mission: ({ id }) => Object.assign(new Mission(), { id }),
    Contribution: ({ id }) => Object.assign(new Contribution(), { id }),
    Organisation: ({ id }) => Object.assign(new Organisation(), { id }),
    Decision: decisionOf,
    Challenge: ({ id }) => Object.assign(new Challenge(), { id }),
    LearningCycle: cycleOf,
  },
  migrations: [
    { name: '0001-pools', class: Pools },
    { name: '0002-ledger', class: LedgerTables },
    { name: '0003-ledger-guards', class: LedgerGuards },
    { name: '0004-proof', class: Proof },
    { name: '0005-certificates', class: Certificates },
    { name: '0006-seals', class: Seals },
    { name: '0007-controls', class: Controls },
    { name: '0009-moving-money', class: MovingMoney },
    { name: '0010-stated-payments', class: StatedPayments },
    { name: '0011-onward-funding', class: OnwardFunding },
    { name: '0012-money-of-challenges', class: MoneyOfChallenges },
    { name: '0013-sums-that-stay-small', class: SumsThatStaySmall },
    { name: '0014-quick-checks', class: QuickChecks },
    { name: '0015-provenance-of-allocations', class: ProvenanceOfAllocations },
    { name: '0016-filters-and-orders', class: FiltersAndOrders },
    { name: '0017-first-day-of-pools', class: FirstDayOfPools },
    { name: '0018-hash-of-drawdowns', class: HashOfDrawdowns },
    { name: '0019-sums-of-hours', class: SumsOfHours },
    { name: '0020-past-days-by-account', class: PastDaysByAccount },
  ],
  // When something was recorded, and every running sum, is the database's own to write.
  privileges: {
    pooled_budget: 'select, insert, update',
    expected: `select, insert (id, mission_id, contributor_id, pool_id, currency, committed, effective_on),
      update (mission_id, contributor_id, pool_id, committed, written_off, effective_on)`,
    expected_change: 'select',
    expected_total: 'select',
    allocation: 'select, insert, update (state, recommended_by, approved_by, approved_as, approved_hash, version)',
    allocation_stage:
      'select, insert (allocation_id, number, gate, amount_minor), update (released_by, released_on, evidence)',
    drawdown: 'select, insert, update (state, approved_by, approved_hash, expires_on, end_reason, version)',
    virement: 'select, insert, update (state, approved_by, approved_as, version)',
    account: 'select',
    account_day: 'select',
    account_hour: 'select',
    account_movement: 'select',
    holding: 'select',
    transfer: `select, insert (id, kind, pool_id, currency, amount_minor, effective_on, financial_year, period, control_total,
      reason, reference, consent, virement_id, reverses_id, requested_by, approved_by, contribution_id, allocation_id, drawdown_id, deposit_id,
      received_minor, received_currency, exchange_rate, exchanged_on, realised_minor)`,
    posting: 'select, insert',
    expenditure_certificate: 'select, insert (transfer_id, certified_by)',
    account_certified: 'select',
    certified_day: 'select',
    certified_hour: 'select',
    onward_funding: 'select, insert (contribution_id, allocation_id, stated_by)',
    stated_payment: `select, insert (contribution_id, ordinal, contributor_id, mission_id, pool_id, currency, stated, payments,
      gone_because, known_at)`,
    unsealed: 'select',
    seal: 'select, insert',
    seal_root: 'select, insert',
    ...historyPrivileges('pooled_budget', 'allocation', 'drawdown', 'virement'),
  },
  sendsTo: sender.sendsTo,
  background: sealing,
  tasks: { 'expire-drawdowns': { cron: '* * * * *', run: expireDrawdowns } },
  receives: {
    'contributions.committed': expectCommitments,
    'contributions.written-off': writeOffExpected,
    'contributions.stated': receiveStatements,
  },
};
