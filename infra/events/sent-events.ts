import type { Client } from 'pg';
import { isFirst } from '../../services/kernel/events-tables.js';

/** An event that its receiver has not accepted yet. */
export interface SentEvent {
  /** Its place in the order of its database. */
  number: string;
  id: string;
  type: string;
  receiver: string;
  /** What it is about; later events about the same wait for it. */
  subjects: string[];
  /** PARKED: set aside until it is replayed or dropped. BEHIND: waits for an earlier one. LATE: is tried again and again. */
  state: 'PARKED' | 'BEHIND' | 'LATE';
  tries: number;
  ageSeconds: number;
  lastError: string | null;
}

export interface Standing {
  /** Events that wait, those that are set aside included. */
  waiting: number;
  parked: number;
  oldestSeconds: number;
  /** Those that are parked, late or behind, in their order; at most a hundred, the parked first. */
  events: SentEvent[];
}

const shownAtMost = 100;
// What is younger and was not refused is just under way.
const lateAfterSeconds = 5;

const listed = `
  select number, event->>'id' as id, event->>'type' as type, receiver, tries, last_error as "lastError",
    extract(epoch from clock_timestamp() - sent_at)::int as "ageSeconds",
    (select coalesce(array_agg(subject order by subject), '{}') from sent_event_subject where number = waiting.number) as subjects,
    case when parked_at is not null then 'PARKED' when not ${isFirst('waiting')} then 'BEHIND' else 'LATE' end as state
  from sent_event waiting
  where parked_at is not null or last_error is not null or sent_at < clock_timestamp() - ${lateAfterSeconds} * interval '1 second'
  order by parked_at is null, number limit ${shownAtMost}`;

/** What one database has sent and was not accepted. */
export async function standingOf(client: Client): Promise<Standing> {
  const { rows: counts } = await client.query<Omit<Standing, 'events'>>(
    `select count(*)::int as waiting, count(parked_at)::int as parked,
       coalesce(extract(epoch from clock_timestamp() - min(sent_at)), 0)::int as "oldestSeconds" from sent_event`,
  );
  const { rows: events } = await client.query<SentEvent>(listed);
  return { ...counts[0]!, events };
}

/** Which of the parked events are meant. */
export interface Which {
  /** The event's own id. */
  id?: string;
  receiver?: string;
}

const meant = `parked_at is not null and ($1::text is null or event->>'id' = $1) and ($2::text is null or receiver = $2)`;

/** Has parked events tried again, in their order; the receiver's inbox sees to it that none has its effect twice. */
export async function replay(client: Client, { id, receiver }: Which): Promise<number> {
  const { rowCount } = await client.query(
    `update sent_event set parked_at = null, tries = 0, try_at = clock_timestamp() where ${meant}`,
    [id ?? null, receiver ?? null],
  );
  if (rowCount) await deliverNow(client);
  return rowCount ?? 0;
}

/** Takes parked events out for good, so that those behind them go on; answers them, for somebody may want them yet. */
export async function drop(client: Client, { id, receiver }: Which): Promise<object[]> {
  const { rows } = await client.query<{ event: object }>(
    `with dropped as (delete from sent_event where ${meant} returning number, event)
     select event from dropped order by number`,
    [id ?? null, receiver ?? null],
  );
  if (rows.length > 0) await deliverNow(client);
  return rows.map(({ event }) => event);
}

const deliverNow = (client: Client) =>
  client.query(`select graphile_worker.add_job('deliver', '{"from": 0}', job_key => 'deliver all')`);
