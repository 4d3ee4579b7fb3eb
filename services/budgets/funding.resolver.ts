import { Arg, Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { type Page, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { Day } from '../kernel/dates.js';
import { Money } from '../kernel/money.js';
import { Allocation } from './allocation.js';
import { Contribution } from './contribution.js';
import { FundingShare, FundingShareConnection } from './contribution-trace.js';
import { followedPools } from './follow-pool.js';
import type { FollowedPool } from './followed-place.js';
import { AccountKind } from './ledger/account.js';
import { postingsOfTransfer } from './ledger/accounts.js';
import { TransferKind } from './ledger/chart.js';
import { Transfer } from './ledger/transfer.js';
import { Organisation } from './organisation.js';
import { pageOfList } from './page-of-list.js';
import { budgets } from './pooled-budget.js';
import { byShare } from './trace.resolver.js';

@Resolver(() => Allocation)
export class FundingOfAllocation {
  @FieldResolver(() => FundingShareConnection, {
    description: `Whose money it holds (available, reserved, paid and spent together), by contribution; now, at a day, or as known at an instant. ${byShare} The same shares as Contribution.trace; empty where it holds nothing.`,
  })
  async fundedBy(
    @Root() { id, poolId, currency }: Allocation,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('effectiveOn', () => Day, {
      nullable: true,
      description: 'Only what had taken effect by the end of this day.',
    })
    effectiveOn: string | null | undefined,
    @Ctx() context: Context,
  ): Promise<Page<FundingShare>> {
    const pool = (await context.load(followedPools, { pool: poolId, effectiveOn: effectiveOn ?? null }))!;
    return sharesOf(pool.fundersOf(id), currency, args);
  }
}

@Resolver(() => Transfer)
export class FundingOfTransfer {
  @FieldResolver(() => FundingShareConnection, {
    description: `Whose money it moved, by contribution. What a deposit matched, and a return, are one contribution's own; all other money is attributed by the shares in its financial year and control total as they stand, at a day, or as known at an instant. ${byShare} Each transfer is split by itself (largest remainder), so the parts of several can differ by pennies from Contribution.trace. Empty for money in suspense.`,
  })
  async fundedBy(
    @Root() transfer: Transfer,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('effectiveOn', () => Day, { nullable: true, description: 'The shares as they were at the end of this day.' })
    effectiveOn: string | null | undefined,
    @Ctx() context: Context,
  ): Promise<Page<FundingShare>> {
    const own = await ownMoney(transfer, context);
    if (own) return sharesOf(own, transfer.currency, args);
    const asked = { pool: transfer.poolId, effectiveOn: effectiveOn ?? null };
    const pool = (await context.load(followedPools, asked))!;
    const { annual } = (await context.load(budgets, transfer.poolId))!;
    return sharesOf(pooledMoney(transfer, pool, annual), transfer.currency, args);
  }
}

/** Of a deposit, a match and a return, the one contribution whose money it is; null where it is the pool's. */
async function ownMoney(transfer: Transfer, context: Context): Promise<Map<string, bigint> | null> {
  const { id, kind, contributionId, amountMinor, written } = transfer;
  if (kind === TransferKind.RETURN) return new Map([[contributionId!, amountMinor]]);
  if (kind !== TransferKind.DEPOSIT && kind !== TransferKind.MATCH) return null;
  const lines = written ?? (await context.load(postingsOfTransfer, id)) ?? [];
  const matched = lines.find(({ account }) => account.kind === AccountKind.UNALLOCATED)?.amount.minor ?? 0n;
  return matched === 0n ? new Map() : new Map([[contributionId!, matched < 0n ? -matched : matched]]);
}

/** What moved between years or control totals moved with the stakes in it; the rest goes by the shares of its place. */
function pooledMoney(transfer: Transfer, pool: FollowedPool, annual: boolean): ReadonlyMap<string, bigint> {
  const { id, kind, amountMinor, controlTotal } = transfer;
  const place = pool.at({ financialYear: annual ? transfer.financialYear : null, controlTotal });
  const wentOn = kind === TransferKind.CARRY_OUT && place && [...place.carriedOut.values()].some((minor) => minor > 0n);
  return pool.partsOf(id) ?? (wentOn ? place.carriedOut : place?.splitOf(amountMinor)) ?? new Map();
}

const sharesOf = (parts: ReadonlyMap<string, bigint>, currency: string, args: PageArgs): Page<FundingShare> => {
  const some = new Map([...parts].filter(([, minor]) => minor > 0n));
  return pageOfList(some, args, (id, minor) =>
    Object.assign(new FundingShare(), {
      contribution: Object.assign(new Contribution(), { id }),
      contributor: Object.assign(new Organisation(), { id: id.slice(0, id.indexOf(':')) }),
      amount: new Money(minor, currency),
    }),
  );
};
