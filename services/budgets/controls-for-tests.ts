import type { Client } from 'pg';
import type { Role } from '../kernel/caller.js';
import { Context } from '../kernel/context.js';
import { type Answered, deed, type PoolForTests } from './pool-for-tests.js';

/** What the people who control a pool do, in their words. */
export class ControlsForTests {
  constructor(readonly pool: PoolForTests) {}

  /** Approves what was asked for, with an input of its own. */
  approveDrawdown(drawdown: string, input: object = {}): Promise<Answered> {
    return this.do('approver', 'approveDrawdown', { drawdown, effectiveOn: '2025-07-01', ...input });
  }

  /** A drawdown of so much that is reserved and to expire; answers its id. */
  async drawUntil(allocation: string, amount: string, expiresOn: string): Promise<string> {
    const { drawdown } = await this.pool.request(allocation, amount);
    const { codes, errors } = await this.approveDrawdown(drawdown.id, { expiresOn });
    if (codes.length > 0 || errors) throw new Error(JSON.stringify({ codes, errors }));
    return drawdown.id;
  }

  void(drawdown: string, input: object = {}, as = `${this.pool.host}.accounting-officer`): Promise<Answered> {
    const voided = { drawdown, reason: 'The works were cancelled', effectiveOn: '2025-10-01', ...input };
    return deed(this.pool.world, as, 'voidDrawdown', voided);
  }

  release(allocation: string, number: number, input: object = {}): Promise<Answered> {
    const stage = { allocation, number, evidence: 'Inspection report 7', releasedOn: '2025-07-01', ...input };
    return this.do('approver', 'releaseStage', stage);
  }

  freeze(frozen = true, input: object = {}, as = `${this.pool.host}.accounting-officer`): Promise<Answered> {
    return deed(this.pool.world, as, 'freezeBudget', { budget: this.pool.id, frozen, reason: 'An inquiry', ...input });
  }

  closePeriod(period: string, input: object = {}): Promise<Answered> {
    const closed = { budget: this.pool.id, financialYear: '2025-26', period, ...input };
    return this.do('accounting-officer', 'closePeriod', closed);
  }

  /** Closes so many periods of a year from its first. */
  async closeUntil(last: number, financialYear = '2025-26'): Promise<void> {
    for (let number = 1; number <= last; number++) {
      const { codes, errors } = await this.closePeriod(`P${String(number).padStart(2, '0')}`, { financialYear });
      if (codes.length > 0 || errors) throw new Error(JSON.stringify({ codes, errors }));
    }
  }

  close(to: string, input: object = {}): Promise<Answered> {
    return this.do('accounting-officer', 'closeBudget', { budget: this.pool.id, to, ...input });
  }

  certify(transfers: string[], as = 'recipient-council.accounting-officer'): Promise<Answered> {
    return deed(this.pool.world, as, 'certifyExpenditure', { transfers });
  }

  do(role: string, name: string, input: object): Promise<Answered> {
    return deed(this.pool.world, `${this.pool.host}.${role}`, name, input);
  }

  /** A request of one person who holds several roles, which no demo client does. */
  personWith(organisation: string, ...roles: Role[]): Context {
    return new Context(this.pool.world.services.budgets.orm, {
      caller: { subject: 'one-person', organisation, roles: new Set(roles) },
      ...{ knownAt: null, correlationId: 'test', fromGateway: true },
    });
  }

  /** What the public graph answers about the pool. */
  async ask(fields: string, asked: object = {}): Promise<Answered> {
    const document = `query ($id: ID!) { pooledBudget(id: $id) { ${fields} } }`;
    const { data, errors } = await this.pool.world.ask(document, { variables: { id: this.pool.id }, ...asked });
    if (errors) throw new Error(JSON.stringify(errors));
    return data.pooledBudget;
  }
}

export const forbidden = ({ errors }: Answered): string | undefined => errors?.[0]?.extensions.code;

/** What refuses a statement by hand: the constraint's name or the code; `done` when nothing does. */
export const refusedBy = (client: Client, sql: string, params: unknown[] = []): Promise<string> =>
  client.query(sql, params).then(
    () => 'done',
    (error) => error.constraint ?? error.code,
  );
