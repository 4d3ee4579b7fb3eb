import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import * as w from '../../services/outcomes/releases-for-tests.js';
import { startWorld, type World } from '../../test/world.js';
import { type Ask, askingAt } from './ask.js';
import { script } from './briefings-for-tests.js';
import { browserOnPath, faultsOf, noBrowser, openBrowser } from './browser-for-tests.js';
import { measureCsv } from './measure-csv.js';
import { Opened, readFrom, words } from './reading-for-tests.js';
import type { Pages } from './server.js';

let world: World;
let pages: Pages;
const opened = new Opened();
const far = '2999-01-01T09:30:00.000Z';
const read = (path: string, from = pages) => readFrom(from, path);
const rowsOf = (csv: string) => parse(csv, { columns: true }) as Record<string, string>[];
const does = async (...deed: [deed: string, input: object, fields: string, as?: string]) => {
  const answer = await w.does(world, ...deed);
  if (w.outcomeOf(answer) !== 'done') throw new Error(JSON.stringify(answer));
  return answer;
};

const areas = ['E06000001', 'W06000001', 'S12000005', 'N09000001'];

beforeAll(async () => {
  world = await startWorld({ services: ['missions', 'outcomes'] });
  pages = await opened.pages(world.gatewayUrl!);
  await w.defineOutcome(world);
  for (const id of ['emissions', 'waits', 'many', 'quiet']) await w.defineMeasure(world, id, { title: `The ${id}` });
  await describeEmissions();
}, 120_000);
afterAll(async () => {
  await opened.stop();
  await world?.stop();
});

/** A measure with all that can be said of one: revisions, absences, a break, promises, a judgement, a baseline. */
async function describeEmissions(): Promise<void> {
  const measure = 'emissions';
  const definition = {
    formula: '=1+1',
    unit: 'MtCO2e',
    decimals: 1,
    polarity: 'LOWER',
    frequency: 'YEAR',
    source: 's',
  };
  const early = { releasedAt: '2020-01-01T00:00:00Z', file: '@file.csv' };
  await w.publishes(
    world,
    measure,
    [
      { period: '2015', value: '410.50', low: '400', high: '420', confidenceLevel: '95', row: 7 },
      { period: '2016', valueKind: 'SUPPRESSED' },
      { period: '2017', value: '-3' },
      { period: '2018', value: '2', area: areas[0], dimensions: [{ name: 'gas', value: `=${script}, "x"` }] },
    ],
    early,
  );
  await w.publishes(world, measure, [{ period: '2015', value: '412' }], { reason: 'ERROR' });
  await does('withdrawObservation', { measure, periods: ['2017'], because: 'Counted twice' }, 'tombstones { id }');
  await does('setBaseline', { measure, period: '2015', vintage: 1, note: 'The first.' }, 'baseline { revision }');
  const course = { measure, author: 'DESNZ' };
  const points = [{ period: '2015', value: '390', low: '380', high: '400' }];
  await does('setTrajectory', { ...course, name: 'steep', method: 'halving', points }, 'trajectory { version }');
  const straight = { ...course, method: 'straight line', points: [{ period: '2015', value: '1400.0' }] };
  await does('setTrajectory', straight, 'trajectory { version }');
  const revised = { definition, comparableWithPrevious: false, comparabilityReason: `Other gases ${script}.` };
  await does('reviseDefinition', { measure, ...revised }, 'definition { number }');
  await w.publishes(world, measure, [{ period: '2021', value: '400.0', status: 'BREAK' }], { definition: 2 });
  const target = { id: 'half', measure, kind: 'CEILING', value: '390', periodStart: '2020-01-01', setBy: 'Parliament' };
  await does('setTarget', target, 'target { id }');
  await does(
    'judgeMeasure',
    { measure, verdict: 'ON', name: 'Dr Judge', reason: 'It was cold.' },
    'judgement { number }',
    w.unit,
  );
}

describe('the page of a measure', () => {
  it('says how it stands by which rule, what was promised, each figure with its vintage, and how it is counted', async () => {
    const { status, text } = await read('/measures/emissions');
    const seen = words(text);
    expect(status).toBe(200);
    expect(seen).toContain('2021: 400.0 MtCO2e; the first after a break in the series. Vintage 1, public since');
    expect(seen).toContain(
      'Behind The rule: The figure for 2021 is 400 MtCO2e, against the ceiling of 390: it is broken by 10.',
    );
    expect(seen).toContain('Beside that rule, Dr Judge judged by the figure for 2021: On course. It was cold.');
    expect(seen).toContain('Target: never above 390 MtCO2e from 1 January 2020');
    expect(seen).toContain(
      'Expected course Version 1, by DESNZ, in MtCO2e by definition 1; how it stands goes by this one. How it was made: straight line Period Expected On course within 2015 1,400.0 no band',
    );
    expect(seen).toContain(
      'Expected course “steep” Version 1, by DESNZ, in MtCO2e by definition 1. How it was made: halving',
    );
    expect(seen).toContain('2015 390 380 to 400');
    expect(seen).toContain(
      'Compared with 2015: 410.50 MtCO2e, between 400 and 420 (95% confidence). Pinned to vintage 1',
    );
    expect(seen).toContain(
      'The first. The series was broken since: figures by today’s definition cannot be compared with it.',
    );
    expect(seen).toMatch(
      /By definition 2 .* 2021 .* By definition 1 .* 2015 412 MtCO2e Before that 410\.50 MtCO2e \(the earlier figure was wrong\) .* Vintage 2/,
    );
    expect(seen).toContain('2016 Withheld, so that nobody is recognised');
    expect(seen).toContain('2017 Withdrawn by its publisher: Counted twice Before that -3 MtCO2e');
    expect(seen).toContain('It cannot be compared with definition 1: Other gases');
  });

  it('is there for what is defined, under its own address', async () => {
    for (const id of ['nothing', 'Emissions', 'a'.repeat(200), '%00', '..%2f']) {
      expect([id, (await read(`/measures/${id}`)).status]).toEqual([id, 404]);
      expect([id, (await read(`/measures/${id}/figures.csv`)).status]).toEqual([id, 404]);
    }
    expect((await read('/releases/release-00000000-0000-7000-8000-000000000000')).status).toBe(404);
    expect((await read('/releases/x')).status).toBe(404);
    expect((await read('/measures/emissions?after=x')).status).toBe(400);
    expect(words((await read('/measures')).text)).toContain(
      'The quiet No figure yet Not enough data The rule: There is no observation yet.',
    );
  });
});

describe('the figures of a measure as CSV', () => {
  it('are every vintage of every area and breakdown with their source, by RFC 4180', async () => {
    const { headers, text } = await read('/measures/emissions/figures.csv');
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(headers.get('content-disposition')).toBe('attachment; filename="emissions.csv"');
    expect(text.split('\r\n').length - 1).toBe(text.split('\n').length - 1);
    const rows = rowsOf(text);
    const told = rows.map(({ period, value, value_kind, vintage }) => `${period} ${value} ${value_kind} ${vintage}`);
    expect(told.sort()).toEqual([
      ...['2015 410.50 NUMBER 1', '2015 412 NUMBER 2', '2016  SUPPRESSED 1', '2017  WITHDRAWN 2', '2017 -3 NUMBER 1'],
      ...['2018 2 NUMBER 1', '2021 400.0 NUMBER 1'],
    ]);
    expect(rows.find(({ period, vintage }) => period === '2015' && vintage === '1')).toMatchObject({
      ...{ period_start: '2015-01-01', period_end: '2015-12-31', low: '400', high: '420', confidence_level: '95' },
      ...{ unit: 'MtCO2e', definition: '1', released_at: '2020-01-01T00:00:00.000Z', release_stated_by_source: 'true' },
      ...{ source: 'ONS', row: '7', sample_size: '', withdrawn_because: '' },
    });
    expect(rows.find(({ value_kind }) => value_kind === 'WITHDRAWN')!.withdrawn_because).toBe('Counted twice');
  });

  it('hold no text that a spreadsheet would take for a formula', async () => {
    const rows = rowsOf((await read('/measures/emissions/figures.csv')).text);
    expect(rows.find(({ breakdown }) => breakdown !== '')!.breakdown).toBe(`gas: =${script}, "x"`);
    const cells = rows.flatMap(({ value, low, high, ...texts }) => Object.values(texts));
    expect(cells.filter((cell) => /^[=+\-@]/.test(cell))).toEqual([]);
    expect(cells).toContain("'@file.csv");
  });

  it('are one cut, whatever is published or released while they are read', async () => {
    const rows = areas.flatMap((area) =>
      Array.from({ length: 40 }, (_, at) => ({ area, period: `${1980 + at}`, value: '1' })),
    );
    expect(new Set(w.verdictsOf(await w.publishes(world, 'many', rows)))).toEqual(new Set(['NEW']));
    const ask = askingAt(world.gatewayUrl!, 5_000);
    let asked = 0;
    const whileOthersPublish: Ask = async (question) => {
      asked += 1;
      await w.publishes(
        world,
        'many',
        areas.map((area) => ({ area, period: '2019', value: `${asked + 1}` })),
      );
      return ask(question);
    };
    await pause(5);
    const csv = await measureCsv(ask, 'many');
    const before = (await csv!.bytes.toArray()).join('');
    expect(rowsOf(before)).toHaveLength(160);
    const cut = await measureCsv(whileOthersPublish, 'many');
    const while_ = rowsOf((await cut!.bytes.toArray()).join(''));
    // What was published before the instant was learnt is there, and nothing after it.
    expect(asked).toBe(3);
    expect(while_.filter(({ vintage }) => vintage === '2')).toHaveLength(areas.length);
    expect(while_).toHaveLength(160 + areas.length);
  });

  it('break off where the hub goes away, so that a part never passes for the whole', async () => {
    let asked = 0;
    const leaving = await opened.gateway(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      asked += 1;
      if (asked > 2) return void response.destroy();
      const headers = { ...(request.headers as Record<string, string>) };
      for (const name of ['host', 'connection', 'content-length', 'transfer-encoding']) delete headers[name];
      const answer = await fetch(world.gatewayUrl!, { method: 'POST', headers, body: Buffer.concat(chunks) });
      const honoured = answer.headers.get('as-known-at-honoured-by') ?? '';
      response.writeHead(answer.status, { 'as-known-at-honoured-by': honoured }).end(await answer.text());
    });
    const lonely = await opened.pages(leaving);
    await expect(read('/measures/many/figures.csv', lonely)).rejects.toThrow();
    expect(asked).toBe(3);
    expect((await read('/measures/many/figures.csv', lonely)).status).toBe(503);
  });
});

describe('what waits in a release', () => {
  const paths = (id: string) => [
    '/measures/waits',
    '/measures/waits/figures.csv',
    '/measures',
    '/releases',
    '/releases.atom',
    `/releases/${id}`,
  ];

  it('is told by no page, list, feed or export before its hour, and by all of them from then on', async () => {
    await w.publishes(world, 'waits', [{ period: '2019', value: '70' }], { releasedAt: '2020-01-01T00:00:00Z' });
    const id = await w.schedules(world, far, { title: `Waits ${script}`, measures: ['waits', 'quiet'] });
    const all = () => Promise.all(paths(id).map((path) => read(path)));
    const bare = (answers: Awaited<ReturnType<typeof all>>) => answers.map(({ status, text }) => [status, text]);
    const before = bare(await all());
    const rows = [
      { period: '2019', value: '777.5' },
      { period: '2020', value: '778.5' },
    ];
    expect(w.verdictsOf(await w.publishes(world, 'waits', rows, { release: id }))).toEqual(['REVISED', 'NEW']);
    expect(bare(await all())).toEqual(before);
    const hour = w.soon(1_500);
    await does(
      'rescheduleRelease',
      { release: id, scheduledAt: hour, reason: 'Ready.', expectedVersion: 1 },
      w.release,
    );
    const announced = bare(await all());
    // The figures have a decimal point: an id on a page may have any digits in a row. Each place is read again and again; as
    // soon as one tells of it, whatever is asked afterwards does.
    const tells = [
      /778\.5/,
      /777\.5[\s\S]*778\.5/,
      /778\.5/,
      /Figures of[\s\S]*The waits/,
      /Figures of The waits/,
      /778\.5/,
    ];
    const seen: boolean[] = [];
    while (seen.filter(Boolean).length < 2 * tells.length && Date.now() < Date.parse(hour) + 5_000) {
      for (const [place, path] of paths(id).entries()) {
        const asked = Date.now();
        const { text } = await read(path);
        const isTold = tells[place]!.test(text);
        if (!isTold) expect([path, asked < Date.parse(hour), seen.includes(true)]).toEqual([path, true, false]);
        if (isTold) expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(hour));
        else expect(announced[place]![1]).toBe(text);
        seen.push(isTold);
      }
    }
    expect(seen.slice(-2 * tells.length)).toEqual(Array(2 * tells.length).fill(true));
    const page = words((await read(`/releases/${id}`)).text);
    expect(page).toMatch(
      /Public since .*, released by an organisation not registered here\. .*Why: Ready\. .*The waits 2020: 778\.5 MtCO2e Not enough data The rule: /,
    );
    expect(page).not.toContain('The quiet');
  });

  it('is told by none where the release is called off, only why', async () => {
    const id = await w.schedules(world, far, { title: 'Never', measures: ['quiet'] });
    expect(words((await read('/releases')).text)).toContain('Never');
    expect(words((await read(`/releases/${id}`)).text)).toContain('Nothing of it is public before that hour.');
    await w.publishes(world, 'quiet', [{ period: '2020', value: '779.5' }], { release: id });
    await does('cancelRelease', { release: id, reason: 'A fault.', expectedVersion: 1 }, w.release);
    const page = words((await read(`/releases/${id}`)).text);
    expect(page).toMatch(
      /Called off on .* nothing of it becomes public\. Why: A fault\. .*What it was to be for The quiet/,
    );
    for (const path of ['/measures/quiet', '/measures/quiet/figures.csv', '/releases', '/releases.atom'])
      expect([path, /779\.5|Never/.test((await read(path)).text)]).toEqual([path, false]);
  });
});

describe('every page of figures', () => {
  let id: string;
  beforeAll(async () => {
    const hour = w.soon(1_000);
    id = await w.schedules(world, hour, { title: `Nothing ${script}` });
    await pause(Date.parse(hour) + 20 - Date.now());
  });

  it('shows a script that somebody wrote into a text as that text, and is kept by no cache unasked', async () => {
    for (const path of ['/measures/emissions', '/releases', `/releases/${id}`, '/releases.atom']) {
      const { text, headers } = await read(path);
      expect([
        path,
        /<script/i.test(text.replaceAll(/<!\[CDATA\[[\s\S]*?\]\]>/g, '')),
        text.includes('&lt;script&gt;'),
      ]).toEqual([path, false, true]);
      expect([path, headers.get('cache-control')]).toEqual([path, 'no-cache']);
    }
  });

  it('says in a sentence that the hub is away', async () => {
    const lonely = await opened.pages('http://127.0.0.1:9/graphql', { answerWithinMs: 100 });
    for (const path of ['/measures', '/measures/waits', '/measures/waits/figures.csv', '/releases', '/releases.atom']) {
      const { status, text } = await read(path, lonely);
      expect([path, status, words(text).includes('does not answer. Try again in a few minutes.')]).toEqual([
        path,
        503,
        true,
      ]);
    }
  });

  it('has no fault that axe finds on a phone 320 pixels wide, nor sideways scroll', async () => {
    const path = browserOnPath();
    if (!path) return noBrowser();
    const browser = await openBrowser(path);
    try {
      for (const page of ['/measures', '/measures/emissions', '/releases', `/releases/${id}`])
        expect([page, await faultsOf(browser, pages.url + page)]).toEqual([page, []]);
    } finally {
      await browser.close();
    }
  }, 120_000);
});
