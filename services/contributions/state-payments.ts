import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Caller } from '../kernel/caller.js';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { asJson, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { Refusal, refuse, type UserError } from '../kernel/refusal.js';
import { illegalTransition } from './contribution.js';
import { type ContributionKind, isMoney, Pooling } from './kinds.js';
import { type CheckedStatement, checkStatement, PaymentStatementInput } from './payment-input.js';
import { lockInOrder, sideOf, today } from './standing.js';
import { ContributionState, nextStates } from './states.js';
import { doInEachStore } from './store.js';
import { isForPool } from './telling-budgets.js';
import { RowVerdict, recallRows } from './verdict.js';
import { type LastStatement, lastStatements, type NewStatement, writeStatements } from './write-statements.js';
import { type Step, takeSteps } from './writing.js';

const mostRows = 500;

@ObjectType({
  description: 'What became of one statement. A refused row changes nothing and does not stop the others.',
})
export class PaymentStatementVerdict extends RowVerdict {
  @Field(() => Boolean, { description: 'True when the same was stated last: nothing was written.' })
  unchanged: boolean;
}

@InputType({ description: 'What your organisation states to have paid of its contributions, 1 to 500 rows.' })
export class StatePaymentsInput extends DeedInput {
  @Field(() => [PaymentStatementInput], { description: 'The statements, each contribution once.' })
  rows: PaymentStatementInput[];
}

@ObjectType({ description: 'What became of each statement, or why all were declined.' })
export class StatePaymentsPayload extends DeedPayload {
  @Field(() => [PaymentStatementVerdict], {
    nullable: true,
    description: 'In the order of the input; null when all were declined.',
  })
  rows: PaymentStatementVerdict[] | null;
}

@Resolver()
export class StatePayments {
  @Mutation(() => StatePaymentsPayload, {
    description:
      'States what has been paid of contributions in money by now, in whatever state but DRAFT, or that a contribution is gone from its source. The terms stay as they are, and no money moves: `discrepancies` sets it beside what the ledger received. Role: publisher of the contributor. Refusals of a row: NOT_FOUND, FORBIDDEN, ILLEGAL_TRANSITION, CURRENCY_MISMATCH, RELEASED_OUT_OF_ORDER, STORE_UNAVAILABLE, BAD_USER_INPUT. Refusals of all: BAD_USER_INPUT.',
  })
  async statePayments(
    @Arg('input', () => StatePaymentsInput, { description: 'The statements.' }) input: StatePaymentsInput,
    @Ctx() context: Context,
  ): Promise<StatePaymentsPayload> {
    const by = ['publisher'] as const;
    const deed = { name: 'statePayments', input, by, ...asJson<PaymentStatementVerdict[]>() };
    const ids = input.rows.map(({ contribution }) => contribution);
    const work = (places: number[]) => (em: EntityManager, caller: Caller) => {
      if (ids.length < 1 || ids.length > mostRows)
        refuse('BAD_USER_INPUT', `There are ${ids.length} rows; send 1 to ${mostRows} at a time.`, ['rows']);
      if (new Set(ids).size < ids.length) refuse('BAD_USER_INPUT', 'A contribution stands there twice.', ['rows']);
      return stateAll(em, caller, input.rows, places);
    };
    const { noun, ...done } = await doInEachStore(
      context,
      ids,
      (at, places) => perform(at, deed, work(places)),
      (place) => refusedRow(place, awayRefusal, null),
    );
    return { rows: noun && recallRows(noun), ...done };
  }
}

const awayRefusal = new Refusal(
  'STORE_UNAVAILABLE',
  'The store of its contributor does not answer; send the same request with the same key again shortly.',
);

interface Found {
  id: string;
  contributor_id: string;
  accountable: string | null;
  mission_id: string;
  kind: ContributionKind;
  pooling: Pooling;
  state: ContributionState;
  number: number;
  version: number;
  currency: string | null;
  budget_id: string | null;
  known_at: string;
}

const { DRAFT, WITHDRAWN } = ContributionState;

async function stateAll(em: EntityManager, caller: Caller, rows: readonly PaymentStatementInput[], places: number[]) {
  const ids = places.map((place) => rows[place]!.contribution);
  await lockInOrder(em, ids);
  const found = await findAll(em, ids);
  const last = await lastStatements(em, ids);
  const statements: NewStatement[] = [];
  const steps: Step[] = [];
  const verdicts = places.map((place): PaymentStatementVerdict => {
    const said = checkStatement(rows[place]!);
    const of = found.get(rows[place]!.contribution);
    const refusal = 'refusal' in said ? said.refusal : refusalOf(caller, said, of, last.get(said.contribution));
    if (refusal || 'refusal' in said || !of) return refusedRow(place, refusal!, of ?? null);
    const before = last.get(of.id);
    const verdict = { row: place, accepted: true, id: of.id, state: of.state, userErrors: [] };
    if (before && isSame(said, before)) return { ...verdict, unchanged: true };
    statements.push(statementOf(said, of, (before?.ordinal ?? 0) + 1));
    if (said.goneBecause === null || !nextStates[of.state].includes(WITHDRAWN)) return { ...verdict, unchanged: false };
    const { goneBecause: reason, releasedAt } = said;
    const step = { id: of.id, contributorId: of.contributor_id, number: of.number, version: of.version + 1 };
    steps.push({ ...step, state: WITHDRAWN, effectiveOn: today(), reason, releasedAt });
    return { ...verdict, state: WITHDRAWN, unchanged: false };
  });
  await writeStatements(em, caller, statements);
  await takeSteps(em, caller, steps);
  return verdicts;
}

async function findAll(em: EntityManager, ids: readonly string[]): Promise<Map<string, Found>> {
  const found = await query<Found>(
    em,
    `select c.*, v.currency, v.budget_id, s.known_at::text, accountable_for(c.id, c.contributor_id, clock_timestamp()) as accountable
       from contribution c
       cross join lateral (select currency, budget_id from contribution_version where contribution_id = c.id and number = c.number limit 1) as v
       cross join lateral (select known_at from contribution_state where contribution_id = c.id and sequence = c.version limit 1) as s
      where c.id = any(?)`,
    [ids],
  );
  return new Map(found.map((each) => [each.id, each]));
}

/** Another organisation's draft is NOT_FOUND, like an id that does not exist. */
function refusalOf(
  caller: Caller,
  { currencies, releasedAt, goneBecause }: CheckedStatement,
  of: Found | undefined,
  before: LastStatement | undefined,
): UserError | null {
  if (!of) return new Refusal('NOT_FOUND', 'There is no contribution with this id.', ['contribution']);
  if (!sideOf(caller, of.accountable, { CONTRIBUTOR: 'publisher' }))
    return new Refusal('FORBIDDEN', 'This contribution is not yours to change.', ['contribution']);
  if (of.state === DRAFT) return illegalTransition(of.id, of.state);
  if (!isMoney(of.kind)) return new Refusal('BAD_USER_INPUT', `${of.kind} is not paid.`, ['contribution']);
  if (currencies.some((each) => each !== of.currency))
    return new Refusal('CURRENCY_MISMATCH', `The contribution is in ${of.currency}.`, ['payments']);
  const steps = goneBecause !== null && nextStates[of.state].includes(WITHDRAWN);
  const latest = Math.max(Date.parse(before?.known_at ?? '1970-01-01'), steps ? Date.parse(of.known_at) : 0);
  if (releasedAt && releasedAt.getTime() < latest)
    return new Refusal('RELEASED_OUT_OF_ORDER', 'A later release is known already; publish releases in their order.', [
      'releasedAt',
    ]);
  return null;
}

const contentOf = (payments: readonly { paidOn: string; minor: string }[], references: readonly (string | null)[]) =>
  JSON.stringify(payments.map(({ paidOn, minor }, place) => [paidOn, minor, references[place] ?? null]));

const isSame = (said: CheckedStatement, before: LastStatement): boolean =>
  said.goneBecause === before.gone_because &&
  contentOf(said.payments, said.references) === contentOf(before.payments, before.payment_references ?? []);

const statementOf = (said: CheckedStatement, of: Found, ordinal: number): NewStatement => ({
  ...{ contributionId: of.id, contributorId: of.contributor_id, missionId: of.mission_id, budgetId: of.budget_id },
  ...{ currency: of.currency!, ordinal, payments: said.payments, references: said.references },
  ...{ goneBecause: said.goneBecause, releasedAt: said.releasedAt, isForPool: isForPool(of) },
});

const refusedRow = (row: number, refusal: UserError, of: Found | null): PaymentStatementVerdict => ({
  ...{ row, accepted: false, unchanged: false, userErrors: [refusal] },
  ...{ id: of?.id ?? null, state: of?.state ?? null },
});
