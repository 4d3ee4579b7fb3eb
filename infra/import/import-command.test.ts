import 'reflect-metadata';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CommanderError } from 'commander';
import { environmentWith } from '../../services/kernel/environment.js';
import { startWorld, type World } from '../../test/world.js';
import { startIssuer } from '../identity/issuer.js';
import { Hub, keptTokens, toGateway } from './client.js';
import { importCommand } from './command.js';
import { filesForTests } from './read-files-for-tests.js';

const written = filesForTests();
const register = (...lines: string[]) =>
  written(
    ['government-organisation\tname\twebsite\tstart-date\tend-date', ...lines].join('\n'),
    `register-${lines.length}.tsv`,
  );
const sound = () => register('D901\tMinistry of Tests\t\t\t');

interface Ended {
  code: number | null;
  out: string;
  errors: string;
}

/** Runs the command line as `npm run import --` does, with these settings on top. */
async function run(args: string[], settings: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(process.execPath, ['.build/infra/import/import.js', ...args], {
    env: environmentWith({ HUB_PORT: '1', ...settings }),
  });
  let [out, errors] = ['', ''];
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (errors += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, errors };
}

describe('the import command', () => {
  const { HUB_PORT } = process.env;
  beforeAll(() => {
    process.env.HUB_PORT = '1';
  });
  afterAll(() => {
    if (HUB_PORT === undefined) delete process.env.HUB_PORT;
    else process.env.HUB_PORT = HUB_PORT;
  });

  it('teaches each format with an example', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    for (const name of [
      'govuk-organisations',
      'ocha-contributions',
      'ocha-allocations',
      'ons-sdg',
      'smc-development',
      'targets',
    ]) {
      expect(out).toContain(`$ npm run import -- ${name} `);
    }
    expect(out).toContain('Exit codes: 0 when all rows were taken');
  });

  const faults: [string, () => string[], string][] = [
    [
      'a format that does not exist',
      () => ['tarot', sound()],
      'There is no format "tarot"; the formats are govuk-organisations,',
    ],
    [
      'a file that does not exist',
      () => ['targets', 'no/such.csv'],
      'such.csv is not there: give the path of a file that exists.',
    ],
    ['a file of another format', () => ['targets', sound()], 'check that the format is the right one'],
    ['a column it does not know', () => ['govuk-organisations', withColumn()], 'does not know the column "colour"'],
    ['a damaged file', () => ['govuk-organisations', cutOff()], 'the file is cut off, get the whole file again.'],
    [
      'a hub that is not running',
      () => ['govuk-organisations', sound()],
      'does not answer: start the hub with "npm start"',
    ],
    [
      'a limit that is no number',
      () => ['govuk-organisations', sound(), '--limit', 'few'],
      'Write a whole number such as 100.',
    ],
  ];
  const withColumn = () =>
    written('government-organisation\tname\twebsite\tstart-date\tend-date\tcolour\nD1\tA\t\t\t\tred\n');
  const cutOff = () => register('D901\tMinistry of Tests\t\t\t', 'D902\tOff');
  it.each(faults)('says one sentence and ends with 1 for %s', async (_, args, sentence) => {
    const said: string[] = [];
    const command = importCommand()
      .exitOverride()
      .configureOutput({ writeErr: (text) => said.push(text), writeOut: (text) => said.push(text) });
    const ended = command.parseAsync(args(), { from: 'user' }).catch((fault: Error) => {
      if (!(fault instanceof CommanderError)) command.error(fault.message);
      throw fault;
    });
    await expect(ended).rejects.toMatchObject({ exitCode: 1 });
    expect(said).toEqual([expect.stringContaining(sentence)]);
  });

  it('ends with 1 and one sentence as a program too', async () => {
    const { code, out, errors } = await run(['targets', 'no/such.csv']);
    expect([code, out]).toEqual([1, '']);
    expect(errors).toMatch(/^[^\n]*such\.csv is not there: give the path of a file that exists\.\n$/);
  });

  it('says so where what answers is not the hub', async () => {
    const other = createServer((_, response) => response.end('<html>It works!</html>')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    try {
      const { code, errors } = await run(['govuk-organisations', sound()], { OIDC_ISSUER: url, GATEWAY_URL: url });
      expect([code, errors]).toEqual([1, expect.stringContaining('it is not the issuer of the hub')]);
    } finally {
      other.close();
    }
  });
});

describe('an import into a running hub', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hub-import-'));
  let world: World;
  let issuer: Awaited<ReturnType<typeof startIssuer>>;
  beforeAll(async () => {
    world = await startWorld({ services: ['missions'] });
    issuer = await startIssuer({ port: 0, audience: 'mission-budget-hub' });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await issuer?.stop();
    await world?.stop();
  });

  it('writes the whole report and ends with 2 when a row was refused', async () => {
    const report = join(folder, 'report.json');
    const file = register('D901\tMinistry of Tests\t\t\t', 'D902\tOffice of Rules\t\t\t', '9\tWrong\t\t\t');
    const issued = (await world.tokenFor('mission-delivery-unit.mission-unit')).split('.')[1]!;
    const { iss } = JSON.parse(Buffer.from(issued, 'base64url').toString());
    const settings = { GATEWAY_URL: world.gatewayUrl!, OIDC_ISSUER: iss };
    const { code, out, errors } = await run(['govuk-organisations', file, '--report', report], settings);
    expect([code, errors]).toEqual([2, 'organisations: 2 of 2\n']);
    expect(out).toContain('  organisations: 2 new\n');
    expect(out).toContain('reading, row 4, government-organisation, "9": This is not a register identifier');
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({
      ...{ format: 'govuk-organisations', dryRun: false },
      stages: [
        { name: 'reading', refused: 1 },
        { name: 'organisations', new: 2, unchanged: 0, money: {} },
      ],
      refusals: [{ stage: 'reading', row: 4, column: 'government-organisation', value: '9' }],
    });
  });

  it('says whose token was refused and why', async () => {
    const foreign = toGateway(
      world.gatewayUrl!,
      keptTokens((client) => issuer.tokenFor(client)),
    );
    const question = {
      service: 'missions',
      client: 'mission-delivery-unit.mission-unit',
      document: '{ __typename }',
      variables: {},
    } as const;
    await expect(new Hub(foreign).ask(question)).rejects.toThrow(
      'The hub refuses the token of mission-delivery-unit.mission-unit: ',
    );
  });
});

describe('the hub as an import sees it', () => {
  const question = { service: 'missions', client: 'a.publisher', document: '{ a }', variables: {} } as const;
  const away = { status: 200, errors: [{ message: 'away', extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }] };

  it('is asked again where a service was away for a moment', async () => {
    const answers = [{ status: 200, data: { a: 1 } }, away, { status: 503 }, { status: 200, data: { a: 2 } }];
    const hub = new Hub(async () => answers.shift()!);
    expect([await hub.ask(question), await hub.ask(question)]).toEqual([{ a: 1 }, { a: 2 }]);
    expect(answers).toEqual([]);
  });

  it('is not asked again for what the caller may not do', async () => {
    const answer = { status: 200, errors: [{ message: 'Not yours.', extensions: { code: 'FORBIDDEN' } }] };
    await expect(new Hub(async () => answer).ask(question)).rejects.toThrow('a.publisher may not do this: Not yours.');
  });

  it('gets a new token before the old one ends', async () => {
    const token = (seconds: number) =>
      `x.${Buffer.from(JSON.stringify({ exp: Math.floor(Date.now() / 1000) + seconds })).toString('base64url')}.x`;
    const asked: string[] = [];
    const tokenFor = keptTokens(async (client) => {
      asked.push(client);
      return token(client === 'short' ? 100 : 900);
    });
    for (const client of ['long', 'long', 'short', 'short']) await tokenFor(client);
    expect(asked).toEqual(['long', 'short', 'short']);
  });
});
