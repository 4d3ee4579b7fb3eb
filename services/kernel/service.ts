import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { Logger } from 'pino';
import type { Context } from './context.js';

// biome-ignore lint/complexity/noBannedTypes: decorated classes are known only by their constructor.
export type Class = Function;

/** Builds one object of a type this service contributes to, from the key the gateway sends. Only the key is trusted. */
export type Reference = (key: Record<string, string>, context: Context) => object | null | Promise<object | null>;

/** Takes in one event of another service, in the same database transaction that remembers the event's id. */
export type EventReceiver = (em: EntityManager, content: never) => Promise<void>;

/** Work that time calls for, not a person: run when the service starts and then as its crontab line says, in UTC. */
export interface Task {
  cron: string;
  /** Opens its own database transactions. When it throws, it is run again at its next time. */
  run(em: EntityManager): Promise<void>;
}

/** What one service consists of: plain data, so that a test can start it as well as `main.ts`. */
export interface Service {
  name: 'missions' | 'budgets' | 'contributions' | 'outcomes';
  resolvers: [Class, ...Class[]];
  /** Types that no field returns directly: federated stubs and implementations of interfaces. */
  types: Class[];
  tables: Class[];
  references: Record<string, Reference>;
  migrations: { name: string; class: new (...args: never[]) => object }[];
  /** What the service's own database role may do, table by table; nothing else is granted. */
  privileges: Record<string, string>;
  /** Events of other services it takes in, by type. */
  receives?: Record<string, EventReceiver>;
  /** Services that get the events this one sends. */
  sendsTo?: Service['name'][];
  /** What it does by itself as time passes, by name. Needs the queue, which comes with sendsTo. */
  tasks?: Record<string, Task>;
  /** Work beside the requests, over connections of its own; answers how to stop it. */
  background?: (parts: { orm: MikroORM; log: Logger; dataDir?: string }) => () => Promise<void>;
}
