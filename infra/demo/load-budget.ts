import { eventually, type Hub, marked, missionFinance, pounds } from './hub.js';
import type { AllocationContent, ContributionContent, DrawdownContent, MoneyContent } from './shape.js';

/** The pool of a mission, as its deeds need it. */
export interface Pool {
  budget: string;
  host: string;
}

/** The demo's pools begin with the first financial year that money in them is of. */
const firstDay = '2025-04-01';

export async function openBudget(hub: Hub, mission: string, { pool }: MoneyContent): Promise<Pool> {
  const { name, host, manager, controlTotals } = pool;
  const kept = { currency: 'GBP', controlTotals, startsOn: firstDay };
  const input = { mission, name, host, poolManager: manager, ...kept, illustrative: true };
  const { budget } = await hub.does(missionFinance, 'openBudget', `budget/${mission}`, input);
  return { budget: budget.id, host };
}

const page = `query Expected($budget: ID!) {
  pooledBudget(id: $budget) { expected(first: 100) { nodes { contribution { id } } } }
}`;

/** Contributions tells budgets of commitments by events, so they are there a moment later. */
export async function expectAll(hub: Hub, { budget }: Pool, contributions: string[]): Promise<void> {
  await eventually(`the commitments to ${budget}`, async () => {
    const { nodes } = (await hub.asks(page, { budget })).pooledBudget.expected;
    const there = new Set(nodes.map((each: { contribution: { id: string } }) => each.contribution.id));
    return contributions.every((id) => there.has(id)) || null;
  });
}

/** The deposits of one contribution. */
export async function deposit(hub: Hub, pool: Pool, content: ContributionContent, contribution: string): Promise<void> {
  const { budget, host } = pool;
  await Promise.all(
    (content.deposits ?? []).map(({ reference, year, of, pounds: amount, on }) => {
      const input = {
        ...{ budget, contribution, amount: pounds(amount), effectiveOn: on, financialYear: year, controlTotal: of },
        reference: marked(reference),
      };
      return hub.does(`${host}.publisher`, 'recordDeposit', `deposit/${reference}`, input);
    }),
  );
}

/** One allocation and what follows: the host proposes, its approver approves; the recipient asks and spends. */
export async function allocate(hub: Hub, pool: Pool, content: AllocationContent): Promise<void> {
  const { key, recipient, challenge, year, of, on, approved, drawdowns } = content;
  const input = {
    ...{ budget: pool.budget, recipient, challenge, purpose: marked(content.purpose), reference: marked(key) },
    ...{ amount: pounds(content.pounds), effectiveOn: on, financialYear: year, controlTotal: of },
  };
  const proposed = await hub.does(`${pool.host}.publisher`, 'proposeAllocation', `propose/${key}`, input);
  if (!approved) return;
  const { id, hash } = proposed.allocation;
  await hub.does(`${pool.host}.approver`, 'approveAllocation', `approve/${key}`, { allocation: id, hash });
  for (const [place, drawdown] of drawdowns.entries()) {
    await draw(hub, { allocation: id, host: pool.host, recipient, key: `${key}/${place + 1}` }, drawdown);
  }
}

interface Drawing {
  allocation: string;
  host: string;
  recipient: string;
  key: string;
}

async function draw(hub: Hub, { allocation, host, recipient, key }: Drawing, content: DrawdownContent): Promise<void> {
  const { approvedOn, paidOn, spent } = content;
  const request = { allocation, amount: pounds(content.pounds), purpose: marked(content.purpose) };
  const asked = await hub.does(`${recipient}.publisher`, 'requestDrawdown', `drawdown/${key}`, request);
  if (!approvedOn) return;
  const approval = { drawdown: asked.drawdown.id, effectiveOn: approvedOn };
  await hub.does(`${host}.approver`, 'approveDrawdown', `reserve/${key}`, approval);
  if (!paidOn) return;
  const payment = { drawdown: asked.drawdown.id, effectiveOn: paidOn, reference: marked(`Payment ${key}`) };
  await hub.does(`${host}.accounting-officer`, 'payDrawdown', `pay/${key}`, payment);
  await Promise.all(
    (spent ?? []).map(({ pounds: amount, on, evidence }, place) => {
      const report = { allocation, amount: pounds(amount), effectiveOn: on, reference: marked(evidence) };
      return hub.does(`${recipient}.publisher`, 'reportExpenditure', `spend/${key}/${place + 1}`, report);
    }),
  );
}
