import type { Service } from '../kernel/service.js';
import { AcceptTerms } from './accept-terms.js';
import { AccountableNow, AccountableTotals } from './accountable.resolver.js';
import { Agreement } from './agreement.js';
import { AnswerHelp } from './answer-help.js';
import { AskForHelp } from './ask-for-help.js';
import { AssignContribution } from './assign-contribution.js';
import { contributions as contributionsById } from './belongings.js';
import {
  AgreementResolver,
  CommitmentApprovalResolver,
  ContributionInstalmentResolver,
  ContributionStepResolver,
  ContributionVersionResolver,
  NegotiationRoundResolver,
  RiskShareResolver,
} from './belongings.resolver.js';
import { CertifySubmission } from './certify-submission.js';
import { CommitContribution } from './commit-contribution.js';
import { CommitContributions } from './commit-contributions.js';
import {
  ConditionResolver,
  ContributionConditions,
  StageGateResolver,
  VersionConditions,
} from './condition.resolver.js';
import { ConditionJudgement } from './condition-judgement.js';
import { Contribution } from './contribution.js';
import { ContributionConnectionResolver, ContributionResolver } from './contribution.resolver.js';
import { DeclineContribution } from './decline-contribution.js';
import { DeclineVariation } from './decline-variation.js';
import { HelpAnswer, HelpRequest } from './help-request.js';
import {
  HelpAnswerResolver,
  HelpRequestConnectionResolver,
  HelpRequestResolver,
  MissionHelp,
  OrganisationHelp,
} from './help-request.resolver.js';
import { CommitmentApproval, ContributionStep } from './history.js';
import { JudgeCondition } from './judge-condition.js';
import { lapseContributions } from './lapse-contributions.js';
import { LateInstalments } from './late-instalments.js';
import { Lever } from './lever.js';
import { LeverResolver } from './lever.resolver.js';
import { Contributions } from './migrations/0001-contributions.js';
import { Guards } from './migrations/0002-guards.js';
import { RowLevelSecurity } from './migrations/0003-row-level-security.js';
import { RunningTotals } from './migrations/0004-running-totals.js';
import { SealedRoots } from './migrations/0005-sealed-roots.js';
import { AfterAgreement } from './migrations/0007-after-agreement.js';
import { HelpRequests } from './migrations/0008-help-requests.js';
import { Successors } from './migrations/0009-successors.js';
import { Stores as StoresMigration } from './migrations/0010-stores.js';
import { Submissions } from './migrations/0011-submissions.js';
import { PaymentStatements } from './migrations/0012-payment-statements.js';
import { OffersArePrivate } from './migrations/0013-offers-are-private.js';
import { Webhooks } from './migrations/0014-webhooks.js';
import { WriteOffApprovals as WriteOffApprovalsMigration } from './migrations/0015-write-off-approvals.js';
import { PublishingForPredecessors } from './migrations/0016-publishing-for-predecessors.js';
import { QuickChecks } from './migrations/0017-quick-checks.js';
import { ContributionsInTime } from './migrations/0018-contributions-in-time.js';
import { Mission, MissionResolver, TotalsOfAll } from './mission.js';
import { NegotiationRound } from './negotiation-round.js';
import { Organisation, OrganisationResolver } from './organisation.js';
import { PaymentStatement } from './payment-statement.js';
import {
  ContributionStatements,
  PaymentStatementResolver,
  StatedPaymentResolver,
} from './payment-statement.resolver.js';
import { PledgeContribution } from './pledge-contribution.js';
import { Challenge, Measure, PooledBudget } from './pointers.js';
import { postToWebhook } from './post-to-webhook.js';
import { ProposeTerms } from './propose-terms.js';
import { PublishContributions } from './publish-contributions.js';
import { PublishSubmission } from './publish-submission.js';
import { PublishingQueueResolver } from './publishing-queue.resolver.js';
import { OrganisationReceipts, ReceiptResolver } from './receipt.resolver.js';
import { receiveClosings } from './receive-closings.js';
import { receiveDeposits } from './receive-deposits.js';
import { receiveFigures } from './receive-figures.js';
import { receiveSeals } from './receive-seals.js';
import { receiveSuccessions } from './receive-successions.js';
import { RegisterWebhook } from './register-webhook.js';
import { RemoveWebhook } from './remove-webhook.js';
import { ReplayWebhook } from './replay-webhook.js';
import { ResumeContribution } from './resume-contribution.js';
import { StatePayments } from './state-payments.js';
import { storesSetting } from './store-addresses.js';
import { placesNotice, Stores } from './stores.js';
import {
  OrganisationSubmissions,
  SubmissionResolver,
  SubmissionStepResolver,
  SubmittedRowResolver,
} from './submission.resolver.js';
import { SuspendContribution } from './suspend-contribution.js';
import { Target, targetOf } from './target.js';
import { TargetResolver } from './target.resolver.js';
import { sender } from './telling-budgets.js';
import { ContributionVariations } from './variation.resolver.js';
import { VaryContribution } from './vary-contribution.js';
import { ContributionAmount, ContributionVersion } from './version.js';
import { Webhook } from './webhook.js';
import { OrganisationWebhooks, WebhookResolver } from './webhook.resolver.js';
import { openWebhooks, webhookHostsSetting } from './webhook-hosts.js';
import { WithdrawContribution } from './withdraw-contribution.js';
import { ContributionWriteOff, MoreThanOutstanding } from './write-off.js';
import { ContributionWriteOffs, WriteOffApprovalResolver, WriteOffApprovals } from './write-off.resolver.js';
import { NotWhatWaits, WriteOffApproval } from './write-off-approval.js';
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
    TargetResolver,
    OrganisationResolver,
    PledgeContribution,
    ProposeTerms,
    AcceptTerms,
    DeclineContribution,
    WithdrawContribution,
    CommitContribution,
    CommitContributions,
    ...[WriteOffContribution, ContributionWriteOffs, WriteOffApprovals, WriteOffApprovalResolver],
    PublishContributions,
    ...[PublishSubmission, CertifySubmission, SubmissionResolver, SubmittedRowResolver, OrganisationSubmissions],
    ...[SubmissionStepResolver, ReceiptResolver, OrganisationReceipts],
    PublishingQueueResolver,
    ...[LateInstalments, LeverResolver, TotalsOfAll],
    ...[StatePayments, ContributionStatements, PaymentStatementResolver, StatedPaymentResolver],
    ...[ContributionConditions, VersionConditions, ConditionResolver, StageGateResolver, RiskShareResolver],
    ...[ContributionVariations, VaryContribution, DeclineVariation],
    ...[HelpRequestResolver, HelpAnswerResolver, HelpRequestConnectionResolver, MissionHelp, OrganisationHelp],
    ...[AskForHelp, AnswerHelp],
    ...[AccountableNow, AccountableTotals, AssignContribution],
    ...[RegisterWebhook, RemoveWebhook, ReplayWebhook, WebhookResolver, OrganisationWebhooks],
    ...[JudgeCondition, SuspendContribution, ResumeContribution],
  ],
  types: [Mission, Organisation, Challenge, Lever, Target, Measure, PooledBudget, MoreThanOutstanding, NotWhatWaits],
  tables: [
    Contribution,
    ContributionVersion,
    ContributionAmount,
    ContributionStep,
    NegotiationRound,
    Agreement,
    CommitmentApproval,
    ContributionWriteOff,
    WriteOffApproval,
    ConditionJudgement,
    HelpRequest,
    HelpAnswer,
    PaymentStatement,
    Webhook,
  ],
  references: {
    Contribution: ({ id }, context) => context.load(contributionsById, id!),
    Mission: ({ id }) => ({ id }),
    Organisation: ({ id }) => ({ id }),
    Lever: ({ id }) => ({ id }),
    Target: (given) => targetOf(given),
  },
  migrations: [
    { name: '0001-contributions', class: Contributions },
    { name: '0002-guards', class: Guards },
    { name: '0003-row-level-security', class: RowLevelSecurity },
    { name: '0004-running-totals', class: RunningTotals },
    { name: '0005-sealed-roots', class: SealedRoots },
    { name: '0007-after-agreement', class: AfterAgreement },
    { name: '0008-help-requests', class: HelpRequests },
    { name: '0009-successors', class: Successors },
    { name: '0010-stores', class: StoresMigration },
    { name: '0011-submissions', class: Submissions },
    { name: '0012-payment-statements', class: PaymentStatements },
    { name: '0013-offers-are-private', class: OffersArePrivate },
    { name: '0014-webhooks', class: Webhooks },
    { name: '0015-write-off-approvals', class: WriteOffApprovalsMigration },
    { name: '0016-publishing-for-predecessors', class: PublishingForPredecessors },
    { name: '0017-quick-checks', class: QuickChecks },
    { name: '0018-contributions-in-time', class: ContributionsInTime },
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
    write_off_approval: 'select, insert',
    ledger_deposit: 'select, insert',
    condition_judgement: 'select, insert',
    succession: 'select, insert (contributor_id, heirs)',
    accountability: 'select, insert',
    help_request: 'select, insert',
    help_answer: 'select, insert',
    ledger_closing: 'select, insert',
    measure_figure: 'select, insert (observation_id, measure_id, period, value, released_at)',
    sealed_root: 'select, insert (pool_id, number, hash, signature)',
    contribution_total: 'select',
    contribution_count: 'select',
    organisation_place: 'select',
    published_batch: 'select, insert',
    submission: 'select, insert',
    submission_batch: 'select, insert',
    submitted_row: 'select, insert',
    submission_certification: 'select, insert',
    webhook: 'select, insert',
    webhook_end: 'select, insert (webhook_id, contributor_id, state, by_subject)',
    payment_statement: `select, insert (contribution_id, ordinal, contributor_id, currency, stated, payments, gone_because,
      by_subject, by_organisation, released_at)`,
    payment_evidence: 'select, insert',
  },
  settings: { CONTRIBUTION_STORES: storesSetting, WEBHOOK_HOSTS: webhookHostsSetting },
  notice: placesNotice,
  handTo: postToWebhook,
  databases: (parts) => {
    openWebhooks(parts);
    return Stores.open(parts);
  },
  receives: {
    'budgets.deposited': receiveDeposits,
    'budgets.sealed': receiveSeals,
    'budgets.closed': receiveClosings,
    'outcomes.published': receiveFigures,
    'missions.succeeded': receiveSuccessions,
  },
  tasks: { 'lapse-contributions': { cron: '* * * * *', run: lapseContributions } },
};
