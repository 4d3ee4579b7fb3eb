import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';
import { onStatement } from '../kernel/database.js';
import { type Answered, deed, gbp, PoolForTests } from './pool-for-tests.js';

let world: World;
beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
});
afterAll(() => world?.stop());

const ask = async (document: string, variables: object = {}, asKnownAt?: string): Promise<Answered> => {
  const { data, errors } = await world.ask(document, { variables, asKnownAt });
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
};

/** How many SQL statements a question costs, without those that open and close its database transaction. */
async function costOf(document: string, variables: object = {}, asKnownAt?: string): Promise<number> {
  let count = 0;
  const stop = onStatement(world.services.budgets.orm, (sql) => {
    if (!/^(begin|commit|rollback|set |select set_config)/i.test(sql)) count++;
  });
  await ask(document, variables, asKnownAt);
  stop();
  return count;
}

/** A pool of two control totals with a story; `known` is the instant before its expenditure was reversed. */
async function poolWithAStory(): Promise<{ pool: PoolForTests; allocation: string; known: string }> {
  const pool = await new PoolForTests(world).open({ controlTotals: ['RDEL_PROGRAMME', 'CDEL'] });
  const contribution = `dfe:${pool.mission}`;
  await pool.commit(contribution, '120.00');
  const of = { controlTotal: 'RDEL_PROGRAMME', financialYear: '2025-26' };
  await pool.deposit('150.00', { ...of, contribution, effectiveOn: '2025-05-01' });
  const allocation = await pool.allocate('80.00', { ...of, effectiveOn: '2025-06-01' });
  await pool.pay(await pool.draw(allocation, '50.00', '2025-07-01'), { effectiveOn: '2025-08-01' });
  const wrong = await pool.spend(allocation, '20.00', { effectiveOn: '2025-09-01' });
  const document = `query ($id: ID!) { pooledBudget(id: $id) { transfers(first: 1) { nodes { recordedAt } } } }`;
  const known: string = (await ask(document, { id: pool.id })).pooledBudget.transfers.nodes[0].recordedAt;
  await pool.reverse(wrong.transfer.id, { effectiveOn: '2025-12-01' });
  await pool.deposit('7.00', { controlTotal: 'CDEL', effectiveOn: '2025-04-02' });
  return { pool, allocation, known };
}

interface Line {
  account: { kind: string; controlTotal: string } | null;
  debit: { amount: string };
  credit: { amount: string };
}

const minor = (amount: string) => BigInt(amount.replace('.', ''));
const sumOf = (lines: Line[], side: 'debit' | 'credit') =>
  lines.reduce((sum, line) => sum + minor(line[side].amount), 0n);

async function trialBalance(pool: PoolForTests, cut = '', asKnownAt?: string): Promise<string[]> {
  const document = `query ($id: ID!) { pooledBudget(id: $id) { trialBalance${cut} {
    account { kind controlTotal } debit { amount } credit { amount } } } }`;
  const lines: Line[] = (await ask(document, { id: pool.id }, asKnownAt)).pooledBudget.trialBalance;
  expect(sumOf(lines, 'debit')).toBe(sumOf(lines, 'credit'));
  return lines.map(({ account, debit, credit }) =>
    [account?.controlTotal ?? 'others', account?.kind ?? '', debit.amount, credit.amount].join(' '),
  );
}

describe('a trial balance', () => {
  it('has every account on one side, and both sides add up to the same', async () => {
    const { pool } = await poolWithAStory();
    expect(await trialBalance(pool)).toEqual([
      'CDEL CONTRIBUTOR_SOURCE 0.00 7.00',
      'CDEL SUSPENSE 7.00 0.00',
      'RDEL_PROGRAMME ALLOCATION_AVAILABLE 30.00 0.00',
      'RDEL_PROGRAMME ALLOCATION_RESERVED 0.00 0.00',
      'RDEL_PROGRAMME CONTRIBUTOR_SOURCE 0.00 150.00',
      'RDEL_PROGRAMME SPENT 0.00 0.00',
      'RDEL_PROGRAMME SUSPENSE 30.00 0.00',
      'RDEL_PROGRAMME UNALLOCATED 40.00 0.00',
      'RDEL_PROGRAMME WITH_RECIPIENT 50.00 0.00',
    ]);
    expect(await trialBalance(pool, '(effectiveOn: "2025-05-31")')).toEqual([
      'CDEL CONTRIBUTOR_SOURCE 0.00 7.00',
      'CDEL SUSPENSE 7.00 0.00',
      'RDEL_PROGRAMME CONTRIBUTOR_SOURCE 0.00 150.00',
      'RDEL_PROGRAMME SUSPENSE 30.00 0.00',
      'RDEL_PROGRAMME UNALLOCATED 120.00 0.00',
    ]);
    const cdel = ['CDEL CONTRIBUTOR_SOURCE 0.00 7.00', 'CDEL SUSPENSE 7.00 0.00'];
    expect(await trialBalance(pool, '(controlTotal: CDEL)')).toEqual(cdel);
    expect(await trialBalance(pool, '(controlTotal: CDEL, effectiveOn: "2025-04-02")')).toEqual(cdel);
    expect(await trialBalance(pool, '(financialYear: "2024-25")')).toEqual([]);
    expect(await trialBalance(pool, '(effectiveOn: "2025-04-01")')).toEqual([]);
  });

  it('is the same from the running sums and from the postings, on every day and as known at every instant', async () => {
    const { pool, known } = await poolWithAStory();
    const whole = await trialBalance(pool);
    expect(await trialBalance(pool, '(effectiveOn: "2030-01-01")')).toEqual(whole);
    expect(await trialBalance(pool, '(financialYear: "2025-26")')).toEqual(whole);
    const then = await trialBalance(pool, '', known);
    expect(then.filter((line) => /SPENT|CDEL/.test(line))).toEqual(['RDEL_PROGRAMME SPENT 20.00 0.00']);
    for (const day of ['2025-05-01', '2025-06-30', '2025-09-01', '2025-11-30', '2025-12-01'])
      await trialBalance(pool, `(effectiveOn: "${day}")`, known);
  });

  it('of one control total shows what was switched to it, so that its sides add up', async () => {
    const pool = await new PoolForTests(world).open({ controlTotals: ['RDEL_PROGRAMME', 'CDEL'] });
    for (const controlTotal of ['RDEL_PROGRAMME', 'CDEL']) {
      await pool.commit(`dfe:${controlTotal} ${pool.mission}`, '100.00');
      await pool.deposit('100.00', { controlTotal, contribution: `dfe:${controlTotal} ${pool.mission}` });
    }
    const from = await pool.allocate('50.00', { controlTotal: 'CDEL' });
    const to = await pool.allocate('50.00', { controlTotal: 'RDEL_PROGRAMME' });
    const asked = {
      from,
      to,
      amount: gbp('9.00'),
      reason: 'Staff, not boilers',
      consent: 'Treasury, letter of 1 July',
    };
    const { virement } = await deed(world, `${pool.host}.publisher`, 'requestVirement', asked);
    const { codes } = await deed(world, `${pool.host}.approver`, 'approveVirement', { virement: virement.id });
    expect(codes).toEqual([]);
    expect(await trialBalance(pool, '(controlTotal: CDEL)')).toEqual([
      'CDEL ALLOCATION_AVAILABLE 41.00 0.00',
      'CDEL CONTRIBUTOR_SOURCE 0.00 100.00',
      'CDEL UNALLOCATED 50.00 0.00',
      'others  9.00 0.00',
    ]);
    expect((await trialBalance(pool, '(controlTotal: RDEL_PROGRAMME)')).at(-1)).toBe('others  0.00 9.00');
    expect((await trialBalance(pool)).filter((line) => line.startsWith('others'))).toEqual([]);
  });
});

interface HistoryLine {
  transfer: { kind: string };
  effectiveOn: string;
  amount: { amount: string };
  balance: { amount: string };
}

const shown = ({ transfer, effectiveOn, amount, balance }: HistoryLine) =>
  [transfer.kind, effectiveOn, amount.amount, balance.amount].join(' ');

const historyFields = `kind controlTotal history(first: $first, after: $after) {
  nodes { transfer { kind } effectiveOn recordedAt amount { amount } balance { amount } } pageInfo { endCursor hasNextPage } }`;
const historyDocument = `query ($id: ID!, $first: Int = 100, $after: String) { pooledBudget(id: $id) { accounts { ${historyFields} } } }`;

const accountOf = (data: Answered, kind: string, controlTotal = 'RDEL_PROGRAMME') =>
  data.pooledBudget.accounts.find((each: Answered) => each.kind === kind && each.controlTotal === controlTotal);

describe('the history of an account', () => {
  it('shows its postings as they were recorded, each with the balance after it', async () => {
    const { pool } = await poolWithAStory();
    const data = await ask(historyDocument, { id: pool.id });
    expect(accountOf(data, 'WITH_RECIPIENT').history.nodes.map(shown)).toEqual([
      'PAYMENT 2025-08-01 50.00 50.00',
      'EXPENDITURE 2025-09-01 -20.00 30.00',
      'EXPENDITURE 2025-12-01 20.00 50.00',
    ]);
    expect(accountOf(data, 'CONTRIBUTOR_SOURCE').history.nodes.map(shown)).toEqual([
      'DEPOSIT 2025-05-01 -150.00 -150.00',
    ]);
    expect(accountOf(data, 'CONTRIBUTOR_SOURCE', 'CDEL').history.nodes.map(shown)).toEqual([
      'DEPOSIT 2025-04-02 -7.00 -7.00',
    ]);
  });

  it('goes on where the page before ended, and its last balance is the balance of the account', async () => {
    const pool = await new PoolForTests(world).open();
    for (let number = 1; number <= 7; number++) await pool.deposit(`${number}.00`);
    const found: string[] = [];
    let after: string | null = null;
    do {
      const data = await ask(historyDocument, { id: pool.id, first: 2, after });
      const { nodes, pageInfo } = accountOf(data, 'SUSPENSE').history;
      found.push(...nodes.map(({ balance }: HistoryLine) => balance.amount));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after);
    expect(found).toEqual(['1.00', '3.00', '6.00', '10.00', '15.00', '21.00', '28.00']);
    const { pooledBudget } = await ask(
      `query ($id: ID!) { pooledBudget(id: $id) { accounts { kind balance { amount } } } }`,
      {
        id: pool.id,
      },
    );
    expect(pooledBudget.accounts[1]).toEqual({ kind: 'SUSPENSE', balance: { amount: '28.00' } });
  });

  it('as known at an instant does not have what was learnt later', async () => {
    const { pool, known } = await poolWithAStory();
    const data = await ask(historyDocument, { id: pool.id }, known);
    const { nodes, pageInfo } = accountOf(data, 'WITH_RECIPIENT').history;
    expect(nodes.map(shown)).toEqual(['PAYMENT 2025-08-01 50.00 50.00', 'EXPENDITURE 2025-09-01 -20.00 30.00']);
    const first = await ask(historyDocument, { id: pool.id, first: 1 }, known);
    const after = accountOf(first, 'WITH_RECIPIENT').history.pageInfo.endCursor;
    const rest = await ask(historyDocument, { id: pool.id, after }, known);
    expect(accountOf(rest, 'WITH_RECIPIENT').history.nodes).toEqual(nodes.slice(1));
    expect(pageInfo.hasNextPage).toBe(false);
  });

  it('and trial balances cost as many SQL statements for all pools as for one', async () => {
    await poolWithAStory();
    const { pool } = await poolWithAStory();
    const document = (first: number, fields: string) => `{ pooledBudgets(first: ${first}) { nodes { ${fields} } } }`;
    const history = 'accounts { history(first: 2) { nodes { transfer { id } balance { amount } } } }';
    expect(await costOf(document(1, history))).toBe(3);
    expect(await costOf(document(100, history))).toBe(3);
    const balance = 'trialBalance { account { id } debit { amount } }';
    expect(await costOf(document(1, balance))).toBe(2);
    expect(await costOf(document(100, balance))).toBe(2);
    expect(await costOf(document(100, balance.replace('{', '(effectiveOn: "2025-12-31") {')))).toBe(2);
    const data = await ask(historyDocument, { id: pool.id, first: 1 });
    const after = accountOf(data, 'WITH_RECIPIENT').history.pageInfo.endCursor;
    expect(await costOf(historyDocument, { id: pool.id, after })).toBe(4);
    expect(await costOf(historyDocument, { id: pool.id, after }, new Date().toISOString())).toBe(4);
  });
});

async function transfers(pool: PoolForTests, args: string): Promise<string[]> {
  const document = `query ($id: ID!) { pooledBudget(id: $id) { transfers(first: 100, ${args}) { nodes {
    kind effectiveOn amount { amount } reverses { id } } } } }`;
  const { pooledBudget } = await ask(document, { id: pool.id });
  return pooledBudget.transfers.nodes.map(({ kind, effectiveOn, amount, reverses }: Answered) =>
    [kind, effectiveOn, amount.amount, ...(reverses ? ['reversal'] : [])].join(' '),
  );
}

describe('the transfers of a pool', () => {
  it('are found by kind, day, year, period, contribution, allocation and amount', async () => {
    const { pool, allocation } = await poolWithAStory();
    const filtered = (filter: string) => transfers(pool, `orderBy: RECORDED_EARLIEST_FIRST, filter: {${filter}}`);
    const [expenditure, reversal] = ['EXPENDITURE 2025-09-01 20.00', 'EXPENDITURE 2025-12-01 20.00 reversal'];
    expect(await filtered('kind: EXPENDITURE')).toEqual([expenditure, reversal]);
    expect(await filtered('kind: EXPENDITURE, effectiveTo: "2025-11-30"')).toEqual([expenditure]);
    expect(await filtered('effectiveFrom: "2025-08-01", effectiveTo: "2025-09-01"')).toEqual([
      'PAYMENT 2025-08-01 50.00',
      expenditure,
    ]);
    expect(await filtered('period: "P03"')).toEqual(['ALLOCATION 2025-06-01 80.00']);
    expect(await filtered('financialYear: "2024-25"')).toEqual([]);
    expect(await filtered('financialYear: "2025-26", period: "P01"')).toEqual(['DEPOSIT 2025-04-02 7.00']);
    expect(await filtered(`contribution: "dfe:${pool.mission}"`)).toEqual(['DEPOSIT 2025-05-01 150.00']);
    expect(await filtered(`allocation: "${allocation}", minAmount: {amount: "50.00", currency: "GBP"}`)).toEqual([
      'ALLOCATION 2025-06-01 80.00',
      'RESERVATION 2025-07-01 50.00',
      'PAYMENT 2025-08-01 50.00',
    ]);
    expect(await filtered('minAmount: {amount: "80.01", currency: "GBP"}')).toEqual(['DEPOSIT 2025-05-01 150.00']);
  });

  it('are listed in the order asked for, page by page', async () => {
    const { pool } = await poolWithAStory();
    const recorded = await transfers(pool, 'orderBy: RECORDED_EARLIEST_FIRST');
    expect(await transfers(pool, 'orderBy: RECORDED_LATEST_FIRST')).toEqual(recorded.toReversed());
    const effective = [...recorded].sort((a, b) => (a.split(' ')[1]! < b.split(' ')[1]! ? -1 : 1));
    expect(await transfers(pool, 'orderBy: EFFECTIVE_EARLIEST_FIRST')).toEqual(effective);
    expect(await transfers(pool, 'orderBy: EFFECTIVE_LATEST_FIRST')).toEqual(effective.toReversed());
    const document = `query ($id: ID!, $after: String) { pooledBudget(id: $id) {
      transfers(first: 2, after: $after, orderBy: LARGEST_FIRST) { nodes { amount { amount } } pageInfo { endCursor hasNextPage } } } }`;
    const amounts: string[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const { nodes, pageInfo }: Answered = (await ask(document, { id: pool.id, after })).pooledBudget.transfers;
      amounts.push(...nodes.map(({ amount }: Answered) => amount.amount));
      [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
    }
    expect(amounts).toEqual(['150.00', '80.00', '50.00', '50.00', '20.00', '20.00', '7.00']);
  });

  it('are not listed by what cannot be', async () => {
    const { pool } = await poolWithAStory();
    const refused = async (args: string) => {
      const document = `query ($id: ID!) { pooledBudget(id: $id) { transfers(${args}) { nodes { id } } } }`;
      const { errors } = await world.ask(document, { variables: { id: pool.id } });
      return errors?.[0].extensions.code;
    };
    const { amount } = gbp('1.00');
    expect(await refused(`filter: {minAmount: {amount: "${amount}", currency: "EUR"}}`)).toBe('BAD_USER_INPUT');
    expect(await refused('filter: {minAmount: {amount: "1.005", currency: "GBP"}}')).toBe('BAD_USER_INPUT');
    expect(await refused('filter: {period: "P13"}')).toBe('BAD_USER_INPUT');
    const byId = Buffer.from(JSON.stringify(['transfer-1'])).toString('base64url');
    expect(await refused(`orderBy: LARGEST_FIRST, after: "${byId}"`)).toBe('BAD_USER_INPUT');
    const noNumber = Buffer.from(JSON.stringify(['many', 'transfer-1'])).toString('base64url');
    expect(await refused(`orderBy: LARGEST_FIRST, after: "${noNumber}"`)).toBe('BAD_USER_INPUT');
  });

  it('cost as many SQL statements by filter for all pools as for one', async () => {
    const document = (first: number) =>
      `{ pooledBudgets(first: ${first}) { nodes { transfers(orderBy: EFFECTIVE_EARLIEST_FIRST, filter: {kind: DEPOSIT}) { nodes { id } } } } }`;
    expect(await costOf(document(1))).toBe(2);
    expect(await costOf(document(100))).toBe(2);
  });
});
