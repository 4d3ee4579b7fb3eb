import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { query } from '../kernel/database.js';
import { Decimal } from '../kernel/money.js';

const content = z.object({
  measure: z.string().min(1),
  figures: z.array(
    z.object({
      observation: z.string().min(1),
      period: z.string().min(1),
      /** Null where there is a figure without a number: missing, suppressed, not applicable. */
      value: z.string().nullable(),
      releasedAt: z.iso.datetime(),
    }),
  ),
});

/** Takes in `outcomes.published`: headline figures that are public now, by which stage gates are judged. */
export async function receiveFigures(em: EntityManager, event: unknown): Promise<void> {
  const { measure, figures } = content.parse(event);
  const rows = figures.map(({ observation, period, value, releasedAt }) => ({
    ...{ observation_id: observation, measure_id: measure, period, released_at: releasedAt },
    value: value === null ? null : Decimal.parseValue(value),
  }));
  await query(
    em,
    `insert into measure_figure (observation_id, measure_id, period, value, released_at)
     select observation_id, measure_id, period, value, released_at from json_populate_recordset(null::measure_figure, ?::json)
     on conflict do nothing`,
    [JSON.stringify(rows)],
  );
}
