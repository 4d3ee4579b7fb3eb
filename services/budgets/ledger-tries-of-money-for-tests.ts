import { year } from './ledger-sketch-for-tests.js';
import { type Known, money, of, partOf, type Step, type Tries, type Try, totals } from './ledger-tries-for-tests.js';

/** What a step means, by its name: drawdowns, and money that moves between allocations and years. */
export const triesOfMoney = (known: Known, step: Step): Tries => ({ ...drawn(known, step), ...moved(known, step) });

function drawn(known: Known, { amount, day, which, flag }: Step): Tries {
  const { host } = known.pool;
  const officer = `${host}.accounting-officer`;
  const [allocation, drawdown] = [of(known.allocations, which), of(known.drawdowns, which)];
  const approve = (id?: string): Try | null => {
    if (!id) return null;
    const input = { drawdown: id, effectiveOn: day };
    return { as: `${host}.approver`, deed: 'approveDrawdown', input, model: (model) => model.approveDrawdown(id, day) };
  };
  const pay = (id?: string, part: number | null = null): Try | null => {
    if (!id) return null;
    const input = { drawdown: id, effectiveOn: day, amount: part ? money(part) : null };
    return { as: officer, deed: 'payDrawdown', input, model: (model) => model.pay(id, day, part) };
  };
  return {
    request: () => (allocation ? requesting(known, allocation, amount) : null),
    approveDrawdown: () => approve(drawdown),
    approveLatestDrawdown: () => approve(known.drawdowns.at(-1)),
    pay: () => pay(drawdown),
    payLatest: () => pay(known.drawdowns.at(-1)),
    payPart: () => pay(drawdown, partOf(amount)),
    void() {
      if (!drawdown) return null;
      const input = { drawdown, reason: 'not needed', effectiveOn: day };
      return { as: officer, deed: 'voidDrawdown', input, model: (model) => model.end(drawdown, 'VOIDED', day) };
    },
    spend() {
      if (!allocation) return null;
      const part = partOf(amount);
      const input = { allocation, amount: money(part), effectiveOn: day, reference: 'invoice' };
      const lines = { WITH_RECIPIENT: -part, SPENT: part };
      return {
        ...{ as: 'recipient-council.publisher', deed: 'reportExpenditure', input },
        model: (model) => model.moveOf(allocation, 'EXPENDITURE', day, lines),
      };
    },
    refund() {
      if (!drawdown) return null;
      const part = partOf(amount);
      const input = { drawdown, amount: money(part), reuse: flag, effectiveOn: day, reference: 'receipt' };
      const to = flag ? 'UNALLOCATED' : 'REFUND_DUE';
      return { as: officer, deed: 'refundDrawdown', input, model: (model) => model.refund(drawdown, day, part, to) };
    },
  };
}

function requesting(known: Known, allocation: string, amount: number): Try {
  return {
    ...{ as: 'recipient-council.publisher', deed: 'requestDrawdown', input: { allocation, amount: money(amount) } },
    note: ({ drawdown }) => known.drawdowns.push(drawdown.id),
    model({ allocations, drawdowns }, { drawdown }) {
      if (allocations.get(allocation)!.state !== 'APPROVED') return ['ILLEGAL_TRANSITION'];
      drawdowns.set(drawdown?.id, { allocation, amount, state: 'REQUESTED' });
      return [];
    },
  };
}

function moved(known: Known, { amount, day, which, other, flag }: Step): Tries {
  const { host, id: budget } = known.pool;
  const officer = `${host}.accounting-officer`;
  const [from, to] = [of(known.allocations, which), of(known.allocations, other)];
  const total = totals[other % 2]!;
  const approve = (virement?: string): Try | null => {
    if (!virement) return null;
    const input = { virement, effectiveOn: day };
    return {
      as: `${host}.approver`,
      deed: 'approveVirement',
      input,
      model: (model) => model.approveVirement(virement, day),
    };
  };
  return {
    requestVirement: () => (from && to ? requestingVirement(known, { from, to, amount: partOf(amount) }, flag) : null),
    approveVirement: () => approve(of(known.virements, which)),
    approveLatestVirement: () => approve(known.virements.at(-1)),
    giveBack() {
      const [source, part] = [flag ? 'UNALLOCATED' : 'REFUND_DUE', partOf(amount)] as const;
      const place = { effectiveOn: day, financialYear: year, controlTotal: total };
      return {
        ...{
          as: officer,
          deed: 'returnToContributors',
          input: { budget, amount: money(part), from: source, ...place },
        },
        model: (model) => model.giveBack(source, { year, total, day }, part),
      };
    },
    carryOver: () => ({
      ...{ as: officer, deed: 'carryOver' },
      input: { budget, financialYear: year, controlTotal: total, amount: money(amount) },
      model: (model) => model.carryOver(total, amount),
    }),
    lapse: () => lapsing(known, { allocation: flag ? from : undefined, total, amount: partOf(amount) }),
  };
}

function requestingVirement(
  known: Known,
  asked: { from: string; to: string; amount: number },
  hasConsent: boolean,
): Try {
  const { from, to, amount } = asked;
  const consent = hasConsent ? 'Treasury, letter 7' : null;
  return {
    ...{ as: `${known.pool.host}.publisher`, deed: 'requestVirement' },
    input: { from, to, amount: money(amount), reason: 'needed there', consent },
    note: ({ virement }) => known.virements.push(virement.id),
    model(model, { virement }) {
      const reasons = model.requestVirement(from, to, hasConsent);
      if (reasons.length === 0) model.virements.set(virement?.id, { ...asked, isApproved: false });
      return reasons;
    },
  };
}

function lapsing(
  { pool }: Known,
  { allocation, total, amount }: { allocation?: string; total: string; amount: number },
): Try {
  const day = '2026-04-10';
  const place = { budget: pool.id, financialYear: year, allocation, controlTotal: allocation ? null : total };
  return {
    ...{ as: `${pool.host}.accounting-officer`, deed: 'lapseFunds' },
    input: { ...place, amount: money(amount), effectiveOn: day, reason: 'not needed' },
    model(model) {
      if (allocation && model.allocations.get(allocation)!.year !== year) return ['FINANCIAL_YEAR_MISMATCH'];
      if (allocation) return model.moveOf(allocation, 'LAPSE', day, { ALLOCATION_AVAILABLE: -amount, LAPSED: amount });
      return model.lapse({ year, total, day }, amount);
    },
  };
}
