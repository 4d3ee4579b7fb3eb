import type { EntityManager } from '@mikro-orm/postgresql';
import fc from 'fast-check';
import type { Client } from 'pg';
import { retried } from '../kernel/deed.js';
import { expireDrawdowns } from './expire-drawdowns.js';
import { PoolModel } from './ledger-model-for-tests.js';
import { days, type Known, type Step, totals, triesOf } from './ledger-tries-for-tests.js';
import { triesOfMoney } from './ledger-tries-of-money-for-tests.js';
import { deed, PoolForTests } from './pool-for-tests.js';

interface Attempted {
  /** `done`, or the code it was refused with. */
  ledger: string;
  model(model: PoolModel): string[];
}

/** A pool with what is known of it so far, and everything that can be tried in it. Several clients may share one. */
export class Trials implements Known {
  readonly pool: PoolForTests;
  readonly contributions: string[] = [];
  readonly deposits: string[] = [];
  readonly allocations: string[] = [];
  readonly drawdowns: string[] = [];
  readonly virements: string[] = [];
  transfers: { id: string; kind: string }[] = [];
  receipts = 0;
  closed = 0;
  /** How often each deed was done, and refused. */
  static readonly tally = new Map<string, { done: number; refused: number }>();
  // One connection answers one question at a time.
  private reading = Promise.resolve();

  constructor(
    private readonly owner: Client,
    world: PoolForTests['world'],
  ) {
    this.pool = new PoolForTests(world);
  }

  async open(amounts: number[]): Promise<PoolModel> {
    const model = new PoolModel(60);
    await this.pool.open({ annual: true, controlTotals: totals, carryOverCapPercent: '60' });
    for (const [place, amount] of amounts.entries()) {
      const id = `funder-${place}:${this.pool.id}`;
      await this.pool.commit(id, (amount / 100).toFixed(2));
      model.commit(id, amount);
      this.contributions.push(id);
    }
    return model;
  }

  /** Tries one step: what the ledger answers, and what a plain model would. Null: there is nothing to try it on. */
  async attempt(step: Step): Promise<Attempted | null> {
    if (step.name === 'commit' || step.name === 'writeOff') return this.tell(step);
    if (step.name === 'expire') return this.expire(step);
    const tried = { ...triesOf(this, step), ...triesOfMoney(this, step) }[step.name]!();
    if (!tried) return null;
    const answer = await deed(this.pool.world, tried.as, tried.deed, tried.input);
    if (answer.errors) throw new Error(`${tried.deed}: ${JSON.stringify(answer.errors)}`);
    const ledger = answer.codes[0] ?? 'done';
    if (ledger === 'done') tried.note?.(answer);
    count(tried.deed, ledger);
    await this.readTransfers();
    return { ledger, model: (model) => tried.model(model, answer) };
  }

  private readTransfers(): Promise<void> {
    const sql = 'select id, kind from transfer where pool_id = $1 and reverses_id is null order by id';
    this.reading = this.reading.then(async () => {
      this.transfers = (await this.owner.query(sql, [this.pool.id])).rows;
    });
    return this.reading;
  }

  private async tell({ name, amount, which }: Step): Promise<Attempted> {
    const id = this.contributions[which % this.contributions.length]!;
    const pence = name === 'commit' ? 4 * amount : amount;
    const sum = (pence / 100).toFixed(2);
    const status = await (name === 'commit' ? this.pool.commit(id, sum) : this.pool.writeOff(id, sum));
    if (status !== 200) throw new Error(`${name}: ${status}`);
    count(name, 'done');
    return {
      ledger: 'done',
      model(model) {
        if (name === 'commit') model.commit(id, pence);
        else model.writeOff(id, pence);
        return [];
      },
    };
  }

  /** Reserves money until a day that is over, and lets time give it back. */
  private async expire({ day }: Step): Promise<Attempted | null> {
    const id = this.drawdowns.at(-1);
    if (!id) return null;
    const input = { drawdown: id, effectiveOn: day, expiresOn: day };
    const { codes, errors } = await deed(this.pool.world, `${this.pool.host}.approver`, 'approveDrawdown', input);
    if (errors) throw new Error(JSON.stringify(errors));
    // Time comes again should the pool be frozen at this very moment.
    await retried(() => expireDrawdowns(this.pool.world.services.budgets.orm.em.fork() as EntityManager));
    await this.readTransfers();
    count('expire', codes[0] ?? 'done');
    const dayAfter = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
    return {
      ledger: codes[0] ?? 'done',
      model(model) {
        const refused = model.approveDrawdown(id, day);
        return refused.length > 0 ? refused : model.end(id, 'EXPIRED', dayAfter);
      },
    };
  }
}

/** What people do one after the other, so that a random history often gets somewhere. */
const courses: Record<string, number> = {
  ...{
    deposit: 8,
    depositForeign: 2,
    match: 4,
    'propose approveLatest': 7,
    'propose recommend': 1,
    approve: 1,
    withdraw: 1,
  },
  ...{
    'propose approveLatest releaseLatest request approveLatestDrawdown': 2,
    release: 1,
    'request approveLatestDrawdown': 5,
  },
  ...{
    'request expire': 2,
    'request approveLatestDrawdown payLatest spend': 3,
    approveDrawdown: 1,
    pay: 3,
    payPart: 3,
    void: 3,
  },
  ...{
    spend: 4,
    refund: 4,
    'requestVirement approveLatestVirement': 5,
    approveVirement: 1,
    giveBack: 4,
    carryOver: 2,
    lapse: 2,
  },
  ...{ reverse: 6, 'spend certify': 3, freeze: 1, 'freeze unfreeze': 1, closePeriod: 2, commit: 2, writeOff: 1 },
};

export const steps = fc
  .record({
    names: fc.oneof(...Object.entries(courses).map(([names, weight]) => ({ weight, arbitrary: fc.constant(names) }))),
    amount: fc.integer({ min: 1, max: 4_000 }),
    day: fc.constantFrom(...days),
    which: fc.nat({ max: 11 }),
    other: fc.nat({ max: 7 }),
    flag: fc.boolean(),
  })
  .map(({ names, ...step }): Step[] => names.split(' ').map((name) => ({ name, ...step })));

function count(name: string, code: string): void {
  const before = Trials.tally.get(name) ?? { done: 0, refused: 0 };
  before[code === 'done' ? 'done' : 'refused']++;
  Trials.tally.set(name, before);
}
