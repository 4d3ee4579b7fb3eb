import type { EntityManager } from '@mikro-orm/postgresql';
import { CompactSign } from 'jose';
import { query } from '../../../kernel/database.js';
import { sendEvent } from '../../../kernel/events.js';
import { toDecimal } from '../../../kernel/money.js';
import { sender } from '../tell-deposited.js';
import { beforeTheFirst, chainedHash, contentHash, type SealedTransfer } from './content.js';
import type { SealKey } from './key.js';

/** At most so many transfers have one root, so that a backlog is sealed in pieces. */
export const largestBatch = 2_000;

/**
 * Seals what waits in a pool, in the order of the transfers' ids, and signs the last hash. Writers never wait for this:
 * it reads what they have committed. Answers how many were sealed; none when another process is sealing the pool.
 */
export async function sealPool(em: EntityManager, poolId: string, key: SealKey): Promise<number> {
  const lock = `select pg_try_advisory_xact_lock(hashtext('seal'), hashtext(?)) as mine`;
  const [{ mine }] = (await query<{ mine: boolean }>(em, lock, [poolId])) as [{ mine: boolean }];
  if (!mine) return 0;
  const waiting = await unsealed(em, poolId);
  if (waiting.length === 0) return 0;
  const { number: before, hash, after, now } = await endOfChain(em, poolId);
  let previous = hash;
  const rows = waiting.map((transfer, place) => {
    const content = contentHash(transfer);
    const chained = chainedHash(previous, content);
    const row = { number: before + place + 1, transfer_id: transfer.id, content_hash: content };
    const linked = { ...row, pool_id: poolId, previous_hash: previous, hash: chained };
    previous = chained;
    return linked;
  });
  const columns = 'pool_id, number, transfer_id, content_hash, previous_hash, hash';
  await query(
    em,
    `insert into seal (${columns}) select ${columns} from jsonb_populate_recordset(null::seal, ?::jsonb) order by number`,
    [JSON.stringify(rows)],
  );
  const root = { after, hash: previous, number: before + rows.length, pool: poolId, sealedAt: now };
  await keepRoot(em, root, await signed(root, key));
  return rows.length;
}

interface Root {
  after: number;
  hash: string;
  number: number;
  pool: string;
  sealedAt: string;
}

const signed = (root: Root, key: SealKey): Promise<string> =>
  new CompactSign(new TextEncoder().encode(JSON.stringify(root)))
    .setProtectedHeader({ alg: 'EdDSA', jwk: key.public })
    .sign(key.private);

/** Keeps the root and tells another service of it: who can write this database cannot write that one. */
async function keepRoot(em: EntityManager, { pool, number, hash, sealedAt }: Root, signature: string): Promise<void> {
  const sql = `insert into seal_root (pool_id, number, hash, signature, sealed_at) values (?, ?, ?, ?, ?)`;
  await query(em, sql, [pool, number, hash, signature, sealedAt]);
  await sendEvent(em, sender, 'budgets.sealed', pool, { poolId: pool, number, hash, signature });
}

async function endOfChain(em: EntityManager, poolId: string) {
  const [end] = await query<{ number: string | null; hash: string | null; after: string; now: string }>(
    em,
    `select last.number, last.hash, ${instant('clock_timestamp()')} as now,
       (select coalesce(max(number), 0) from seal_root where pool_id = pool.id) as after
       from (values (?::text)) as pool(id) left join lateral (
         select number, hash from seal where pool_id = pool.id order by number desc limit 1) as last on true`,
    [poolId],
  );
  const { number, hash, after, now } = end!;
  return { number: Number(number ?? 0), hash: hash ?? beforeTheFirst, after: Number(after), now };
}

const instant = (expression: string) => `to_char(${expression} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

interface Waiting extends Omit<SealedTransfer, 'exchange'> {
  receivedMinor: string | null;
  receivedCurrency: string | null;
  exchangeRate: string | null;
  exchangedOn: string | null;
  realisedMinor: string | null;
}

/** What waits to be sealed, the lowest ids first, as it is sealed. */
async function unsealed(em: EntityManager, poolId: string): Promise<SealedTransfer[]> {
  const rows = await query<Waiting>(
    em,
    `select transfer.id, kind, pool_id as pool, currency, amount_minor::text as amount, effective_on::text as "effectiveOn",
       ${instant('recorded_at')} as "recordedAt", financial_year as "financialYear", period, control_total as "controlTotal",
       reason, reference, consent, reverses_id as reverses, requested_by as "requestedBy", approved_by as "approvedBy",
       contribution_id as contribution, allocation_id as allocation, drawdown_id as drawdown, deposit_id as deposit,
       virement_id as virement, received_minor::text as "receivedMinor", received_currency as "receivedCurrency",
       exchange_rate::text as "exchangeRate", exchanged_on::text as "exchangedOn",
       realised_minor::text as "realisedMinor", lines.postings
     from (select transfer_id from unsealed where pool_id = ? order by transfer_id limit ${largestBatch}) as waiting
     join transfer on transfer.id = waiting.transfer_id
     cross join lateral (
       select jsonb_agg(jsonb_build_object('account', account.id, 'amount', posting.amount::text, 'kind', account.kind,
         'controlTotal', account.control_total, 'financialYear', account.financial_year)) as postings
       from posting join account on account.id = posting.account_id where posting.transfer_id = transfer.id) as lines
     order by transfer.id`,
    [poolId],
  );
  return rows.map(asSealed);
}

function asSealed({ receivedMinor, receivedCurrency, exchangeRate, exchangedOn, realisedMinor, ...row }: Waiting) {
  const { currency } = row;
  const money = (minor: string, of: string) => ({ amount: toDecimal(BigInt(minor), of), currency: of });
  const postings = row.postings.map((posting) => ({ ...posting, amount: money(posting.amount, currency).amount }));
  const exchange = receivedCurrency && {
    ...{ on: exchangedOn!, rate: exchangeRate!, received: money(receivedMinor!, receivedCurrency) },
    realised: realisedMinor === null ? null : money(realisedMinor, currency),
  };
  return { ...row, amount: money(row.amount, currency).amount, exchange: exchange || null, postings };
}
