import { BigIntType, Entity, type Opt, PrimaryKey, Property } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { query } from '../kernel/database.js';
import { DateTime, Day, dayInLondon, daysOf, financialYearOf } from '../kernel/dates.js';
import { nounsById } from '../kernel/loader.js';
import { CurrencyCode, Decimal, Money } from '../kernel/money.js';
import { IllegalTransition, Refused, refuse } from '../kernel/refusal.js';
import { TransferKind } from './ledger/chart.js';
import { ControlTotal } from './ledger/control-total.js';

export enum BudgetState {
  DRAFT = 'DRAFT',
  OPEN = 'OPEN',
  FROZEN = 'FROZEN',
  CLOSING = 'CLOSING',
  CLOSED = 'CLOSED',
}
registerEnumType(BudgetState, {
  name: 'BudgetState',
  description: 'Where a pool stands.',
  valuesConfig: {
    DRAFT: { description: 'Being set up.' },
    OPEN: { description: 'Takes money in and sets it aside.' },
    FROZEN: { description: 'Halted for a time: nothing moves.' },
    CLOSING: { description: 'Takes nothing in; what is set aside is paid out.' },
    CLOSED: { description: 'At its end.' },
  },
});

const { DRAFT, OPEN, FROZEN, CLOSING, CLOSED } = BudgetState;
export const nextBudgetStates: Record<BudgetState, BudgetState[]> = {
  [DRAFT]: [OPEN],
  [OPEN]: [FROZEN, CLOSING],
  [FROZEN]: [OPEN, CLOSING],
  [CLOSING]: [CLOSED],
  [CLOSED]: [],
};

@Directive('@key(fields: "id")')
@ObjectType({
  description:
    'One budget of a mission that several contributors pay into. Exactly one host: its accounting officer answers for every pound in it. Source: the ledger.',
})
@Entity()
export class PooledBudget {
  @Field(() => ID, { description: 'Its id, budget-<uuid>.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Property({ type: 'text' })
  missionId: string;

  @Field(() => String, { description: 'Its name, the only one so called in its mission.' })
  @Property({ type: 'text' })
  name: string;

  @Property({ type: 'text' })
  hostId: string;

  @Property({ type: 'text', nullable: true })
  poolManagerId: string | null;

  @Field(() => CurrencyCode, { description: 'The one currency of the pool.' })
  @Property({ type: 'text' })
  currency: string;

  @Field(() => BudgetState, { description: 'Where it stands.' })
  @Property({ type: 'text' })
  state: BudgetState;

  @Field(() => Boolean, {
    description:
      'True: money is of one financial year, as voted. False: authority does not expire at the end of a year.',
  })
  @Property({ type: 'boolean' })
  annual: boolean;

  @Field(() => Boolean, {
    description: 'True: its financial years are calendar years (2025-25). False: they run from April (2025-26).',
  })
  @Property({ type: 'boolean' })
  calendarYears: boolean;

  @Field(() => Day, {
    nullable: true,
    description:
      'Its first day: nothing in it takes effect earlier, or is of a financial year that had ended before. Null where none was stated.',
  })
  @Property({ type: 'date', nullable: true })
  startsOn: Opt<string | null>;

  @Field(() => [ControlTotal], { description: 'The control totals it holds money of; never mixed.' })
  @Property({ type: 'array' })
  controlTotals: ControlTotal[];

  @Property({ type: new BigIntType('bigint'), nullable: true })
  delegatedLimitMinor: Opt<bigint | null>;

  @Property({ type: new BigIntType('bigint'), nullable: true })
  virementLimitMinor: Opt<bigint | null>;

  @Field(() => Decimal, {
    nullable: true,
    description:
      'The most that may be carried over out of a year, in percent of what came in for it; null where there is no cap.',
  })
  @Property({ type: 'text', columnType: 'numeric', nullable: true })
  carryOverCapPercent: Opt<string | null>;

  @Field(() => [String], {
    description: 'Periods that are closed, such as 2025-26 P03: nothing more is recorded there.',
  })
  @Property({ type: 'array', default: [] })
  closedPeriods: Opt<string[]>;

  @Field(() => String, {
    nullable: true,
    description: 'Why it was frozen, opened again or brought to its end; null where nobody said.',
  })
  @Property({ type: 'text', nullable: true })
  stateReason: string | null;

  @Field(() => Boolean, { description: 'True when made up to show the hub.' })
  @Property({ type: 'boolean' })
  illustrative: boolean;

  @Field(() => String, { nullable: true, description: 'What it is called in the source it was imported from.' })
  @Property({ type: 'text', nullable: true })
  sourceReference: string | null;

  @Field(() => Int, { description: 'Counts its changes, for expectedVersion.' })
  @Property({ type: 'integer', version: true })
  version: Opt<number>;

  @Field(() => DateTime, { description: 'When the hub learnt of its present state.' })
  @Property({ type: 'datetime', length: 3, defaultRaw: 'clock_timestamp()' })
  recordedAt: Opt<Date>;

  @Field(() => Money, {
    nullable: true,
    description:
      'The most that an approver may approve alone for one recipient within 30 days; above it only the accounting officer of the host. Null: no limit.',
  })
  get delegatedLimit(): Money | null {
    return this.delegatedLimitMinor === null ? null : new Money(this.delegatedLimitMinor, this.currency);
  }

  @Field(() => Money, {
    nullable: true,
    description:
      'The most that an approver may move between allocations alone; above it only the accounting officer of the host. Null: no limit.',
  })
  get virementLimit(): Money | null {
    return this.virementLimitMinor === null ? null : new Money(this.virementLimitMinor, this.currency);
  }

  /** Refuses with ILLEGAL_TRANSITION when nothing of this kind moves in the pool as it stands. */
  expectMoving(kind: TransferKind, isReversal: boolean): void {
    const takesDeposits = kind !== TransferKind.DEPOSIT || isReversal;
    if (this.state === OPEN || (this.state === CLOSING && takesDeposits)) return;
    this.refuseTransition();
  }

  /** Refuses what would take effect before its first day, or is of a financial year that had ended by then. */
  expectStarted(effectiveOn: string, financialYear: string): void {
    const { id, startsOn } = this;
    if (!startsOn) return;
    if (effectiveOn < startsOn) {
      refuse('BAD_USER_INPUT', `Budget ${id} begins on ${startsOn}; ${effectiveOn} is before it.`, ['effectiveOn']);
    }
    if (daysOf(financialYear)!.until <= startsOn) {
      refuse('BAD_USER_INPUT', `Budget ${id} begins on ${startsOn}; ${financialYear} had ended by then.`, [
        'financialYear',
      ]);
    }
  }

  /** Refuses with ILLEGAL_TRANSITION when it stands in none of these. */
  expectState(...states: BudgetState[]): void {
    if (!states.includes(this.state)) this.refuseTransition();
  }

  /** Refuses with ILLEGAL_TRANSITION what could never be approved any more. */
  expectNotClosed(): void {
    if (this.state === CLOSED) this.refuseTransition();
  }

  /** Refuses with ILLEGAL_TRANSITION when it cannot go there from where it stands. */
  expectNext(state: BudgetState): void {
    if (!nextBudgetStates[this.state].includes(state)) this.refuseTransition();
  }

  private refuseTransition(): never {
    throw new Refused([new IllegalTransition(`Budget ${this.id}`, this.state, nextBudgetStates[this.state])]);
  }

  /** The financial year stated, or the one that contains the day; refuses a label of the other kind of year. */
  yearOf(day: string, stated: string | null | undefined): string {
    if (!stated) return this.calendarYears ? `${day.slice(0, 4)}-${day.slice(2, 4)}` : financialYearOf(day);
    if (stated < firstYear || stated > lastYear) {
      refuse('BAD_USER_INPUT', `The year ${stated} is too far away to be meant; check it.`, ['financialYear']);
    }
    const startsInJanuary = daysOf(stated)!.from.endsWith('-01-01');
    if (startsInJanuary !== this.calendarYears) {
      const kind = this.calendarYears ? 'calendar years, such as 2025-25' : 'years from April, such as 2025-26';
      refuse('BAD_USER_INPUT', `Budget ${this.id} counts in ${kind}; ${stated} is none.`, ['financialYear']);
    }
    return stated;
  }

  /** The control total stated, or the only one the pool has; refuses one that the pool does not hold money of. */
  controlTotalOf(stated: ControlTotal | null | undefined): ControlTotal {
    const [only, ...others] = this.controlTotals;
    if (!stated && others.length > 0) {
      refuse('BAD_USER_INPUT', `State the control total: budget ${this.id} has ${this.controlTotals.join(', ')}.`, [
        'controlTotal',
      ]);
    }
    const controlTotal = stated ?? only!;
    if (!this.controlTotals.includes(controlTotal)) {
      const message = `Budget ${this.id} holds no ${controlTotal}, only ${this.controlTotals.join(', ')}.`;
      refuse('CONTROL_TOTAL_MISMATCH', message, ['controlTotal']);
    }
    return controlTotal;
  }

  /** Finds a pool for a deed; refuses with UNKNOWN_BUDGET where there is none. */
  static async find(em: EntityManager, id: string, path: string[]): Promise<PooledBudget> {
    return (await em.findOne(PooledBudget, id)) ?? refuse('UNKNOWN_BUDGET', `There is no budget ${id}.`, path);
  }

  /** The same, locked against other changes of the pool; transfers, which hold a key lock on it, are let through. */
  static async lock(em: EntityManager, id: string): Promise<PooledBudget> {
    await query(em, 'select from pooled_budget where id = ? for no key update', [id]);
    return PooledBudget.find(em, id, ['budget']);
  }
}

export const budgets = nounsById(PooledBudget, 'pooled_budget');

/** Until the transaction ends, nobody opens a pool in these missions or takes in what is expected there. */
export async function lockPoolsOf(em: EntityManager, missionIds: string[]): Promise<void> {
  const sql = `select pg_advisory_xact_lock(hashtext('pools of a mission'), hashtext(id)) from
    (select distinct hashtext(id), id from unnest(?::text[]) as mission(id) order by 1, 2) as mission`;
  await query(em, sql, [missionIds]);
}

// Money is kept in years that people alive deal with; what is stated outside them is a slip of the pen.
const [firstYear, lastYear, firstDay] = ['1900-00', '2199-99', '1900-01-01'];

/** Refuses a day before 1900. */
export function expectMeant(day: string, field: string): void {
  if (day < firstDay) refuse('BAD_USER_INPUT', `${day} is too long ago to be meant; check its year.`, [field]);
}

/** The day stated, or today in London; refuses a day that has not come there yet, or was before 1900. */
export function dayNotAhead(stated: string | null | undefined, field = 'effectiveOn'): string {
  const today = dayInLondon(new Date());
  const day = stated ?? today;
  if (day > today) refuse('BAD_USER_INPUT', `${day} has not come yet; in London it is ${today}.`, [field]);
  expectMeant(day, field);
  return day;
}
