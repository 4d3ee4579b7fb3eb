import { requestToken } from '../identity/request-token.js';

/** What a deed answered, as far as the loader asked for it. */
// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its question.
export type Answered = any;

export interface HubAddress {
  /** The gateway's GraphQL endpoint. */
  url: string;
  /** The demo issuer, which gives tokens to demo clients. */
  issuer: string;
}

interface Body {
  data?: Record<string, Answered> | null;
  errors?: { message: string; extensions?: { code?: string; retryable?: boolean } }[];
}

// A few at a time keep two cores busy; more only wait for each other.
const mostAtOnce = 6;
const attempts = 5;
const patienceMilliseconds = 20_000;

/** The hub as any client sees it: the gateway, and tokens of demo clients. */
export class Hub {
  /** Deeds done for the first time, and deeds that had been done before. */
  readonly counts = { done: 0, replayed: 0 };
  private readonly tokens = new Map<string, Promise<string>>();
  private readonly waiting: (() => void)[] = [];
  private running = 0;
  private hasFailed = false;

  constructor(private readonly address: HubAddress) {}

  /** Does a deed as a demo client, once for its key. Throws an Error with one sentence when it is declined. */
  async does(client: string, deed: string, key: string, input: object, fields: string): Promise<Answered> {
    const name = deed[0]!.toUpperCase() + deed.slice(1);
    const query = `mutation ${name}($input: ${name}Input!) { ${deed}(input: $input) { ${fields} replayed userErrors { code message } } }`;
    const data = await this.post({ query, variables: { input: { idempotencyKey: `demo/${key}`, ...input } } }, client);
    const { userErrors, replayed, ...answer } = data[deed];
    if (userErrors.length > 0)
      this.fail(`${deed} of ${key} was declined: ${userErrors[0].code}, ${userErrors[0].message}`);
    this.counts[replayed ? 'replayed' : 'done'] += 1;
    return answer;
  }

  /** Asks as the public, or as a demo client. */
  asks(query: string, variables: object = {}, client?: string): Promise<Answered> {
    return this.post({ query, variables }, client);
  }

  private async post(body: { query: string; variables: object }, client?: string): Promise<Answered> {
    await this.turn();
    try {
      for (let attempt = 1; ; attempt++) {
        if (this.hasFailed) throw new Error('The demo world is not loaded any further.');
        const { data, errors } = await this.send(body, client);
        const [error] = errors ?? [];
        if (data && !error) return data;
        // What the hub calls retryable passes by itself, and a key makes sure that nothing is done twice.
        if (!error?.extensions?.retryable || attempt === attempts) {
          this.fail(
            `the hub answered ${error?.extensions?.code ?? 'nothing'}: ${error?.message ?? body.query.slice(0, 60)}`,
          );
        }
        await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt));
      }
    } finally {
      this.running -= 1;
      this.waiting.shift()?.();
    }
  }

  private async send(body: object, client?: string): Promise<Body> {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (client) headers.authorization = `Bearer ${await this.tokenOf(client)}`;
    const response = await fetch(this.address.url, {
      ...{ method: 'POST', headers, body: JSON.stringify(body) },
      signal: AbortSignal.timeout(patienceMilliseconds),
    }).catch((cause: unknown) => {
      throw new Error(`The hub at ${this.address.url} does not answer.`, { cause });
    });
    return (await response.json().catch(() => ({}))) as Body;
  }

  private tokenOf(client: string): Promise<string> {
    const token = this.tokens.get(client) ?? requestToken(this.address.issuer, client);
    this.tokens.set(client, token);
    return token;
  }

  /** Waits until fewer than the most are under way. */
  private async turn(): Promise<void> {
    while (this.running >= mostAtOnce) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.running += 1;
  }

  /** Everything else that was begun ends with it: nothing goes on behind an error. */
  private fail(reason: string): never {
    this.hasFailed = true;
    throw new Error(`The demo world could not be loaded: ${reason}`);
  }
}

export const missionUnit = 'mission-delivery-unit.mission-unit';
export const missionFinance = 'mission-delivery-unit.mission-finance';

export const pounds = (decimal: string) => ({ amount: decimal, currency: 'GBP' });

/** Says that a text is made up, where nothing beside it can. */
export const marked = (text: string): string => (/illustrative/i.test(text) ? text : `${text} (illustrative)`);

const patience = { milliseconds: 30_000, step: 60 };

/** Asks again until there is an answer: for what one service tells another, which takes a moment. */
export async function eventually<Found>(what: string, ask: () => Promise<Found | null>): Promise<Found> {
  const end = Date.now() + patience.milliseconds;
  for (;;) {
    const found = await ask();
    if (found !== null) return found;
    if (Date.now() > end) throw new Error(`The demo world could not be loaded: ${what} did not come about in time.`);
    await new Promise((resolve) => setTimeout(resolve, patience.step));
  }
}
