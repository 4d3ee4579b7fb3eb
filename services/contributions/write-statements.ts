import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import { toDecimal } from '../kernel/money.js';
import type { KeptPayment } from './payment-statement.js';
import { tellStated } from './telling-budgets.js';
import { add, type By, insertion } from './writing.js';

export interface NewStatement {
  contributionId: string;
  contributorId: string;
  missionId: string;
  budgetId: string | null;
  currency: string;
  ordinal: number;
  payments: KeptPayment[];
  /** In the order of the payments. */
  references: (string | null)[];
  goneBecause: string | null;
  releasedAt: Date | null;
  /** Whether a ledger is to know. */
  isForPool: boolean;
}

/** What a contributor stated last of a contribution. */
export interface LastStatement {
  contribution_id: string;
  ordinal: number;
  payments: KeptPayment[];
  gone_because: string | null;
  payment_references: (string | null)[] | null;
  known_at: string;
}

/** The last statement of each contribution that has any; the contributions are locked. */
export async function lastStatements(em: EntityManager, ids: readonly string[]): Promise<Map<string, LastStatement>> {
  if (ids.length === 0) return new Map();
  const rows = await query<LastStatement>(
    em,
    `select last.*, e.payment_references from unnest(?::text[]) as wanted(id) cross join lateral (
       select contribution_id, ordinal, payments, gone_because, known_at::text from payment_statement
       where contribution_id = wanted.id order by ordinal desc limit 1) as last
     left join payment_evidence e using (contribution_id, ordinal)`,
    [ids],
  );
  return new Map(rows.map((row) => [row.contribution_id, row]));
}

/** Writes statements with a few statements of SQL, and tells the ledger what concerns it. */
export async function writeStatements(em: EntityManager, by: By, statements: readonly NewStatement[]): Promise<void> {
  if (statements.length === 0) return;
  const keyOf = ({ contributionId, contributorId, ordinal }: NewStatement) => {
    return { contribution_id: contributionId, contributor_id: contributorId, ordinal };
  };
  const rows = statements.map((each) => ({
    ...keyOf(each),
    ...{ currency: each.currency, payments: each.payments, gone_because: each.goneBecause },
    stated: each.payments.reduce((sum, { minor }) => sum + BigInt(minor), 0n).toString(),
    ...{ by_subject: by.subject, by_organisation: by.organisation, released_at: each.releasedAt },
  }));
  const written = await query<Written>(
    em,
    `${insertion('payment_statement', rows)} returning contribution_id, known_at::text`,
    [JSON.stringify(rows)],
  );
  await add(
    em,
    'payment_evidence',
    statements
      .filter(({ references }) => references.some((each) => each !== null))
      .map((each) => ({ ...keyOf(each), payment_references: each.references })),
  );
  await tell(
    em,
    statements.filter(({ isForPool }) => isForPool),
    written,
  );
}

type Written = Pick<LastStatement, 'contribution_id' | 'known_at'>;

async function tell(
  em: EntityManager,
  statements: readonly NewStatement[],
  written: readonly Written[],
): Promise<void> {
  if (statements.length === 0) return;
  const knownAt = new Map(written.map((row) => [row.contribution_id, row.known_at]));
  await tellStated(
    em,
    statements.map(({ payments, references, releasedAt: _, isForPool: __, ...said }) => ({
      ...said,
      payments: payments.map(({ paidOn, minor }, place) => ({
        ...{ paidOn, amount: toDecimal(BigInt(minor), said.currency), reference: references[place] ?? null },
      })),
      knownAt: new Date(knownAt.get(said.contributionId)!).toISOString(),
    })),
  );
}
