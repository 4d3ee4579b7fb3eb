import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { askingAt } from './ask.js';
import {
  type Briefed,
  learnsMore,
  names,
  releases,
  script,
  startBriefed,
  withdrawnBecause,
} from './briefings-for-tests.js';
import { browserOnPath, faultsOf, noBrowser, openBrowser } from './browser-for-tests.js';
import { frozenBriefing } from './frozen-briefing.js';
import { Opened, readFrom, words } from './reading-for-tests.js';
import { renderFrom } from './render.js';
import type { Pages } from './server.js';

let briefed: Briefed;
let pages: Pages;
const opened = new Opened();

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

const read = (path: string, headers: Record<string, string> = {}, from = pages) => readFrom(from, path, headers);

/** A way to the gateway that loses the header As-Known-At, as a proxy may. */
const lineThatForgets = () =>
  opened.gateway(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(briefed.world.gatewayUrl!, { method: 'POST', headers, body: Buffer.concat(chunks) });
    response.writeHead(answer.status, headers).end(await answer.text());
  });

const frozenOf = (id: string, from = pages) => read(`/briefings/${id}/frozen`, {}, from);

let first: Awaited<ReturnType<typeof read>>;
let last: typeof first;

/** One hub, whose pages are read before and after all that could change them. */
beforeAll(async () => {
  briefed = await startBriefed();
  pages = await opened.pages(briefed.world.gatewayUrl!);
  first = await frozenOf(briefed.ids.published);
  await learnsMore(briefed);
  await releases(briefed.world);
  last = await frozenOf(briefed.ids.published);
}, 120_000);
afterAll(async () => {
  await opened.stop();
  await briefed?.world.stop();
});

describe('the frozen page of a briefing', () => {
  it('is the same in every byte after figures, targets, definitions, names and decisions were revised and released', async () => {
    expect([first.status, last.status]).toEqual([200, 200]);
    expect(last.text).toBe(first.text);
    const started = await opened.pages(briefed.world.gatewayUrl!);
    expect((await frozenOf(briefed.ids.published, started)).bytes.equals(first.bytes)).toBe(true);
  });

  it('would be another if the hub were read as it is now', async () => {
    const ask = askingAt(briefed.world.gatewayUrl!, 5_000);
    const render = renderFrom('clients/pages/templates', {});
    const { ids } = briefed;
    const asNow: typeof ask = ({ document, variables }) => ask({ document, variables });
    const [then, now] = [
      await frozenBriefing(ask, render, ids.published, (await publishedAt(ids.published))!),
      await frozenBriefing(asNow, render, ids.published, ''),
    ];
    expect(then.page).toBe(first.text);
    expect(now.page).not.toBe(first.text);
    // The evidence itself is pinned: read as now, it is the rest that moves.
    const asKnownNow: typeof ask = ({ document, variables }) =>
      ask({ document: document.replace('knownThen {', 'knownThen: knownNow {'), variables });
    expect((await frozenBriefing(asKnownNow, render, ids.published, '')).page).toContain('2022: 380.0 MtCO2e');
  });

  it('shows what was known when it was locked, with vintage, unit, instant and the rule of its verdict', () => {
    const text = words(first.text);
    expect(text).toContain('Figure 2021: 400.0 MtCO2e. Vintage 1, public since');
    expect(text).toContain('Expected 390.0 MtCO2e. Version 1 of the expected course: straight line, DESNZ');
    expect(text).toMatch(
      /How it stood Behind The rule: The figure for 2021 is 400 MtCO2e; the trajectory .* behind by 10\./,
    );
    expect(text).toContain('Defined f Definition 1, in MtCO2e. Source: s; Department for Energy answers for it');
    expect(text).toContain(names[0]);
    for (const later of ['395.0', '385.0', '380.0', '401.0', 'MtCO2 ', names[1], 'Decided', 'The grid waits'])
      expect(text).not.toContain(later);
  });

  it('has the hash of its bytes as ETag and is not sent again to who has it', async () => {
    const tag = `"${sha256(first.bytes)}"`;
    expect(first.headers.get('etag')).toBe(tag);
    const asked = async (known: string) => {
      const { status, bytes } = await read(`/briefings/${briefed.ids.published}/frozen`, { 'if-none-match': known });
      return [status, bytes.length];
    };
    expect(await Promise.all([tag, `"x", W/${tag}`, '*', '"x"'].map(asked))).toEqual([
      [304, 0],
      [304, 0],
      [304, 0],
      [200, first.bytes.length],
    ]);
  });

  it('is not shown when the past cannot be read as it was', async () => {
    const forgetful = await opened.pages(await lineThatForgets());
    expect((await frozenOf(briefed.ids.published, forgetful)).status).toBe(503);
    expect((await read(`/briefings/${briefed.ids.published}`, {}, forgetful)).status).toBe(503);
    expect((await read('/briefings', {}, forgetful)).status).toBe(200);
  });
});

const publishedAt = async (id: string): Promise<string | undefined> => {
  const { data } = await briefed.world.ask(`{ briefing(id: "${id}") { steps { state releasedAt } } }`);
  return data.briefing.steps.find(({ state }: { state: string }) => state === 'PUBLISHED')?.releasedAt;
};

describe('the page of a briefing', () => {
  it('shows what is frozen as it is, its hash, what has changed since, questions and answers', async () => {
    const { status, text } = await read(`/briefings/${briefed.ids.published}`);
    expect(status).toBe(200);
    const [article] = /<article[\s\S]*<\/article>/.exec(first.text)!;
    expect(text).toContain(article);
    const seen = words(text.replace(article, ''));
    expect(seen).toContain(sha256(first.bytes));
    expect(seen).toMatch(/Figure 2021: 400\.0 MtCO2e\. Vintage 1, .* 2022: 380\.0 MtCO2e\. Vintage 1, /);
    expect(seen).toMatch(/How it stands Behind The rule: .*? (Not enough data|Cannot be compared) The rule: /);
    expect(seen).toMatch(/2020: 411\.0 MtCO2e since .*? \(a routine revision\), before that 410\.0 MtCO2e/);
    expect(seen).toContain('Targets none reach 200 MtCO2e by 31 December 2030 (revision 1)');
    expect(seen).toContain('leaks the figure itself was revised');
    expect(seen).toMatch(
      /Asked on .* by Department for Transport for a member of the public\. Answer of .*: The grid waits\./,
    );
  });

  it('says of a figure that was withdrawn since why it was', async () => {
    const seen = words((await read(`/briefings/${briefed.ids.published}`)).text);
    expect(seen).toMatch(
      new RegExp(`2020: Withdrawn by its publisher: ${withdrawnBecause} since .*?, before that 410\\.0 MtCO2e`),
    );
  });

  it('says so when nothing has changed', async () => {
    const { ids, world } = briefed;
    const quiet = world.ask(`{ briefing(id: "${ids.closed}") { evidence { changes } } }`);
    expect((await quiet).data.briefing.evidence).toHaveLength(2);
    const { text } = await read(`/briefings/${ids.closed}`);
    expect(words(text)).toContain('Every question is answered and no more are taken.');
  });

  it('is there for published briefings only, and no other address tells of the rest', async () => {
    const { ids } = briefed;
    const none = [
      'briefing-00000000-0000-7000-8000-000000000000',
      'briefing-',
      'x',
      '%00',
      '%zz',
      '..%2f',
      'a'.repeat(600),
    ];
    const unpublished = [ids.scheduled, ids.calledOff, ids.locked, ids.held];
    for (const id of [...none, ...unpublished]) {
      for (const path of [`/briefings/${id}`, `/briefings/${id}/frozen`]) {
        const { status, text, headers } = await read(path);
        expect([path, status, words(text).includes('There is no such page')]).toEqual([path, 404, true]);
        expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      }
    }
  });
});

describe('the list of briefings', () => {
  it('names those that were held, the last one first, and links those that are published', async () => {
    const { text } = await read('/briefings');
    const rows = [...text.matchAll(/<li[\s\S]*?<\/li>/g)].map(([row]) => {
      const linked = /href="\/briefings\/([^"]+)"/.exec(row)?.[1];
      const state = Object.entries(briefed.ids).find(([, id]) => id === linked)?.[0] ?? '-';
      return `${state}: ${words(row.replaceAll(/<span[\s\S]*?<\/span>/g, ''))
        .split(' energy ')[1]!
        .trim()}`;
    });
    expect(rows.map((row) => row.replaceAll(/Published \d+ \w+ \d{4} at [\d:apm]+\. /g, 'Published then. '))).toEqual([
      'published: Held 1 June 2026 at 10:00am by Secretary of State. Published then. Questions are taken.',
      'closed: Held 1 May 2026 at 10:00am by Secretary of State. Published then. Every question is answered.',
      '-: Held 1 April 2026 at 10:00am by Secretary of State. Not published yet: nothing of it is public so far.',
    ]);
  });

  it('is followed by Atom, with ids and instants that stay, the one published last first', async () => {
    const { text, headers } = await read('/briefings.atom');
    expect(headers.get('content-type')).toBe('application/atom+xml; charset=utf-8');
    const value = (xml: string, name: string) => new RegExp(`<${name}[^>]*>([^<]*)</${name}>`).exec(xml)?.[1];
    const entries = [...text.matchAll(/<entry>[\s\S]*?<\/entry>/g)].map(([entry]) => entry);
    const { published, closed } = briefed.ids;
    expect(entries.map((entry) => value(entry, 'id'))).toEqual(
      [published, closed].map((id) => id.replace('briefing-', 'urn:uuid:')),
    );
    expect(value(entries[0]!, 'published')).toBe(await publishedAt(published));
    expect(value(text, 'updated')).toBe(value(entries[0]!, 'updated'));
    expect(entries[0]).toContain(`<link href="${pages.url}/briefings/${published}"/>`);
    expect(entries[0]).toContain('<name>Secretary of State</name>');
    expect(text).toContain(`<link rel="self" href="${pages.url}/briefings.atom"/>`);
    expect((await read('/briefings.atom')).text).toBe(text);
    const settled = await opened.pages(briefed.world.gatewayUrl!, { address: 'https://missions.example' });
    const moved = (await read('/briefings.atom', {}, settled)).text;
    expect(moved).toBe(text.replaceAll(pages.url, 'https://missions.example'));
  });
});

describe('every page of briefings', () => {
  it('shows a script that somebody wrote into a text as that text', async () => {
    const { published } = briefed.ids;
    for (const path of ['/briefings', `/briefings/${published}`, `/briefings/${published}/frozen`, '/briefings.atom']) {
      const { text } = await read(path);
      expect([path, /<script/i.test(text), text.includes('&lt;script&gt;')]).toEqual([path, false, true]);
    }
    const misled = await read(`/briefings?after=${encodeURIComponent(`"${script}`)}`);
    expect([misled.status, /<script/i.test(misled.text)]).toEqual([400, false]);
    expect(words(misled.text)).toContain('The request is not one that this page understands.');
    expect(script).toContain('<script');
  });

  it('loads nothing but its own styles, kept under a name that changes with them', async () => {
    const { headers, text } = await read('/briefings');
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    const [, path] = /<link rel="stylesheet" href="([^"]+)">/.exec(text)!;
    const styles = await read(path!);
    expect(path).toBe(`/pages-${sha256(styles.bytes).slice(0, 16)}.css`);
    expect(styles.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(styles.text).not.toMatch(/GDS Transport|@font-face|url\(|@import/i);
    expect((await read('/frozen-1.css')).text).toBe(styles.text);
  });

  it('says in a sentence that the hub is away, within its time limit, and comes back with it', async () => {
    const silent = await opened.gateway(() => undefined);
    const broken = await opened.gateway((_, response) => void response.end('not JSON'));
    const begun = Date.now();
    for (const gatewayUrl of ['http://127.0.0.1:9/graphql', silent, broken]) {
      const lonely = await opened.pages(gatewayUrl, { answerWithinMs: 100 });
      for (const path of ['/briefings', '/briefings.atom', `/briefings/${briefed.ids.published}`]) {
        const { status, text, headers } = await read(path, {}, lonely);
        expect([status, headers.get('retry-after')]).toEqual([503, '10']);
        expect(words(text)).toContain('does not answer. Try again in a few minutes.');
      }
      expect((await read('/health', {}, lonely)).status).toBe(200);
      expect((await read('/briefings/x', {}, lonely)).status).toBe(404);
    }
    expect(Date.now() - begun).toBeLessThan(5_000);
    expect((await read('/')).headers.get('location')).toBe('/briefings');
  });

  it('has no fault that axe finds, and no sideways scroll on a phone 320 pixels wide', async () => {
    const path = browserOnPath();
    if (!path) return noBrowser();
    const browser = await openBrowser(path);
    try {
      const { published } = briefed.ids;
      for (const page of ['/briefings', `/briefings/${published}`])
        expect([page, await faultsOf(browser, pages.url + page)]).toEqual([page, []]);
    } finally {
      await browser.close();
    }
  }, 120_000);
});
