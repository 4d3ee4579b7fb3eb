import { setTimeout as pause } from 'node:timers/promises';

/** The command cannot go on. The message is one sentence that says what to do. */
export class HubFault extends Error {
  override name = 'HubFault';
  /** `away`: nothing answers, or nothing sound. `caller`: who asks may not. `answer`: what was asked is refused. */
  readonly of: 'away' | 'caller' | 'answer' | null;

  constructor(message: string, { of, ...options }: ErrorOptions & { of?: 'away' | 'caller' | 'answer' } = {}) {
    super(message, options);
    this.of = of ?? null;
  }
}

export interface Question {
  document: string;
  variables?: object;
  /** Cuts the whole answer to what was known at this instant, ISO 8601. */
  asKnownAt?: string;
  /** Codes of errors that who asks makes do with: what they leave null in the data is away, and is not waited for. */
  tolerated?: readonly string[];
}

interface Answer<Data> {
  data?: Data | null;
  errors?: { message: string; extensions?: { code?: string; position?: number; retryAfter?: number } }[];
}

/** What the hub says to a caller whose turn has not come: its place among those that wait, and about how long. */
export interface Turn {
  position: number;
  seconds: number;
}

const passing = new Set(['UNAVAILABLE', 'SUBGRAPH_UNAVAILABLE', 'STORE_UNAVAILABLE', 'RATE_LIMITED']);
const patience = [200, 500, 1_000, 2_000, 4_000];
const largestWaitSeconds = 60;
/** On a deadline day many departments publish at once; a turn may be long in coming. */
const longestQueueMs = 60 * 60_000;

/** The hub's gateway as a command line asks it. */
export class Gateway {
  /** What the clock of the hub said in its last answer, in milliseconds; to the second. */
  hubTime = 0;
  /** Told whenever a question has to wait for its turn. */
  onTurn: (turn: Turn) => void = () => undefined;

  constructor(
    private readonly url: string,
    private readonly tokenFor: () => Promise<string | null>,
  ) {}

  /** The data of an answer without errors; waits and asks again where a part of the hub is away for a moment. */
  async ask<Data>(question: Question): Promise<Data> {
    const begunAt = Date.now();
    for (let attempt = 0; ; ) {
      const response = await this.send(question);
      const { data, errors = [] } = (await response.json().catch(() => ({}))) as Answer<Data>;
      // What is not there is null in the data as well.
      const isNull = ['NOT_FOUND', ...(question.tolerated ?? [])];
      const [first] = errors.filter(({ extensions }) => !data || !isNull.includes(extensions?.code ?? ''));
      const code = first?.extensions?.code ?? '';
      if (response.ok && !first && data) return data;
      const turn = turnOf(first);
      if (turn && Date.now() - begunAt < longestQueueMs) {
        this.onTurn(turn);
        await pause(Math.min(turn.seconds, largestWaitSeconds) * 1_000);
        continue;
      }
      const wait = patience[attempt++];
      if (![429, 503].includes(response.status) && !passing.has(code))
        throw faultOf(response.status, code, first?.message);
      if (wait === undefined)
        throw new HubFault(first?.message ?? `The hub answers with HTTP ${response.status}; try again later.`, {
          of: 'away',
        });
      const stated = Number(response.headers.get('retry-after') ?? 0) * 1_000;
      await pause(Math.max(wait, Math.min(stated, largestWaitSeconds * 1_000)));
    }
  }

  private async send({ document, variables = {}, asKnownAt }: Question): Promise<Response> {
    const token = await this.tokenFor();
    const response = await fetch(this.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
        ...(token && { authorization: `Bearer ${token}` }),
        ...(asKnownAt && { 'as-known-at': asKnownAt }),
      },
      body: JSON.stringify({ query: document, variables }),
      signal: AbortSignal.timeout(60_000),
    }).catch((cause: unknown) => {
      const remedy = 'start it with "npm start", or say with --gateway or GATEWAY_URL where it runs';
      throw new HubFault(`The hub at ${this.url} does not answer: ${remedy}.`, { cause, of: 'away' });
    });
    this.hubTime = Date.parse(response.headers.get('date') ?? '') || Date.now();
    return response;
  }
}

function turnOf(error: NonNullable<Answer<unknown>['errors']>[number] | undefined): Turn | null {
  const { code, position, retryAfter } = error?.extensions ?? {};
  return code === 'RATE_LIMITED' && position && retryAfter ? { position, seconds: retryAfter } : null;
}

function faultOf(status: number, code: string, message: string | undefined): HubFault {
  if (status === 401) return new HubFault(`The hub refuses the token: ${message ?? 'get a new one'}`, { of: 'caller' });
  const isCaller = code === 'FORBIDDEN' || code === 'UNAUTHENTICATED';
  const isAnswer = status === 400 || status === 413 || code === 'BAD_USER_INPUT' || code === 'NOT_FOUND';
  const of = isCaller ? 'caller' : isAnswer ? 'answer' : 'away';
  if (message) return new HubFault(`The hub answers with an error (${code}): ${message}`, { of });
  return new HubFault(`What answers is not the hub (HTTP ${status}): check --gateway or GATEWAY_URL.`, { of: 'away' });
}
