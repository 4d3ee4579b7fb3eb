import { Client } from 'pg';

/** What an event goes through before it leaves. */
const queues = ['sent_event', 'graphile_worker._private_jobs'];

/** Copies every event of some databases as it is put into a queue, whoever gets it. */
export class HeardEvents {
  private readonly clients: Client[] = [];

  async listenAt(adminUrls: string[]): Promise<void> {
    for (const connectionString of adminUrls) {
      const client = new Client({ connectionString });
      // The end of the world ends it too.
      client.on('error', () => undefined);
      await client.connect();
      this.clients.push(client);
      await client.query(`create table heard (content text);
        create function hear() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
          begin insert into heard values (to_jsonb(new)::text); return new; end $$`);
      for (const queue of queues)
        await client.query(`create trigger hear after insert on ${queue} for each row execute function hear()`);
    }
  }

  /** All that was ever put into a queue, as text. */
  async contents(): Promise<string[]> {
    const found = await Promise.all(this.clients.map((client) => client.query('select content from heard')));
    return found.flatMap(({ rows }) => rows.map(({ content }) => content as string));
  }

  /** How many events are on their way. */
  async left(): Promise<number> {
    const found = await Promise.all(this.clients.map((client) => client.query('select 1 from sent_event')));
    return found.reduce((sum, { rowCount }) => sum + rowCount!, 0);
  }

  async stop(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.end()));
  }
}
