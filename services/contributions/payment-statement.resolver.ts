import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import type { Loader } from '../kernel/loader.js';
import { inOrder } from '../kernel/loader.js';
import { Money } from '../kernel/money.js';
import { isInside, listOf } from './belongings.js';
import { Contribution } from './contribution.js';
import { Organisation } from './organisation.js';
import { PaymentStatement, StatedPayment } from './payment-statement.js';
import { inItsStore } from './store.js';
import { organisationIn } from './stores.js';

export const statementsOf = listOf(PaymentStatement, 'payment_statement', 'ordinal', 'known_at');

const keyOf = ({ contributionId, ordinal }: Pick<PaymentStatement, 'contributionId' | 'ordinal'>) =>
  `${contributionId} ${ordinal}`;

/** The private references of a statement's payments; row-level security leaves them out for everybody else. */
const referencesOf: Loader<PaymentStatement, (string | null)[]> = inItsStore(
  {
    cacheKey: keyOf,
    async batch(keys, context) {
      const rows = await context.rows<{ contribution_id: string; ordinal: number; references: (string | null)[] }>(
        `select e.contribution_id, e.ordinal, e.payment_references as references
           from unnest(?::text[], ?::integer[]) as wanted(contribution_id, ordinal) join payment_evidence e using (contribution_id, ordinal)`,
        [keys.map((key) => key.contributionId), keys.map(({ ordinal }) => ordinal)],
      );
      const found = rows.map((row) => ({ ...row, contributionId: row.contribution_id }));
      return inOrder(keys.map(keyOf), found, keyOf).map((row) => row?.references ?? null);
    },
  },
  ({ contributionId }) => contributionId,
);

@Resolver(() => Contribution)
export class ContributionStatements {
  @FieldResolver(() => [PaymentStatement], {
    nullable: true,
    description: 'What its contributor stated to have paid, oldest first; empty when it never stated anything.',
  })
  statements(@Root() { id }: Contribution, @Ctx() context: Context) {
    return context.load(statementsOf, id);
  }
}

@Resolver(() => PaymentStatement)
export class PaymentStatementResolver {
  @FieldResolver(() => [StatedPayment], { description: 'The payments, in the order they were stated.' })
  payments(@Root() of: PaymentStatement): StatedPayment[] {
    return of.payments.map(({ paidOn, minor }, place) =>
      Object.assign(new StatedPayment(), { paidOn, amount: new Money(BigInt(minor), of.currency), of, place }),
    );
  }

  @FieldResolver(() => Organisation, { nullable: true, description: 'Who stated it.' })
  statedBy(@Root() { byOrganisation }: PaymentStatement) {
    return { id: byOrganisation };
  }
}

@Resolver(() => StatedPayment)
export class StatedPaymentResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description: 'The payment reference; null when not stated, and for all but the two sides and auditors.',
  })
  async reference(@Root() { of, place }: StatedPayment, @Ctx() context: Context): Promise<string | null> {
    if (!(await isInside(context, organisationIn(of.contributionId)))) return null;
    return (await context.load(referencesOf, of))?.[place] ?? null;
  }
}
