import { setTimeout as pause } from 'node:timers/promises';
import type { MikroORM } from '@mikro-orm/postgresql';
import { Client } from 'pg';
import { type PublishedFigures, publishedAfter, type WantedFigures } from './published-figures.js';
import { tellThoseThatCame } from './tell-released.js';

const atOnce = 500;
const lookEveryMs = 5_000;
const lookAgainMs = 200;
const answerWithinMs = 5_000;
/** News that comes in quick succession is told together: to look at each by itself slows whoever publishes. */
const betweenLooksMs = 100;

/** What becomes public from now on, or has after an id: each once, in its order. Ends by an error when the database is away. */
export function watchPublished(orm: MikroORM, wanted: WantedFigures): AsyncIterableIterator<PublishedFigures> {
  const watch = new Watch(orm);
  const told = watch.told(wanted);
  return {
    next: () => told.next(),
    // A generator that waits is not ended by its own return.
    async return() {
      watch.end();
      return told.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

class Watch {
  private readonly listener: Client;
  private isOver = false;
  private hasNews = false;
  private fault: Error | undefined;
  private wake: () => void = () => undefined;

  constructor(private readonly orm: MikroORM) {
    this.listener = new Client({
      ...{ connectionString: orm.config.get('clientUrl'), application_name: 'hub outcomes listener', keepAlive: true },
      ...{ connectionTimeoutMillis: answerWithinMs, query_timeout: answerWithinMs },
    });
    const lost = (error?: Error) => {
      this.fault ??= error ?? new Error('The connection that listens was closed.');
      this.wake();
    };
    this.listener.on('error', lost).on('end', lost);
    this.listener.on('notification', () => {
      this.hasNews = true;
      this.wake();
    });
  }

  end(): void {
    this.isOver = true;
    this.wake();
  }

  async *told({ after, measures }: WantedFigures): AsyncGenerator<PublishedFigures, undefined> {
    try {
      // Listening comes before the first look: what becomes public between the two is seen by the second.
      await this.listener.connect();
      await this.listener.query('listen published_figures');
      let last = after ?? (await this.newest());
      while (!this.isOver) {
        this.hasNews = false;
        const looked = performance.now();
        const found = await publishedAfter(this.ask, { after: last, measures }, atOnce);
        for (const each of found) {
          yield each;
          last = each.id;
        }
        if (found.length === atOnce) continue;
        await this.sleep();
        await pause(Math.max(looked + betweenLooksMs - performance.now(), 0));
      }
    } finally {
      await this.listener.end().catch(() => undefined);
    }
    return undefined;
  }

  private async newest(): Promise<string> {
    const sql = 'select coalesce(max(number), 0)::text as newest from published_figures';
    return (await this.ask<{ newest: string }>(sql))[0]!.newest;
  }

  /** Over the connection that listens, which is its own: what looks again and again takes none from requests. */
  private readonly ask = async <Row>(sql: string, params: readonly unknown[] = []): Promise<Row[]> => {
    let place = 0;
    const text = sql.replaceAll('?', () => `$${++place}`);
    // Asked at every piece of news: prepared, each of its few texts is planned but a few times.
    const { rows } = await this.listener.query({ name: text.slice(0, 60), text, values: [...params] });
    return rows as Row[];
  };

  /** Waits for news or for the hour of the next release, and sees to it that a release is told when it has come. */
  private async sleep(): Promise<void> {
    const next = await this.untilNextRelease();
    if (next === 0 && (await tellThoseThatCame(this.orm.em.fork()))) return;
    const wait = next || lookAgainMs;
    if (!this.hasNews && !this.fault && !this.isOver) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      // Nothing was heard: that may be because nobody is at the other end.
      if (!this.hasNews && !this.fault && !this.isOver) await this.ask('select 1');
    }
    if (this.fault) throw this.fault;
  }

  /** In milliseconds of the database's clock, looked at again before long; 0 when one has come and was not told. */
  private async untilNextRelease(): Promise<number> {
    const [next] = await this.ask<{ wait: number }>(
      `select extract(epoch from scheduled_at - clock_timestamp())::float * 1000 as wait from release
       where scheduled_at > now() - interval '1 hour' and not called_off
         and not exists (select from release later where later.id = release.id and later.revision = release.revision + 1)
         and not exists (select from release_telling where release_id = release.id)
       order by scheduled_at limit 1`,
    );
    return Math.min(Math.max(Math.ceil(next?.wait ?? lookEveryMs), 0), lookEveryMs);
  }
}
