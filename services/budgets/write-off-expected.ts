import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { query } from '../kernel/database.js';
import { isDay } from '../kernel/dates.js';
import { toMinor } from '../kernel/money.js';

const writtenOffShape = z.object({
  contributionId: z.string().min(1),
  amount: z.string(),
  currency: z.string(),
  effectiveOn: z.string().refine(isDay),
});

/**
 * Takes in `contributions.written-off`: so much more will not come. Never more than is outstanding: what was deposited
 * meanwhile has come.
 */
export async function writeOffExpected(em: EntityManager, content: unknown): Promise<void> {
  const { contributionId, amount, currency, effectiveOn } = writtenOffShape.parse(content);
  const minor = toMinor(amount, currency);
  if (minor <= 0n) throw new Error(`A write-off of ${amount} is none.`);
  const found = await query(
    em,
    `update expected set written_off = written_off + least(?::bigint, committed - written_off - deposited), effective_on = ?
      where id = ? and currency = ? returning 1`,
    [minor.toString(), effectiveOn, contributionId, currency],
  );
  // Its commitment may still be under way; refused here, the event comes again.
  if (found.length === 0) throw new Error(`Contribution ${contributionId} is not expected in ${currency}.`);
}
