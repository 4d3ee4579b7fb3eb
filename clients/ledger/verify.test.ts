import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { canonicalText, chainedHash, contentHash } from '../../services/budgets/ledger/seal/content.js';
import type { PoolForTests } from '../../services/budgets/pool-for-tests.js';
import { adminUrl } from '../../test/databases.js';
import { canonical, chainHash } from './canonical.js';
import type { ChainLine, RootLine, TransferLine } from './chain-lines.js';
import { LedgerForTests } from './ledger-for-tests.js';
import { type Verdict, verify } from './verify.js';

let ledger: LedgerForTests;
let pool: PoolForTests;
let original: string[];
let roots: string;
beforeAll(async () => {
  ledger = await LedgerForTests.start();
  pool = await ledger.pool();
  original = textOf(await ledger.export(pool.id, 'chain', 'whole.jsonl'));
  roots = ledger.roots(pool.id);
});
afterAll(() => ledger?.stop());

const textOf = (file: string): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);
const parsed = (lines: string[]): ChainLine[] => lines.map((line) => JSON.parse(line));
const written = (lines: ChainLine[]): string[] => lines.map((line) => JSON.stringify(line));

/** What verifying these lines finds; with the published roots unless asked otherwise. */
const verified = (lines: string[], choices: object = { roots }): Promise<Verdict> =>
  verify(ledger.file('edited.jsonl', lines.map((line) => `${line}\n`).join('')), choices);

const isTransfer = (line: ChainLine): line is TransferLine => line.type === 'transfer';
const isRoot = (line: ChainLine): line is RootLine => line.type === 'root';
const placeOf = (lines: ChainLine[], number: number) =>
  lines.findIndex((line) => isTransfer(line) && line.number === number);

// biome-ignore lint/suspicious/noExplicitAny: an edit may put anything anywhere.
type Edited = any;

/** Changes the line of one transfer. */
const inLine = (number: number, edit: (line: Edited) => void) => (lines: ChainLine[]) => {
  edit(lines[placeOf(lines, number)]);
};
const inTransfer = (number: number, edit: (transfer: Edited) => void) =>
  inLine(number, ({ transfer }) => edit(transfer));
const set = (number: number, field: string, value: unknown) =>
  inTransfer(number, (transfer) => {
    if (JSON.stringify(transfer[field]) === JSON.stringify(value)) throw new Error(`${field} is that already`);
    transfer[field] = value;
  });

/** Makes the hashes anew from a number on, as somebody would who hides an edit. */
function chainAnew(lines: ChainLine[], from: number): void {
  let previousHash = '0'.repeat(64);
  for (const line of lines) {
    if (isTransfer(line)) {
      if (line.number >= from) {
        const hash = chainedHash(previousHash, contentHash(line.transfer as never));
        Object.assign(line, { previousHash, hash });
      }
      previousHash = line.hash;
    } else if (isRoot(line) && line.number >= from) line.hash = previousHash;
  }
}

/** Signs the roots from a number on with another key. */
function signAnew(lines: ChainLine[], from: number, key: { privateKey: KeyObject; publicKey: KeyObject }): void {
  const jwk = key.publicKey.export({ format: 'jwk' });
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  for (const line of lines.filter(isRoot).filter(({ number }) => number >= from)) {
    const was = JSON.parse(Buffer.from(line.signature.split('.')[1]!, 'base64url').toString());
    const text = `${part({ alg: 'EdDSA', jwk })}.${part({ ...was, hash: line.hash })}`;
    line.signature = `${text}.${sign(null, Buffer.from(text), key.privateKey).toString('base64url')}`;
  }
  (lines[0] as Edited).publicKeys = [jwk];
}

const cut = (after: (line: ChainLine) => boolean) => (lines: ChainLine[]) => {
  lines.splice(lines.findIndex(after) + 1);
};
/** Cuts the tail off and makes first and last line fit, so that nothing inside the export tells. */
const cutWell = (number: number) => (lines: ChainLine[]) => {
  const head = lines[0] as Edited;
  cut((line) => isRoot(line) && line.number === number)(lines);
  head.knownAt = (lines.at(-1) as RootLine).sealedAt;
  lines.push({ type: 'end', transfers: number, roots: lines.filter(isRoot).length, unsealed: 0 });
};
const rootLine = (lines: ChainLine[], number: number): Edited =>
  lines.find((line) => isRoot(line) && line.number === number);
const otherKey = generateKeyPairSync('ed25519');

// Sealed in six batches of three: there are roots at 3, 6, 9, 12, 15 and 18.
const edits: [what: string, firstBad: number, edit: (lines: ChainLine[]) => void][] = [
  ['the amount of a transfer', 1, set(1, 'amount', '1000.00')],
  [
    'an amount on both sides, so that it balances',
    7,
    inTransfer(7, (transfer) => {
      transfer.amount = '12.35';
      for (const posting of transfer.postings) posting.amount = posting.amount.replace('12.34', '12.35');
    }),
  ],
  ['the amount of one posting', 10, inTransfer(10, ({ postings }) => (postings[0].amount = '99.00'))],
  ['the account of a posting', 5, inTransfer(5, ({ postings }) => (postings[0].account = 'account-other'))],
  ['the kind of an account', 5, inTransfer(5, ({ postings }) => (postings[0].kind = 'SPENT'))],
  ['the control total of an account', 5, inTransfer(5, ({ postings }) => (postings[1].controlTotal = 'CDEL'))],
  ['the year of an account', 5, inTransfer(5, ({ postings }) => (postings[1].financialYear = '2024-25'))],
  ['postings left out', 6, inTransfer(6, (transfer) => (transfer.postings = []))],
  ['one posting left out', 6, inTransfer(6, ({ postings }) => postings.pop())],
  ['two postings added that balance', 6, inTransfer(6, ({ postings }) => postings.push(...postings))],
  ['postings in another order', 6, inTransfer(6, ({ postings }) => postings.reverse())],
  ['the day it took effect', 4, set(4, 'effectiveOn', '2025-06-02')],
  ['the instant it was recorded', 4, set(4, 'recordedAt', '2025-06-02T00:00:00.000Z')],
  ['who asked for it', 4, set(4, 'requestedBy', 'somebody')],
  ['who approved it', 4, set(4, 'approvedBy', 'somebody else')],
  ['the approver taken away', 4, set(4, 'approvedBy', null)],
  ['the kind', 4, set(4, 'kind', 'LAPSE')],
  ['the period', 4, set(4, 'period', 'P12')],
  ['the financial year', 4, set(4, 'financialYear', '2024-25')],
  ['the control total', 4, set(4, 'controlTotal', 'CDEL')],
  ['the currency', 4, set(4, 'currency', 'EUR')],
  ['the pool', 4, set(4, 'pool', 'budget-other')],
  ['the id', 4, set(4, 'id', 'transfer-other')],
  ['the reason', 9, set(9, 'reason', 'recorded thrice')],
  ['what it reverses', 9, set(9, 'reverses', 'transfer-other')],
  ['the reversal made an ordinary transfer', 9, set(9, 'reverses', null)],
  ['the reference', 8, set(8, 'reference', 'naive')],
  ['the reference, by a letter that looks the same', 8, set(8, 'reference', 'nai\u0308ve — 日本語 😀')],
  ['the consent', 8, set(8, 'consent', 'nobody')],
  ['the contribution', 11, set(11, 'contribution', 'hmt:other')],
  ['the deposit', 11, set(11, 'deposit', 'transfer-other')],
  ['the allocation', 6, set(6, 'allocation', 'allocation-other')],
  ['the drawdown', 6, set(6, 'drawdown', 'drawdown-other')],
  ['the virement', 6, set(6, 'virement', 'virement-other')],
  ['the rate of exchange', 2, inTransfer(2, ({ exchange }) => (exchange.rate = '0.9071'))],
  ['what was received', 2, inTransfer(2, ({ exchange }) => (exchange.received.amount = '110.26'))],
  ['the exchange left out', 2, set(2, 'exchange', null)],
  ['a field left out', 12, inTransfer(12, (transfer) => delete transfer.consent)],
  ['a field added', 12, inTransfer(12, (transfer) => (transfer.note = 'x'))],
  ['something added beside the transfer', 12, inLine(12, (line) => (line.note = 'x'))],
  ['a hash', 13, inLine(13, (line) => (line.hash = 'f'.repeat(64)))],
  ['the hash before', 13, inLine(13, (line) => (line.previousHash = 'f'.repeat(64)))],
  ['a number', 14, inLine(14, (line) => (line.number = 15))],
  ['the first transfer deleted', 1, (lines) => lines.splice(placeOf(lines, 1), 1)],
  ['a transfer deleted', 8, (lines) => lines.splice(placeOf(lines, 8), 1)],
  ['the transfer before a root deleted', 9, (lines) => lines.splice(placeOf(lines, 9), 1)],
  ['the last transfer deleted', 18, (lines) => lines.splice(placeOf(lines, 18), 1)],
  ['a whole batch with its root deleted', 7, (lines) => lines.splice(placeOf(lines, 7), 4)],
  ['a transfer put in twice', 11, (lines) => lines.splice(placeOf(lines, 11), 0, lines[placeOf(lines, 11)]!)],
  [
    'two neighbours swapped',
    10,
    (lines) => lines.splice(placeOf(lines, 10), 2, lines[placeOf(lines, 11)]!, lines[placeOf(lines, 10)]!),
  ],
  [
    'two transfers swapped in content only',
    4,
    (lines) => {
      const [a, b] = [lines[placeOf(lines, 4)], lines[placeOf(lines, 17)]] as TransferLine[];
      [a!.transfer, b!.transfer] = [b!.transfer, a!.transfer];
    },
  ],
  ['the tail cut off after a root', 13, cut((line) => isRoot(line) && line.number === 12)],
  ['the tail cut off between roots', 15, cut((line) => isTransfer(line) && line.number === 14)],
  ['all but the first line cut off', 1, cut((line) => line.type === 'chain')],
  ['the last line cut off', 19, cut((line) => isRoot(line) && line.number === 18)],
  ['the tail cut off and the last line made to fit', 13, cutWell(12)],
  ['the last line speaking of less', 18, (lines) => ((lines.at(-1) as Edited).transfers = 17)],
  ['the currency of the export', 1, (lines) => ((lines[0] as Edited).currency = 'EUR')],
  ['the pool of the export', 1, (lines) => ((lines[0] as Edited).pool = 'budget-other')],
  [
    'a public key',
    1,
    (lines) => ((lines[0] as Edited).publicKeys[0].x = otherKey.publicKey.export({ format: 'jwk' }).x),
  ],
  [
    'a public key added',
    1,
    (lines) => (lines[0] as Edited).publicKeys.push(otherKey.publicKey.export({ format: 'jwk' })),
  ],
  ['the signature of a root', 7, (lines) => (rootLine(lines, 9).signature = rootLine(lines, 12).signature)],
  [
    'a letter of a signature',
    7,
    (lines) => (rootLine(lines, 9).signature = `${rootLine(lines, 9).signature.slice(0, -4)}AAAA`),
  ],
  ['the hash of a root', 7, (lines) => (rootLine(lines, 9).hash = 'f'.repeat(64))],
  ['the instant of a root', 7, (lines) => (rootLine(lines, 9).sealedAt = '2025-01-01T00:00:00.000Z')],
  ['a root deleted', 7, (lines) => lines.splice(placeOf(lines, 9) + 1, 1)],
  ['the last root deleted', 16, (lines) => lines.splice(placeOf(lines, 18) + 1, 1)],
  [
    'an edit, the hashes made anew',
    10,
    (lines) => {
      set(11, 'reference', 'another')(lines);
      chainAnew(lines, 11);
    },
  ],
  [
    'an edit, the hashes made anew, later roots left out',
    10,
    (lines) => {
      set(11, 'reference', 'another')(lines);
      chainAnew(lines, 11);
      const kept = lines.filter((line) => !isRoot(line) || line.number < 11);
      lines.splice(0, lines.length, ...kept);
      Object.assign(lines.at(-1)!, { roots: 3 });
    },
  ],
  [
    'an edit, the hashes made anew and signed with another key',
    1,
    (lines) => {
      set(2, 'reference', 'another')(lines);
      chainAnew(lines, 2);
      signAnew(lines, 1, otherKey);
    },
  ],
  [
    'the tail made anew without one transfer and signed with another key',
    13,
    (lines) => {
      lines.splice(placeOf(lines, 14), 1);
      for (const line of lines) if (isTransfer(line) && line.number > 14) line.number--;
      chainAnew(lines, 14);
      signAnew(lines, 13, otherKey);
    },
  ],
];

describe('the verifier', () => {
  it('computes the same as the ledger, sharing no code with it', () => {
    const transfers = parsed(original).filter(isTransfer);
    expect(transfers).toHaveLength(18);
    for (const { transfer, previousHash, hash } of transfers) {
      expect(canonical(transfer)).toBe(canonicalText(transfer as never));
      expect([hash, hash]).toEqual([
        chainHash(previousHash, transfer),
        chainedHash(previousHash, contentHash(transfer as never)),
      ]);
    }
  });

  it('verifies what was exported, with the published roots and without', async () => {
    const right = { ok: true, pool: pool.id, transfers: 18, firstBadNumber: null, provenUpTo: 18 };
    expect(await verified(original)).toMatchObject({ ...right, notes: [] });
    const { ok, notes } = await verified(original, {});
    expect([ok, notes]).toEqual([true, [expect.stringContaining('--roots')]]);
    const key = join(ledger.folder, 'seals', 'public-key.json');
    expect(await verified(original, { key })).toMatchObject({ ...right, notes: [] });
    const windows = ledger.file('windows.jsonl', original.map((line) => `${line}\r\n`).join(''));
    expect(await verify(windows, { roots })).toMatchObject(right);
    expect(
      parsed(original)
        .filter(isRoot)
        .map(({ number }) => number),
    ).toEqual([3, 6, 9, 12, 15, 18]);
  });

  it('is tried on fifty edits and more', () => {
    expect(edits.length).toBeGreaterThanOrEqual(50);
    expect(new Set(edits.map(([what]) => what)).size).toBe(edits.length);
  });

  it.each(edits)('finds %s', async (_what, firstBad, edit) => {
    const lines = parsed(original);
    edit(lines);
    expect(written(lines)).not.toEqual(original);
    const { ok, firstBadNumber, provenUpTo } = await verified(written(lines));
    expect({ ok, firstBadNumber }).toEqual({ ok: false, firstBadNumber: firstBad });
    expect(provenUpTo).toBeLessThan(firstBad);
  });

  it('finds a name that stands twice, a line that is no JSON and one cut in two', async () => {
    const at = (number: number) => placeOf(parsed(original), number);
    const twice = original[at(5)]!.replace('"amount":', '"amount":"1.00","amount":');
    expect(await verified(original.with(at(5), twice))).toMatchObject({ ok: false, firstBadNumber: 5 });
    expect(await verified(original.with(at(5), 'number 5'))).toMatchObject({ ok: false, firstBadNumber: 5 });
    const half = [...original.slice(0, at(5)), original[at(5)]!.slice(0, 100)];
    expect(await verified(half)).toMatchObject({ ok: false, firstBadNumber: 5 });
    expect(await verified(['kind;amount', 'DEPOSIT;1.00'])).toMatchObject({ ok: false, firstBadNumber: 1 });
  });

  it('takes an export that is older than the published roots only where it is said to be', async () => {
    const lines = parsed(original);
    cutWell(12)(lines);
    expect(await verified(written(lines), { roots, older: true })).toMatchObject({ ok: true, transfers: 12 });
    expect(await verified(written(lines), {})).toMatchObject({ ok: true, transfers: 12 });
  });
});

describe('a superuser of PostgreSQL', () => {
  /** Exports the pool after each change and verifies it against a copy of the roots published before. */
  async function whileChanged(
    change: (client: Client) => Promise<unknown>,
    back: (client: Client) => Promise<unknown>,
  ) {
    const copies = join(ledger.folder, 'copies');
    mkdirSync(copies, { recursive: true });
    for (const file of [`${pool.id}.jsonl`, 'public-key.json'])
      copyFileSync(join(ledger.folder, 'seals', file), join(copies, file));
    const owner = await ledger.world.owner('budgets');
    const [{ name }] = (await owner.query('select current_database() as name')).rows;
    const client = new Client({ connectionString: Object.assign(new URL(adminUrl()), { pathname: `/${name}` }).href });
    await client.connect();
    const tables = ['transfer', 'posting', 'seal', 'seal_root'];
    const triggers = async (way: string) => {
      for (const table of tables) await client.query(`alter table ${table} ${way} trigger all`);
    };
    try {
      await triggers('disable');
      await change(client);
      const file = await ledger.export(pool.id, 'chain', 'after.jsonl');
      return await verify(file, { roots: join(copies, `${pool.id}.jsonl`) });
    } finally {
      await back(client);
      await triggers('enable');
      for (const table of tables) await client.query(`alter table ${table} enable always trigger only_added`);
      await client.end();
    }
  }
  const idOf = (number: number) => parsed(original).filter(isTransfer)[number - 1]!.transfer.id;
  const sql =
    (text: string, params: unknown[] = []) =>
    (client: Client) =>
      client.query(text, params);

  it('who changes an amount is found', async () => {
    const update = (to: string) =>
      sql(`update posting set amount = amount + sign(amount) * ${to}::bigint where transfer_id = $1`, [idOf(7)]);
    expect(await whileChanged(update('1'), update('-1'))).toMatchObject({ ok: false, firstBadNumber: 7 });
  });

  it('who changes a person is found', async () => {
    const update = (to: string) => sql('update transfer set requested_by = $2 where id = $1', [idOf(4), to]);
    const { transfer } = parsed(original).filter(isTransfer)[3]!;
    const verdict = await whileChanged(update('somebody'), update(String(transfer.requestedBy)));
    expect(verdict).toMatchObject({ ok: false, firstBadNumber: 4, provenUpTo: 3 });
  });

  it('who changes an amount and makes the hashes anew is found by the roots published before', async () => {
    const update = (to: string) => sql('update transfer set reference = $2 where id = $1', [idOf(11), to]);
    const lines = parsed(original);
    const was = String(lines.filter(isTransfer)[10]!.transfer.reference);
    set(11, 'reference', 'another')(lines);
    chainAnew(lines, 11);
    const rewrite = async (client: Client, found: ChainLine[]) => {
      for (const { number, previousHash, hash } of found.filter(isTransfer))
        await client.query('update seal set previous_hash = $3, hash = $4 where pool_id = $1 and number = $2', [
          ...[pool.id, number, previousHash, hash],
        ]);
      for (const { number, hash } of found.filter(isRoot))
        await client.query('update seal_root set hash = $3 where pool_id = $1 and number = $2', [
          pool.id,
          number,
          hash,
        ]);
    };
    const verdict = await whileChanged(
      async (client) => {
        await update('another')(client);
        await rewrite(client, lines);
      },
      async (client) => {
        await update(was)(client);
        await rewrite(client, parsed(original));
      },
    );
    expect(verdict).toMatchObject({ ok: false, firstBadNumber: 10, provenUpTo: 9 });
  });

  it('who takes the last transfers away is found', async () => {
    const move = (from: string, to: string) =>
      sql('update seal set pool_id = $2 where pool_id = $1 and number > 15', [from, to]);
    const roots = (from: string, to: string) =>
      sql('update seal_root set pool_id = $2 where pool_id = $1 and number > 15', [from, to]);
    const verdict = await whileChanged(
      async (client) => [await roots(pool.id, 'away')(client), await move(pool.id, 'away')(client)],
      async (client) => [await move('away', pool.id)(client), await roots('away', pool.id)(client)],
    );
    expect(verdict).toMatchObject({ ok: false, firstBadNumber: 16 });
    expect(await verified(textOf(await ledger.export(pool.id, 'chain', 'restored.jsonl')))).toMatchObject({ ok: true });
  });
});

describe('hub verify', () => {
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['.build/clients/hub.js', 'verify', ...args], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, GATEWAY_URL: 'http://localhost:9/graphql' },
    });
    return { status, stdout, stderr };
  };

  it('prints one line per check and the first bad number, and ends with 0, 1 or 2', () => {
    const right = ledger.file('right.jsonl', original.map((line) => `${line}\n`).join(''));
    const { status, stdout } = run(right, '--roots', roots);
    expect([status, stdout.trimEnd().split('\n')]).toEqual([
      0,
      [...Array(7).fill(expect.stringMatching(/^ok {4}/)), `18 transfers of ${pool.id} verified.`],
    ]);
    const lines = parsed(original);
    set(8, 'reference', 'another')(lines);
    const wrong = ledger.file('wrong.jsonl', written(lines).join('\n'));
    const found = run(wrong, '--roots', roots);
    expect(found.status).toBe(1);
    expect(found.stdout).toContain('WRONG  each hash is that of its transfer\n         number 8 (transfer-');
    expect(found.stdout).toContain('NOT VERIFIED. The first bad number is 8; proven are the numbers up to 6.');
    const json = JSON.parse(run(wrong, '--json').stdout);
    expect(json).toMatchObject({ ok: false, firstBadNumber: 8, provenUpTo: 6, pool: pool.id });
    expect(run(ledger.file('none.jsonl'))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('cannot be read'),
    });
    writeFileSync(ledger.file('bad-roots.jsonl'), 'no roots\n');
    expect(run(right, '--roots', ledger.file('bad-roots.jsonl'))).toMatchObject({ status: 2 });
  });
});
