import type { Caller } from '../kernel/caller.js';
import { refuse } from '../kernel/refusal.js';
import { minorOf } from './amount.js';
import type { DepositInput, ExchangeInput } from './deposit-input.js';
import type { Room } from './expected.js';
import { AccountKind } from './ledger/account.js';
import { TransferKind } from './ledger/chart.js';
import type { Draft, Move } from './ledger/draft.js';
import { dayNotAhead, type PooledBudget } from './pooled-budget.js';

const { CONTRIBUTOR_SOURCE, FX_DIFFERENCE, SUSPENSE, UNALLOCATED } = AccountKind;

export interface DepositDraft extends Draft {
  pool: PooledBudget;
}

/** The transfer a row asks for, all of it into suspense for now; refuses a row that makes no sense by itself. */
export function depositDraft(
  row: DepositInput,
  pools: ReadonlyMap<string, PooledBudget>,
  caller: Caller,
): DepositDraft {
  const pool = pools.get(row.budget) ?? refuse('UNKNOWN_BUDGET', `There is no budget ${row.budget}.`, ['budget']);
  if (pool.hostId !== caller.organisation) {
    refuse('FORBIDDEN', 'You can record deposits only in pools that your organisation hosts.', ['budget']);
  }
  const minor = minorOf(row.amount, pool.currency);
  const effectiveOn = dayNotAhead(row.effectiveOn);
  const reference = row.reference.trim();
  if (reference.length < 1 || reference.length > 200) {
    refuse('BAD_USER_INPUT', 'The reference has 1 to 200 characters.', ['reference']);
  }
  const exchange = row.exchange ? exchangeOf(row.exchange, pool) : null;
  return {
    kind: TransferKind.DEPOSIT,
    pool,
    effectiveOn,
    reference,
    requestedBy: caller.subject,
    financialYear: pool.yearOf(effectiveOn, row.financialYear),
    controlTotal: pool.controlTotalOf(row.controlTotal),
    contributionId: row.contribution || null,
    exchange,
    moves: movesOf(0n, minor, exchange),
  };
}

/**
 * What is credited at the agreed rate: so much matched, the rest in suspense. The source gives what the bank credited:
 * a gain stands in FX_DIFFERENCE, a loss comes out of it.
 */
function movesOf(matched: bigint, rest: bigint, exchange: Draft['exchange']): Move[] {
  const credited = matched + rest;
  const realised = exchange?.realisedMinor ?? credited;
  const given = realised < credited ? realised : credited;
  const paid = matched < given ? matched : given;
  const moves = [
    { from: CONTRIBUTOR_SOURCE, to: UNALLOCATED, minor: paid },
    { from: CONTRIBUTOR_SOURCE, to: SUSPENSE, minor: given - paid },
    { from: FX_DIFFERENCE, to: UNALLOCATED, minor: matched - paid },
    { from: FX_DIFFERENCE, to: SUSPENSE, minor: rest - (given - paid) },
    { from: CONTRIBUTOR_SOURCE, to: FX_DIFFERENCE, minor: realised - given },
  ];
  return moves.filter(({ minor }) => minor > 0n);
}

/** How much of a deposit's moves goes to one kind of account. */
export const movedTo = ({ moves }: Draft, kind: AccountKind): bigint =>
  moves.reduce((sum, { to, minor }) => (to === kind ? sum + minor : sum), 0n);

function exchangeOf({ received, rate, on, realised }: ExchangeInput, pool: PooledBudget) {
  if (received.currency === pool.currency) {
    refuse('BAD_USER_INPUT', `${received.currency} is the currency of the pool; leave the exchange out.`, ['exchange']);
  }
  if (!/[1-9]/.test(rate) || rate.startsWith('-')) {
    refuse('BAD_USER_INPUT', 'The rate must be above zero.', ['exchange', 'rate']);
  }
  return {
    receivedMinor: minorOf(received, received.currency, ['exchange', 'received']),
    receivedCurrency: received.currency,
    rate: rate.replace(/^0+(?=\d)/, ''),
    on,
    realisedMinor: realised ? minorOf(realised, pool.currency, ['exchange', 'realised']) : null,
  };
}

/** Refuses a contribution that is expected in another pool; without a pool yet, one of its mission and currency will do. */
export function expectHere({ id, poolId, missionId, currency }: Room, pool: PooledBudget): void {
  if (poolId ? poolId === pool.id : missionId === pool.missionId && currency === pool.currency) return;
  const place = poolId ? `in budget ${poolId}` : `for mission ${missionId} in ${currency}`;
  refuse('NOT_EXPECTED_HERE', `Contribution ${id} is expected ${place}.`, ['contribution']);
}

/**
 * The draft with its money where it belongs: matched as far as the contribution it names has room, the rest in
 * suspense (rule 8). Takes the matched part off the room.
 */
export function splitOf(draft: DepositDraft, rooms: ReadonlyMap<string, Room>): Draft {
  const room = rooms.get(draft.contributionId ?? '');
  if (!room) return draft;
  expectHere(room, draft.pool);
  const whole = movedTo(draft, SUSPENSE);
  const matched = whole < room.left ? whole : room.left;
  room.left -= matched;
  if (matched > 0n) room.poolId = draft.pool.id;
  return { ...draft, moves: movesOf(matched, whole - matched, draft.exchange) };
}

/** All that makes two receipts of one reference the same. */
export function contentOfDraft(draft: Draft): string {
  const { contributionId, effectiveOn, financialYear, controlTotal, exchange } = draft;
  const amount = (movedTo(draft, UNALLOCATED) + movedTo(draft, SUSPENSE)).toString();
  const received = exchange && [
    ...[exchange.receivedMinor.toString(), exchange.receivedCurrency, exchange.rate, exchange.on],
    exchange.realisedMinor?.toString() ?? null,
  ];
  return JSON.stringify([contributionId ?? null, amount, effectiveOn, financialYear, controlTotal, received ?? null]);
}

/** The same of a row of transfers. */
export function contentOfRecorded(row: Recorded): string {
  const { received_minor, received_currency, exchange_rate, exchanged_on, realised_minor } = row;
  const exchanged = [received_minor, received_currency, exchange_rate, exchanged_on, realised_minor];
  const received = received_minor === null ? null : exchanged;
  const { contribution_id, credited, effective_on, financial_year, control_total } = row;
  return JSON.stringify([contribution_id, credited, effective_on, financial_year, control_total, received]);
}

export type Recorded = Record<
  'id' | 'pool_id' | 'reference' | 'effective_on' | 'financial_year' | 'control_total' | 'credited' | 'suspense',
  string
> &
  Record<
    'contribution_id' | 'received_minor' | 'received_currency' | 'exchange_rate' | 'exchanged_on' | 'realised_minor',
    string | null
  >;
