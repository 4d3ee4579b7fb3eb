import type { EntityManager } from '@mikro-orm/postgresql';
import type { Context } from './context.js';

// biome-ignore lint/complexity/noBannedTypes: decorated classes are known only by their constructor.
export type Class = Function;

/** Builds one object of a type this service contributes to, from the key the gateway sends. Only the key is trusted. */
export type Reference = (key: Record<string, string>, context: Context) => object | null | Promise<object | null>;

/** Takes in one event of another service, in the same database transaction that remembers the event's id. */
export type EventReceiver = (em: EntityManager, content: never) => Promise<void>;

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
}
