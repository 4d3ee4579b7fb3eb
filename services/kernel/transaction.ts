import type { Socket } from 'node:net';
import type { EntityManager, Knex } from '@mikro-orm/postgresql';
import { type Client, escapeLiteral } from 'pg';

/** The statement with its parameters written $1, $2, ... in place of `?`; a question mark itself is written `\\?`. */
function numbered(sql: string): string {
  let place = 0;
  return sql.replace(/\\?\?/g, (mark) => (mark === '?' ? `$${++place}` : '?'));
}

const mostKnown = 1_000;
const known = new Map<string, string>();
const instant = /\dT\d/;

function knownNumbered(sql: string): string {
  const found = known.get(sql);
  if (found) return found;
  const made = numbered(sql);
  // Where an instant is part of the text there is no end of such texts.
  if (known.size < mostKnown && !instant.test(sql)) known.set(sql, made);
  return made;
}

/** SQL that is asked for as a database transaction begins, in its snapshot; parameters are written `?`. */
export interface Notice {
  sql: string;
  params?: string[];
}

/** With its parameters as literals: a text of several statements cannot have them bound. */
const spliced = ({ sql, params: [...left] = [] }: Notice) => sql.replace(/\?/g, () => escapeLiteral(left.shift()!));

/**
 * A database transaction on one connection of the pool, as the entity manager takes it. The query builder's own makes a
 * builder for each, which costs as much as six statements; and `em.transactional` makes every promise dearer, as a flush
 * did (see quick-flush.ts).
 */
export class Transaction {
  /** What the entity manager builds goes over this one connection, and does not give it back. */
  readonly client: Knex.Client;
  /** The end of `commit`, which the entity manager awaits by this name. */
  executionPromise: Promise<void> | undefined;
  private isOver = false;

  private constructor(
    private readonly pool: Knex.Client,
    private readonly connection: Client & { __knex__disposed?: unknown; connection: { stream: Socket } },
  ) {
    this.client = Object.create(pool, {
      transacting: { value: true },
      acquireConnection: { value: async () => connection },
      releaseConnection: { value: async () => undefined },
    });
  }

  /** Begins one, and answers what is asked first in it. */
  static async begin(pool: Knex.Client, first?: Notice) {
    const begun = new Transaction(pool, await pool.acquireConnection());
    try {
      // Every deed begins so: both go there and back in one.
      const sql = first ? `begin; ${spliced(first)}` : 'begin';
      pool.emit('query', { sql });
      const answers: unknown = await begun.connection.query(sql);
      return { begun, answer: first && (answers as { rows: unknown[] }[])[1] };
    } catch (error) {
      await begun.rollback().catch(() => undefined);
      throw error;
    }
  }

  /** Sends one statement with its parameters written `?`. */
  send(sql: string, params: readonly unknown[] = []) {
    // Its connection may serve another one by now.
    if (this.isOver) throw new Error('This database transaction has ended.');
    this.pool.emit('query', { sql });
    // What is sent without waiting in between leaves in one piece: each piece costs as much as a small statement does.
    const { stream } = this.connection.connection;
    stream.cork();
    process.nextTick(() => stream.uncork());
    return this.connection.query(knownNumbered(sql), params as unknown[]);
  }

  commit(): void {
    this.executionPromise = this.end('commit');
  }

  rollback(): Promise<void> {
    return this.end('rollback');
  }

  private async end(word: 'commit' | 'rollback'): Promise<void> {
    if (this.isOver) return;
    const sent = this.send(word);
    this.isOver = true;
    const { command } = await sent.catch((error) => {
      this.giveBack(error);
      throw error;
    });
    this.giveBack();
    // PostgreSQL ends so, without an error, what an earlier error has undone.
    if (word === 'commit' && command !== 'COMMIT') throw new Error('Nothing was committed: a statement had failed.');
  }

  /** Nobody gets a connection that failed to begin or to end, but for one that PostgreSQL kept with a refusal. */
  private giveBack(error?: { severity?: string }): void {
    this.isOver = true;
    if (error && error.severity !== 'ERROR') this.connection.__knex__disposed = error;
    void this.pool.releaseConnection(this.connection);
  }
}

/**
 * Begins a database transaction with an entity manager of its own, and answers the first row of what is asked first, if anything is.
 * Whoever asks commits it or rolls it back.
 */
export async function begin<Row>(
  em: Pick<EntityManager, 'fork'>,
  first?: Notice,
): Promise<{ em: EntityManager; told: Row | undefined }> {
  const fork = em.fork({ clear: true }) as EntityManager;
  const { begun, answer } = await Transaction.begin(fork.getConnection().getKnex().client, first);
  fork.setTransactionContext(begun);
  return { em: fork, told: answer?.rows[0] as Row | undefined };
}

type Work<Answer> = (em: EntityManager) => Promise<Answer>;

/** Runs the work in the database transaction that was begun and commits it; rolled back when either throws. */
export async function committed<Answer>(em: EntityManager, work: Work<Answer>): Promise<Answer> {
  try {
    const answer = await work(em);
    await em.commit();
    return answer;
  } catch (error) {
    await em.rollback().catch(() => undefined);
    throw error;
  }
}

/** Runs the work in a database transaction of its own; rolled back when it throws. */
export const inTransaction = async <Answer>(em: Pick<EntityManager, 'fork'>, work: Work<Answer>): Promise<Answer> =>
  committed((await begin(em)).em, work);
