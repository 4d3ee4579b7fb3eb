import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import type { Task } from '../kernel/service.js';
import { inTransaction } from '../kernel/transaction.js';
import type { Frequency } from './period.js';
import { tellPublicRelease } from './published-figures.js';
import { tellFigures } from './tell-published.js';

const name = 'tell-released';

/** Tells of what has come when its hour strikes; each minute and at the start besides, should nobody have been there. */
export const tellReleased: Record<string, Task> = { [name]: { cron: '* * * * *', run: tellAll } };

/** Has it told as soon as it has come; called again, at the new instant. */
export const tellWhenItComes = (em: EntityManager, release: string, scheduledAt: Date): Promise<unknown> =>
  query(em, 'select 1 from graphile_worker.add_job(?, run_at => ?::timestamptz, job_key => ?, max_attempts => 3)', [
    name,
    scheduledAt.toISOString(),
    `tell ${release}`,
  ]);

async function tellAll(em: EntityManager): Promise<void> {
  await tellThoseThatCame(em);
}

/** Tells of all that have come and nobody was told of; false when there was none. */
export async function tellThoseThatCame(em: EntityManager): Promise<boolean> {
  for (let count = 0; ; count++) {
    const wasOne = await inTransaction(em, tellNext);
    if (!wasOne) return count > 0;
  }
}

interface Waiting {
  measure_id: string;
  frequency: Frequency;
  series_id: string;
  period_start: string;
  vintage: number;
  value: string | null;
}

/** Tells of the next release that has come and nobody was told of; false when there is none. */
async function tellNext(em: EntityManager): Promise<boolean> {
  const [come] = await query<{ id: string; revision: number; scheduled_at: string }>(
    em,
    `select id, revision, scheduled_at from release where scheduled_at <= now() and not called_off
       and not exists (select from release later where later.id = release.id and later.revision = release.revision + 1)
       and not exists (select from release_telling where release_id = release.id) order by scheduled_at, id limit 1`,
  );
  if (!come) return false;
  const { id, revision, scheduled_at: scheduledAt } = come;
  // Who puts a figure in at the last moment is waited for; the row says that nobody else tells of it.
  await query(em, 'select pg_advisory_xact_lock(hashtextextended(?, 0))', [id]);
  const told = await query(
    em,
    `insert into release_telling (release_id, revision) values (?, ?) on conflict do nothing returning 1`,
    [id, revision],
  );
  if (told.length === 0) return true;
  await tellPublicRelease(em, id);
  const figures = await query<Waiting>(
    em,
    `select s.measure_id, d.frequency, o.series_id, o.period_start::text as period_start, o.vintage, o.value
     from observation o join series s on s.id = o.series_id and s.headline
     join definition d on d.measure_id = s.measure_id and d.number = s.definition
     where o.release_id = ? and not exists (select from observation newer where newer.series_id = o.series_id
       and newer.period_start = o.period_start and newer.vintage = o.vintage + 1 and newer.release_id = o.release_id)
     order by s.measure_id, o.series_id, o.period_start`,
    [id],
  );
  for (const measure of new Set(figures.map(({ measure_id }) => measure_id))) {
    const itsOwn = figures.filter(({ measure_id }) => measure_id === measure);
    await tellFigures(
      em,
      measure,
      itsOwn.map((row) => ({
        ...{ seriesId: row.series_id, periodStart: row.period_start, vintage: row.vintage, value: row.value },
        frequency: row.frequency,
      })),
      new Date(scheduledAt),
    );
  }
  return true;
}
