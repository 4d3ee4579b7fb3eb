import { eventually, type Hub, marked, missionFinance, pounds } from './hub.js';
import type { AllocationContent, ContributionContent, DrawdownContent, MoneyContent } from './shape.js';

export async function openBudget(hub: Hub, mission: string, { pool }: MoneyContent): Promise<string> {
  const { name, host, manager, controlTotals } = pool;
  const input = { mission, name, host, poolManager: manager, currency: 'GBP', controlTotals, illustrative: true };
  return (await hub.does(missionFinance, 'openBudget', `budget/${mission}`, input, 'budget { id }')).budget.id;
}

interface Pool {
  budget: string;
  host: string;
}

/** The deposits of one contribution, once the ledger knows of the commitment. */
export async function deposit(
  hub: Hub,
  content: ContributionContent,
  contribution: string,
  { budget, host }: Pool,
): Promise<void> {
  if (!content.deposits) return;
  await expected(hub, budget, contribution);
  for (const { reference, year, of, pounds: amount, on } of content.deposits) {
    const input = {
      ...{ budget, contribution, amount: pounds(amount), effectiveOn: on, financialYear: year, controlTotal: of },
      reference: marked(reference),
    };
    await hub.does(`${host}.publisher`, 'recordDeposit', `deposit/${reference}`, input, 'transfer { id }');
  }
}

const page = `query Expected($budget: ID!) { pooledBudget(id: $budget) { expected(first: 100) { nodes { contribution { id } } } } }`;

/** Contributions tells budgets of a commitment by an event, so it is there a moment later. */
async function expected(hub: Hub, budget: string, contribution: string): Promise<void> {
  await eventually(`the commitment of ${contribution}`, async () => {
    const { nodes } = (await hub.asks(page, { budget })).pooledBudget.expected;
    return (
      nodes.some((each: { contribution: { id: string } | null }) => each.contribution?.id === contribution) || null
    );
  });
}

/** One allocation with all that follows from it. The host proposes, its approver approves; the recipient asks and spends. */
export async function allocate(hub: Hub, content: AllocationContent, { budget, host }: Pool): Promise<void> {
  const { key, recipient, challenge, purpose, year, of, on, approved } = content;
  const input = {
    ...{
      budget,
      recipient,
      challenge,
      purpose: marked(purpose),
      reference: marked(key),
      amount: pounds(content.pounds),
    },
    ...{ effectiveOn: on, financialYear: year, controlTotal: of },
  };
  const proposed = await hub.does(
    `${host}.publisher`,
    'proposeAllocation',
    `propose/${key}`,
    input,
    'allocation { id hash }',
  );
  if (!approved) return;
  const { id: allocation, hash } = proposed.allocation;
  await hub.does(`${host}.approver`, 'approveAllocation', `approve/${key}`, { allocation, hash }, 'allocation { id }');
  for (const [place, drawdown] of content.drawdowns.entries()) {
    await draw(hub, drawdown, { allocation, host, recipient, key: `${key}/${place + 1}` });
  }
}

interface Drawing {
  allocation: string;
  host: string;
  recipient: string;
  key: string;
}

async function draw(hub: Hub, content: DrawdownContent, { allocation, host, recipient, key }: Drawing): Promise<void> {
  const { purpose, approvedOn, paidOn, spent } = content;
  const request = { allocation, amount: pounds(content.pounds), purpose: marked(purpose) };
  const asked = await hub.does(
    `${recipient}.publisher`,
    'requestDrawdown',
    `drawdown/${key}`,
    request,
    'drawdown { id }',
  );
  if (!approvedOn) return;
  const approval = { drawdown: asked.drawdown.id, effectiveOn: approvedOn };
  await hub.does(`${host}.approver`, 'approveDrawdown', `reserve/${key}`, approval, 'drawdown { id }');
  if (!paidOn) return;
  const payment = { drawdown: asked.drawdown.id, effectiveOn: paidOn, reference: marked(`Payment ${key}`) };
  await hub.does(`${host}.accounting-officer`, 'payDrawdown', `pay/${key}`, payment, 'drawdown { id }');
  for (const [place, { pounds: amount, on, evidence }] of (spent ?? []).entries()) {
    const report = { allocation, amount: pounds(amount), effectiveOn: on, reference: marked(evidence) };
    await hub.does(
      `${recipient}.publisher`,
      'reportExpenditure',
      `spend/${key}/${place + 1}`,
      report,
      'transfer { id }',
    );
  }
}
