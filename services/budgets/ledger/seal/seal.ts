import type { EntityManager } from '@mikro-orm/postgresql';
import { CompactSign } from 'jose';
import { query } from '../../../kernel/database.js';
import { sendEvent } from '../../../kernel/events.js';
import { toDecimal } from '../../../kernel/money.js';
import { sender } from '../tell-deposited.js';
import { beforeTheFirst, chainedHash, contentHash, type SealedTransfer } from './content.js';
import type { SealKey } from './key.js';

/** At most so many transfers are sealed at once, so that a backlog is sealed in pieces. */
export const largestBatch = 2_000;

/**
 * Seals what waits in these pools, in the order of the transfers' ids, and signs the last hash of each. Writers never
 * wait for this: it reads what they have committed. Answers how many were sealed; a pool that another process is
 * sealing is left to it.
 */
export async function sealPools(em: EntityManager, poolIds: readonly string[], key: SealKey): Promise<number> {
  const lock = `select id from unnest(?::text[]) as id where pg_try_advisory_xact_lock(hashtext('seal'), hashtext(id))`;
  const mine = (await query<{ id: string }>(em, lock, [poolIds])).map(({ id }) => id);
  if (mine.length === 0) return 0;
  // What waits is few among many, and how few is not known to the planner of tables that have just grown.
  await query(
    em,
    `select set_config(setting, 'off', true) from unnest(array['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin']) as setting`,
  );
  const waiting = await unsealed(em, mine);
  if (waiting.length === 0) return 0;
  const byPool = new Map<string, SealedTransfer[]>();
  for (const transfer of waiting) {
    const others = byPool.get(transfer.pool);
    if (others) others.push(transfer);
    else byPool.set(transfer.pool, [transfer]);
  }
  const chains = await endsOfChains(em, [...byPool.keys()]);
  const links = chains.map((end) => linksAfter(end, byPool.get(end.pool)!));
  const columns = 'pool_id, number, transfer_id, content_hash, previous_hash, hash';
  await query(
    em,
    `insert into seal (${columns}) select ${columns} from jsonb_populate_recordset(null::seal, ?::jsonb) order by pool_id, number`,
    [JSON.stringify(links.flat())],
  );
  const roots = chains.map(({ pool, after, now: sealedAt }, place) => {
    const { number, hash } = links[place]!.at(-1)!;
    return { after, hash, number, pool, sealedAt };
  });
  await keepRoots(em, await Promise.all(roots.map(async (root) => ({ ...root, signature: await signed(root, key) }))));
  return waiting.length;
}

interface EndOfChain {
  pool: string;
  number: number;
  hash: string;
  /** The number of the last root, 0 for none. */
  after: number;
  now: string;
}

interface Root {
  after: number;
  hash: string;
  number: number;
  pool: string;
  sealedAt: string;
}

/** The next numbers of a pool's chain, for transfers in their order. */
function linksAfter({ pool, number: before, hash }: EndOfChain, transfers: readonly SealedTransfer[]) {
  let previous = hash;
  return transfers.map((transfer, place) => {
    const content = contentHash(transfer);
    const chained = chainedHash(previous, content);
    const row = { pool_id: pool, number: before + place + 1, transfer_id: transfer.id, content_hash: content };
    const linked = { ...row, previous_hash: previous, hash: chained };
    previous = chained;
    return linked;
  });
}

const signed = (root: Root, key: SealKey): Promise<string> =>
  new CompactSign(new TextEncoder().encode(JSON.stringify(root)))
    .setProtectedHeader({ alg: 'EdDSA', jwk: key.public })
    .sign(key.private);

/** Keeps the roots and tells another service of them: who can write this database cannot write that one. */
async function keepRoots(em: EntityManager, roots: readonly (Root & { signature: string })[]): Promise<void> {
  await query(
    em,
    `insert into seal_root (pool_id, number, hash, signature, sealed_at)
       select pool, number, hash, signature, "sealedAt" from jsonb_to_recordset(?::jsonb)
         as root(pool text, number bigint, hash text, signature text, "sealedAt" timestamptz)`,
    [JSON.stringify(roots)],
  );
  const told = roots.map(({ pool: poolId, number, hash, signature }) => ({ poolId, number, hash, signature }));
  const about = roots.map(({ pool }) => pool);
  await sendEvent(em, sender, 'budgets.sealed', about, { roots: told });
}

async function endsOfChains(em: EntityManager, poolIds: readonly string[]): Promise<EndOfChain[]> {
  const ends = await query<{ pool: string; number: string | null; hash: string | null; after: string; now: string }>(
    em,
    `select pool.id as pool, last.number, last.hash, ${instant('clock_timestamp()')} as now,
       (select coalesce(max(number), 0) from seal_root where pool_id = pool.id) as after
       from unnest(?::text[]) as pool(id) left join lateral (
         select number, hash from seal where pool_id = pool.id order by number desc limit 1) as last on true`,
    [poolIds],
  );
  return ends.map(({ number, hash, after, ...end }) => ({
    ...{ ...end, number: Number(number ?? 0), hash: hash ?? beforeTheFirst, after: Number(after) },
  }));
}

const instant = (expression: string) => `to_char(${expression} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

interface Waiting extends Omit<SealedTransfer, 'exchange'> {
  receivedMinor: string | null;
  receivedCurrency: string | null;
  exchangeRate: string | null;
  exchangedOn: string | null;
  realisedMinor: string | null;
}

/** What waits to be sealed, of each pool the lowest ids first, as it is sealed. */
async function unsealed(em: EntityManager, poolIds: readonly string[]): Promise<SealedTransfer[]> {
  const rows = await query<Waiting>(
    em,
    `select transfer.id, kind, pool_id as pool, currency, amount_minor::text as amount, effective_on::text as "effectiveOn",
       ${instant('recorded_at')} as "recordedAt", financial_year as "financialYear", period, control_total as "controlTotal",
       reason, reference, consent, reverses_id as reverses, requested_by as "requestedBy", approved_by as "approvedBy",
       contribution_id as contribution, allocation_id as allocation, drawdown_id as drawdown, deposit_id as deposit,
       virement_id as virement, received_minor::text as "receivedMinor", received_currency as "receivedCurrency",
       exchange_rate::text as "exchangeRate", exchanged_on::text as "exchangedOn",
       realised_minor::text as "realisedMinor", lines.postings
     from (select transfer_id from unsealed where pool_id = any(?::text[]) order by pool_id, transfer_id limit ${largestBatch}) as waiting
     join transfer on transfer.id = waiting.transfer_id
     cross join lateral (
       select jsonb_agg(jsonb_build_object('account', account.id, 'amount', posting.amount::text, 'kind', account.kind,
         'controlTotal', account.control_total, 'financialYear', account.financial_year)) as postings
       from posting join account on account.id = posting.account_id where posting.transfer_id = transfer.id) as lines
     order by transfer.pool_id, transfer.id`,
    [poolIds],
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
