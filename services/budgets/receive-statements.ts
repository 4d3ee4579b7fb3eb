import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { query } from '../kernel/database.js';
import { isDay } from '../kernel/dates.js';
import { toMinor } from '../kernel/money.js';

const statedShape = z.object({
  statements: z.array(
    z.object({
      contributionId: z.string().min(1),
      contributorId: z.string().min(1),
      missionId: z.string().min(1),
      budgetId: z.string().nullable(),
      /** Counts what was stated of the contribution, from 1. */
      ordinal: z.number().int().min(1),
      currency: z.string(),
      payments: z.array(
        z.object({ amount: z.string(), paidOn: z.string().refine(isDay), reference: z.string().nullable() }),
      ),
      goneBecause: z.string().min(1).nullable(),
      knownAt: z.iso.datetime({ offset: true }),
    }),
  ),
});

/**
 * Takes in `contributions.stated`: what contributors state to have paid, all of it each time. It moves no money; it is
 * set beside what the ledger received.
 */
export async function receiveStatements(em: EntityManager, content: unknown): Promise<void> {
  const { statements } = statedShape.parse(content);
  const rows = statements.map(({ payments, ...said }) => {
    const kept = payments.map(({ amount, paidOn, reference }) => {
      return { paidOn, minor: toMinor(amount, said.currency).toString(), reference };
    });
    return {
      ...{ contribution_id: said.contributionId, contributor_id: said.contributorId, mission_id: said.missionId },
      ...{ pool_id: said.budgetId, ordinal: said.ordinal, currency: said.currency, payments: kept },
      stated: kept.reduce((sum, { minor }) => sum + BigInt(minor), 0n).toString(),
      ...{ gone_because: said.goneBecause, known_at: said.knownAt },
    };
  });
  const columns = `contribution_id, ordinal, contributor_id, mission_id, pool_id, currency, stated, payments, gone_because, known_at`;
  await query(
    em,
    `insert into stated_payment (${columns}) select ${columns} from jsonb_populate_recordset(null::stated_payment, ?::jsonb)
      order by contribution_id, ordinal on conflict do nothing`,
    [JSON.stringify(rows)],
  );
}
