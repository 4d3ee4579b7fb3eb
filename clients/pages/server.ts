import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Ask, askingAt, HubAway } from './ask.js';
import { briefingFeed } from './briefing-feed.js';
import { briefingList } from './briefing-list.js';
import { briefingPage, publishedAt } from './briefing-page.js';
import { frozenBriefing } from './frozen-briefing.js';
import { measureCsv } from './measure-csv.js';
import { measureList } from './measure-list.js';
import { measurePage } from './measure-page.js';
import { releaseFeed } from './release-feed.js';
import { releaseList } from './release-list.js';
import { releasePage } from './release-page.js';
import { type Render, renderFrom } from './render.js';
import { sealLines, sealList } from './seals.js';

export interface PagesOptions {
  /** 0 takes any free port. */
  port: number;
  host: string;
  /** The address of the gateway's /graphql. */
  gatewayUrl: string;
  /** The pages' own address as readers reach them, for feeds; left out, what their requests name. */
  address?: string;
  /** How long the gateway may take for an answer; 5000 when left out. */
  answerWithinMs?: number;
}

export interface Pages {
  /** Without a slash at its end. */
  url: string;
  stop(): Promise<void>;
}

const stopWithinMs = 9_000;
// Of its whole and of its headers: Node takes the longer one of both for the whole.
const requestWithinMs = 15_000;

/** Nothing is loaded from elsewhere, no script runs, nothing frames a page. */
const headers = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

/** Starts the pages. They start whether or not the gateway is there yet. */
export async function startPages(options: PagesOptions): Promise<Pages> {
  const server = fastify({
    forceCloseConnections: 'idle',
    requestTimeout: requestWithinMs,
    http: { headersTimeout: requestWithinMs },
    routerOptions: { maxParamLength: 500 },
    // An address that is no address at all.
    frameworkErrors: (_error, _request, reply) => notFound(reply),
  });
  const styles = readFileSync('.build/clients/pages/pages.css');
  const stylesPath = `/pages-${hashOf(styles).slice(0, 16)}.css`;
  const render = renderFrom('clients/pages/templates', { stylesPath });
  const ask = askingAt(options.gatewayUrl, options.answerWithinMs ?? 5_000);
  const notFound = (reply: FastifyReply) =>
    html(reply.code(404), render('sentence.njk', { title: 'There is no such page', sentence: notThere }));
  server.addHook('onRequest', async (_request, reply) => {
    reply.headers(headers);
  });
  server.setNotFoundHandler((_request, reply) => notFound(reply));
  server.setErrorHandler((error: Error, _request, reply) => sayWhatFailed(error, reply, render));
  server.get('/health', async () => ({ status: 'alive' }));
  addStyles(server, styles, stylesPath);
  const parts = { ask, render, notFound, address: options.address };
  addBriefings(server, parts);
  addReleases(server, parts);
  addMeasures(server, parts);
  addSeals(server, parts);
  await server.listen({ port: options.port, host: options.host });
  return {
    url: `http://localhost:${(server.server.address() as { port: number }).port}`,
    async stop() {
      const cut = setTimeout(() => server.server.closeAllConnections(), stopWithinMs);
      await server.close();
      clearTimeout(cut);
    },
  };
}

const notThere =
  'Check the address. A briefing has a page from the moment it is published; one that was called off has none.';

const html = (reply: FastifyReply, page: string) => reply.type('text/html; charset=utf-8').send(page);

export const hashOf = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** The same styles under a name that changes with them, kept for ever, and under one that frozen pages can rely on. */
function addStyles(server: FastifyInstance, styles: Buffer, path: string): void {
  const send = (reply: FastifyReply) => reply.type('text/css; charset=utf-8').send(styles);
  server.get(path, (_request, reply) => send(reply.header('cache-control', 'public, max-age=31536000, immutable')));
  server.get('/frozen-1.css', (request, reply) => (isKnown(request, reply, hashOf(styles)) ? reply : send(reply)));
}

interface Parts {
  ask: Ask;
  render: Render;
  notFound(reply: FastifyReply): FastifyReply;
  address: string | undefined;
}

const publishedSteps = 'query Published($id: ID!) { briefing(id: $id) { steps { state releasedAt } } }';

type Asked = FastifyRequest<{ Params: { id: string }; Querystring: { after?: string | string[] } }>;

function addBriefings(server: FastifyInstance, { ask, render, notFound, address }: Parts): void {
  server.get('/', (_request, reply) => reply.redirect('/briefings'));
  server.get('/briefings', async (request: Asked, reply) =>
    html(reply, await briefingList(ask, render, afterOf(request))),
  );
  server.get('/briefings.atom', async (request, reply) => {
    const feed = await briefingFeed(ask, address ?? addressAsked(request));
    return reply.type('application/atom+xml; charset=utf-8').header('vary', 'host').send(feed);
  });
  server.get('/briefings/:id', async (request: Asked, reply) => {
    const { id } = request.params;
    const page = isBriefing(id) ? await briefingPage(ask, render, id, afterOf(request)) : null;
    return page === null ? notFound(reply) : html(reply, page);
  });
  server.get('/briefings/:id/frozen', async (request: Asked, reply) => {
    const { id } = request.params;
    if (!isBriefing(id)) return notFound(reply);
    const { briefing } = await ask<{ briefing: { steps: { state: string; releasedAt: string }[] } | null }>({
      ...{ document: publishedSteps, variables: { id } },
    });
    const published = briefing && publishedAt(briefing.steps);
    if (!published) return notFound(reply);
    const { page, hash } = await frozenBriefing(ask, render, id, published);
    return isKnown(request, reply, hash) ? reply : html(reply, page);
  });
}

/** Outside the ledger's own database, so that whoever changes that does not change these with it. */
function addSeals(server: FastifyInstance, { ask, render }: Pick<Parts, 'ask' | 'render'>): void {
  server.get('/seals', async (request: Asked, reply) => html(reply, await sealList(ask, render, afterOf(request))));
  server.get('/seals.jsonl', async (_request, reply) =>
    reply.type('application/jsonl; charset=utf-8').send(await sealLines(ask)),
  );
}

function addReleases(server: FastifyInstance, { ask, render, notFound, address }: Parts): void {
  server.get('/releases', async (request: Asked, reply) =>
    html(reply, await releaseList(ask, render, afterOf(request))),
  );
  server.get('/releases.atom', async (request, reply) => {
    const feed = await releaseFeed(ask, address ?? addressAsked(request));
    return reply.type('application/atom+xml; charset=utf-8').header('vary', 'host').send(feed);
  });
  server.get('/releases/:id', async (request: Asked, reply) => {
    const { id } = request.params;
    const page = isRelease(id) ? await releasePage(ask, render, id) : null;
    return page === null ? notFound(reply) : html(reply, page);
  });
}

function addMeasures(server: FastifyInstance, { ask, render, notFound }: Parts): void {
  server.get('/measures', async (request: Asked, reply) =>
    html(reply, await measureList(ask, render, afterOf(request))),
  );
  server.get('/measures/:id', async (request: Asked, reply) => {
    const { id } = request.params;
    const page = isSlug(id) ? await measurePage(ask, render, id, afterOf(request)) : null;
    return page === null ? notFound(reply) : html(reply, page);
  });
  server.get('/measures/:id/figures.csv', async (request: Asked, reply) => {
    const { id } = request.params;
    const csv = isSlug(id) ? await measureCsv(ask, id) : null;
    if (csv === null) return notFound(reply);
    reply.header('content-disposition', `attachment; filename="${id}.csv"`).header('as-known-at', csv.readAt);
    return reply.type('text/csv; charset=utf-8; header=present').send(csv.bytes);
  });
}

const isSlug = (id: string) => /^[a-z0-9]+(-[a-z0-9]+)*$/.test(id) && id.length <= 120;

const isRelease = (id: string) => /^release-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);

const isBriefing = (id: string) => /^briefing-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);

const afterOf = ({ query: { after } }: Asked) => (typeof after === 'string' && after !== '' ? after : null);

/** Where a request says it reached this server. The name has no part that could end an address or a tag. */
function addressAsked({ host, protocol }: FastifyRequest): string {
  return `${protocol}://${/^[\w.-]+(:\d{1,5})?$|^\[[\da-f:.]+\](:\d{1,5})?$/i.test(host) ? host : 'localhost'}`;
}

/** Answers 304 to who has these bytes already; their hash is their ETag. */
function isKnown(request: FastifyRequest, reply: FastifyReply, hash: string): boolean {
  const tag = `"${hash}"`;
  reply.header('etag', tag);
  const known = (request.headers['if-none-match'] ?? '').split(',').map((each) => each.trim().replace(/^W\//, ''));
  if (!known.includes(tag) && !known.includes('*')) return false;
  reply.code(304).send();
  return true;
}

function sayWhatFailed(error: Error & { statusCode?: number }, reply: FastifyReply, render: Render): FastifyReply {
  const isAway = error instanceof HubAway;
  const isAsked = !isAway && error.statusCode !== undefined && error.statusCode < 500;
  // Told to whoever runs the hub; the reader gets no more than a sentence.
  if (!isAsked)
    process.stderr.write(`${JSON.stringify({ name: 'pages', msg: error.message, cause: causeOf(error) })}\n`);
  if (isAway) reply.header('retry-after', '10');
  return html(
    reply.code(isAway ? 503 : isAsked ? error.statusCode! : 500),
    render('sentence.njk', sentences[isAway ? 'away' : isAsked ? 'asked' : 'failed']),
  );
}

const causeOf = ({ cause, stack }: Error) => (cause instanceof Error ? cause.message : stack);

const sentences = {
  away: {
    title: 'The figures cannot be read just now',
    sentence: 'The hub, or a part of it that this page needs, does not answer. Try again in a few minutes.',
  },
  asked: { title: 'This cannot be answered', sentence: 'The request is not one that this page understands.' },
  failed: { title: 'Something went wrong here', sentence: 'Try again; if it stays so, tell whoever runs this hub.' },
};
