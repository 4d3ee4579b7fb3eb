import { setTimeout as pause } from 'node:timers/promises';

export type ServiceName = 'missions' | 'budgets' | 'contributions' | 'outcomes';

/** One GraphQL operation and who asks it. The service matters only where there is no gateway in between. */
export interface Question {
  service: ServiceName;
  client: string;
  document: string;
  variables: object;
}

export interface QuestionError {
  message: string;
  extensions?: { code?: string; [more: string]: unknown };
}

export interface SentAnswer {
  status: number;
  data?: unknown;
  errors?: QuestionError[];
  /** Seconds to wait, where the hub asks for patience. */
  retryAfter?: number;
}

/** Sends one question; rejects where nothing answers. */
export type Send = (question: Question) => Promise<SentAnswer>;

/** The import cannot go on. The message is one sentence that says what to do. */
export class HubFault extends Error {
  override name = 'HubFault';
}

/** The hub found the question itself wrong; another question may still be right. */
export class QuestionRefused extends Error {
  override name = 'QuestionRefused';
}

/** A fault that may be gone at the next try, so that a restart of a service does not end a long import. */
class Passing extends Error {}

const passing = new Set(['UNAVAILABLE', 'SUBGRAPH_UNAVAILABLE', 'STORE_UNAVAILABLE', 'RATE_LIMITED']);
const patience = [200, 500, 1_000, 2_000, 4_000, 8_000];

/** The hub as an import sees it. Every deed has an idempotency key, so that asking again is harmless. */
export class Hub {
  private hasAnswered = false;

  constructor(private readonly send: Send) {}

  async ask<Data>(question: Question): Promise<Data> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.askOnce<Data>(question);
      } catch (error) {
        if (!(error instanceof Passing)) throw error;
        const wait = patience[attempt];
        // A hub that never answered is not running; one that did may be starting again.
        if (wait === undefined || !this.hasAnswered) throw new HubFault(error.message, { cause: error.cause });
        await pause(wait);
      }
    }
  }

  private async askOnce<Data>(question: Question): Promise<Data> {
    const answer = await this.send(question).catch((cause: unknown) => {
      if (cause instanceof HubFault) throw cause;
      throw new Passing('The hub does not answer: start it with "npm start", or set GATEWAY_URL to where it runs.', {
        cause,
      });
    });
    const { data, errors = [], status, retryAfter } = answer;
    // What is not there is null in the data as well.
    const [first] = errors.filter(({ extensions }) => !data || extensions?.code !== 'NOT_FOUND');
    const code = first?.extensions?.code ?? '';
    if (status === 429 || status === 503 || passing.has(code)) {
      if (retryAfter) await pause(Math.min(retryAfter, 60) * 1_000);
      throw new Passing(first?.message ?? `The hub answers with HTTP ${status}; try again later.`);
    }
    this.hasAnswered = true;
    if (status === 401) {
      throw new HubFault(`The hub refuses the token of ${question.client}: ${first?.message ?? `HTTP ${status}`}`);
    }
    if (code === 'FORBIDDEN') throw new HubFault(`${question.client} may not do this: ${first?.message}`);
    if (code === 'BAD_USER_INPUT' || code === 'BAD_REQUEST' || status === 413) {
      throw new QuestionRefused(first?.message ?? `The hub answers with HTTP ${status}.`);
    }
    if (first) throw new HubFault(`The hub answers ${question.client} with an error (${code}): ${first.message}`);
    if (status !== 200 || !data) throw new HubFault(`What answers is not the hub (HTTP ${status}): check GATEWAY_URL.`);
    return data as Data;
  }
}

/** Tokens by client, asked for once and again two minutes before their end. */
export function keptTokens(request: (client: string) => Promise<string>): (client: string) => Promise<string> {
  const kept = new Map<string, { token: Promise<string>; until: number }>();
  return async (client) => {
    const found = kept.get(client);
    if (found && found.until > Date.now()) return found.token;
    const mine = { token: request(client), until: Number.POSITIVE_INFINITY };
    kept.set(client, mine);
    try {
      mine.until = endOf(await mine.token) - 120_000;
    } catch (error) {
      kept.delete(client);
      throw new HubFault((error as Error).message, { cause: error });
    }
    return mine.token;
  };
}

function endOf(token: string): number {
  const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  return Number((claims as { exp?: unknown }).exp ?? 0) * 1_000;
}

/** Sends questions over HTTP to the gateway. */
export const toGateway =
  (url: string, tokenFor: (client: string) => Promise<string>): Send =>
  async ({ client, document, variables }) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
        authorization: `Bearer ${await tokenFor(client)}`,
      },
      body: JSON.stringify({ query: document, variables }),
      signal: AbortSignal.timeout(60_000),
    });
    const retryAfter = Number(response.headers.get('retry-after') ?? 0);
    const text = await response.text();
    try {
      return { status: response.status, retryAfter, ...(JSON.parse(text) as Omit<SentAnswer, 'status'>) };
    } catch {
      return { status: response.status === 200 ? 502 : response.status, retryAfter };
    }
  };
