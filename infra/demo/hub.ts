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

/** The deeds that make the demo world, with what the loader needs of their answers. */
const answers = {
  registerOrganisations: 'rows { id reason }',
  proposeMission: 'mission { id }',
  activateMission: 'mission { id }',
  addChallenge: 'challenge { id }',
  addLever: 'lever { id }',
  openDecision: 'decision { id }',
  decide: 'decision { id }',
  reportWaiting: 'dependency { id }',
  shareInsight: 'insight { id }',
  startLearningCycle: 'learningCycle { id }',
  closeLearningCycle: 'learningCycle { id }',
  pledgeInput: 'inputPledge { id }',
  settleInputPledge: 'inputPledge { id }',
  openBudget: 'budget { id }',
  recordDeposit: 'transfer { id }',
  proposeAllocation: 'allocation { id hash }',
  approveAllocation: 'allocation { id }',
  requestDrawdown: 'drawdown { id }',
  approveDrawdown: 'drawdown { id }',
  payDrawdown: 'drawdown { id }',
  reportExpenditure: 'transfer { id }',
  pledgeContribution: 'contribution { id versions { number hash } }',
  proposeTerms: 'contribution { id versions { number hash } }',
  acceptTerms: 'contribution { id }',
  commitContribution: 'contribution { id }',
  declineContribution: 'contribution { id }',
  withdrawContribution: 'contribution { id }',
  defineOutcome: 'outcome { id }',
  defineMeasure: 'measure { id }',
  reviseDefinition: 'definition { number }',
  publishObservations: 'rows { row userErrors { message } }',
  setTarget: 'target { id }',
  setBaseline: 'baseline { revision }',
  setTrajectory: 'trajectory { version }',
  judgeMeasure: 'judgement { number }',
  claimContribution: 'claim { id }',
  contestClaim: 'claim { id }',
  scheduleBriefing: 'briefing { id }',
  lockBriefingEvidence: 'briefing { id }',
  holdBriefing: 'briefing { id }',
  publishBriefing: 'briefing { id }',
  askQuestion: 'question { id }',
  answerQuestion: 'question { id }',
};
export type Deed = keyof typeof answers;

/** A deed that waits to be sent, in its turn among those of the same client and name. */
interface Waiting {
  input: object;
  resolve(answer: Answered): void;
  reject(reason: Error): void;
}

// The gateway takes documents of up to 60 aliases; these also stay small enough to answer within its time limit.
const mostInOne = 12;
// A few requests at a time keep two cores busy; more only wait for each other.
const mostAtOnce = 6;
const attempts = 6;
const patienceMilliseconds = 20_000;

/**
 * The hub as any client sees it: the gateway, and tokens of demo clients. Deeds of one client and name that wait at the
 * same time go together in one document, in the order they were asked for.
 */
export class Hub {
  /** Deeds done for the first time, and deeds that had been done before. */
  readonly counts = { done: 0, replayed: 0 };
  private readonly tokens = new Map<string, Promise<string>>();
  private readonly queues = new Map<string, Waiting[]>();
  private readonly turns: (() => void)[] = [];
  private running = 0;
  private hasFailed = false;

  constructor(private readonly address: HubAddress) {}

  /** Does a deed as a demo client, once for its key. Throws an Error with one sentence when it is declined. */
  async does(client: string, deed: Deed, key: string, input: object): Promise<Answered> {
    const answer = await new Promise<Answered>((resolve, reject) => {
      const waiting = { input: { idempotencyKey: `demo/${key}`, ...input }, resolve, reject };
      const place = `${client} ${deed}`;
      const queue = this.queues.get(place);
      if (queue) queue.push(waiting);
      else {
        this.queues.set(place, [waiting]);
        void this.send(place, client, deed);
      }
    });
    const { userErrors, replayed, ...done } = answer;
    if (userErrors.length > 0)
      throw this.failure(`${deed} of ${key} was declined: ${userErrors[0].code}, ${userErrors[0].message}`);
    this.counts[replayed ? 'replayed' : 'done'] += 1;
    return done;
  }

  /** Asks as the public. */
  asks(query: string, variables: object = {}): Promise<Answered> {
    return this.post({ query, variables });
  }

  /** Sends what waits in one place, and what has come to wait there meanwhile, until nothing does. */
  private async send(place: string, client: string, deed: Deed): Promise<void> {
    const queue = this.queues.get(place)!;
    while (queue.length > 0) {
      await this.turn();
      const together = queue.splice(0, mostInOne);
      try {
        const data = await this.post(batchOf(deed, together), client);
        for (const [number, each] of together.entries()) each.resolve(data[`d${number}`]);
      } catch (error) {
        for (const each of together) each.reject(error as Error);
      } finally {
        this.running -= 1;
        this.turns.shift()?.();
      }
    }
    this.queues.delete(place);
  }

  private async post(body: { query: string; variables: object }, client?: string): Promise<Answered> {
    for (let attempt = 1; ; attempt++) {
      if (this.hasFailed) throw new Error('The demo world is not loaded any further.');
      const { data, errors } = await this.once(body, client);
      // What is not there is null in the data as well.
      const [error] = (errors ?? []).filter(({ extensions }) => extensions?.code !== 'NOT_FOUND');
      if (data && !error) return data;
      // What the hub calls retryable passes by itself, and a key makes sure that nothing is done twice.
      if (!error?.extensions?.retryable || attempt === attempts) {
        throw this.failure(
          `the hub answered ${error?.extensions?.code ?? 'nothing'}, ${error?.message ?? 'no reason'}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** attempt));
    }
  }

  private async once(body: object, client?: string): Promise<Body> {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (client) headers.authorization = `Bearer ${await this.tokenOf(client)}`;
    const response = await fetch(this.address.url, {
      ...{ method: 'POST', headers, body: JSON.stringify(body) },
      signal: AbortSignal.timeout(patienceMilliseconds),
    }).catch((cause: unknown) => {
      throw this.failure(`the hub at ${this.address.url} does not answer.`, cause);
    });
    return (await response.json().catch(() => ({}))) as Body;
  }

  private tokenOf(client: string): Promise<string> {
    const known = this.tokens.get(client);
    if (known) return known;
    const token = requestToken(this.address.issuer, client).catch((cause: Error) => {
      throw this.failure(cause.message, cause);
    });
    this.tokens.set(client, token);
    return token;
  }

  /** Waits until fewer than the most are under way. */
  private async turn(): Promise<void> {
    while (this.running >= mostAtOnce) await new Promise<void>((resolve) => this.turns.push(resolve));
    this.running += 1;
  }

  /** Everything else that was begun ends with it: nothing goes on behind an error. */
  private failure(reason: string, cause?: unknown): Error {
    this.hasFailed = true;
    return new Error(`The demo world could not be loaded: ${reason}`, { cause });
  }
}

function batchOf(deed: Deed, together: readonly Waiting[]) {
  const name = deed[0]!.toUpperCase() + deed.slice(1);
  const parameters = together.map((_, number) => `$i${number}: ${name}Input!`).join(', ');
  const each = together.map((_, number) => `d${number}: ${deed}(input: $i${number}) { ...Answer }`).join(' ');
  const answer = `fragment Answer on ${name}Payload { ${answers[deed]} replayed userErrors { code message } }`;
  return {
    query: `mutation ${name}(${parameters}) { ${each} } ${answer}`,
    variables: Object.fromEntries(together.map(({ input }, number) => [`i${number}`, input])),
  };
}

export const missionUnit = 'mission-delivery-unit.mission-unit';
export const missionFinance = 'mission-delivery-unit.mission-finance';

export const pounds = (decimal: string) => ({ amount: decimal, currency: 'GBP' });

/** Says that a text is made up, where nothing beside it can. */
export const marked = (text: string): string => (/illustrative/i.test(text) ? text : `${text} (illustrative)`);

const patience = { milliseconds: 30_000, step: 80 };

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
