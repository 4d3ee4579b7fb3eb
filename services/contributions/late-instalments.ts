import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { dayInLondon } from '../kernel/dates.js';
import { inOrder, type Loader } from '../kernel/loader.js';
import { Money, toMinor } from '../kernel/money.js';
import { contributions } from './belongings.js';
import { knownBy } from './contribution.js';
import { InstalmentStatus } from './kinds.js';
import { inItsStore } from './store.js';
import { isForPool } from './telling-budgets.js';
import { ContributionInstalment, type KeptInstalment, type PlacedInstalment } from './version.js';

/** What the ledger says has arrived of each contribution, in minor units. */
const receivedOf: Loader<string, bigint> = inItsStore(
  {
    async batch(ids, context) {
      const rows = await context.rows<{ id: string; deposited: string }>(
        `select id, (select deposited from ledger_deposit d where d.contribution_id = wanted.id and ${knownBy(context, 'recorded_at', 'd.')}
            order by d.id desc limit 1)::text as deposited from unnest(?::text[]) as wanted(id)`,
        [ids],
      );
      return inOrder(ids, rows, ({ id }) => id).map((row) => BigInt(row?.deposited ?? 0));
    },
  },
  (id) => id,
);

const dayOf = ({ dueOn, paidOn }: Pick<KeptInstalment, 'dueOn' | 'paidOn'>) => dueOn ?? paidOn ?? '';

/** How much of an instalment is late: money that arrived settles the instalments in the order of their days. */
function lateOf(instalments: readonly KeptInstalment[], place: number, received: bigint): bigint {
  const { currency } = instalments[place]!.amount;
  const minor = ({ amount }: KeptInstalment) => toMinor(amount.amount, currency);
  const isBefore = (each: KeptInstalment, at: number) => {
    const [day, own] = [dayOf(each), dayOf(instalments[place]!)];
    return day < own || (day === own && at <= place);
  };
  const due = instalments.reduce((sum, each, at) => sum + (isBefore(each, at) ? minor(each) : 0n), 0n);
  const missing = due > received ? due - received : 0n;
  const whole = minor(instalments[place]!);
  return missing < whole ? missing : whole;
}

@Resolver(() => ContributionInstalment)
export class LateInstalments {
  @FieldResolver(() => Money, {
    nullable: true,
    description:
      'How much of it is late: it was DUE before today in London (or the day of As-Known-At) and the ledger has not received it; what arrived settles instalments in the order of their days. Zero when nothing is late; null of terms that do not count any more, and of what is not paid into a pool.',
  })
  async late(@Root() { of, place, dueOn, status }: PlacedInstalment, @Ctx() context: Context): Promise<Money | null> {
    const contribution = await context.load(contributions, of.contributionId);
    if (!contribution || contribution.number !== of.number || !isForPool(contribution)) return null;
    const { currency } = of.instalments[place]!.amount;
    const today = dayInLondon(context.knownAt ?? new Date());
    if (status !== InstalmentStatus.DUE || !dueOn || dueOn >= today) return new Money(0n, currency);
    const received = (await context.load(receivedOf, of.contributionId)) ?? 0n;
    return new Money(lateOf(of.instalments, place, received), currency);
  }
}
