import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { Day } from '../kernel/dates.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { IllegalTransition, Refused, refuse } from '../kernel/refusal.js';
import { Allocation, AllocationState, nextAllocationStates } from './allocation.js';
import { Drawdown, DrawdownState } from './drawdown.js';
import { lockExpected } from './expected.js';
import type { AccountKind } from './ledger/account.js';
import { depositing, TransferKind } from './ledger/chart.js';
import type { Draft, Move } from './ledger/draft.js';
import { Ledger } from './ledger/ledger.js';
import { Transfer } from './ledger/transfer.js';
import { dayNotAhead, PooledBudget } from './pooled-budget.js';

@InputType({ description: 'A transfer to be reversed.' })
export class ReverseTransferInput extends DeedInput {
  @Field(() => ID, { description: 'The transfer that was wrong.' })
  transfer: string;

  @Field(() => String, { description: 'Why it is reversed.' })
  reason: string;

  @Field(() => Day, {
    nullable: true,
    description: 'The day the reversal takes effect, not before the transfer and not in the future; left out, today.',
  })
  effectiveOn?: string | null;
}

@ObjectType({ description: 'The reversal, or why it was declined.' })
export class ReverseTransferPayload extends DeedPayload {
  @Field(() => Transfer, { nullable: true, description: 'The reversing transfer; null when declined.' })
  transfer: Transfer | null;
}

@Resolver()
export class ReverseTransfer {
  @Mutation(() => ReverseTransferPayload, {
    description:
      'Takes a transfer back, exactly and once, by another transfer. With it goes the approval or payment it stood for: the allocation is PROPOSED again, the drawdown REQUESTED or APPROVED. Role: accounting-officer of the host. Refusals: UNKNOWN_TRANSFER, ALREADY_REVERSED, REVERSAL_IS_FINAL, NOT_REVERSIBLE, PERIOD_CLOSED, ILLEGAL_TRANSITION, NOT_ENOUGH_FUNDS, BAD_USER_INPUT.',
  })
  async reverseTransfer(
    @Arg('input', () => ReverseTransferInput, { description: 'What to reverse.' }) input: ReverseTransferInput,
    @Ctx() context: Context,
  ): Promise<ReverseTransferPayload> {
    const deed = { name: 'reverseTransfer', input, by: ['accounting-officer'], ...byId(Transfer) } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const wrong = await em.findOne(Transfer, input.transfer);
      if (!wrong) refuse('UNKNOWN_TRANSFER', `There is no transfer ${input.transfer}.`, ['transfer']);
      const pool = await PooledBudget.find(em, wrong.poolId, ['transfer']);
      context.demand(deed.by, pool.hostId);
      if (wrong.reversesId) {
        refuse('REVERSAL_IS_FINAL', 'This transfer is a reversal itself; record anew what was right.', ['transfer']);
      }
      if (irreversible.has(wrong.kind)) {
        refuse('NOT_REVERSIBLE', `A ${wrong.kind} is undone by a new one in the other direction, not by a reversal.`, [
          'transfer',
        ]);
      }
      const reason = input.reason.trim();
      if (reason === '') refuse('BAD_USER_INPUT', 'Say why it is reversed.', ['reason']);
      const effectiveOn = dayNotAhead(input.effectiveOn);
      if (effectiveOn < wrong.effectiveOn) {
        refuse('BAD_USER_INPUT', `The transfer took effect on ${wrong.effectiveOn}, not earlier.`, ['effectiveOn']);
      }
      await undo(em, wrong);
      const draft = { ...(await reversalOf(em, wrong, pool)), reason, effectiveOn, requestedBy: caller.subject };
      const ledger = await Ledger.lock(em, [draft]);
      const earlier = await em.findOne(Transfer, { reversesId: wrong.id });
      if (earlier) refuse('ALREADY_REVERSED', `It was reversed already, by ${earlier.id}.`, ['transfer']);
      await expectNotGivenBack(em, wrong);
      ledger.add(draft);
      await em.flush();
      return await ledger.writeOne();
    });
    return { transfer: noun, ...done };
  }
}

// Each of these is one half of a deed, or the end of a record that another deed begins anew.
const { VIREMENT, SWITCH, CARRY_OUT, CARRY_IN, RELEASE } = TransferKind;
const irreversible: ReadonlySet<TransferKind> = new Set([VIREMENT, SWITCH, CARRY_OUT, CARRY_IN, RELEASE]);

/** Takes back what the transfer stood for, and locks it; kept only when the ledger can reverse the transfer. */
async function undo(em: EntityManager, { kind, allocationId, drawdownId, contributionId }: Transfer): Promise<void> {
  const lockMode = LockMode.PESSIMISTIC_WRITE;
  if (kind === TransferKind.ALLOCATION) {
    const allocation = await em.findOneOrFail(Allocation, allocationId!, { lockMode });
    await expectNothingMovedIn(em, allocation);
    const approval = { recommendedBy: null, approvedBy: null, approvedHash: null, approvedAs: null };
    Object.assign(allocation, { state: AllocationState.PROPOSED, ...approval });
  } else if (kind === TransferKind.RESERVATION) {
    const drawdown = await em.findOneOrFail(Drawdown, drawdownId!, { lockMode });
    Object.assign(drawdown, { state: DrawdownState.REQUESTED, approvedBy: null, approvedHash: null, expiresOn: null });
  } else if (kind === TransferKind.PAYMENT) {
    const drawdown = await em.findOneOrFail(Drawdown, drawdownId!, { lockMode });
    Object.assign(drawdown, { state: DrawdownState.APPROVED, endReason: null });
  } else if (contributionId) {
    await lockExpected(em, [contributionId]);
  } else if (allocationId && (kind === TransferKind.LAPSE || kind === TransferKind.REFUND)) {
    expectApproved(await em.findOneOrFail(Allocation, allocationId, { lockMode }));
  }
}

/** What comes back to an allocation must find it approved: nobody draws on another one. */
function expectApproved({ id, state }: Allocation): void {
  if (state === AllocationState.APPROVED) return;
  throw new Refused([new IllegalTransition(`Allocation ${id}`, state, nextAllocationStates[state])]);
}

/** Nobody was given back what it did not pay in: a deposit stands while returns to its contribution need it. */
async function expectNotGivenBack(em: EntityManager, { id, kind, contributionId }: Transfer): Promise<void> {
  if (!contributionId || !depositing.includes(kind)) return;
  const [row] = await query<{ left: string }>(
    em,
    `select (deposited - coalesce((select sum(amount) from posting join account on account.id = account_id
          where transfer_id = ? and account.kind = 'UNALLOCATED'), 0)
        - coalesce((select sum(amount) from transfer join posting on transfer_id = transfer.id join account on account.id = account_id
          where contribution_id = expected.id and account.kind = 'RETURNED'), 0))::text as left
       from expected where id = ?`,
    [id, contributionId],
  );
  if (!row || BigInt(row.left) >= 0n) return;
  refuse('NOT_REVERSIBLE', 'Money of this contribution was returned to its contributor; reverse the return first.', [
    'transfer',
  ]);
}

/** What another allocation gave it stays with it; taken back alone, its own money would leave that where nobody draws on it. */
async function expectNothingMovedIn(em: EntityManager, { id, amountMinor }: Allocation): Promise<void> {
  const sql = `select coalesce(sum(balance), 0)::text as held from holding where holder_id = ?`;
  const [row] = await query<{ held: string }>(em, sql, [id]);
  if (BigInt(row!.held) <= amountMinor) return;
  refuse('NOT_REVERSIBLE', 'Money of another allocation was moved into it; move that on by another virement first.', [
    'transfer',
  ]);
}

/** The same postings negated: each account that the transfer added to gives back to the one it was taken from. */
async function reversalOf(
  em: EntityManager,
  wrong: Transfer,
  pool: PooledBudget,
): Promise<Omit<Draft, 'requestedBy' | 'effectiveOn'>> {
  const lines = await query<{ kind: AccountKind; amount: string }>(
    em,
    `select kind, amount from posting join account on account.id = posting.account_id where transfer_id = ?`,
    [wrong.id],
  );
  const moves = movesBack(lines.map(({ kind, amount }) => ({ kind, minor: BigInt(amount) })));
  const { kind, financialYear, controlTotal, reference, contributionId, allocationId, drawdownId, depositId } = wrong;
  const what = { kind, pool, financialYear, controlTotal, reference, reversesId: wrong.id };
  return { ...what, moves, contributionId, allocationId, drawdownId, depositId };
}

/** Each account that was added to gives back to those that were taken from, in their order. */
function movesBack(lines: { kind: AccountKind; minor: bigint }[]): Move[] {
  const sources = lines.filter(({ minor }) => minor < 0n).map(({ kind, minor }) => ({ kind, left: -minor }));
  const moves: Move[] = [];
  for (const { kind, minor } of lines.filter((line) => line.minor > 0n)) {
    for (let left = minor; left > 0n; ) {
      const source = sources.find((each) => each.left > 0n)!;
      const part = left < source.left ? left : source.left;
      moves.push({ from: kind, to: source.kind, minor: part });
      source.left -= part;
      left -= part;
    }
  }
  return moves;
}
