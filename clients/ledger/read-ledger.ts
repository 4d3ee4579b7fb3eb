import { type Gateway, HubFault } from '../gateway.js';

interface Money {
  amount: string;
  currency: string;
}

interface Id {
  id: string;
}

/** A transfer as the hub gives it. */
export interface Transfer {
  id: string;
  number: number | null;
  hash: string | null;
  kind: string;
  amount: Money;
  effectiveOn: string;
  recordedAt: string;
  financialYear: string;
  period: string;
  controlTotal: string;
  reason: string | null;
  reference: string | null;
  consent: string | null;
  exchange: { on: string; rate: string; realised: Money | null; received: Money } | null;
  reverses: Id | null;
  contribution: Id | null;
  allocation: Id | null;
  drawdown: Id | null;
  deposit: Id | null;
  virement: Id | null;
  requestedBy: string | null;
  approvedBy: string | null;
  postings: { account: Account; amount: { amount: string } }[];
}

interface Account {
  id: string;
  kind: string;
  financialYear: string | null;
  controlTotal: string;
}

export interface Root {
  number: number;
  hash: string;
  signature: string;
  sealedAt: string;
}

export interface Budget {
  id: string;
  name: string;
  currency: string;
  mission: Id | null;
  host: Id | null;
  /** The control totals it holds money of; never added up, but for orientation. */
  controlTotals: string[];
  seal: Root | null;
}

/** The amounts of a statement by word; null where it has none. */
export type Statement = Record<string, { amount: string } | null>;

/** A pool's statement, and that of each control total where it has several. */
export interface Statements {
  whole: Statement;
  parts: [controlTotal: string, statement: Statement][];
}

/** Every amount of BudgetStatement, in the order it is read. */
export const statementWords = [
  ...['committed', 'deposited', 'outstanding', 'suspense', 'unallocated', 'allocated', 'reserved', 'drawnDown'],
  ...[
    'spent',
    'spentCertified',
    'refunded',
    'refundDue',
    'returned',
    'lapsed',
    'carriedIn',
    'carriedOut',
    'switched',
    'fxDifference',
  ],
] as const;

const page = `pageInfo { endCursor hasNextPage }`;
const money = `{ amount currency }`;
const budgetDocument = `query LedgerBudget($budget: ID!) { pooledBudget(id: $budget) {
  id name currency controlTotals mission { id } host { id } seal { number hash signature sealedAt } } }`;
const words = `{ ${statementWords.map((word) => `${word} { amount }`).join(' ')} }`;
const rootsDocument = `query LedgerRoots($budget: ID!, $after: String) { pooledBudget(id: $budget) {
  list: seals(first: 100, after: $after) { nodes { number hash signature sealedAt } ${page} } } }`;
const transfersDocument = `query LedgerTransfers($budget: ID!, $after: String) { pooledBudget(id: $budget) {
  list: transfers(first: 100, after: $after, orderBy: RECORDED_EARLIEST_FIRST) { nodes {
    id number hash kind amount ${money} effectiveOn recordedAt financialYear period controlTotal reason reference consent
    exchange { on rate realised ${money} received ${money} } reverses { id } contribution { id } allocation { id }
    drawdown { id } deposit { id } virement { id } requestedBy approvedBy
    postings { account { id kind financialYear controlTotal } amount { amount } } } ${page} } } }`;

/** Reads one pool's ledger through the gateway. */
export class LedgerReader {
  constructor(
    private readonly gateway: Gateway,
    private readonly budget: string,
  ) {}

  async head(): Promise<Budget> {
    const { pooledBudget } = await this.gateway.ask<{ pooledBudget: Budget | null }>({
      ...{ document: budgetDocument, variables: { budget: this.budget } },
    });
    if (!pooledBudget) throw new HubFault(`There is no budget ${this.budget}.`);
    return pooledBudget;
  }

  /** In one question, so that all of it is of the same moment. */
  async statements(controlTotals: readonly string[], asKnownAt: string): Promise<Statements> {
    const parts = controlTotals.length > 1 ? controlTotals : [];
    const asked = parts.map((each) => `${each}: statement(controlTotal: ${each}) ${words}`).join(' ');
    const document = `query LedgerStatement($budget: ID!) { pooledBudget(id: $budget) { whole: statement ${words} ${asked} } }`;
    const { pooledBudget } = await this.gateway.ask<{ pooledBudget: Record<string, Statement> }>({
      ...{ document, variables: { budget: this.budget }, asKnownAt },
    });
    return { whole: pooledBudget.whole!, parts: parts.map((each) => [each, pooledBudget[each]!]) };
  }

  /** All transfers known at the instant, in the order of their ids, page by page. */
  transfers = (asKnownAt: string): AsyncGenerator<Transfer[]> => this.pages<Transfer>(transfersDocument, asKnownAt);

  /** All signed roots there were at the instant, the first one first. */
  roots = (asKnownAt: string): AsyncGenerator<Root[]> => this.pages<Root>(rootsDocument, asKnownAt);

  private async *pages<Node>(document: string, asKnownAt: string): AsyncGenerator<Node[]> {
    for (let after: string | null = null, more = true; more; ) {
      const variables: object = { budget: this.budget, after };
      const { pooledBudget } = await this.gateway.ask<{ pooledBudget: { list: List<Node> } }>({
        ...{ document, variables, asKnownAt },
      });
      const { nodes, pageInfo }: List<Node> = pooledBudget.list;
      if (nodes.length > 0) yield nodes;
      [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
    }
  }
}

interface List<Node> {
  nodes: Node[];
  pageInfo: { endCursor: string | null; hasNextPage: boolean };
}
