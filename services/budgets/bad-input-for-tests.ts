import { setTimeout as pause } from 'node:timers/promises';
import { type GraphQLInputType, getNamedType, isInputObjectType, isListType, isNonNullType } from 'graphql';
import type { Client } from 'pg';
import { subgraphOf } from '../kernel/subgraph.js';
import { ControlsForTests } from './controls-for-tests.js';
import { done, MovingMoneyForTests } from './moving-money-for-tests.js';
import { type Answered, deed, PoolForTests } from './pool-for-tests.js';
import { budgets } from './service.js';

/** A place in the input of a mutation where an amount or another decimal stands. */
export interface DecimalPlace {
  mutation: string;
  /** Names of fields; 0 stands for the first of a list. */
  path: (string | 0)[];
  type: 'MoneyInput' | 'Decimal';
}

/** Every place in every mutation of the service, from its classes: a new mutation is found here by itself. */
export function decimalPlaces(): DecimalPlace[] {
  const mutations = Object.values(subgraphOf(budgets).schema.getMutationType()!.getFields());
  return mutations.flatMap(({ name, args }) =>
    args.flatMap((arg) => placesIn(arg.type).map(({ path, type }) => ({ mutation: name, path, type }))),
  );
}

function placesIn(type: GraphQLInputType): Omit<DecimalPlace, 'mutation'>[] {
  if (isNonNullType(type)) return placesIn(type.ofType);
  if (isListType(type))
    return placesIn(type.ofType).map(({ path, type: found }) => ({ path: [0, ...path], type: found }));
  const { name } = getNamedType(type);
  if (name === 'MoneyInput' || name === 'Decimal') return [{ path: [], type: name }];
  if (!isInputObjectType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) =>
    placesIn(field.type).map((place) => ({ path: [field.name, ...place.path], type: place.type })),
  );
}

/** A copy with another value at the path. */
export function withValue(input: unknown, [step, ...rest]: (string | 0)[], value: unknown): unknown {
  if (step === undefined) return value;
  if (step === 0) return [withValue((input as unknown[])[0], rest, value)];
  return { ...(input as object), [step]: withValue((input as Record<string, unknown>)[step], rest, value) };
}

export const valueAt = (input: unknown, path: (string | 0)[]): unknown =>
  // biome-ignore lint/suspicious/noExplicitAny: an input has the shape of its mutation.
  path.reduce((at: any, step) => at?.[step], input);

export interface Attempt {
  as: string;
  input: object;
}

/** A pool in a currency in which each mutation that takes money has something to do. */
export class PoolToRefuse {
  readonly pool: PoolForTests;
  readonly money: MovingMoneyForTests;
  readonly controls: ControlsForTests;
  /** An input of each that would be done, and who may. */
  attempts: Record<string, Attempt> = {};

  constructor(
    world: PoolForTests['world'],
    readonly currency: string,
  ) {
    this.pool = new PoolForTests(world);
    [this.money, this.controls] = [new MovingMoneyForTests(this.pool), new ControlsForTests(this.pool)];
  }

  of = (amount: string) => ({ amount, currency: this.currency });

  async fill(): Promise<this> {
    const { pool, money, of, currency } = this;
    await pool.open({
      annual: true,
      currency,
      controlTotals: ['CDEL'],
      carryOverCapPercent: '60',
      virementLimit: of('500'),
    });
    const contribution = `funder:${pool.id}`;
    await pool.commit(contribution, '1000', { currency });
    done(await pool.deposit('', { amount: of('900'), contribution }));
    const { transfer: receipt } = done(await pool.deposit('', { amount: of('30') }));
    const [from, to] = [await this.allocated(), await this.allocated()];
    const { drawdown } = done(
      await this.as('recipient-council.publisher', 'requestDrawdown', { allocation: from, amount: of('40') }),
    );
    done(await money.do('approver', 'approveDrawdown', { drawdown: drawdown.id, effectiveOn: '2025-07-01' }));
    done(
      await money.do('accounting-officer', 'payDrawdown', {
        drawdown: drawdown.id,
        amount: of('20'),
        effectiveOn: '2025-08-01',
      }),
    );
    this.attempts = this.attemptsAt({ contribution, receipt: receipt.id, from, to, drawdown: drawdown.id });
    return this;
  }

  as = (as: string, name: string, input: object): Promise<Answered> => deed(this.pool.world, as, name, input);

  private async allocated(): Promise<string> {
    const { allocation } = done(await this.pool.propose('', { amount: this.of('100') }));
    done(await this.pool.approve(allocation.id));
    return allocation.id;
  }

  private attemptsAt(
    ids: Record<'contribution' | 'receipt' | 'from' | 'to' | 'drawdown', string>,
  ): Record<string, Attempt> {
    const { of, currency } = this;
    const { host, id: budget, mission } = this.pool;
    const foreign = currency === 'EUR' ? 'USD' : 'EUR';
    const exchange = {
      received: { amount: '12', currency: foreign },
      rate: '0.86',
      on: '2025-05-01',
      realised: of('11'),
    };
    const deposit = { budget, amount: of('10'), effectiveOn: '2025-05-01', reference: 'a receipt', exchange };
    const stages = [{ gate: 'Plans are there', amount: of('10') }];
    const allocation = { budget, amount: of('10'), purpose: 'Heat pumps', effectiveOn: '2025-06-01', stages };
    const year = { budget, financialYear: '2025-26', amount: of('10') };
    const limits = { delegatedLimit: of('10'), virementLimit: of('10'), carryOverCapPercent: '50' };
    const opening = { mission, name: 'Another', host, currency, controlTotals: ['CDEL'], ...limits };
    const [publisher, officer] = [`${host}.publisher`, `${host}.accounting-officer`];
    return {
      openBudget: { as: 'mission-delivery-unit.mission-finance', input: opening },
      recordDeposit: { as: publisher, input: deposit },
      recordDeposits: { as: publisher, input: { deposits: [deposit] } },
      matchDeposit: {
        as: publisher,
        input: { deposit: ids.receipt, contribution: ids.contribution, amount: of('10') },
      },
      proposeAllocation: { as: publisher, input: allocation },
      proposeAllocations: { as: publisher, input: { allocations: [allocation] } },
      requestDrawdown: { as: 'recipient-council.publisher', input: { allocation: ids.from, amount: of('10') } },
      payDrawdown: { as: officer, input: { drawdown: ids.drawdown, amount: of('10') } },
      reportExpenditure: {
        as: 'recipient-council.publisher',
        input: { allocation: ids.from, amount: of('10'), reference: 'an invoice' },
      },
      refundDrawdown: {
        as: officer,
        input: { drawdown: ids.drawdown, amount: of('10'), reuse: true, reference: 'a receipt' },
      },
      requestVirement: {
        as: publisher,
        input: { from: ids.from, to: ids.to, amount: of('10'), reason: 'needed there' },
      },
      returnToContributors: { as: officer, input: { ...year, from: 'UNALLOCATED' } },
      carryOver: { as: officer, input: year },
      lapseFunds: { as: officer, input: { ...year, reason: 'not needed' } },
    };
  }
}

// The outbox notes each try of a delivery; that something was sent is seen by what it is about.
const changing = ['deed', 'declined_deed', 'sent_event'];

/** What of the database's content is there, table by table, as a fingerprint; what changes by itself excepted. */
export async function contentOf(owner: Client): Promise<Record<string, string>> {
  const { rows } = await owner.query(
    `select tablename, (xpath('//c/text()', query_to_xml(format(
         'select count(*) || '' '' || coalesce(md5(string_agg(each::text, '','' order by each::text)), '''') as c from %I as each', tablename), true, false, '')))[1]::text as content
       from pg_tables where schemaname = 'public' and tablename <> all ($1) order by 1`,
    [changing],
  );
  return Object.fromEntries(rows.map(({ tablename, content }) => [tablename, content]));
}

/** The lines of the audit trail since it was looked at last: the code of what was declined, `done` for a deed that was done. */
export class Trail {
  private seen = { declined: 0, done: 0 };

  constructor(private readonly owner: Client) {}

  async news(): Promise<string[]> {
    const { rows: declined } = await this.owner.query(
      'select id::integer, name, code from declined_deed where id > $1 order by id',
      [this.seen.declined],
    );
    const { rows: deeds } = await this.owner.query('select name, answer from deed order by done_at offset $1', [
      this.seen.done,
    ]);
    this.seen = { declined: declined.at(-1)?.id ?? this.seen.declined, done: this.seen.done + deeds.length };
    // The line of a batch is the batch itself; what became of a row stands in its verdict.
    const verdicts = deeds.map(({ name, answer }) => `${name} ${[answer].flat()[0]?.userErrors?.[0]?.code ?? 'done'}`);
    return [...declined.map(({ name, code }) => `${name} ${code}`), ...verdicts];
  }
}

/** Waits until everything is sealed, so that nothing is written any more by itself. */
export async function settled(owner: Client): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { rows } = await owner.query('select from unsealed');
    const roots = await owner.query(
      'select from seal where not exists (select from seal_root as root where root.pool_id = seal.pool_id and root.number >= seal.number)',
    );
    if (rows.length + roots.rows.length === 0) return;
    await pause(50);
  }
}
