import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import type { Role } from '../kernel/caller.js';
import { ApproveAllocation } from './approve-allocation.js';
import { contentOf, PoolToRefuse, settled, Trail } from './bad-input-for-tests.js';
import { CarryOver } from './carry-over.js';
import { ClosePeriod } from './close-period.js';
import { refusedBy } from './controls-for-tests.js';
import { accountOf, done, writeByHand } from './moving-money-for-tests.js';
import { type Answered, gbp } from './pool-for-tests.js';
import { RecordDeposit } from './record-deposit.js';

let world: World;
let owner: Client;
let service: Client;
let trail: Trail;
let rich: PoolToRefuse;
const ids: Record<string, string> = {};
const outcome = ({ codes, errors }: Answered): string => errors?.[0].extensions.code ?? codes[0] ?? 'done';

beforeAll(async () => {
  world = await startWorld({ services: ['budgets'] });
  [owner, service] = [await world.owner('budgets'), await world.serviceRole('budgets')];
  trail = new Trail(owner);
  rich = await new PoolToRefuse(world, 'GBP').fill();
  const { pool, money, controls } = rich;
  const { input } = rich.attempts.requestVirement as { input: { from: string; to: string } };
  Object.assign(
    ids,
    input,
    (rich.attempts.matchDeposit as { input: object }).input,
    (rich.attempts.payDrawdown as { input: object }).input,
  );
  ids.reversed = done(await pool.deposit('5.00', { reference: 'twice' })).transfer.id;
  done(await pool.reverse(ids.reversed!));
  ids.fenced = await pool.allocate('10.00', { ringFence: 'Flood defence' });
  ids.proposed = done(await pool.propose('1.00')).allocation.id;
  done(await money.carryOver('1.00'));
  done(await pool.deposit('7.00', { idempotencyKey: 'used', reference: 'used' }));
  const [small, large] = [
    await money.requestVirement(ids.from!, ids.to!, '0.01'),
    await money.requestVirement(ids.from!, ids.to!, '50.00'),
  ];
  Object.assign(ids, { small: small.virement.id, large: large.virement.id });
  const limited = new PoolToRefuse(world, 'GBP');
  await limited.pool.open({ delegatedLimit: gbp('10.00') });
  await limited.pool.fund('100.00');
  await limited.pool.allocate('6.00');
  ids.split = done(await limited.pool.propose('6.00')).allocation.id;
  const closed = new PoolToRefuse(world, 'GBP');
  await closed.pool.open({ annual: true });
  await closed.controls.closeUntil(12);
  ids.closed = closed.pool.id;
  const begun = new PoolToRefuse(world, 'GBP');
  await begun.pool.open({ annual: true, startsOn: '2025-04-01' });
  ids.begun = begun.pool.id;
  ids.source = await accountOf(owner, pool, 'CONTRIBUTOR_SOURCE', { financial_year: '2025-26', control_total: 'CDEL' });
  ids.unallocated = await accountOf(owner, pool, 'UNALLOCATED', { financial_year: '2025-26', control_total: 'CDEL' });
  ids.available = await accountOf(owner, pool, 'ALLOCATION_AVAILABLE', {
    financial_year: '2025-26',
    control_total: 'CDEL',
  });
  ids.returned = await accountOf(owner, pool, 'RETURNED', { financial_year: '2025-26', control_total: 'CDEL' });
  void controls;
  await settled(owner);
}, 60_000);
afterAll(() => world?.stop());

const inPool = { control_total: 'CDEL' };
const sql = (text: string, ...params: unknown[]) => refusedBy(service, text, params);

/** Of each rule, what breaks it and how it is refused: by a deed with a code, or by the database from whoever writes by hand. */
const refusals: [rule: number, what: string, code: string, work: () => Promise<Answered | string>][] = [
  [
    1,
    'a transfer that does not balance',
    'HB004',
    () =>
      byHand('LAPSE', [
        [ids.unallocated!, -2],
        [ids.returned!, 1],
      ]),
  ],
  [2, 'a posting that is changed', '42501', () => sql('update posting set amount = 1')],
  [2, 'a transfer that is deleted', '42501', () => sql('delete from transfer')],
  [3, 'money that is not there', 'NOT_ENOUGH_FUNDS', () => rich.money.lapse('100000.00')],
  [
    4,
    'an allocation of what nobody paid in',
    'HB006',
    () =>
      byHand(
        'ALLOCATION',
        [
          [ids.source!, -1],
          [ids.available!, 1],
        ],
        { allocation_id: ids.from },
      ),
  ],
  [
    5,
    'a key that was used for something else',
    'IDEMPOTENCY_KEY_REUSED',
    () => rich.pool.deposit('8.00', { idempotencyKey: 'used', reference: 'used' }),
  ],
  [6, 'a second reversal', 'ALREADY_REVERSED', () => rich.pool.reverse(ids.reversed!)],
  [7, 'a deposit into a year that is closed', 'PERIOD_CLOSED', () => rich.pool.deposit('1.00', { budget: ids.closed })],
  [
    8,
    'a match above the commitment',
    'ABOVE_COMMITMENT',
    () =>
      as('publisher', 'matchDeposit', { deposit: ids.deposit, contribution: ids.contribution, amount: gbp('200.00') }),
  ],
  [
    9,
    'an allocation beyond what came in',
    'NOT_ENOUGH_FUNDS',
    async () => rich.pool.approve((await large()).allocation.id),
  ],
  [
    10,
    'a payment beyond what is reserved',
    'NOT_ENOUGH_FUNDS',
    () => rich.pool.pay(ids.drawdown!, { amount: gbp('20.01') }),
  ],
  [11, 'expenditure beyond what was paid', 'NOT_ENOUGH_FUNDS', () => rich.pool.spend(ids.from!, '20.01')],
  [11, 'a refund beyond what was paid', 'NOT_ENOUGH_FUNDS', () => rich.money.refund(ids.drawdown!, '20.01')],
  [12, 'money that leaves a ring-fence', 'RING_FENCE', () => rich.money.requestVirement(ids.fenced!, ids.to!, '1.00')],
  [12, 'money that leaves its pool', 'POOL_MISMATCH', () => rich.money.requestVirement(ids.from!, ids.split!, '1.00')],
  [13, 'a second carry-over', 'ALREADY_CARRIED_OVER', () => rich.money.carryOver('1.00')],
  [
    14,
    'a return that leaves somebody out',
    'HB003',
    () =>
      byHand(
        'RETURN',
        [
          [ids.unallocated!, -1],
          [ids.returned!, 1],
        ],
        { contribution_id: 'funder:nobody' },
      ),
  ],
  [
    15,
    'dollars in a pool of pounds',
    'CURRENCY_MISMATCH',
    () => rich.pool.deposit('', { amount: { amount: '1.00', currency: 'USD' } }),
  ],
  [
    16,
    'a pool that changes its host',
    'HB002',
    () => sql(`update pooled_budget set host_id = 'another' where id = $1`, rich.pool.id),
  ],
  [
    17,
    'a root that is not the hash of its number',
    'HB017',
    () =>
      sql(
        `insert into seal_root (pool_id, number, hash, signature) select pool_id, number, repeat('0', 64), 'x' from seal limit 1`,
      ),
  ],
  [18, 'the approval of one’s own proposal', 'SEPARATION_OF_DUTIES', () => ownApproval()],
  [
    18,
    'the approval of something else than was proposed',
    'HASH_MISMATCH',
    () => rich.pool.approve(ids.proposed!, { hash: 'another' }),
  ],
  [
    18,
    'an approval by another organisation',
    'FORBIDDEN',
    () => rich.as('home-office.approver', 'approveAllocation', { allocation: ids.proposed }),
  ],
  [19, 'a second half that passes the limit with the first', 'LIMIT_EXCEEDED', () => rich.pool.approve(ids.split!)],
];

const as = (role: string, name: string, input: object) => rich.money.do(role, name, input);
const byHand = (kind: string, lines: [string, number][], row: object = {}) =>
  writeByHand(service, rich.pool, [{ kind, lines, row: { ...inPool, ...row } }]);
let proposed: Promise<Answered> | undefined;
const large = () => (proposed ??= rich.pool.propose('5000.00'));

async function ownApproval(): Promise<Answered> {
  const context = person('publisher', 'approver');
  const mine = (await owner.query(`select id from allocation where requested_by = 'one-person'`)).rows[0].id;
  const input = { idempotencyKey: 'own', dryRun: false, allocation: mine };
  const { userErrors } = await new ApproveAllocation().approveAllocation(input, context).finally(() => context.close());
  return { codes: userErrors.map(({ code }) => code) };
}
const person = (...roles: Role[]) => rich.controls.personWith(rich.pool.host, ...roles);

describe('each of rules 1 to 19 has something that is refused', () => {
  beforeAll(async () => {
    await large();
    await owner.query(
      `insert into allocation (id, pool_id, currency, purpose, financial_year, control_total, amount_minor, effective_on, hash, state, requested_by)
      values ('allocation-own', $1, 'GBP', 'Own', '2025-26', 'CDEL', 100, '2025-06-01', 'h', 'PROPOSED', 'one-person')`,
      [rich.pool.id],
    );
  });

  it('and none is left out', () => {
    const rules = [...new Set(refusals.map(([rule]) => rule))];
    expect(rules).toEqual(Array.from({ length: 19 }, (_, place) => place + 1));
  });

  it.each(
    refusals,
  )('of rule %i: %s (%s); nothing is written, and what a deed declines is one line in the trail', async (_, __, code, work) => {
    await trail.news();
    const before = await contentOf(owner);
    const answer = await work();
    expect(typeof answer === 'string' ? answer : outcome(answer)).toBe(code);
    expect(await contentOf(owner)).toEqual(before);
    const told = (await trail.news()).map((line) => line.split(' ')[1]);
    expect(told).toEqual(typeof answer === 'string' ? [] : [code]);
  });
});

describe('a day', () => {
  const refusedDays: [what: string, code: string, work: () => Promise<Answered>][] = [
    ['before any money came', 'NOT_ENOUGH_FUNDS', () => rich.pool.approve(ids.early!)],
    [
      'of a match before its deposit',
      'BAD_USER_INPUT',
      () =>
        as('publisher', 'matchDeposit', {
          deposit: ids.deposit,
          contribution: ids.contribution,
          amount: gbp('1.00'),
          effectiveOn: '2025-04-30',
        }),
    ],
    [
      'of a virement before its allocations',
      'NOT_ENOUGH_FUNDS',
      () => rich.money.approveVirement(ids.small!, { effectiveOn: '2025-05-31' }),
    ],
    [
      'of a lapse before the end of its year',
      'BAD_USER_INPUT',
      () => rich.money.lapse('1.00', { effectiveOn: '2026-03-30' }),
    ],
    [
      'in a closed period of a closed year',
      'PERIOD_CLOSED',
      () => rich.pool.deposit('1.00', { budget: ids.closed, effectiveOn: '2025-04-01' }),
    ],
    [
      '29 February in a year that has none',
      'BAD_USER_INPUT',
      () => rich.pool.deposit('1.00', { effectiveOn: '2025-02-29' }),
    ],
    [
      '29 February 2100, which is no leap year',
      'BAD_USER_INPUT',
      () => rich.pool.deposit('1.00', { effectiveOn: '2100-02-29' }),
    ],
    ['to come', 'BAD_USER_INPUT', () => rich.pool.deposit('1.00', { effectiveOn: '2199-01-01' })],
    [
      'before its pool',
      'BAD_USER_INPUT',
      () => rich.pool.deposit('1.00', { budget: ids.begun, effectiveOn: '2025-03-31' }),
    ],
    [
      'of a financial year that ended before its pool',
      'BAD_USER_INPUT',
      () => rich.pool.deposit('1.00', { budget: ids.begun, financialYear: '2024-25' }),
    ],
    [
      'of a proposal before its pool',
      'BAD_USER_INPUT',
      () => rich.pool.propose('1.00', { budget: ids.begun, effectiveOn: '2025-03-31' }),
    ],
    ['before 1900', 'BAD_USER_INPUT', () => rich.pool.deposit('1.00', { effectiveOn: '0001-01-01' })],
    [
      'of a deposit for a financial year before 1900',
      'BAD_USER_INPUT',
      () => rich.pool.deposit('1.00', { financialYear: '0000-01' }),
    ],
    [
      'of a deposit for a financial year after 2199',
      'BAD_USER_INPUT',
      () => rich.pool.deposit('1.00', { financialYear: '9999-00' }),
    ],
    [
      'of a lapse of a year before 1900',
      'BAD_USER_INPUT',
      () => rich.money.lapse('1.00', { financialYear: '0001-02' }),
    ],
    [
      'of a carry-over out of a year before 1900',
      'BAD_USER_INPUT',
      () => rich.money.carryOver('1.00', { financialYear: '0000-01' }),
    ],
    ['that is an instant', 'BAD_USER_INPUT', () => rich.pool.deposit('1.00', { effectiveOn: '2025-05-01T00:00:00Z' })],
    ['of a financial year that is none', 'BAD_USER_INPUT', () => rich.pool.deposit('1.00', { financialYear: '2025' })],
    [
      'of a calendar year in a pool that counts from April',
      'BAD_USER_INPUT',
      () => rich.pool.deposit('1.00', { financialYear: '2025-25' }),
    ],
  ];

  beforeAll(async () => {
    ids.early = done(await rich.pool.propose('1.00', { effectiveOn: '2025-04-15' })).allocation.id;
    await settled(owner);
  });

  it.each(
    refusedDays,
  )('%s is refused (%s), nothing is written, and one line is in the trail', async (_, code, work) => {
    await trail.news();
    const before = await contentOf(owner);
    expect(outcome(await work())).toBe(code);
    expect(await contentOf(owner)).toEqual(before);
    expect((await trail.news()).map((line) => line.split(' ')[1])).toEqual([code]);
  });

  it('29 February of a leap year is one, in the eleventh period of its year', async () => {
    const { transfer } = done(await rich.pool.deposit('1.00', { effectiveOn: '2024-02-29' }));
    const { rows } = await owner.query(
      'select financial_year, period, effective_on::text from transfer where id = $1',
      [transfer.id],
    );
    expect(rows).toEqual([{ financial_year: '2023-24', period: 'P11', effective_on: '2024-02-29' }]);
  });
});

describe('the end of a financial year is midnight in London', () => {
  const notTheDate = [
    'hrtime',
    'nextTick',
    'performance',
    'queueMicrotask',
    'setImmediate',
    'clearImmediate',
    'setInterval',
    'clearInterval',
    'setTimeout',
    'clearTimeout',
  ] as const;
  // On 31 March 2026 London is an hour ahead of UTC.
  const lastSecond = '2026-03-31T22:59:59.999Z';
  const midnight = '2026-03-31T23:00:00.000Z';
  let keys = 0;
  const at = (instant: string) => jest.useFakeTimers({ now: new Date(instant), doNotFake: [...notTheDate] });
  const deedInput = () => ({ idempotencyKey: `midnight ${++keys}`, dryRun: false });

  beforeEach(() => {
    at(lastSecond);
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const deposit = async (effectiveOn: string) => {
    const context = person('publisher');
    const receipt = { budget: rich.pool.id, amount: gbp('1.00'), effectiveOn, reference: `midnight ${keys}` };
    const { transfer, userErrors } = await new RecordDeposit().recordDeposit({ ...deedInput(), ...receipt }, context);
    context.close();
    return userErrors[0]?.code ?? `${transfer!.financialYear} ${transfer!.period}`;
  };

  it('the new year’s first day has not come a moment before', async () => {
    expect([await deposit('2026-03-31'), await deposit('2026-04-01')]).toEqual(['2025-26 P12', 'BAD_USER_INPUT']);
    at(midnight);
    expect([await deposit('2026-03-31'), await deposit('2026-04-01')]).toEqual(['2025-26 P12', '2026-27 P01']);
  });

  it('the old year is neither carried over nor closed a moment before', async () => {
    const context = person('accounting-officer');
    const year = { budget: rich.pool.id, financialYear: '2025-26' };
    const tried = async () => {
      const over = await new CarryOver().carryOver({ ...deedInput(), ...year, amount: gbp('1.00') }, context);
      const closing = await new ClosePeriod().closePeriod({ ...deedInput(), ...year, period: 'P12' }, context);
      return [over, closing].map(({ userErrors }) => userErrors[0]?.code);
    };
    expect(await tried()).toEqual(['YEAR_NOT_ENDED', 'PERIOD_NOT_OVER']);
    at(midnight);
    expect(await tried()).toEqual(['ALREADY_CARRIED_OVER', 'PERIOD_NOT_NEXT']);
    context.close();
  });
});

describe('what is refused for its form, before the deed runs', () => {
  const mutation = (input: string) => `mutation { recordDeposit(input: ${input}) { userErrors { code } } }`;
  const written = (amount: string) =>
    `{ idempotencyKey: "literal", budget: "b", effectiveOn: "2025-05-01", reference: "r", amount: { amount: ${amount}, currency: "GBP" } }`;
  const lines = async () => {
    const { rows } = await owner.query(
      'select subject, organisation, name, key, code from declined_deed order by id desc limit 1',
    );
    return rows[0];
  };
  const publisher = 'host-department.publisher';
  const told = { subject: publisher, organisation: 'host-department', name: 'recordDeposit' };

  it('is a line in the trail with who, what, its key and its code, asked through the gateway too', async () => {
    const variables = {
      input: {
        ...rich.attempts.recordDeposit!.input,
        idempotencyKey: 'malformed',
        amount: { amount: '1e400', currency: 'GBP' },
      },
    };
    const document = 'mutation ($input: RecordDepositInput!) { recordDeposit(input: $input) { userErrors { code } } }';
    for (const asked of [{}, { service: 'budgets' as const }]) {
      await trail.news();
      const { status, errors } = await world.ask(document, { as: publisher, variables, ...asked });
      expect([status, errors![0].extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
      expect(await trail.news()).toEqual(['recordDeposit BAD_USER_INPUT']);
      expect(await lines()).toEqual({ ...told, key: 'malformed', code: 'BAD_USER_INPUT' });
    }
  });

  it('written into the document, or of another shape than the input has, is a line too', async () => {
    for (const input of [written('"NaN"'), written('1.5'), '{ idempotencyKey: "literal" }', '{ nothing: "known" }']) {
      await trail.news();
      const { errors } = await world.ask(mutation(input), { as: publisher, service: 'budgets' });
      expect(await trail.news()).toEqual([`recordDeposit ${errors![0].extensions.code}`]);
      expect(await lines()).toMatchObject({ ...told, key: null });
    }
  });

  it('is one line however much is wrong with it, and none for the public or a question', async () => {
    await trail.news();
    await world.ask(mutation('{ amount: { amount: 1, currency: 2 } }'), { as: publisher, service: 'budgets' });
    expect(await trail.news()).toHaveLength(1);
    await world.ask(mutation('{ nothing: "known" }'), { service: 'budgets' });
    await world.ask('{ pooledBudget(id: 1.5) { id } }', { as: publisher, service: 'budgets' });
    expect(await trail.news()).toEqual([]);
  });
});
