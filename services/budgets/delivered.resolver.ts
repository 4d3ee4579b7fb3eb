import { Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { FinancialYear } from '../kernel/dates.js';
import { grouped, type Loader } from '../kernel/loader.js';
import { Money } from '../kernel/money.js';
import { ControlTotal } from './ledger/control-total.js';
import { Organisation } from './organisation.js';

@ObjectType({ description: 'What one organisation has delivered into pools in one financial year and control total.' })
export class DeliveredTotal {
  @Field(() => FinancialYear, { description: 'The financial year it was paid into.' })
  financialYear: string;

  @Field(() => ControlTotal, { description: 'The control total; never added up with another one.' })
  controlTotal: ControlTotal;

  @Field(() => Money, { description: 'Cash or cover matched to its contributions, less what was reversed.' })
  amount: Money;
}

type Row = Record<'contributor_id' | 'financial_year' | 'control_total' | 'currency' | 'minor', string>;

const deliveredBy: Loader<string, DeliveredTotal[]> = {
  async batch(ids, context) {
    const rows = await context.rows<Row>(
      `select contributor_id, transfer.financial_year, transfer.control_total, transfer.currency, sum(posting.amount)::text as minor
         from expected join transfer on transfer.contribution_id = expected.id and transfer.kind in ('DEPOSIT', 'MATCH')
         join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id
        where contributor_id = any(?::text[]) and account.kind = 'UNALLOCATED' and transfer.recorded_at <= ?
        group by 1, 2, 3, 4 having sum(posting.amount) <> 0 order by 1, 2, 3, 4`,
      [ids, context.knownAt?.toISOString() ?? 'infinity'],
    );
    return grouped(ids, rows, ({ contributor_id }) => contributor_id).map((some) => some.map(totalOf));
  },
};

const totalOf = ({ financial_year, control_total, currency, minor }: Row): DeliveredTotal => ({
  ...{ financialYear: financial_year, controlTotal: control_total as ControlTotal },
  amount: new Money(BigInt(minor), currency),
});

@Resolver(() => Organisation)
export class OrganisationDelivered {
  @FieldResolver(() => [DeliveredTotal], {
    nullable: true,
    description:
      'What it has delivered into pools, by financial year, control total and currency; empty when nothing arrived. Source: the ledger.',
  })
  delivered(@Root() { id }: Organisation, @Ctx() context: Context) {
    return context.load(deliveredBy, id);
  }
}
