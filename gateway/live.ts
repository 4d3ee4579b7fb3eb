import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Caller, SignIn } from '../services/kernel/caller.js';
import { answer } from './answer.js';
import { argumentsOf, eventVariable } from './as-query.js';
import { type AnswerError, masked, RequestRefused, refusalIn } from './errors.js';
import type { Graph } from './graph.js';
import type { Json } from './json.js';
import type { Operation } from './operations.js';
import type { Published, PublishedLately } from './published.js';
import { comment, eventText } from './server-sent-events.js';
import type { Inquiry } from './transport.js';
import { Turns } from './turns.js';

/** How many subscriptions may be open at a time. */
export interface LiveLimits {
  /** In this gateway. */
  all: number;
  /** Of one who is signed in. */
  each: number;
  /** Of the public at one address, which may be that of many people. */
  eachAddress: number;
  keepAliveMs: number;
}

export const liveLimits: LiveLimits = { all: 2_000, each: 20, eachAddress: 100, keepAliveMs: 12_000 };
const mostMeasures = 100;
/** So many answers are made at a time; the services have other things to do as well. */
const answersAtATime = 16;
const [triesEach, tryAgainMs] = [3, 300];

export interface LiveParts {
  graph: Graph;
  published: PublishedLately;
  signIn: SignIn;
  log: Logger;
  limits: LiveLimits;
}

export interface Subscription {
  operation: Operation;
  /** The text of its document, which with name and variables says what is asked. */
  text: string;
  variables: Json;
  caller: Caller | null;
  /** Empty for the public. */
  authorization: string;
  /** The same for each answer, but for the time by which it must be there. */
  inquiryOf(correlationId: string): Inquiry;
  /** Called when it is admitted. */
  hasBegun(): void;
}

/** Everybody who is subscribed at this gateway. */
export class Live {
  private readonly open = new Map<ServerResponse, { who: string; authorization: string }>();
  private readonly turns = new Turns(answersAtATime);
  /** Answers about the newest event: one for all who ask the same with the same token, or with none. */
  private readonly alike = { id: 0, answers: new Map<string, Promise<string>>() };
  private readonly keeping: NodeJS.Timeout;
  private isOver = false;

  constructor(private readonly parts: LiveParts) {
    this.keeping = setInterval(() => this.keepAlive(), parts.limits.keepAliveMs);
    this.keeping.unref();
  }

  /** Answers until the client is gone, or its token over. Throws RequestRefused before it has begun. */
  async serve(
    asked: Subscription,
    request: IncomingMessage,
    response: ServerResponse,
    headers: Record<string, string>,
  ) {
    const { graph } = this.parts;
    const { node, fragments } = asked.operation;
    const { measures, after } = argumentsOf(node, graph.schema, fragments, asked.variables);
    const wanted = Array.isArray(measures) ? new Set<string>(measures) : null;
    const position = this.startOf(request.headers['last-event-id']?.toString() || (after as string | null));
    if ((wanted?.size ?? 0) > mostMeasures)
      throw new RequestRefused(400, 'BAD_USER_INPUT', `Name at most ${mostMeasures} measures.`, { inDocument: true });
    if (wanted) await this.demandKnown(asked);
    this.admit(asked, request, response);
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
    });
    response.write(comment);
    asked.hasBegun();
    try {
      await this.tell(asked, response, wanted, position);
    } catch (error) {
      this.endWith(response, error);
    } finally {
      this.open.delete(response);
      response.end();
    }
  }

  /** How many are subscribed. */
  get count(): number {
    return this.open.size;
  }

  /** Ends all; the clients connect again, and say the id of the last event they had. */
  stop(): void {
    this.isOver = true;
    clearInterval(this.keeping);
    for (const response of this.open.keys()) response.end();
  }

  private startOf(stated: string | null | undefined): number {
    const { newest } = this.parts.published;
    if (newest === null || this.isOver)
      throw new RequestRefused(503, 'UNAVAILABLE', 'What becomes public is not heard just now; try again shortly.', {
        headers: { 'retry-after': '1' },
      });
    if (!stated) return newest;
    if (!/^\d{1,15}$/.test(stated))
      throw new RequestRefused(400, 'BAD_USER_INPUT', 'This is not the id of an event that was told.', {
        inDocument: true,
      });
    if (this.parts.published.after(Number(stated)) === undefined) throw tooLongAgo();
    return Number(stated);
  }

  /** Throws what the service says against the arguments, by asking about an event that never is: it would wait for ever. */
  private async demandKnown({ operation, variables, inquiryOf }: Subscription): Promise<void> {
    const given = { ...variables, [eventVariable]: '0' };
    const { errors } = await answer(this.parts.graph, operation, given, inquiryOf(randomUUID()));
    const fault = errors.find(({ extensions }) => extensions.code === 'BAD_USER_INPUT');
    if (fault) throw new RequestRefused(400, 'BAD_USER_INPUT', fault.message, { inDocument: true });
  }

  private admit({ caller, authorization }: Subscription, request: IncomingMessage, response: ServerResponse): void {
    const { all, each, eachAddress } = this.parts.limits;
    const who = caller ? `token ${caller.subject}` : `address ${request.socket.remoteAddress}`;
    const most = caller ? each : eachAddress;
    if (this.open.size >= all)
      throw new RequestRefused(503, 'UNAVAILABLE', 'Too many are subscribed here just now; try again later.', {
        headers: { 'retry-after': '10' },
      });
    if ([...this.open.values()].filter((other) => other.who === who).length >= most)
      throw new RequestRefused(429, 'RATE_LIMITED', `You have ${most} subscriptions open already; end one of them.`, {
        headers: { 'retry-after': '10' },
      });
    this.open.set(response, { who, authorization });
    response.once('close', () => this.open.delete(response));
  }

  private async tell(asked: Subscription, response: ServerResponse, wanted: Set<string> | null, start: number) {
    const { published } = this.parts;
    const isClosed = () => response.destroyed || response.writableEnded;
    for (let position = start; !isClosed(); ) {
      const next = published.after(position);
      if (next === undefined) throw tooLongAgo();
      if (next === null) await this.somethingHappens(response);
      else {
        if (!wanted || next.measures.some((measure) => wanted.has(measure))) {
          const text = await this.answerTo(asked, next);
          if (isClosed()) return;
          if (!response.write(eventText('next', text, next.id))) await drained(response);
        }
        position = next.id;
      }
    }
  }

  private somethingHappens(response: ServerResponse): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        off();
        response.off('close', end);
        resolve();
      };
      const off = this.parts.published.onMore(end);
      response.once('close', end);
    });
  }

  private async answerTo(asked: Subscription, event: Published): Promise<string> {
    const { operation, text, variables, authorization } = asked;
    await this.demandToken(authorization);
    if (event.id > this.alike.id) {
      this.alike.id = event.id;
      this.alike.answers.clear();
    }
    if (event.id < this.alike.id) return this.turns.run(() => this.made(asked, event));
    const key = JSON.stringify([authorization, text, operation.node.name?.value, variables]);
    const known = this.alike.answers.get(key) ?? this.turns.run(() => this.made(asked, event));
    this.alike.answers.set(key, known);
    return known;
  }

  /** An answer from which the event is missing is made again: a service may have been away for a moment. */
  private async made({ operation, variables, inquiryOf }: Subscription, { id }: Published): Promise<string> {
    for (let tries = 1; ; tries++) {
      const given = { ...variables, [eventVariable]: String(id) };
      const { data, errors } = await answer(this.parts.graph, operation, given, inquiryOf(randomUUID()));
      if (data !== null || tries === triesEach || this.isOver)
        return JSON.stringify({ ...(errors.length > 0 && { errors }), data });
      await pause(tryAgainMs);
    }
  }

  /** Says why it ends before it was ended; a client that knows no better asks again, and is refused by name. */
  private endWith(response: ServerResponse, error: unknown): void {
    const correlationId = randomUUID();
    const refusal = refusalIn(error);
    if (!refusal) this.parts.log.error({ correlationId, err: error }, 'a subscription failed');
    const errors: AnswerError[] = refusal?.errors(correlationId) ?? [masked(correlationId)];
    if (response.destroyed || response.writableEnded) return;
    response.write(eventText('next', JSON.stringify({ errors })) + eventText('complete', ''));
  }

  /** Throws Unauthenticated once the token is over. */
  private async demandToken(authorization: string): Promise<void> {
    await this.parts.signIn(authorization).catch((error) => {
      // While the identity provider is away, the services decide, which look at the token again.
      if (refusalIn(error)?.status === 401) throw error;
    });
  }

  private keepAlive(): void {
    for (const [response, { authorization }] of this.open) {
      response.write(comment);
      this.demandToken(authorization).catch((error) => {
        this.endWith(response, error);
        response.end();
      });
    }
  }
}

const tooLongAgo = () =>
  new RequestRefused(
    400,
    'BAD_USER_INPUT',
    'Too much became public since then; ask for what you need, and subscribe anew.',
    {
      inDocument: true,
    },
  );

/** Whoever reads too slowly is waited for, and told the rest later. */
const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    response.once('drain', resolve).once('close', resolve);
  });
