import type { PoolModel } from './ledger-model-for-tests.js';
import { nextYear, year } from './ledger-sketch-for-tests.js';
import { type Answered, gbp, type PoolForTests } from './pool-for-tests.js';

export const days = ['2025-05-01', '2025-06-01', '2025-07-01', '2025-08-01', '2025-09-01', '2026-04-20'];
export const totals = ['RDEL_PROGRAMME', 'CDEL'];

/** One thing somebody tries. Which of what there is, is counted round; the rest is taken where the deed has use for it. */
export interface Step {
  name: string;
  /** In pence. */
  amount: number;
  day: string;
  which: number;
  other: number;
  flag: boolean;
}

/** What is known of a pool: the ids of what was made in it. */
export interface Known {
  pool: PoolForTests;
  contributions: string[];
  deposits: string[];
  allocations: string[];
  drawdowns: string[];
  virements: string[];
  /** Those that reverse no other, in the order they were written. */
  transfers: { id: string; kind: string }[];
  receipts: number;
  closed: number;
}

export interface Try {
  as: string;
  deed: string;
  input: object;
  /** What a plain model says: all reasons to refuse it, none when it is done. */
  model(model: PoolModel, answer: Answered): string[];
  note?(answer: Answered): void;
}
export type Tries = Record<string, () => Try | null>;

export const money = (pence: number) => gbp((pence / 100).toFixed(2));
export const of = <Each>(all: readonly Each[], which: number): Each | undefined => all[which % all.length];

/** A part of an amount, where the whole would mostly be too much. */
export const partOf = (amount: number) => Math.ceil(amount / 6);
const yearOf = (day: string) => (day < '2026-04-01' ? year : nextYear);

/** What a step means, by its name: deposits, allocations and what controls a pool. */
export const triesOf = (known: Known, step: Step): Tries => ({
  ...deposited(known, step),
  ...setAside(known, step),
  ...controlled(known, step),
});

function deposited(known: Known, { amount, day, which, other, flag }: Step): Tries {
  const { host, id: budget } = known.pool;
  const as = `${host}.publisher`;
  const contribution = known.contributions[which % (known.contributions.length + 1)];
  const at = { year: yearOf(day), total: totals[other % 2]!, day };
  const deposit = (payer = contribution, realised?: number): Try => {
    const paid = { received: { amount: '77.70', currency: 'EUR' }, rate: '0.86', on: day };
    const exchange = realised ? { ...paid, realised: money(realised) } : undefined;
    const receipt = { budget, contribution: payer, amount: money(amount), effectiveOn: day, controlTotal: at.total };
    return {
      ...{ as, deed: 'recordDeposit', input: { ...receipt, exchange, reference: `receipt ${++known.receipts}` } },
      model: (model) => model.deposit(payer ?? null, at, amount, realised),
      note: ({ transfer }) => known.deposits.push(transfer.id),
    };
  };
  return {
    deposit: () => deposit(),
    depositForeign: () => deposit(contribution, flag ? amount + 1 + other : Math.max(1, amount - 1 - other)),
    depositUnnamed: () => deposit('somebody'),
    match: () => matching(known, of(known.deposits, which), { day, other, amount: partOf(amount) }),
    matchLatest: () => matching(known, known.deposits.at(-1), { day, other, amount: partOf(amount) }),
  };
}

function matching(
  known: Known,
  deposit: string | undefined,
  { day, other, amount }: Pick<Step, 'day' | 'other' | 'amount'>,
): Try | null {
  const contribution = of(known.contributions, other);
  if (!deposit || !contribution) return null;
  const place = known.deposits.indexOf(deposit);
  const found = ({ transfers }: PoolModel) =>
    transfers.filter(({ kind, reverses }) => kind === 'DEPOSIT' && !reverses)[place]!;
  const input = { deposit, contribution, amount: money(amount), effectiveOn: day };
  return {
    ...{ as: `${known.pool.host}.publisher`, deed: 'matchDeposit', input },
    model: (model) => model.match(found(model), contribution, day, amount),
  };
}

function setAside(known: Known, { amount, day, which, other, flag }: Step): Tries {
  const { host, id: budget } = known.pool;
  const total = totals[other % 2]!;
  const stages = flag && amount > 1 ? [amount >> 1, amount - (amount >> 1)] : [];
  const id = of(known.allocations, which);
  const approve = (allocation?: string): Try | null => {
    if (!allocation) return null;
    const input = { allocation, effectiveOn: day };
    return {
      as: `${host}.approver`,
      deed: 'approveAllocation',
      input,
      model: (model) => model.approve(allocation, day),
    };
  };
  const step = (as: string, name: string, from: string[], to: 'RECOMMENDED' | 'WITHDRAWN'): Try | null => {
    if (!id) return null;
    return {
      as,
      deed: name,
      input: { allocation: id },
      model: ({ allocations }) => stepped(allocations.get(id)!, from, to),
    };
  };
  const release = (allocation?: string, number = 1) => (allocation ? releasing(known, allocation, number) : null);
  return {
    propose: () => ({
      ...{ as: `${host}.publisher`, deed: 'proposeAllocation' },
      input: {
        ...{ budget, amount: money(amount), purpose: 'Heat pumps', recipient: 'recipient-council' },
        ...{ effectiveOn: day, controlTotal: total },
        stages: stages.map((part, place) => ({ gate: `Gate ${place + 1}`, amount: money(part) })),
      },
      note: ({ allocation }) => known.allocations.push(allocation.id),
      model(model, { allocation }) {
        const proposed = { state: 'PROPOSED' as const, amount, day, year: yearOf(day), total, stages, released: 0 };
        model.allocations.set(allocation.id, proposed);
        return [];
      },
    }),
    approve: () => approve(id),
    approveLatest: () => approve(known.allocations.at(-1)),
    recommend: () => step('mission-delivery-unit.mission-unit', 'recommendAllocation', ['PROPOSED'], 'RECOMMENDED'),
    withdraw: () => step(`${host}.publisher`, 'withdrawAllocation', ['PROPOSED', 'RECOMMENDED'], 'WITHDRAWN'),
    release: () => release(id, (other % 2) + 1),
    releaseLatest: () => release(known.allocations.at(-1)),
  };
}

function releasing({ pool }: Known, allocation: string, number: number): Try {
  const input = { allocation, number, releasedOn: '2025-07-01', evidence: 'Inspection report' };
  return {
    ...{ as: `${pool.host}.approver`, deed: 'releaseStage', input },
    model({ allocations }) {
      const found = allocations.get(allocation)!;
      if (found.state !== 'APPROVED') return ['ILLEGAL_TRANSITION'];
      if (number > found.stages.length) return ['UNKNOWN_STAGE'];
      if (number !== found.released + 1) return [number <= found.released ? 'ALREADY_RELEASED' : 'STAGE_NOT_NEXT'];
      found.released = number;
      return [];
    },
  };
}

function controlled(known: Known, { day, which, flag }: Step): Tries {
  const { host, id: budget } = known.pool;
  const officer = `${host}.accounting-officer`;
  const wrong = of(known.transfers, which);
  const spent = of(
    known.transfers.filter(({ kind }) => kind === 'EXPENDITURE' || !flag),
    which,
  );
  // The model writes its transfers in the same order.
  const inModel = (one: Known['transfers'][number]) => {
    const place = known.transfers.indexOf(one);
    return ({ transfers }: PoolModel) => transfers.filter(({ reverses }) => !reverses)[place]!;
  };
  const freeze = (frozen: boolean): Try => {
    const input = { budget, frozen, reason: 'an inquiry' };
    return { as: officer, deed: 'freezeBudget', input, model: (model) => model.freeze(frozen) };
  };
  return {
    reverse() {
      if (!wrong) return null;
      const [input, original] = [{ transfer: wrong.id, reason: 'a mistake', effectiveOn: day }, inModel(wrong)];
      return {
        as: officer,
        deed: 'reverseTransfer',
        input,
        model: (model) => model.reverse(original(model), day),
      };
    },
    certify() {
      if (!spent) return null;
      const [input, original] = [{ transfers: [spent.id] }, inModel(spent)];
      return {
        ...{ as: 'recipient-council.accounting-officer', deed: 'certifyExpenditure', input },
        model: (model) => model.certify(original(model)),
      };
    },
    freeze: () => freeze(flag),
    unfreeze: () => freeze(false),
    closePeriod: () => ({
      ...{ as: officer, deed: 'closePeriod' },
      input: { budget, financialYear: year, period: `P${String(Math.min(12, known.closed + 1)).padStart(2, '0')}` },
      note: () => known.closed++,
      model: (model) => model.closePeriod(),
    }),
  };
}

function stepped<State extends string>(noun: { state: State }, from: string[], to: State): string[] {
  if (!from.includes(noun.state)) return ['ILLEGAL_TRANSITION'];
  noun.state = to;
  return [];
}
