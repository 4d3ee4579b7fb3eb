import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { buildSchema, type GraphQLObjectType } from 'graphql';
import readExcelFile from 'read-excel-file/node';
import { type Answered, PoolForTests } from '../../services/budgets/pool-for-tests.js';
import { HubFault } from '../gateway.js';
import { minorOf } from './agreement.js';
import { iatiOf } from './iati.js';
import { journal } from './journal.js';
import { LedgerForTests } from './ledger-for-tests.js';
import { statementWords } from './read-ledger.js';
import { safeText } from './safe-cell.js';

let ledger: LedgerForTests;
let pool: PoolForTests;
let rows: Rows;
beforeAll(async () => {
  ledger = await LedgerForTests.start();
  pool = await ledger.pool();
  rows = csvRows(await ledger.export(pool.id, 'csv', 'journal.csv'));
});
afterAll(() => ledger?.stop());

const statementOf = async (id: string): Promise<Record<string, { amount: string } | null>> => {
  const document = `query ($id: ID!) { pooledBudget(id: $id) { statement { ${statementWords.map((word) => `${word} { amount }`).join(' ')} } } }`;
  return (await ledger.world.ask(document, { variables: { id } })).data.pooledBudget.statement;
};

/** The sums of a journal by kind of account, in minor units; those that are zero are left out. */
function sumsOf(rows: { account: string; amount: string }[]): Record<string, bigint> {
  const sums: Record<string, bigint> = {};
  for (const { account, amount } of rows) sums[account] = (sums[account] ?? 0n) + minorOf(amount);
  return Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum !== 0n));
}

type Rows = Record<string, string>[];
const csvRows = (file: string): Rows => parse(readFileSync(file), { columns: true });

/** What the accounts hold, as the statement has it. */
async function held(): Promise<Record<string, bigint>> {
  const statement = await statementOf(pool.id);
  const minor = (word: string) => minorOf(statement[word]!.amount);
  return {
    CONTRIBUTOR_SOURCE: -(minor('deposited') + minor('suspense')),
    UNALLOCATED: minor('unallocated'),
    SUSPENSE: minor('suspense'),
    ALLOCATION_AVAILABLE: minor('allocated') - minor('drawnDown') - minor('reserved'),
    WITH_RECIPIENT: minor('drawnDown') - minor('spent'),
    SPENT: minor('spent'),
  };
}

describe('a CSV export', () => {
  it('opened again has one line per posting, and its sums are the statement', async () => {
    expect(Object.keys(rows[0]!)).toEqual(journal.map(({ name }) => name));
    expect(new Set(rows.map(({ transfer }) => transfer)).size).toBe(18);
    expect(sumsOf(rows as never)).toEqual(await held());
    const statement = csvRows(ledger.file('journal-statement.csv'));
    const expected = Object.entries(await statementOf(pool.id)).map(([word, found]) => [word, found?.amount ?? '']);
    expect(statement.map(({ word, amount }) => [word, amount])).toEqual(expected);
    expect(statement[0]).toMatchObject({ budget: pool.id, name: 'Würde = 1 + 1\u2028, "the" pool', currency: 'GBP' });
    expect(existsSync(ledger.file('journal.csv.part'))).toBe(false);
  });

  it('states each control total by itself where a pool has several, and names those it adds up', async () => {
    const controlTotals = ['CDEL', 'RDEL_PROGRAMME'];
    const mixed = await new PoolForTests(ledger.world).open({ controlTotals });
    await mixed.deposit('7.00', { controlTotal: 'CDEL' });
    await mixed.deposit('5.00', { controlTotal: 'RDEL_PROGRAMME' });
    await ledger.sealed(mixed.id);
    await ledger.export(mixed.id, 'csv', 'mixed.csv');
    const [head, ...sheet] = (await readExcelFile(await ledger.export(mixed.id, 'xlsx', 'mixed.xlsx'))).find(
      (each) => each.sheet === 'Statement',
    )!.data;
    const fromCsv = csvRows(ledger.file('mixed-statement.csv')).map((row) => [row.control_total, row.word, row.amount]);
    const fromXlsx = sheet.map((row) => ['control_total', 'word', 'amount'].map((name) => row[head!.indexOf(name)]));
    const suspense = (rows: unknown[][]) => rows.filter(([, word]) => word === 'suspense');
    expect(suspense(fromCsv)).toEqual([
      ['CDEL + RDEL_PROGRAMME', 'suspense', '12.00'],
      ['CDEL', 'suspense', '7.00'],
      ['RDEL_PROGRAMME', 'suspense', '5.00'],
    ]);
    expect(suspense(fromXlsx).map(([of, , amount]) => [of, amount])).toEqual([
      ['CDEL + RDEL_PROGRAMME', 12],
      ['CDEL', 7],
      ['RDEL_PROGRAMME', 5],
    ]);
    expect(fromCsv.filter(([, word]) => word === 'committed').map(([, , amount]) => amount)).toEqual(['0.00', '', '']);
  });

  it('keeps every text as it is, but what a spreadsheet would run', () => {
    const references = [...new Set(rows.map(({ reference }) => reference))];
    expect(references).toEqual(
      expect.arrayContaining([
        `'=HYPERLINK("http://example.org")`,
        `'+44 20 7946 0000\u2028@line`,
        `'@SUM(A1:A9)`,
        'naïve — 日本語 😀',
      ]),
    );
    expect(rows.find(({ reverses }) => reverses)?.reason).toBe('recorded twice, "sorry"');
    for (const row of rows) {
      for (const { name, kind } of journal) if (kind === 'text') expect(row[name]).not.toMatch(/^[=+\-@]/);
      expect(row.amount).toMatch(/^-?\d+\.\d\d$/);
    }
    const found = rows.find(({ received }) => received);
    expect(found).toMatchObject({ received: '110.25', received_currency: 'EUR', exchange_rate: '0.9070' });
  });

  it('says of each posting what it is in IATI, and the values add up', async () => {
    const sums: Record<string, bigint> = {};
    for (const { iati_transaction_type: code, iati_value: value } of rows)
      if (code) sums[code] = (sums[code] ?? 0n) + minorOf(value!);
    const statement = await statementOf(pool.id);
    const minor = (word: string) => minorOf(statement[word]!.amount);
    expect(sums).toEqual({
      1: minor('deposited') + minor('suspense'),
      2: minor('allocated'),
      3: minor('drawnDown'),
      4: minor('spent'),
    });
    expect(iatiOf('REFUND', 'WITH_RECIPIENT', '-5.00')).toEqual({ code: '3', value: '-5.00' });
    expect(iatiOf('RETURN', 'RETURNED', '5.00')).toEqual({ code: '1', value: '-5.00' });
    expect(iatiOf('RESERVATION', 'ALLOCATION_RESERVED', '5.00')).toBeNull();
    expect(iatiOf('MATCH', 'UNALLOCATED', '5.00')).toBeNull();
  });

  it('without a token names nobody', async () => {
    const seen = csvRows(await ledger.export(pool.id, 'csv', 'public.csv', null));
    expect(new Set(seen.flatMap((row) => [row.requested_by, row.approved_by]))).toEqual(new Set(['']));
    expect(sumsOf(seen as never)).toEqual(await held());
  });
});

describe('a cell of CSV', () => {
  it('is never a formula', () => {
    const safe = (text: string) => safeText(text) === `'${text}`;
    for (const text of [
      '=1',
      '+1',
      '-1',
      '@A1',
      '\t=1',
      ' =1',
      '\r=1',
      '\n=1',
      '\u0000=1',
      '＝1',
      '＋1',
      '－1',
      '＠A1',
    ])
      expect([text, safe(text)]).toEqual([text, true]);
    for (const text of ['', '1', 'a=1', '12.50', 'budget-1', '2025-05-01', "'", 'é'])
      expect([text, safeText(text)]).toEqual([text, text]);
  });
});

describe('an XLSX export', () => {
  it('opened again has journal and statement as sheets, with the same sums', async () => {
    const sheets = await readExcelFile(await ledger.export(pool.id, 'xlsx', 'pool.xlsx'));
    expect(sheets.map(({ sheet }) => sheet)).toEqual(['Journal', 'Statement']);
    const [head, ...lines] = sheets[0]!.data;
    expect(head).toEqual(journal.map(({ name }) => name));
    const column = (name: string) => journal.findIndex((each) => each.name === name);
    const found = lines.map((line) => ({
      account: String(line[column('account')]),
      amount: Number(line[column('amount')]).toFixed(2),
    }));
    expect(sumsOf(found)).toEqual(await held());
    expect(lines.map((line) => line[column('reference')])).toContain('=HYPERLINK("http://example.org")');
    const statement = await statementOf(pool.id);
    expect(
      sheets[1]!.data.slice(1).map((line) => [line[3], line[4] === null ? null : Number(line[4]).toFixed(2)]),
    ).toEqual(Object.entries(statement).map(([word, found]) => [word, found?.amount ?? null]));
  });

  it('writes an amount that a spreadsheet would round as text, exactly', async () => {
    const large = await new PoolForTests(ledger.world).open();
    await large.deposit('12345678901234567.89');
    const sheets = await readExcelFile(await ledger.export(large.id, 'xlsx', 'large.xlsx'));
    const place = journal.findIndex(({ name }) => name === 'amount');
    const amounts = sheets[0]!.data.slice(1).map((line) => line[place]);
    expect(amounts.sort()).toEqual(['-12345678901234567.89', '12345678901234567.89']);
  });
});

describe('an export', () => {
  const refusal = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'written',
      (fault: Error) => (fault instanceof HubFault ? fault.message : String(fault)),
    );

  it('of a chain needs somebody who is signed in, and something that is sealed', async () => {
    expect(await refusal(ledger.export(pool.id, 'chain', 'public.jsonl', null))).toContain('sign in with --token');
    const empty = await new PoolForTests(ledger.world).open();
    expect(await refusal(ledger.export(empty.id, 'chain', 'empty.jsonl'))).toContain('is sealed yet');
    expect(existsSync(ledger.file('public.jsonl'))).toBe(false);
    expect(existsSync(ledger.file('public.jsonl.part'))).toBe(false);
  });

  it('of an empty pool has a head and a statement of zeros', async () => {
    const empty = await new PoolForTests(ledger.world).open();
    expect(csvRows(await ledger.export(empty.id, 'csv', 'none.csv'))).toEqual([]);
    expect(csvRows(ledger.file('none-statement.csv')).find(({ word }) => word === 'deposited')?.amount).toBe('0.00');
  });

  it('says in one sentence what is wrong', async () => {
    expect(await refusal(ledger.export('budget-none', 'csv', 'none.csv'))).toBe('There is no budget budget-none.');
    expect(await refusal(ledger.export(pool.id, 'csv', 'no-folder/x.csv'))).toContain('cannot be written');
  });

  it('reads every amount that a statement has', () => {
    const schema = buildSchema(readFileSync('schema/budgets.graphql', 'utf8'), {
      assumeValid: true,
      assumeValidSDL: true,
    });
    const fields = Object.values((schema.getType('BudgetStatement') as GraphQLObjectType).getFields());
    const amounts = fields.filter(({ type }) => String(type).startsWith('Money')).map(({ name }) => name);
    expect([...statementWords].sort()).toEqual(amounts.sort());
  });

  it('reads a ledger page by page while it is written to', async () => {
    const busy = await new PoolForTests(ledger.world).open();
    await Promise.all(Array.from({ length: 120 }, () => busy.deposit('1.00')));
    const [file] = await Promise.all([
      ledger.export(busy.id, 'csv', 'busy.csv'),
      ...Array.from({ length: 10 }, () => busy.deposit('1.00')),
    ]);
    const found = csvRows(file);
    expect(found.length).toBeGreaterThanOrEqual(240);
    const suspense = csvRows(ledger.file('busy-statement.csv')).find(({ word }) => word === 'suspense');
    expect(sumsOf(found as never).SUSPENSE).toBe(minorOf(suspense!.amount!));
  });
});

describe('the hub command', () => {
  /** Not waited for in place: the hub that it asks runs in this process. */
  async function run(args: string[], env: object = {}): Promise<Answered> {
    const settings = { PATH: process.env.PATH, GATEWAY_URL: ledger.world.gatewayUrl!, ...env };
    const child = spawn(process.execPath, ['.build/clients/hub.js', ...args], {
      env: settings as never,
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    const [status] = await once(child, 'close');
    return { status, stdout, stderr };
  }

  it('teaches its commands with examples', async () => {
    const { stdout, status } = await run(['--help']);
    expect(status).toBe(0);
    for (const word of ['export', 'verify', '--as xlsx', 'npm run hub -- export --help'])
      expect(stdout).toContain(word);
    expect((await run(['export', '--help'])).stdout).toContain('--client department-for-education.publisher');
    expect((await run(['verify', '--help'])).stdout).toContain('the first bad number; 2 when it could not be checked');
    expect(await run(['export', 'budget-1', '--as', 'pdf'])).toMatchObject({
      ...{ status: 1, stderr: expect.stringContaining('Allowed choices are csv, xlsx, chain') },
    });
  });

  it('asks as a client of the identity provider and writes to where it was started', async () => {
    const args = [
      'export',
      pool.id,
      '--as',
      'chain',
      '--to',
      'by-command.jsonl',
      '--client',
      'national-audit-office.auditor',
    ];
    const { status, stderr } = await run(args, { OIDC_ISSUER: ledger.world.issuer, INIT_CWD: ledger.folder });
    expect([status, stderr]).toEqual([0, '']);
    expect(readFileSync(ledger.file('by-command.jsonl'), 'utf8')).toMatch(/"type":"end","transfers":18,/);
    const nobody = await run([...args.slice(0, -1), 'nobody'], { OIDC_ISSUER: ledger.world.issuer });
    expect(nobody).toMatchObject({ status: 1, stderr: expect.stringMatching(/gives nobody no token/) });
  });

  it('prints a journal where no file is named, and says what is away', async () => {
    const { stdout, status } = await run(['export', pool.id, '--as', 'csv']);
    expect(status).toBe(0);
    expect(parse(stdout, { columns: true })).toHaveLength(36);
    expect(await run(['export', pool.id, '--as', 'csv'], { GATEWAY_URL: 'http://localhost:9/graphql' })).toMatchObject({
      ...{ status: 1, stderr: expect.stringContaining('does not answer: start it with "npm start"') },
    });
  });
});
