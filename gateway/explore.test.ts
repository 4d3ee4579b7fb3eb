import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSchema, parse, validate } from 'graphql';
import { exampleDocuments } from './documents.js';
import { startTestGraph, type TestGraph } from './test-graph.js';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph();
});
afterAll(() => graph.stop());

const at = (path: string) => fetch(new URL(path, graph.gateway.url));

describe('/explore', () => {
  it('loads nothing from elsewhere', async () => {
    const page = await at('/explore');
    const html = await page.text();
    const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address!);
    expect(addresses).toHaveLength(6);
    for (const address of addresses) {
      expect(address).toMatch(/^\/explore\//);
      const loaded = await at(address);
      expect(loaded.status).toBe(200);
      expect(loaded.headers.get('content-type')).toMatch(address.endsWith('.css') ? /^text\/css/ : /^text\/javascript/);
      if (address.endsWith('.css')) expect(await loaded.text()).not.toMatch(/(url\(|@import\s*)["']?(https?:)?\/\//);
    }
    expect(html).not.toMatch(/<script>|<script [^>]*>[^<]|style="| on\w+="/);
  });

  it('is allowed by its headers to load and ask only here', async () => {
    const policy = (await at('/explore')).headers.get('content-security-policy')!;
    const rules = Object.fromEntries(
      policy.split('; ').map((rule) => [rule.split(' ')[0], rule.split(' ').slice(1).join(' ')]),
    );
    expect(rules).toMatchObject({ 'default-src': "'none'", 'script-src': "'self'", 'connect-src': "'self'" });
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
  });

  it('opens with the examples as tabs, and adds the token that was typed in', async () => {
    const program = await (await at('/explore/explore.js')).text();
    const typed = { value: ' abc ', addEventListener: () => undefined };
    const asked: Headers[] = [];
    let properties: { defaultTabs: { query: string; headers: string | null }[] } | undefined;
    let ask: ((input: string, init: object) => void) | undefined;
    runInNewContext(program, {
      document: { getElementById: () => typed },
      Headers,
      fetch: (_: string, { headers }: { headers: Headers }) => asked.push(headers),
      GraphiQL: {
        createFetcher: (options: { fetch: typeof ask }) => {
          ask = options.fetch;
        },
      },
      React: {
        createElement: (_: unknown, given: typeof properties) => {
          properties = given;
        },
      },
      ReactDOM: { createRoot: () => ({ render: () => undefined }) },
    });
    expect(properties!.defaultTabs.map(({ query }) => query)).toEqual(exampleDocuments.map(({ query }) => query));
    expect(properties!.defaultTabs.at(-1)!.headers).toContain('As-Known-At');
    ask!('/graphql', {});
    ask!('/graphql', { headers: { authorization: 'Bearer own' } });
    expect(asked.map((headers) => headers.get('authorization'))).toEqual(['Bearer abc', 'Bearer own']);
  });
});

describe('the examples', () => {
  it('are valid in the published schema', () => {
    const schema = buildSchema(readFileSync('schema/public.graphql', 'utf8'));
    for (const { query } of exampleDocuments) expect(validate(schema, parse(query))).toEqual([]);
  });
});
