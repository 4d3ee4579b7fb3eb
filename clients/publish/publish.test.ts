import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import readWorkbook from 'read-excel-file/universal';
import { turnLimits } from '../../services/contributions/turns.js';
import { type Asking, exitCodeOf, exitCodes } from '../caller.js';
import { DepartmentForTests, department, departmentWithStore } from './department-for-tests.js';
import { negotiate } from './negotiate.js';
import { negotiationLines } from './negotiation.js';
import { publishCommand } from './publish.js';
import { pull } from './pull.js';
import { workbook } from './read-workbook.js';
import { keptReceipt, receiptFileOf, receiptLines } from './receipt.js';
import { statusOf } from './status.js';

let at: DepartmentForTests;
const missions = 'warm-homes back-and-forth half sums killed queued dry colours cheaper-fuel clean-energy'.split(' ');
beforeAll(async () => {
  at = await DepartmentForTests.start(missions);
});
afterAll(() => at?.stop());

const headings = 'Record | Mission | Kind | Pooling | Name | Financial year | Control total | Amount | Currency';
const row = (id: string, mission: string, amount = '100.00', year = '2025-26', name = 'Heat') =>
  `${mission} ${id} | ${mission} | MONEY | POOLED | ${name} | ${year} | CDEL | ${amount} | GBP`;
const many = (name: string, mission: string, count: number) =>
  at.files.csv(name, headings, ...Array.from({ length: count }, (_, n) => row(`R-${n}`, mission, `${n + 1}.00`)));
const counts = (fresh: number, changed: number, unchanged: number, refused: number) => ({
  ...{ NEW: fresh, CHANGED: changed, UNCHANGED: unchanged, REFUSED: refused },
});

describe('a published file', () => {
  it('is published for a body that one took over from, and for no other', async () => {
    const [old, other] = ['office-of-fuel', 'office-of-water'];
    const heir = { organisation: department, from: '', until: null, via: [] };
    const successions = [{ contributorId: old, heirs: [heir] }];
    const event = { id: 'fuel-is-over', type: 'missions.succeeded', data: { successions } };
    expect(await at.world.event('contributions', event)).toBe(200);
    at.files.csv('fuel.csv', headings, row('R-1', 'cheaper-fuel'));
    const file = join(at.files.folder, 'fuel.csv');
    const found = async (of: string) =>
      (await at.world.ask(`{ contributions(filter: { contributor: "${of}" }) { totalCount } }`)).data.contributions;
    await expect(at.publish(file, { organisation: other })).rejects.toThrow(
      'only for your own organisation and for one that it took over from',
    );
    const receipt = await at.publish(file, { organisation: old });
    expect([receipt.organisation, receipt.counts]).toEqual([old, counts(1, 0, 0, 0)]);
    expect([await found(old), await found(other)]).toEqual([{ totalCount: 1 }, { totalCount: 0 }]);
  });

  it('is in the hub, with a receipt whose links show it to everybody', async () => {
    at.files.csv('budget.csv', headings, row('R-1', 'warm-homes'), row('R-1', 'warm-homes', '2.50', '2026-27'));
    const receipt = await at.publish(join(at.files.folder, 'budget.csv'));
    expect(at.said[0]).toContain('Columns guessed from the headings, kept in budget.csv.mapping.json');
    expect(receipt).toMatchObject({ organisation: department, counts: counts(1, 0, 0, 0), refusals: [], done: 1 });
    expect(await at.known('warm-homes')).toEqual({
      'warm-homes R-1': 'PLEDGED v1: 2025-26 CDEL 100.00 GBP, 2026-27 CDEL 2.50 GBP',
    });
    const kept =
      '{ contributions(filter: { mission: "warm-homes" }) { nodes { contributor { receipts(first: 1) { nodes { batch } } } } } }';
    const [{ contributor }] = (await at.world.ask(kept, { as: `${department}.publisher` })).data.contributions.nodes;
    expect([receipt.store, receipt.batches]).toEqual(['SHARED', [contributor.receipts.nodes[0].batch]]);
    expect(receiptLines(receipt)).toEqual(
      expect.arrayContaining(['store: that of everybody (SHARED)', `batch: ${receipt.batches[0]}`]),
    );
    const shown = await fetch(receipt.links['contributions to warm-homes']!, {
      headers: { accept: 'application/json' },
    });
    expect(await shown.json()).toMatchObject({ data: { contributions: { totalCount: 1 } } });
  });

  it('is unchanged the next time, read with the mapping that is kept', async () => {
    const receipt = await at.publish(join(at.files.folder, 'budget.csv'));
    expect(receipt.counts).toEqual(counts(0, 0, 1, 0));
    expect(at.said).toEqual(['Columns as in budget.csv.mapping.json.']);
  });

  it('takes the hub along when it changes, and back when it changes back', async () => {
    const write = (amount: string) => at.files.csv('back.csv', headings, row('R-1', 'back-and-forth', amount));
    for (const amount of ['1.00', '2.00', '1.00']) await at.publish(write(amount));
    expect(await at.known('back-and-forth')).toEqual({ 'back-and-forth R-1': 'PLEDGED v3: 2025-26 CDEL 1.00 GBP' });
  });

  it('is not published at all where a row cannot be taken, but partly where that is said', async () => {
    const file = at.files.csv(
      'wrong.csv',
      headings,
      row('R-1', 'half'),
      row('R-2', 'half', '1,000'),
      row('R-3', 'half'),
    );
    const receipt = await at.publish(file);
    expect([receipt.counts, receipt.endedAt, existsSync(receiptFileOf(file))]).toEqual([
      counts(0, 0, 0, 1),
      null,
      false,
    ]);
    expect(await at.known('half')).toEqual({});
    expect((await at.publish(file, { partly: true })).counts).toEqual(counts(2, 0, 0, 1));
    expect(Object.keys(await at.known('half'))).toEqual(['half R-1', 'half R-3']);
  });

  it('has what the hub refuses named by row and column', async () => {
    const file = at.files.csv(
      'sums.csv',
      `${headings} | Total`,
      `${row('R-1', 'sums')} | 100`,
      `${row('R-2', 'sums')} | 99`,
    );
    const receipt = await at.publish(file);
    expect([receipt.counts, receipt.refusals]).toEqual([
      counts(1, 0, 0, 1),
      [{ row: 3, column: 'Total', reason: 'The amounts add up to 100.00 GBP, not to 99.00 GBP.' }],
    ]);
  });
});

describe('a mission that the hub does not have', () => {
  const enregy = 'There is no mission clean-enregy; did you mean clean-energy?';
  const rows = [row('R-1', 'clean-energy'), row('R-2', 'clean-enregy'), row('R-3', 'nowhere-near-any')];

  it('is named by row and column, with the one that may be meant, before anything is published', async () => {
    const file = at.files.csv('nowhere.csv', headings, ...rows, row('R-4', 'clean-enregy', 'ten'));
    const receipt = await at.publish(file);
    const reasons = receipt.refusals.map(({ row, column, reason }) => `${row} ${column}: ${reason}`);
    expect(reasons).toEqual([
      `3 Mission: ${enregy}`,
      '4 Mission: There is no mission nowhere-near-any; correct its id.',
      '5 Amount: "ten" is no amount; write it in digits, such as 1250.50.',
      `5 Mission: ${enregy}`,
    ]);
    expect([receipt.counts, await at.known('clean-energy')]).toEqual([counts(0, 0, 0, 3), {}]);
    const dry = await at.publish(file, { dryRun: true });
    expect([dry.counts, dry.refusals]).toEqual([counts(1, 0, 0, 3), receipt.refusals]);
    expect(readFileSync(join(at.files.folder, 'nowhere.checked.csv'), 'utf8')).toContain(`Mission: ${enregy}`);
  });

  it('is asked for in one query for fifty, however many rows name it', async () => {
    const { hub, ...by } = at.asking;
    const asked: string[] = [];
    const counting = Object.assign(Object.create(hub) as typeof hub, {
      ask: (question: Parameters<typeof hub.ask>[0]) => {
        if (question.document.includes('Missions')) asked.push(question.document);
        return hub.ask(question);
      },
    });
    const lines = Array.from({ length: 120 }, (_, n) => row(`R-${n}`, `no-mission-${n % 60}`));
    const receipt = await at.publish(at.files.csv('sixty.csv', headings, ...lines), {}, { ...by, hub: counting });
    expect([receipt.counts, asked.length]).toEqual([counts(0, 0, 0, 120), 2]);
  });
});

describe('a publishing that is killed', () => {
  it('goes on where it stopped, and nothing is doubled', async () => {
    const file = many('long.csv', 'killed', 120);
    const args = ['publish', 'long.csv', '--batch', '4', '--json'];
    const child = at.begin(args);
    const done = () => keptReceipt(receiptFileOf(file))?.done ?? 0;
    while (done() < 8 && child.exitCode === null) await pause(2);
    child.kill('SIGKILL');
    const before = done();
    expect([before >= 8, before < 120]).toEqual([true, true]);
    const { code, out, errors } = await at.run(args);
    expect([code, errors]).toEqual([0, expect.stringContaining(`Going on after ${done() && before}`)]);
    const receipt = JSON.parse(out);
    expect(receipt).toMatchObject({ done: 120, counts: counts(120, 0, 0, 0), store: 'SHARED' });
    expect(new Set(receipt.batches).size).toBe(30);
    const known = await at.known('killed');
    expect([Object.keys(known).length, known['killed R-119']]).toEqual([120, 'PLEDGED v1: 2025-26 CDEL 120.00 GBP']);
  });
});

describe('a publishing on a deadline day', () => {
  const { waitingOfOne, atWorkOfOne } = turnLimits;
  afterEach(() => void Object.assign(turnLimits, { waitingOfOne, atWorkOfOne }));

  it('waits for its turn however often it is sent away, says its place, and loses nothing', async () => {
    Object.assign(turnLimits, { waitingOfOne: 0, atWorkOfOne: 1 });
    const receipt = await at.publish(many('queued.csv', 'queued', 40), { batch: 4 });
    expect([receipt.done, receipt.counts]).toEqual([40, counts(40, 0, 0, 0)]);
    expect(
      at.said.filter((line) => /^The hub is busy: your next rows are number \d+ in the queue/.test(line)),
    ).toHaveLength(1);
    expect(Object.keys(await at.known('queued'))).toHaveLength(40);
  });
});

describe('a dry run', () => {
  it('changes nothing and writes a CSV file back with comments that no spreadsheet runs', async () => {
    const file = at.files.csv(
      ...([
        'dry.csv',
        headings,
        row('R-1', 'dry'),
        row('R-2', 'dry', '£5'),
        row('R-3', 'dry').replace('dry R-3', '=1+1 dry'),
      ] as const),
      row('R-4', 'dry', '1.00', '2025-26', '@SUM(A1)'),
    );
    const receipt = await at.publish(file, { dryRun: true });
    expect([receipt.counts, await at.known('dry')]).toEqual([counts(2, 0, 0, 2), {}]);
    expect([receipt.store, receipt.batches]).toEqual(['SHARED', []]);
    const checked = parse(readFileSync(join(at.files.folder, 'dry.checked.csv')));
    expect(checked.map((cells: string[]) => [cells[0], cells[4], cells[9]])).toEqual([
      ['Record', 'Name', 'Comments'],
      ['dry R-1', 'Heat', ''],
      ['dry R-2', 'Heat', 'Amount: "£5" is not only a number; the currency has a column of its own.'],
      ["'=1+1 dry", 'Heat', 'Record: This is a formula; write its value.'],
      ['dry R-4', "'@SUM(A1)", ''],
    ]);
    expect(existsSync(receiptFileOf(file))).toBe(false);
  });

  it('writes a workbook back with comments, numbers as numbers', async () => {
    const line = (id: string, currency: string) => [
      id,
      'dry',
      'MONEY',
      'POOLED',
      'Heat',
      '2025-26',
      'CDEL',
      12.5,
      currency,
    ];
    const file = await at.files.xlsx(
      'dry.xlsx',
      headings.split(' | '),
      line('book R-1', 'GBP'),
      line('book R-2', 'pounds'),
    );
    expect((await at.publish(file, { dryRun: true })).counts).toEqual(counts(1, 0, 0, 1));
    const bytes = readFileSync(join(at.files.folder, 'dry.checked.xlsx'));
    const copy = new ArrayBuffer(bytes.length);
    new Uint8Array(copy).set(bytes);
    const [sheet] = await readWorkbook(copy);
    expect(sheet!.data.map((cells) => [cells[0], cells[7], cells[9] ?? null])).toEqual([
      ['Record', 'Amount', 'Comments'],
      ['book R-1', 12.5, null],
      ['book R-2', 12.5, 'Currency: "pounds" is no currency code such as GBP.'],
    ]);
  });
});

describe('the command', () => {
  it('documents its exit codes and columns', () => {
    let help = '';
    publishCommand()
      .configureOutput({ writeOut: (text) => (help += text) })
      .outputHelp();
    for (const part of [exitCodes, '--dry-run', '<file>.mapping.json', 'controlTotal']) expect(help).toContain(part);
  });

  it('ends with 1 and what to do where rows were refused', async () => {
    at.files.csv('two-ways.csv', headings, row('R-1', 'colours', '1.000,00'));
    const { code, out, errors } = await at.run(['publish', 'two-ways.csv', '--set', 'system=ledger']);
    expect([code, errors.trim().split('\n').at(-1)]).toEqual([
      1,
      'Nothing was published: correct these rows, or leave them out with --partly.',
    ]);
    expect(out).toContain('  row 2, Amount: "1.000,00" has separators');
  });

  it('ends with 2 where there is no such command, or none is named', async () => {
    const wrong = [await at.run(['publsh', 'file.csv']), await at.run([])];
    expect(wrong.map(({ code }) => code)).toEqual([2, 2]);
    expect(wrong[0]!.errors).toContain("error: unknown command 'publsh'");
  });

  it('ends with 2 for what cannot be read, 3 without a hub, 4 for whom the hub refuses, and leaves no half file', async () => {
    const colours = at.files.csv('colours.csv', `${headings} | Colour`, `${row('R-1', 'colours')} | red`);
    const sound = at.files.csv('sound.csv', headings, row('R-1', 'colours'));
    const client = `${department}.publisher`;
    const tried: [string, Asking][] = [
      [colours, at.asking],
      [sound, at.askingAs(client, 'http://localhost:9/graphql')],
      [sound, at.askingAs('national-audit-office.auditor')],
    ];
    const ends: unknown[] = [];
    for (const [file, by] of tried) {
      let sentence = '';
      const code = await exitCodeOf(
        async () => (await at.publish(file, {}, by)).counts.REFUSED,
        (said) => (sentence = said),
      );
      ends.push([code, sentence]);
    }
    expect(ends).toEqual([
      [2, expect.stringContaining('The column "Colour" of colours.csv is not known: say in colours.csv.mapping.json')],
      [3, expect.stringContaining('The hub at http://localhost:9/graphql does not answer')],
      [4, expect.stringContaining('FORBIDDEN')],
    ]);
    expect(readFileSync(`${colours}.mapping.json`, 'utf8')).toContain('"Colour": "?"');
    expect(await at.known('colours')).toEqual({});
    expect(readdirSync(at.files.folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

describe('what was published', () => {
  it('is pulled page by page in each form, going on where a pull stopped, and published again unchanged', async () => {
    const unseen = { begin: () => undefined, advance: () => undefined, end: () => undefined };
    const to = join(at.files.folder, 'pulled.csv');
    const { hub } = at.asking;
    const failing = { ask: hub.ask.bind(hub) } as typeof hub;
    let pages = 0;
    failing.ask = async (question) => {
      if (++pages > 1) throw new Error('cut off');
      return hub.ask(question);
    };
    const choices = { to, as: 'csv', mission: 'killed' } as const;
    await expect(pull({ ...at.asking, hub: failing }, choices, unseen)).rejects.toThrow('cut off');
    expect(existsSync(to)).toBe(false);
    expect(await pull(at.asking, choices, unseen)).toBe(120);
    const records = parse(readFileSync(to), { columns: true }).map((line) => (line as { record: string }).record);
    expect([records.length, new Set(records).size]).toEqual([120, 120]);
    expect((await at.publish(to)).counts).toEqual(counts(0, 0, 120, 0));
    for (const as of ['jsonl', 'xlsx'] as const)
      expect(await pull(at.asking, { to: `${to}.${as}`, as, mission: 'killed' }, unseen)).toBe(120);
    const objects = readFileSync(`${to}.jsonl`, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).sourceRecordId);
    const ids: string[] = [];
    for await (const { cells } of (await workbook(`${to}.xlsx`)).table.rows()) ids.push(cells[0]!.text);
    expect([objects, ids]).toEqual([records, records]);
    expect(readdirSync(at.files.folder).filter((name) => name.includes('.part'))).toEqual([]);
  });

  it('is counted by state, with the last publishing beside', async () => {
    const status = await statusOf(at.asking, keptReceipt(receiptFileOf(join(at.files.folder, 'long.csv'))));
    expect(status).toMatchObject({ organisation: department, unavailable: false, states: { PLEDGED: 165, AGREED: 0 } });
    expect([status.contributions.length, status.lastPublishing?.done]).toEqual([20, 120]);
  });

  it('is negotiated by both sides, the last version by its hash, until one of them leaves', async () => {
    const asked = `query { contributions(first: 1, filter: { mission: "warm-homes" }) { nodes { id } } }`;
    const [{ id }] = (await at.world.ask(asked)).data.contributions.nodes;
    const unit = at.askingAs('mission-delivery-unit.mission-unit');
    const amount = { financialYear: '2025-26', controlTotal: 'CDEL', amount: { amount: '80.00', currency: 'GBP' } };
    const propose = at.files.write('terms.json', JSON.stringify({ amounts: [amount] }));
    const { standing } = await negotiate(unit, id, { propose, message: 'Less is enough.' });
    expect([standing.state, standing.versions.length, standing.rounds![0]!.message]).toEqual([
      'NEGOTIATING',
      2,
      'Less is enough.',
    ]);
    const agreement = { accept: true, instrument: 'mou', signatory: [department, 'mission-delivery-unit'] };
    const [older, last] = standing.versions.map(({ hash }) => hash.slice(0, 12));
    const refusals = [
      (await negotiate(at.asking, id, { ...agreement, hash: older })).refusal,
      (await negotiate(unit, id, { ...agreement, hash: last })).refusal,
    ];
    expect(refusals).toEqual([
      expect.stringContaining('The last version is 2 ('),
      'These are your own terms; the other side accepts them.',
    ]);
    const done = await negotiate(at.asking, id, { ...agreement, hash: last });
    expect([done.refusal, negotiationLines(done.standing)[0]]).toEqual([
      null,
      expect.stringContaining(': AGREED, department-for-education to warm-homes'),
    ]);
    const { refusal } = await negotiate(at.asking, id, { decline: true, reason: 'No cover this year.' });
    expect([refusal, (await negotiate(at.asking, id, {})).standing.state]).toEqual([null, 'WITHDRAWN']);
  });
});

describe('while a part of the hub is away', () => {
  it('the status says whose store does not answer, tells the rest, and ends with 3', async () => {
    const client = `${departmentWithStore}.publisher`;
    at.files.write('moved.csv.receipt.json', readFileSync(receiptFileOf(join(at.files.folder, 'long.csv')), 'utf8'));
    await at.line.cut();
    try {
      const { code, out, errors } = await at.run(['status', 'moved.csv'], client);
      expect([code, errors]).toEqual([3, '']);
      expect(out.split('\n')).toEqual(
        expect.arrayContaining([
          `${departmentWithStore}:`,
          `The store of ${departmentWithStore} does not answer: its figures are not known now. Try again later.`,
          'Last publishing:',
          '  new           120',
        ]),
      );
      const json = await at.run(['status', 'moved.csv', '--json'], client);
      expect([json.code, JSON.parse(json.out)]).toEqual([
        3,
        expect.objectContaining({ unavailable: true, away: [departmentWithStore], contributions: [] }),
      ]);
    } finally {
      await at.line.mend();
    }
  });

  it('a file is published without a look at its missions where their service does not answer, which is said', async () => {
    await at.world.services.missions.stop();
    const receipt = await at.publish(at.files.csv('blind.csv', headings, row('R-1', 'clean-enregy')));
    expect([receipt.counts, at.said.at(-1)]).toEqual([
      counts(1, 0, 0, 0),
      'The missions service does not answer: whether the missions named exist was not checked.',
    ]);
  });
});
