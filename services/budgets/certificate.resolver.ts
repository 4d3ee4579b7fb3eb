import { Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { DateTime } from '../kernel/dates.js';
import { inOrder, type Loader } from '../kernel/loader.js';
import { Transfer } from './ledger/transfer.js';

@ObjectType({ description: 'That a recipient stands for expenditure it reported. Source: its accounting officer.' })
export class ExpenditureCertificate {
  @Field(() => DateTime, { description: 'When the hub learnt of it.' })
  certifiedAt: string;

  @Field(() => String, { nullable: true, description: 'Who certified it: subject of the token. Null to the public.' })
  certifiedBy: string | null;
}

const certificates: Loader<string, ExpenditureCertificate> = {
  async batch(transferIds, context) {
    const rows = await context.rows<{ transfer_id: string; certified_by: string; recorded_at: string }>(
      `select transfer_id, certified_by, recorded_at from expenditure_certificate
        where transfer_id = any(?::text[]) and recorded_at <= ?`,
      [transferIds, context.knownAt?.toISOString() ?? 'infinity'],
    );
    return inOrder(transferIds, rows, ({ transfer_id }) => transfer_id).map((row) => {
      if (!row) return null;
      const certifiedBy = context.caller && row.certified_by;
      return Object.assign(new ExpenditureCertificate(), { certifiedAt: row.recorded_at, certifiedBy });
    });
  },
};

@Resolver(() => Transfer)
export class TransferCertificate {
  @FieldResolver(() => ExpenditureCertificate, {
    nullable: true,
    description: 'Its certificate, if it is expenditure that was certified; it stays when that is reversed.',
  })
  certificate(@Root() transfer: Transfer, @Ctx() context: Context) {
    return context.load(certificates, transfer.id);
  }
}
