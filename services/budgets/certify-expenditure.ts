import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Caller } from '../kernel/caller.js';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { Refusal, Refused } from '../kernel/refusal.js';
import { TransferKind } from './ledger/chart.js';
import { Transfer } from './ledger/transfer.js';
import { expectBatch } from './verdict.js';

@InputType({ description: 'Expenditure to be certified.' })
export class CertifyExpenditureInput extends DeedInput {
  @Field(() => [ID], { description: 'The transfers that reported it, 1 to 500, each once.' })
  transfers: string[];
}

@ObjectType({ description: 'The certified expenditure, or why it was declined.' })
export class CertifyExpenditurePayload extends DeedPayload {
  @Field(() => [Transfer], {
    nullable: true,
    description: 'The transfers, in the order of the input; null when declined.',
  })
  transfers: Transfer[] | null;
}

interface Reported {
  id: string;
  kind: TransferKind;
  reverses_id: string | null;
  requested_by: string;
  recipient_id: string | null;
  reversed_by: string | null;
  certified_by: string | null;
}

const remembered = {
  remember: (transfers: Transfer[]) => transfers.map(({ id }) => id),
  recall: (em: EntityManager, ids: never) => inOrderOf(em, ids),
};

@Resolver()
export class CertifyExpenditure {
  @Mutation(() => CertifyExpenditurePayload, {
    description:
      'Certifies reported expenditure: the recipient stands for it, and it counts as spentCertified from then on. All of it or none. Role: accounting-officer of the recipient, another person than reported it. Refusals: UNKNOWN_TRANSFER, NOT_AN_EXPENDITURE, ALREADY_REVERSED, SEPARATION_OF_DUTIES, ALREADY_CERTIFIED, BAD_USER_INPUT.',
  })
  async certifyExpenditure(
    @Arg('input', () => CertifyExpenditureInput, { description: 'What to certify.' }) input: CertifyExpenditureInput,
    @Ctx() context: Context,
  ): Promise<CertifyExpenditurePayload> {
    const deed = { name: 'certifyExpenditure', input, by: ['accounting-officer'], ...remembered } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const ids = input.transfers;
      expectBatch(ids, 'transfers');
      const reported = new Map((await reportedAs(em, ids)).map((each) => [each.id, each]));
      const faults = ids.flatMap((id, place) => {
        const found = reported.get(id);
        if (found?.recipient_id) context.demand(deed.by, found.recipient_id);
        const [code, message] = ids.indexOf(id) < place ? twice : (faultOf(found, caller) ?? []);
        return code ? new Refusal(code, message!, ['transfers', String(place)]) : [];
      });
      if (faults.length > 0) throw new Refused(faults);
      await certify(em, ids, caller);
      return inOrderOf(em, ids);
    });
    return { transfers: noun, ...done };
  }
}

const twice = ['BAD_USER_INPUT', 'It stands earlier in the list already.'] as const;

function faultOf(found: Reported | undefined, caller: Caller): readonly [code: string, message: string] | null {
  if (!found) return ['UNKNOWN_TRANSFER', 'There is no such transfer.'];
  if (found.kind !== TransferKind.EXPENDITURE || found.reverses_id) {
    return ['NOT_AN_EXPENDITURE', `Only reported expenditure is certified; this is a ${found.kind}, or a reversal.`];
  }
  if (found.reversed_by) return ['ALREADY_REVERSED', `It was reversed, by ${found.reversed_by}.`];
  if (found.requested_by === caller.subject) {
    return ['SEPARATION_OF_DUTIES', 'You reported this expenditure; another person must certify it.'];
  }
  return found.certified_by ? ['ALREADY_CERTIFIED', 'It is certified already; leave it out.'] : null;
}

function reportedAs(em: EntityManager, ids: string[]): Promise<Reported[]> {
  return query<Reported>(
    em,
    `select transfer.id, transfer.kind, transfer.reverses_id, transfer.requested_by, allocation.recipient_id,
            reversal.id as reversed_by, certificate.certified_by
       from transfer left join allocation on allocation.id = transfer.allocation_id
       left join transfer as reversal on reversal.reverses_id = transfer.id
       left join expenditure_certificate as certificate on certificate.transfer_id = transfer.id
      where transfer.id = any(?::text[])`,
    [ids],
  );
}

async function certify(em: EntityManager, ids: string[], { subject }: Caller): Promise<void> {
  try {
    const sql = `insert into expenditure_certificate (transfer_id, certified_by)
      select id, ? from unnest(?::text[]) as certified (id) order by id`;
    await query(em, sql, [subject, ids]);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code !== '23505' && code !== 'HB012') throw error;
    // Certified or reversed by somebody else at this moment: tried again, the deed finds it and answers so.
    throw Object.assign(new Error('changed at the same moment'), { code: '40001', cause: error });
  }
}

async function inOrderOf(em: EntityManager, ids: string[]): Promise<Transfer[]> {
  const found = new Map((await em.find(Transfer, { id: { $in: ids } })).map((each) => [each.id, each]));
  return ids.map((id) => found.get(id)!);
}
