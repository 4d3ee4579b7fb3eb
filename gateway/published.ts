import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Agent, request } from 'undici';
import { gatewaySignature } from '../services/kernel/caller.js';
import { eventsIn } from './server-sent-events.js';

/** Figures that became public together: which, and of what measures. What they are is asked for by who may see it. */
export interface Published {
  id: number;
  measures: readonly string[];
}

/** How many of the newest are told again to who had lost its connection; after a restart of the gateway, the lesser. */
const mostKept = 5_000;
const keptAtStart = 1_000;
const answerWithinMs = 5_000;
/** Three times what the service lets pass without a sign of life. */
const silentForMs = 12_000;
const [shortestPauseMs, longestPauseMs] = [50, 1_000];

interface Answered {
  data?: { publishedFigures: { id: string; measureIds: string[] } | null };
}

/** What has become public of late, heard over one connection for all subscribers of this gateway. */
export class PublishedLately {
  private readonly kept: Published[] = [];
  /** The newest it knows of; null until the service was reached for the first time. */
  private last: number | null = null;
  /** What was the newest then: what is told up to there is old. */
  private begunAt = 0;
  private readonly listeners = new Set<() => void>();
  private readonly stopping = new AbortController();
  private readonly agent = new Agent({ headersTimeout: answerWithinMs, bodyTimeout: silentForMs });
  private listening: Promise<void> | undefined;
  private standing: 'not heard yet' | 'heard' | 'lost' = 'not heard yet';

  constructor(private readonly parts: { url: string; secret: string; log: Logger }) {}

  begin(): void {
    this.listening ??= this.listen();
  }

  /** Null as long as it is not known. */
  get newest(): number | null {
    return this.last !== null && this.last >= this.begunAt ? this.last : null;
  }

  /** The first that follows an id, and null when there is none; undefined when it may be one that is not kept any more. */
  after(id: number): Published | null | undefined {
    const oldest = this.kept[0]?.id ?? (this.last ?? 0) + 1;
    if (id + 1 < oldest) return undefined;
    return this.kept[id + 1 - oldest] ?? null;
  }

  /** Calls the listener whenever there is more, until the returned function is called. */
  onMore(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.listening;
    await this.agent.destroy();
  }

  private async listen(): Promise<void> {
    const { signal } = this.stopping;
    for (let pauseMs = shortestPauseMs; !signal.aborted; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      const before = this.last;
      await this.follow().catch((error) => this.tellHeard(false, error));
      if (this.last !== before) pauseMs = shortestPauseMs;
      await pause(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Takes in one after the other until the connection ends. */
  private async follow(): Promise<void> {
    this.last ??= await this.startOfKept();
    const query = 'subscription ($after: ID) { publishedFigures(after: $after) { id measureIds } }';
    const body = await this.ask('text/event-stream', query, { after: String(this.last) });
    this.tellHeard(true);
    for await (const { data } of eventsIn(body)) {
      const { data: answered } = JSON.parse(data) as Answered;
      const told = answered?.publishedFigures;
      // What could not be answered is asked for again; the numbers have no gaps.
      if (!told || Number(told.id) !== this.last! + 1) throw new Error('an event without a sound number');
      this.take({ id: Number(told.id), measures: told.measureIds });
    }
  }

  private take(told: Published): void {
    this.kept.push(told);
    if (this.kept.length > 2 * mostKept) this.kept.splice(0, mostKept);
    this.last = told.id;
    for (const listener of [...this.listeners]) listener();
  }

  private async startOfKept(): Promise<number> {
    const body = await this.ask('application/json', '{ publishedFigures { id } }', {});
    const { data } = (await body.json()) as Answered;
    if (!data) throw new Error('no answer of data');
    this.begunAt = Number(data.publishedFigures?.id ?? 0);
    return Math.max(0, this.begunAt - keptAtStart);
  }

  private async ask(accept: string, query: string, variables: object) {
    const { url, secret } = this.parts;
    const body = JSON.stringify({ query, variables });
    const answer = await request(url, {
      ...{ method: 'POST', body, dispatcher: this.agent, signal: this.stopping.signal },
      headers: {
        ...{ accept, 'content-type': 'application/json' },
        'hub-signature': gatewaySignature(secret, { authorization: '', asKnownAt: '', body }),
      },
    });
    if (answer.statusCode === 200) return answer.body;
    await answer.body.dump();
    throw new Error(`status ${answer.statusCode}`);
  }

  private tellHeard(isHeard: boolean, error?: Error): void {
    const before = this.standing;
    // A gateway may be there before its services; /ready says so.
    this.standing = isHeard ? 'heard' : before === 'not heard yet' ? before : 'lost';
    if (this.standing === before || before === 'not heard yet' || this.stopping.signal.aborted) return;
    const text = isHeard ? 'what becomes public is heard again' : 'what becomes public is not heard; trying again';
    this.parts.log.warn({ service: 'outcomes', reason: error?.message }, text);
  }
}
