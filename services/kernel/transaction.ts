import type { EntityManager, Knex } from '@mikro-orm/postgresql';
import type { Client } from 'pg';

export interface TransactionOptions {
  /** READ COMMITTED where left out. */
  isRepeatable?: boolean;
  readOnly?: boolean;
}

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
    private readonly connection: Client & { __knex__disposed?: unknown },
  ) {
    this.client = Object.create(pool, {
      transacting: { value: true },
      acquireConnection: { value: async () => connection },
      releaseConnection: { value: async () => undefined },
    });
  }

  static async begin(pool: Knex.Client, { isRepeatable, readOnly }: TransactionOptions): Promise<Transaction> {
    const begun = new Transaction(pool, await pool.acquireConnection());
    const level = isRepeatable ? ' isolation level repeatable read' : '';
    try {
      await begun.send(`begin${level}${readOnly ? ' read only' : ''}`);
      return begun;
    } catch (error) {
      begun.giveBack(error as { severity?: string });
      throw error;
    }
  }

  /** Sends one statement with its parameters written $1, $2, ... */
  send(sql: string, params?: readonly unknown[]) {
    // Its connection may serve another one by now.
    if (this.isOver) throw new Error('This database transaction has ended.');
    this.pool.emit('query', { sql });
    return this.connection.query(sql, params as unknown[]);
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

/** Begins a database transaction with an entity manager of its own; whoever asks commits it or rolls it back. */
export async function begin(em: Pick<EntityManager, 'fork'>, options: TransactionOptions = {}): Promise<EntityManager> {
  const fork = em.fork({ clear: true }) as EntityManager;
  fork.setTransactionContext(await Transaction.begin(fork.getConnection().getKnex().client, options));
  return fork;
}

/** Runs the work in a database transaction of its own; rolled back when it throws. */
export async function inTransaction<Answer>(
  em: Pick<EntityManager, 'fork'>,
  work: (em: EntityManager) => Promise<Answer>,
): Promise<Answer> {
  const own = await begin(em);
  try {
    const answer = await work(own);
    await own.commit();
    return answer;
  } catch (error) {
    await own.rollback().catch(() => undefined);
    throw error;
  }
}
