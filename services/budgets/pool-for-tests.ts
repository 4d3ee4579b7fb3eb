import { randomUUID } from 'node:crypto';
import type { World } from '../../test/world.js';

/** A deed's answer: its payload, with the refusals' codes in short. */
// biome-ignore lint/suspicious/noExplicitAny: a payload has the shape of its question.
export type Answered = any;

const fields: Record<string, string> = {
  openBudget: 'budget { id name state currency annual calendarYears controlTotals version }',
  recordDeposit: 'alreadyRecorded transfer { id recordedAt postings { account { kind } amount { amount } } }',
  recordDeposits: `rows { row accepted id alreadyRecorded matched { amount } suspense { amount } userErrors { code message path } }`,
  matchDeposit: 'transfer { id postings { account { kind } amount { amount } } }',
  proposeAllocation: 'alreadyProposed allocation { id state hash version }',
  proposeAllocations: 'rows { row accepted id alreadyProposed state hash userErrors { code path } }',
  approveAllocation: 'allocation { id state approvedHash version }',
  approveAllocations: `rows { row accepted id state missing { amount }
    userErrors { __typename code ... on NotEnoughFunds { available { amount currency } } } }`,
  withdrawAllocation: 'allocation { id state version }',
  requestDrawdown: 'drawdown { id state version }',
  approveDrawdown: 'drawdown { id state reserved { amount } version }',
  payDrawdown: 'drawdown { id state paid { amount } reserved { amount } version } transfer { id }',
  reportExpenditure: 'transfer { id amount { amount } }',
  recommendAllocation: 'allocation { id state version }',
  releaseStage: 'allocation { id released { amount } stages { number gate amount { amount } releasedOn evidence } }',
  voidDrawdown: 'drawdown { id state endReason paid { amount } reserved { amount } version }',
  certifyExpenditure: 'transfers { id certificate { certifiedAt certifiedBy } }',
  freezeBudget: 'budget { id state stateReason version }',
  closePeriod: 'budget { id closedPeriods version }',
  closeBudget: 'budget { id state version }',
  requestVirement: 'virement { id state hash consent version }',
  approveVirement: 'virement { id state version }',
  withdrawVirement: 'virement { id state version }',
  refundDrawdown: 'transfer { id postings { account { kind } amount { amount } } }',
  returnToContributors: 'transfers { id contribution { id } amount { amount } }',
  carryOver: 'carriedOut { id effectiveOn financialYear reason } carriedIn { id effectiveOn financialYear }',
  lapseFunds: 'transfer { id effectiveOn reason amount { amount } }',
  stateOnwardFunding: 'contribution { id }',
  reverseTransfer: 'transfer { id recordedAt reverses { id } postings { account { kind } amount { amount } } }',
};

/** Does one deed through the public mutation, with a key of its own unless one is given. */
export async function deed(world: World, as: string, name: string, input: object): Promise<Answered> {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  const document = `mutation ($input: ${type}!) { answer: ${name}(input: $input) {
    ${fields[name]} replayed userErrors { __typename code message path
      ... on NotEnoughFunds { available { amount currency } } ... on CurrencyMismatch { expected }
      ... on LimitExceeded { limit { amount currency } } } } }`;
  const variables = { input: { idempotencyKey: randomUUID(), ...input } };
  const { data, errors } = await world.ask(document, { as, variables });
  return { ...data?.answer, errors, codes: (data?.answer?.userErrors ?? []).map(({ code }: { code: string }) => code) };
}

export const gbp = (amount: string) => ({ amount, currency: 'GBP' });

/** A pool of one host with the people who run it, and the words of its deeds. */
export class PoolForTests {
  readonly mission = `mission-${randomUUID()}`;
  readonly host = 'host-department';
  id = '';
  private made = 0;

  constructor(readonly world: World) {}

  async open(input: object = {}): Promise<this> {
    const { budget, codes, errors } = await deed(this.world, 'mission-delivery-unit.mission-finance', 'openBudget', {
      ...{ mission: this.mission, name: 'Pool', host: this.host, currency: 'GBP', annual: false },
      ...{ controlTotals: ['RDEL_PROGRAMME'], ...input },
    });
    if (!budget) throw new Error(JSON.stringify({ codes, errors }));
    this.id = budget.id;
    return this;
  }

  /** Commits contributions, as the contributions service would tell it. Answers the HTTP status. */
  commit(contributionId: string, amount: string, more: object = {}): Promise<number> {
    const { mission: missionId } = this;
    const contributorId = contributionId.split(':')[0];
    const commitment = { contributionId, contributorId, missionId, amount, budgetId: this.id || null, currency: 'GBP' };
    const data = { commitments: [{ ...commitment, effectiveOn: '2025-04-01', ...more }] };
    return this.world.event('budgets', { id: randomUUID(), type: 'contributions.committed', data });
  }

  writeOff(contributionId: string, amount: string): Promise<number> {
    const data = { contributionId, amount, currency: 'GBP', effectiveOn: '2025-09-01' };
    return this.world.event('budgets', { id: randomUUID(), type: 'contributions.written-off', data });
  }

  deposit(amount: string, input: object = {}): Promise<Answered> {
    return deed(this.world, `${this.host}.publisher`, 'recordDeposit', {
      ...{ budget: this.id, amount: gbp(amount), effectiveOn: '2025-05-01', reference: `bank ${++this.made}` },
      ...input,
    });
  }

  /** Puts so much into the pool, matched to a commitment of its own. */
  async fund(amount: string, effectiveOn = '2025-05-01'): Promise<void> {
    const contribution = `funder:${randomUUID()}`;
    await this.commit(contribution, amount);
    const { codes, errors } = await this.deposit(amount, { contribution, effectiveOn });
    if (codes.length > 0 || errors) throw new Error(JSON.stringify({ codes, errors }));
  }

  async propose(amount: string, input: object = {}): Promise<Answered> {
    return deed(this.world, `${this.host}.publisher`, 'proposeAllocation', {
      ...{ budget: this.id, amount: gbp(amount), purpose: 'Heat pumps', recipient: 'recipient-council' },
      ...{ effectiveOn: '2025-06-01', ...input },
    });
  }

  approve(allocation: string, input: object = {}): Promise<Answered> {
    return deed(this.world, `${this.host}.approver`, 'approveAllocation', { allocation, ...input });
  }

  /** An approved allocation of so much; answers its id. */
  async allocate(amount: string, input: object = {}): Promise<string> {
    const { allocation } = await this.propose(amount, input);
    const { codes, errors } = await this.approve(allocation.id);
    if (codes.length > 0 || errors) throw new Error(JSON.stringify({ codes, errors }));
    return allocation.id;
  }

  request(allocation: string, amount: string, input: object = {}): Promise<Answered> {
    const asked = { allocation, amount: gbp(amount), ...input };
    return deed(this.world, 'recipient-council.publisher', 'requestDrawdown', asked);
  }

  /** An approved drawdown of so much; answers its id. */
  async draw(allocation: string, amount: string, effectiveOn = '2025-07-01'): Promise<string> {
    const { drawdown } = await this.request(allocation, amount);
    const input = { drawdown: drawdown.id, effectiveOn };
    const { codes, errors } = await deed(this.world, `${this.host}.approver`, 'approveDrawdown', input);
    if (codes.length > 0 || errors) throw new Error(JSON.stringify({ codes, errors }));
    return drawdown.id;
  }

  pay(drawdown: string, input: object = {}): Promise<Answered> {
    return deed(this.world, `${this.host}.accounting-officer`, 'payDrawdown', {
      ...{ drawdown, effectiveOn: '2025-08-01', ...input },
    });
  }

  spend(allocation: string, amount: string, input: object = {}): Promise<Answered> {
    return deed(this.world, 'recipient-council.publisher', 'reportExpenditure', {
      ...{ allocation, amount: gbp(amount), effectiveOn: '2025-09-01', reference: 'invoice 1', ...input },
    });
  }

  reverse(transfer: string, input: object = {}): Promise<Answered> {
    return deed(this.world, `${this.host}.accounting-officer`, 'reverseTransfer', {
      ...{ transfer, reason: 'recorded twice', effectiveOn: '2025-12-01', ...input },
    });
  }

  /** The amounts of a statement, by word, without those that are zero. */
  async statement(cut = '', asKnownAt?: string): Promise<Record<string, string>> {
    const words =
      `committed deposited outstanding suspense unallocated allocated reserved drawnDown spent spentCertified
      refunded refundDue returned lapsed carriedIn carriedOut switched fxDifference`.split(/\s+/);
    const document = `query ($id: ID!) { pooledBudget(id: $id) { statement${cut} {
      ${words.map((word) => `${word} { amount }`).join(' ')} } } }`;
    const { data, errors } = await this.world.ask(document, { variables: { id: this.id }, asKnownAt });
    if (errors) throw new Error(JSON.stringify(errors));
    const found = Object.entries(data.pooledBudget.statement as Record<string, { amount: string } | null>);
    return Object.fromEntries(
      found.flatMap(([word, money]) => (money && Number(money.amount) !== 0 ? [[word, money.amount]] : [])),
    );
  }

  async transferIds(): Promise<string[]> {
    const document = `query ($id: ID!) { pooledBudget(id: $id) { transfers(first: 100) { nodes { id kind } } } }`;
    const { data } = await this.world.ask(document, { variables: { id: this.id } });
    return data.pooledBudget.transfers.nodes.map(({ id }: { id: string }) => id);
  }
}
