import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { Day } from '../kernel/dates.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { Allocation } from './allocation.js';
import { approvesAs } from './delegated-limit.js';
import { Ledger } from './ledger/ledger.js';
import { dayNotAhead, PooledBudget } from './pooled-budget.js';
import { expectSetAside, expectWithinBorders, type Parties, Virement, VirementState } from './virement.js';
import { expectWithinLimit } from './virement-limit.js';

@InputType({ description: 'A virement to be approved.' })
export class ApproveVirementInput extends ChangeInput {
  @Field(() => ID, { description: 'The virement.' })
  virement: string;

  @Field(() => String, {
    nullable: true,
    description: 'The fingerprint you decided on; HASH_MISMATCH if it is another.',
  })
  hash?: string | null;

  @Field(() => Day, { nullable: true, description: 'The day the money moves, not in the future; left out, today.' })
  effectiveOn?: string | null;
}

@ObjectType({ description: 'The approved virement, or why it was declined.' })
export class ApproveVirementPayload extends DeedPayload {
  @Field(() => Virement, { nullable: true, description: 'The virement, APPROVED; null when declined.' })
  virement: Virement | null;
}

@Resolver()
export class ApproveVirement {
  @Mutation(() => ApproveVirementPayload, {
    description:
      'Approves a virement and moves its money: out of the one allocation and into the other, all at once. Above the virement limit of the pool, virements between the same two allocations within 30 days counted together, only the accounting officer. Role: approver or accounting-officer of the host, another person than asked for it. Refusals: UNKNOWN_VIREMENT, ILLEGAL_TRANSITION, SEPARATION_OF_DUTIES, HASH_MISMATCH, LIMIT_EXCEEDED, NOT_ENOUGH_FUNDS, PERIOD_CLOSED, STALE_VERSION, BAD_USER_INPUT.',
  })
  async approveVirement(
    @Arg('input', () => ApproveVirementInput, { description: 'What to approve.' }) input: ApproveVirementInput,
    @Ctx() context: Context,
  ): Promise<ApproveVirementPayload> {
    const by = ['approver', 'accounting-officer'] as const;
    const deed = { name: 'approveVirement', input, by, ...byId(Virement) };
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const virement = await Virement.lock(em, input.virement);
      const pool = await em.findOneOrFail(PooledBudget, virement.poolId);
      context.demand(deed.by, pool.hostId);
      expectVersion(input, virement.version);
      virement.expectApprovable(caller.subject, input.hash);
      const parties = await lockParties(em, virement, pool);
      expectWithinBorders(parties, virement.consent);
      expectSetAside(parties);
      const effectiveOn = dayNotAhead(input.effectiveOn);
      await expectWithinLimit(em, { pool, caller, effectiveOn }, virement);
      const drafts = virement.drafts(parties, caller.subject, effectiveOn);
      const ledger = await Ledger.lock(em, drafts);
      for (const draft of drafts) ledger.add(draft);
      virement.state = VirementState.APPROVED;
      virement.approvedBy = caller.subject;
      virement.approvedAs = approvesAs(caller);
      await em.flush();
      await ledger.write();
      return virement;
    });
    return { virement: noun, ...done };
  }
}

/** Locks both allocations in the order of their ids; not against drawdowns, which only refer to them. */
async function lockParties(em: EntityManager, { fromId, toId }: Virement, pool: PooledBudget): Promise<Parties> {
  const sql = `select from allocation where id = any(?::text[]) order by id for no key update`;
  await query(em, sql, [[fromId, toId]]);
  return { pool, from: await em.findOneOrFail(Allocation, fromId), to: await em.findOneOrFail(Allocation, toId) };
}
