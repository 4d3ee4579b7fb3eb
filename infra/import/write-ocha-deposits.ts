import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import { exponentOf, toDecimal, toMinor } from '../../services/kernel/money.js';
import type { Question } from './client.js';
import type { Agreement, Instalment } from './read-ocha-agreements.js';
import { fundCurrency } from './read-ocha-contributions.js';
import { type DeedAnswer, type RowAnswer, sendBatches, type UserError, type Work } from './write-batches.js';
import type { Published } from './write-ocha-contributions.js';
import { hostPublisher, type Pool } from './write-ocha-funds.js';
import { inOrder, originalOf, usd, yearLabel } from './write-ocha-terms.js';

export interface Deposit {
  agreement: Agreement;
  instalment: Instalment;
  contribution: string;
  budget: string;
  reference: string;
}

interface DepositAnswer extends DeedAnswer {
  rows: { accepted: boolean; alreadyRecorded: boolean; userErrors: UserError[] }[];
}

/** Records what was paid, instalment by instalment, as the host of the pools. */
export async function recordInstalments(work: Work, rows: readonly Deposit[]): Promise<void> {
  const stage = 'deposits';
  const withRate = rows.filter(({ instalment }) => exchangeOf(instalment) !== null).length;
  const foreign = rows.filter(({ instalment }) => instalment.currency !== fundCurrency).length;
  const untold =
    'payment whose exchange the ledger cannot hold (no rate, or more decimals than the currency): it stands with the contribution';
  work.report.warn(untold, foreign - withRate);
  work.progress.begin(stage, rows.length);
  await sendBatches<Deposit, DepositAnswer>(work, {
    ...{ stage, rows, service: 'budgets', deed: 'recordDeposits', client: hostPublisher },
    selection: 'rows { accepted alreadyRecorded userErrors { code message path } }',
    input: (some) => ({ deposits: some.map(inputOf) }),
    answers: (payload) => payload.rows.map(answerOf),
    place: ({ instalment, reference }) => ({ line: instalment.line, column: 'PaidAmt', value: reference }),
    money: ({ instalment }) => ({ currency: fundCurrency, minor: instalment.usd }),
  });
  work.progress.end();
}

/** A receipt is named by its agreement and its day, so that an instalment found later does not rename the others. */
export function depositsOf({ agreement, id: contribution }: Published, pools: ReadonlyMap<string, Pool>): Deposit[] {
  const budget = pools.get(agreement.fund.name)?.id ?? '';
  const onDay = new Map<string, number>();
  return inOrder(agreement.instalments).map((instalment) => {
    const count = (onDay.get(instalment.on) ?? 0) + 1;
    onDay.set(instalment.on, count);
    const reference = `${agreement.code} ${instalment.on}${count > 1 ? ` #${count}` : ''}`;
    return { agreement, instalment, contribution, budget, reference };
  });
}

const inputOf = ({ instalment, contribution, budget, reference }: Deposit) => ({
  ...{ budget, contribution, reference, amount: usd(instalment.usd), effectiveOn: instalment.on },
  ...{ financialYear: yearLabel(instalment.fiscalYear), controlTotal: 'NON_BUDGET' },
  exchange: exchangeOf(instalment),
});

/** The ledger holds exact minor units only; an over-precise krona stays with the contribution. */
function exchangeOf(instalment: Instalment) {
  const original = originalOf(instalment);
  if (!original?.rate) return null;
  const { amount, currency, rate } = original;
  const [, fraction = ''] = amount.split('.');
  if (/[1-9]/.test(fraction.slice(exponentOf(currency)))) return null;
  const minor = toMinor(amount, currency);
  return minor > 0n ? { received: { amount: toDecimal(minor, currency), currency }, rate, on: instalment.on } : null;
}

function answerOf({ accepted, alreadyRecorded, userErrors: [fault] }: DepositAnswer['rows'][number]): RowAnswer {
  if (accepted) return { verdict: alreadyRecorded ? 'UNCHANGED' : 'NEW' };
  return { verdict: 'REFUSED', reason: `${fault?.message} (${fault?.code})` };
}

interface Statement {
  committed: bigint;
  deposited: bigint;
  suspense: bigint;
}

interface ToldStatements {
  pooledBudgets: {
    nodes: { id: string; statement: Record<keyof Statement, { amount: string }> }[];
    pageInfo: { endCursor: string | null; hasNextPage: boolean };
  };
}

const readStatements = `query Statements($after: String) {
  pooledBudgets(first: 100, after: $after) {
    nodes { id statement { committed { amount } deposited { amount } suspense { amount } } }
    pageInfo { endCursor hasNextPage }
  }
}`;

/** What the ledger says now, in US cents, by the name of the fund. */
async function statementsOf({ hub }: Work, pools: ReadonlyMap<string, Pool>): Promise<Map<string, Statement>> {
  const fundOf = new Map([...pools].map(([fund, { id }]) => [id, fund]));
  const found = new Map<string, Statement>();
  const minor = ({ amount }: { amount: string }) => toMinor(amount, fundCurrency);
  let after: string | null = null;
  let more = true;
  while (more) {
    const question: Question = {
      service: 'budgets',
      client: hostPublisher,
      document: readStatements,
      variables: { after },
    };
    const { pooledBudgets: page } = await hub.ask<ToldStatements>(question);
    for (const { id, statement } of page.nodes) {
      const fund = fundOf.get(id);
      // The pools of other missions are in other currencies and are none of this import's.
      if (fund === undefined) continue;
      const { committed, deposited, suspense } = statement;
      found.set(fund, { committed: minor(committed), deposited: minor(deposited), suspense: minor(suspense) });
    }
    after = page.pageInfo.endCursor;
    more = page.pageInfo.hasNextPage;
  }
  return found;
}

const patienceMs = 60_000;
const betweenLooksMs = 200;

/**
 * Commitments reach the ledger by events. Deposits that are quicker wait in suspense and are matched later; to wait
 * here spares the ledger a second transfer for each. Answers what is committed by fund.
 */
export async function waitForCommitments(
  work: Work,
  pools: ReadonlyMap<string, Pool>,
  expected: { before: ReadonlyMap<string, bigint>; added: ReadonlyMap<string, bigint> } | null,
): Promise<ReadonlyMap<string, bigint>> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const statements = await statementsOf(work, pools);
    const committed = new Map([...statements].map(([fund, statement]) => [fund, statement.committed]));
    if (!expected) return committed;
    const { before, added } = expected;
    const isThere = [...added].every(([fund, sum]) => (committed.get(fund) ?? 0n) >= (before.get(fund) ?? 0n) + sum);
    if (isThere) return committed;
    if (Date.now() > until) {
      work.report.note('The ledger did not hear of all commitments within a minute; it matches deposits when it does.');
      return committed;
    }
    await pause(betweenLooksMs);
  }
}

/** Waits until nothing is in suspense any more or nothing moves for five seconds; notes what the pools hold then. */
export async function waitForMatches(work: Work, pools: ReadonlyMap<string, Pool>): Promise<void> {
  let [last, since] = [-1n, Date.now()];
  for (;;) {
    const statements = [...(await statementsOf(work, pools))];
    const suspense = statements.reduce((sum, [, statement]) => sum + statement.suspense, 0n);
    if (suspense !== last) [last, since] = [suspense, Date.now()];
    if (suspense === 0n || Date.now() - since > 5_000) {
      const deposited = statements.reduce((sum, [, statement]) => sum + statement.deposited, 0n);
      work.report.note(
        `The statements of the ${statements.length} pools say: deposited ${fundCurrency} ${toDecimal(deposited, fundCurrency)}.`,
      );
      for (const [fund, statement] of statements) {
        if (statement.suspense === 0n) continue;
        const sum = toDecimal(statement.suspense, fundCurrency);
        work.report.note(
          `${fundCurrency} ${sum} waits in suspense in the pool of ${fund}: no commitment has room for it.`,
        );
      }
      return;
    }
    await pause(betweenLooksMs);
  }
}
