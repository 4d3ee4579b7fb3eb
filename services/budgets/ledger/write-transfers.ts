import type { EntityManager } from '@mikro-orm/postgresql';
import { query, type Row } from '../../kernel/database.js';
import { depositing } from './chart.js';
import { changesOf, type Draft } from './draft.js';
import type { Posting } from './posting.js';

export interface Written {
  id: string;
  draft: Draft;
  period: string;
  postings: Posting[];
}

const columns = `id, kind, pool_id, currency, amount_minor, effective_on, financial_year, period, control_total, reason,
  reference, consent, reverses_id, requested_by, approved_by, contribution_id, allocation_id, drawdown_id, deposit_id, virement_id,
  received_minor, received_currency, exchange_rate, exchanged_on, realised_minor`;

const once = ['deposit_reference_once', 'transfer_reversed_once', 'carried_out_once'];

/** Part of the ledger: writes transfers and their postings in one statement. The ledger has checked them. */
export async function writeTransfers(em: EntityManager, written: readonly Written[]): Promise<Map<string, Row>> {
  if (written.length === 0) return new Map();
  const rows = written.map(rowOf);
  const lines = written.flatMap(({ id, postings }) =>
    postings.map(({ account, amount }) => ({
      transfer_id: id,
      account_id: account.id,
      amount: amount.minor.toString(),
    })),
  );
  try {
    const inserted = await query<Row & { id: string }>(
      em,
      `with written as (
         insert into transfer (${columns}) select ${columns} from jsonb_populate_recordset(null::transfer, ?::jsonb) returning *),
       posted as (
         insert into posting (transfer_id, account_id, amount)
           select transfer_id, account_id, amount from jsonb_populate_recordset(null::posting, ?::jsonb))
       select * from written`,
      [JSON.stringify(rows), JSON.stringify(lines)],
    );
    return new Map(inserted.map((row) => [row.id, row]));
  } catch (error) {
    const { code, constraint } = error as { code?: string; constraint?: string };
    const raced = code === '23505' && once.includes(constraint ?? '');
    if (!raced && code !== 'HB009') throw error;
    // Somebody recorded or reversed the same, froze the pool or closed the period at this moment: tried again, the deed
    // finds it and answers so.
    throw Object.assign(new Error('changed at the same moment'), { code: '40001', cause: error });
  }
}

// Named one by one: an object put together of others costs more than writing it as JSON.
const rowOf = ({ id, period, draft }: Written) => ({
  id,
  period,
  kind: draft.kind,
  pool_id: draft.pool.id,
  currency: draft.pool.currency,
  amount_minor: sumOfAdded(draft).toString(),
  effective_on: draft.effectiveOn,
  financial_year: draft.financialYear,
  control_total: draft.controlTotal,
  reason: draft.reason ?? null,
  consent: draft.consent ?? null,
  virement_id: draft.virementId ?? null,
  reference: draft.reference ?? null,
  reverses_id: draft.reversesId ?? null,
  requested_by: draft.requestedBy,
  approved_by: draft.approvedBy ?? null,
  contribution_id: draft.contributionId ?? null,
  allocation_id: draft.allocationId ?? null,
  drawdown_id: draft.drawdownId ?? null,
  deposit_id: depositing.includes(draft.kind) ? (draft.depositId ?? id) : null,
  received_minor: draft.exchange?.receivedMinor.toString() ?? null,
  received_currency: draft.exchange?.receivedCurrency ?? null,
  exchange_rate: draft.exchange?.rate ?? null,
  exchanged_on: draft.exchange?.on ?? null,
  realised_minor: draft.exchange?.realisedMinor?.toString() ?? null,
});

function sumOfAdded(draft: Draft): bigint {
  let sum = 0n;
  for (const { minor } of changesOf(draft).values()) if (minor > 0n) sum += minor;
  return sum;
}
