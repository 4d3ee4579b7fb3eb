import type { EntityManager } from '@mikro-orm/postgresql';
import { v7 as uuid } from 'uuid';
import type { Caller } from '../kernel/caller.js';
import { query } from '../kernel/database.js';
import { toDecimal } from '../kernel/money.js';
import { Refusal, refuse, type UserError } from '../kernel/refusal.js';
import { AllocationState, hashOf, type Proposal } from './allocation.js';
import type { AllocationInput } from './allocation-input.js';
import { type AllocationProvenance, provenanceIn } from './allocation-provenance.js';
import { minorOf } from './amount.js';
import { dayNotAhead, PooledBudget } from './pooled-budget.js';
import { attempt } from './verdict.js';

const mostStages = 50;

/** What became of one proposal: proposed now, found proposed already, or refused. */
export interface ProposalOutcome {
  id: string | null;
  state: AllocationState | null;
  hash: string | null;
  alreadyProposed: boolean;
  userErrors: UserError[];
}

type Proposed = Proposal & {
  id: string;
  hash: string;
  state: AllocationState;
  provenance: AllocationProvenance | null;
};

type Standing = Pick<Proposed, 'id' | 'hash' | 'state'>;

/** Proposes allocations in a few statements, however many; one whose reference is there with the same content stands. */
export async function proposeAll(em: EntityManager, rows: readonly AllocationInput[], caller: Caller) {
  const pools = await em.find(PooledBudget, { id: { $in: [...new Set(rows.map(({ budget }) => budget))] } });
  const read = rows.map((row) => attempt(() => proposalOf(row, pools, caller)));
  const referenced = read.flatMap((each) => ('done' in each && each.done.reference ? each.done : []));
  await lockReferences(em, referenced);
  const standing = await standingFor(em, referenced);
  const fresh = new Map<string, Proposed>();
  const outcomes = read.map((each): ProposalOutcome => {
    if ('userErrors' in each) return refused(each.userErrors);
    const key = each.done.reference ? keyOf(each.done.poolId, each.done.reference) : each.done.id;
    const earlier = standing.get(key) ?? fresh.get(key);
    if (earlier && earlier.hash !== each.done.hash) return refused([reused(each.done)]);
    if (!earlier) fresh.set(key, each.done);
    const { id, hash, state } = earlier ?? each.done;
    return { id, hash, state, alreadyProposed: earlier !== undefined, userErrors: [] };
  });
  await insertAll(em, [...fresh.values()], caller);
  return outcomes;
}

function proposalOf(row: AllocationInput, pools: PooledBudget[], caller: Caller): Proposed {
  const pool = pools.find(({ id }) => id === row.budget);
  if (!pool) refuse('UNKNOWN_BUDGET', `There is no budget ${row.budget}.`, ['budget']);
  if (pool.hostId !== caller.organisation) {
    refuse('FORBIDDEN', 'You can propose allocations only from pools that your organisation hosts.', ['budget']);
  }
  pool.expectNotClosed();
  const amountMinor = minorOf(row.amount, pool.currency);
  const purpose = row.purpose.trim();
  if (purpose === '') refuse('BAD_USER_INPUT', 'Say what it is for.', ['purpose']);
  const reference = row.reference?.trim() || null;
  if (reference && reference.length > 200) {
    refuse('BAD_USER_INPUT', 'The reference has at most 200 characters.', ['reference']);
  }
  const effectiveOn = dayNotAhead(row.effectiveOn);
  const proposal = {
    ...{ poolId: pool.id, currency: pool.currency, amountMinor, purpose, reference, effectiveOn },
    ...{ recipientId: row.recipient || null, challengeId: row.challenge || null },
    financialYear: pool.yearOf(effectiveOn, row.financialYear),
    controlTotal: pool.controlTotalOf(row.controlTotal),
    ringFence: row.ringFence?.trim() || null,
    stages: stagesOf(row, pool, amountMinor),
  };
  pool.expectStarted(effectiveOn, proposal.financialYear);
  const provenance = provenanceIn(row.provenance);
  const id = `allocation-${uuid()}`;
  return { ...proposal, id, hash: hashOf(proposal), state: AllocationState.PROPOSED, provenance };
}

function stagesOf({ stages: asked }: AllocationInput, { currency }: PooledBudget, whole: bigint) {
  if (!asked || asked.length === 0) return [];
  if (asked.length > mostStages) refuse('BAD_USER_INPUT', `State at most ${mostStages} stages.`, ['stages']);
  const stages = asked.map((stage, place) => {
    const path = ['stages', String(place)];
    const gate = stage.gate.trim();
    if (gate === '') refuse('BAD_USER_INPUT', 'Say what must be shown before it is released.', [...path, 'gate']);
    return { gate, amountMinor: minorOf(stage.amount, currency, [...path, 'amount']) };
  });
  const sum = stages.reduce((before, { amountMinor }) => before + amountMinor, 0n);
  if (sum !== whole) {
    const [parts, all] = [sum, whole].map((minor) => toDecimal(minor, currency));
    refuse('BAD_USER_INPUT', `The stages add up to ${parts} ${currency}, the allocation is ${all}.`, ['stages']);
  }
  return stages;
}

/** Two requests that propose under one reference at once wait for each other. */
async function lockReferences(em: EntityManager, proposals: Proposed[]): Promise<void> {
  if (proposals.length === 0) return;
  const sql = `select pg_advisory_xact_lock(hashtext('allocations of a pool'), key) from
    (select distinct hashtext(id) as key from unnest(?::text[]) as pool(id) order by 1) as pool`;
  await query(em, sql, [proposals.map(({ poolId }) => poolId)]);
}

async function standingFor(em: EntityManager, proposals: Proposed[]) {
  if (proposals.length === 0) return new Map<string, Standing>();
  const rows = await query<Standing & { pool_id: string; reference: string }>(
    em,
    `select allocation.* from unnest(?::text[], ?::text[]) as asked (pool_id, reference)
       cross join lateral (select id, hash, state, pool_id, reference from allocation
         where pool_id = asked.pool_id and reference = asked.reference limit 1) as allocation`,
    [proposals.map(({ poolId }) => poolId), proposals.map(({ reference }) => reference)],
  );
  return new Map<string, Standing>(rows.map((row) => [keyOf(row.pool_id, row.reference), row]));
}

async function insertAll(em: EntityManager, proposals: Proposed[], caller: Caller): Promise<void> {
  if (proposals.length === 0) return;
  const columns = `id, pool_id, currency, recipient_id, challenge_id, purpose, reference, financial_year, control_total,
    amount_minor, effective_on, ring_fence, hash, state, requested_by, provenance`;
  const rows = proposals.map((proposal) => ({
    ...{ id: proposal.id, pool_id: proposal.poolId, currency: proposal.currency, hash: proposal.hash },
    ...{ recipient_id: proposal.recipientId, challenge_id: proposal.challengeId, purpose: proposal.purpose },
    ...{ reference: proposal.reference, financial_year: proposal.financialYear, control_total: proposal.controlTotal },
    ...{ amount_minor: proposal.amountMinor.toString(), effective_on: proposal.effectiveOn },
    ...{ ring_fence: proposal.ringFence, state: proposal.state, requested_by: caller.subject },
    provenance: proposal.provenance,
  }));
  await query(
    em,
    `insert into allocation (${columns}) select ${columns} from jsonb_populate_recordset(null::allocation, ?::jsonb)`,
    [JSON.stringify(rows)],
  );
  await insertStages(em, proposals);
}

async function insertStages(em: EntityManager, proposals: Proposed[]): Promise<void> {
  const rows = proposals.flatMap(({ id, stages }) =>
    stages.map(({ gate, amountMinor }, place) => ({
      ...{ allocation_id: id, number: place + 1, gate, amount_minor: amountMinor.toString() },
    })),
  );
  if (rows.length === 0) return;
  await query(
    em,
    `insert into allocation_stage (allocation_id, number, gate, amount_minor)
       select allocation_id, number, gate, amount_minor from jsonb_populate_recordset(null::allocation_stage, ?::jsonb)`,
    [JSON.stringify(rows)],
  );
}

const keyOf = (poolId: string, reference: string) => `${poolId} ${reference}`;

const refused = (userErrors: UserError[]): ProposalOutcome => ({
  ...{ id: null, state: null, hash: null, alreadyProposed: false, userErrors },
});

const reused = ({ reference }: Proposal) =>
  new Refusal(
    'REFERENCE_REUSED',
    `An allocation with the reference ${reference} and another content is there already.`,
    ['reference'],
  );
