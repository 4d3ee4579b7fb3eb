import type { ServerResponse } from 'node:http';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { ZodRawShape } from 'zod';
import type { Context } from './context.js';
import type { Migration } from './migration.js';
import type { Notice } from './transaction.js';

// biome-ignore lint/complexity/noBannedTypes: decorated classes are known only by their constructor.
export type Class = Function;

/** What became of one attempt to hand an event over: an HTTP status, or why there is none. `isAway`: nobody was there. */
export type Attempt = { status: number; said: string } | { fault: string; isAway: boolean };

/** Hands an event to a receiver that is no service of the hub, such as a webhook; may throw when that is not there. */
export type HandTo = (receiver: string, event: string, parts: HandingParts) => Promise<Attempt>;

export interface HandingParts {
  orm: MikroORM;
  secret: string;
  /** The service's own settings, as its shape reads them. */
  settings: Record<string, unknown>;
}

/** Builds one object of a type this service contributes to, from the key the gateway sends. Only the key is trusted. */
export type Reference = (key: Record<string, string>, context: Context) => object | null | Promise<object | null>;

/** Takes in one event of another service, in the same database transaction that remembers the event's id. */
export type EventReceiver = (em: EntityManager, content: never) => Promise<void>;

/** Work that time calls for, not a person: run when the service starts and then as its crontab line says, in UTC. */
export interface Task {
  cron: string;
  /**
   * Opens its own database transactions. When it throws, it is run again at its next time. Several processes may run it
   * at the same moment: none waits for one that was killed, so it shares the work by row locks.
   */
  run(em: EntityManager): Promise<void>;
}

/** What a service that keeps more databases than its first one is given to open them. */
export interface DatabasesParts {
  service: Service;
  /** The first one. */
  orm: MikroORM;
  log: Logger;
  secret: string;
  /** The service's own settings, as its shape reads them. */
  settings: Record<string, unknown>;
  /** Where the other services are, by name; used for events. */
  addresses: Record<string, string>;
}

/** One database's part of an event, taken in there in a database transaction of its own, each key of it once. */
export interface EventPart {
  keys: string[];
  dataOf(keys: string[]): unknown;
  transactional(work: (em: EntityManager) => Promise<void>): Promise<void>;
}

/** The databases of a service beside its first one. */
export interface Databases {
  shareOut(type: string, data: unknown): Promise<EventPart[]>;
  close(): Promise<void>;
}

/** A request of the gateway for server-sent events. */
export interface Streaming {
  schema: GraphQLSchema;
  body: string;
  response: ServerResponse;
  /** Made anew for each answer. */
  contextOf(): Promise<Context>;
  isStopping(): boolean;
}

/** What one service consists of: plain data, so that a test can start it as well as `main.ts`. */
export interface Service {
  name: 'missions' | 'budgets' | 'contributions' | 'outcomes';
  resolvers: [Class, ...Class[]];
  /** Types that no field returns directly: federated stubs and implementations of interfaces. */
  types: Class[];
  tables: Class[];
  references: Record<string, Reference>;
  migrations: { name: string; class: new () => Migration }[];
  /** What the service's own database role may do, table by table; nothing else is granted. */
  privileges: Record<string, string>;
  /** Events of other services it takes in, by type. */
  receives?: Record<string, EventReceiver>;
  /** Services that get the events this one sends. */
  sendsTo?: Service['name'][];
  /** How receivers that are no services get events. */
  handTo?: HandTo;
  /** What it does by itself as time passes, by name. Needs the queue, which comes with sendsTo. */
  tasks?: Record<string, Task>;
  /** Settings of its own, by environment variable; read and checked together with all others. */
  settings?: ZodRawShape;
  /** What a request notices as it begins to read from the first database: `context.noticed()`. */
  notice?: Notice;
  /** Opens more databases, before the service listens; they are closed after it. */
  databases?: (parts: DatabasesParts) => Promise<Databases>;
  /** Answers subscriptions. */
  stream?: (asked: Streaming) => Promise<void>;
  /** Work beside the requests, over connections of its own; answers how to stop it. */
  background?: (parts: { orm: MikroORM; log: Logger; dataDir?: string }) => () => Promise<void>;
}
