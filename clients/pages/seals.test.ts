import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PoolForTests } from '../../services/budgets/pool-for-tests.js';
import { LedgerForTests } from '../ledger/ledger-for-tests.js';
import { verify } from '../ledger/verify.js';
import { browserOnPath, faultsOf, noBrowser, openBrowser } from './browser-for-tests.js';
import { type Pages, startPages } from './server.js';

let ledger: LedgerForTests;
let pages: Pages;
let sealed: PoolForTests;
let empty: PoolForTests;
beforeAll(async () => {
  ledger = await LedgerForTests.start();
  pages = await startPages({ port: 0, host: 'localhost', gatewayUrl: ledger.world.gatewayUrl! });
  sealed = await ledger.pool();
  empty = await new PoolForTests(ledger.world).open({ name: 'Nothing yet' });
}, 60_000);
afterAll(async () => {
  await pages?.stop();
  await ledger?.stop();
});

const read = async (path: string) => {
  const response = await fetch(pages.url + path);
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
};
const published = () =>
  readFileSync(ledger.roots(sealed.id), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** The first bad number, and whether the hashes are those that were published. */
async function checked(file: string, roots: string) {
  const { firstBadNumber, results } = await verify(file, { roots });
  return [firstBadNumber, results.find(({ check }) => check === 'published')?.ok];
}

describe('the seals of the ledgers, on the public pages', () => {
  it('are the newest root of each pool, as its file outside the database has it, line for line', async () => {
    const { status, type, text } = await read('/seals.jsonl');
    expect([status, type]).toEqual([200, 'application/jsonl; charset=utf-8']);
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([published().at(-1)]);
  });

  it('are what an export is verified against, whatever was done to the export and its own roots', async () => {
    const kept = ledger.file('seals.jsonl', (await read('/seals.jsonl')).text);
    const whole = await ledger.export(sealed.id, 'chain', 'whole.jsonl');
    expect(await checked(whole, kept)).toEqual([null, true]);
    // Nothing was recorded after the root before the last: somebody deleted the newest transfers.
    const { number } = published().at(-2);
    const lines = readFileSync(whole, 'utf8').trimEnd().split('\n');
    const isKept = (line: string) => {
      const { type, number: at } = JSON.parse(line);
      return !['transfer', 'root'].includes(type) || at <= number;
    };
    const cut = ledger.file('cut.jsonl', `${lines.filter(isKept).join('\n')}\n`);
    expect(await checked(cut, kept)).toEqual([expect.any(Number), false]);
  });

  it('can be read as a page: how far each pool is sealed, its hash, and which pool has nothing yet', async () => {
    const { status, text } = await read('/seals');
    const { number, hash } = published().at(-1);
    expect(status).toBe(200);
    for (const shown of [hash, sealed.id, empty.id, `Transfers 1 to ${number}, sealed `, 'Nothing is sealed yet.'])
      expect(text).toContain(shown);
    expect(text).toContain('Würde = 1 + 1');
    expect((await read('/briefings')).text).toContain('href="/seals"');
  });

  it('have no fault that axe finds, and no sideways scroll on a phone 320 pixels wide', async () => {
    const path = browserOnPath();
    if (!path) return noBrowser();
    const browser = await openBrowser(path);
    try {
      expect(await faultsOf(browser, `${pages.url}/seals`)).toEqual([]);
    } finally {
      await browser.close();
    }
  }, 120_000);
});
