import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { onStatement } from '../kernel/database.js';
import { toDecimal } from '../kernel/money.js';
import { done, faultsIn, MovingMoneyForTests } from './moving-money-for-tests.js';
import { type Answered, PoolForTests } from './pool-for-tests.js';

let world: World;
let owner: Client;
let money: MovingMoneyForTests;
let allocation: string;
let drawdown: string;
let beforeReturn: string;

const [defra, dfe, desnz] = ['defra', 'dfe', 'desnz'].map((name) => `${name}:019a0000-0000-7000-8000-000000000000`);
const words =
  `deposited carriedIn switched covered unallocated available reserved withRecipients spent refundDue returned
  lapsed carriedOut drawnDown refunded`.split(/\s+/);
const pennies = (amount: string) => BigInt(amount.replace('.', ''));

const ask = async (query: string, variables: object = {}, asKnownAt?: string): Promise<Answered> => {
  const { data, errors } = await world.ask(query, { variables, ...(asKnownAt && { asKnownAt }) });
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
};

const traced = `deposited { amount } budget { id } places { financialYear controlTotal setAside { amount }
  ${words.map((word) => `${word} { amount }`).join(' ')}
  allocations(first: 10) { totalCount nodes { allocation { id } amount { amount } spent { amount } } } }`;

const traceOf = async (ids: string[], cut = '', asKnownAt?: string): Promise<Answered[]> => {
  const document = `query ($ids: [_Any!]!) { _entities(representations: $ids) { ... on Contribution { id trace${cut} { ${traced} } } } }`;
  const keys = ids.map((id) => ({ __typename: 'Contribution', id }));
  return (await ask(document, { ids: keys }, asKnownAt))._entities;
};

/** Where everybody's money lies: for each place a table with a column for each contributor, without lines of zeros. */
async function tables(cut = '', asKnownAt?: string): Promise<string[]> {
  const traces = (await traceOf([defra!, desnz!, dfe!], cut, asKnownAt)).filter(({ trace }) => trace !== null);
  const nameOf = ({ financialYear, controlTotal }: Answered) => `${financialYear} ${controlTotal}`;
  const places = [...new Set(traces.flatMap(({ trace }) => trace.places.map(nameOf)))].sort();
  const row = (head: string, cells: string[]) => head.padEnd(19) + cells.map((cell) => cell.padStart(9)).join('');
  return places.flatMap((name) => {
    const here = traces.flatMap(({ id, trace }) =>
      trace.places.filter((place: Answered) => nameOf(place) === name).map((place: Answered) => ({ id, place })),
    );
    const lines = words.map((word) => {
      const amounts: string[] = here.map(({ place }) => place[word].amount);
      const sum = amounts.reduce((all, amount) => all + pennies(amount), 0n);
      return amounts.every((amount) => amount === '0.00') ? '' : row(`  ${word}`, [...amounts, toDecimal(sum, 'GBP')]);
    });
    return [row(name, [...here.map(({ id }) => id.split(':')[0]), 'all']), ...lines.filter(Boolean)];
  });
}

const funders = ({ nodes }: Answered) =>
  nodes.map(({ contributor, amount }: Answered) => `${contributor.id} ${amount.amount}`).join(', ');

beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
  owner = await world.owner('budgets');
  const pool = await new PoolForTests(world).open({ annual: true, controlTotals: ['CDEL', 'RDEL_ADMIN'] });
  money = new MovingMoneyForTests(pool);
  await money.paidIn(defra!, '60.00', { controlTotal: 'CDEL' });
  await money.paidIn(dfe!, '40.01', { controlTotal: 'CDEL' });
  await money.paidIn(desnz!, '50.00', { controlTotal: 'RDEL_ADMIN', effectiveOn: '2025-05-20' });
  allocation = await pool.allocate('50.00', { controlTotal: 'CDEL' });
  drawdown = await pool.draw(allocation, '40.00');
  done(await pool.pay(drawdown, { amount: { amount: '35.00', currency: 'GBP' } }));
  await pool.spend(allocation, '19.99');
  done(await money.refund(drawdown, '10.00', { reuse: false }));
  done(await money.refund(drawdown, '3.00'));
  beforeReturn = new Date().toISOString();
  const due = { from: 'REFUND_DUE', financialYear: '2025-26', controlTotal: 'CDEL' };
  done(await money.giveBack('7.00', due));
  const other = await pool.allocate('15.00', { controlTotal: 'RDEL_ADMIN' });
  await money.move(other, allocation, '15.00', { consent: 'HM Treasury' });
  done(await money.carryOver('20.00', { controlTotal: 'CDEL' }));
  done(await money.lapse('5.00', { controlTotal: 'CDEL' }));
}, 60_000);
afterAll(() => world?.stop());

describe('a pound that is followed from its contributor', () => {
  it('is, place by place, what was deposited and its share of what became of it', async () => {
    expect(await tables()).toEqual([
      '2025-26 CDEL           defra    desnz      dfe      all',
      '  deposited            60.00     0.00    40.01   100.01',
      '  switched              0.00    15.00     0.00    15.00',
      '  unallocated          14.47     3.89     9.65    28.01',
      '  available            12.92     3.47     8.61    25.00',
      '  reserved              2.58     0.70     1.72     5.00',
      '  withRecipients        1.04     0.28     0.69     2.01',
      '  spent                10.33     2.77     6.89    19.99',
      '  refundDue             1.55     0.42     1.03     3.00',
      '  returned              4.20     0.00     2.80     7.00',
      '  lapsed                2.58     0.69     1.73     5.00',
      '  carriedOut           10.33     2.78     6.89    20.00',
      '  drawnDown            18.09     4.85    12.06    35.00',
      '  refunded              6.72     1.80     4.48    13.00',
      '2025-26 RDEL_ADMIN     desnz      all',
      '  deposited            50.00    50.00',
      '  switched            -15.00   -15.00',
      '  unallocated          35.00    35.00',
      '2026-27 CDEL           defra    desnz      dfe      all',
      '  carriedIn            10.33     2.78     6.89    20.00',
      '  unallocated          10.33     2.78     6.89    20.00',
    ]);
    expect(await faultsIn(owner, money.pool)).toEqual([]);
  });

  it('adds up to the penny for each contribution, and over all of them to the statement of the pool', async () => {
    const traces = await traceOf([defra!, desnz!, dfe!]);
    const sums = new Map<string, bigint>();
    for (const { trace } of traces) {
      let deposited = 0n;
      for (const place of trace.places) {
        const of = (...names: string[]) => names.reduce((sum, name) => sum + pennies(place[name].amount), 0n);
        expect(of('deposited', 'carriedIn', 'switched', 'covered')).toBe(
          of('unallocated', 'setAside', 'refundDue', 'returned', 'lapsed', 'carriedOut'),
        );
        expect(of('setAside')).toBe(of('available', 'reserved', 'withRecipients', 'spent'));
        expect(of('drawnDown')).toBe(of('withRecipients', 'spent', 'refunded'));
        const parts = place.allocations.nodes.map(({ amount }: Answered) => pennies(amount.amount));
        expect(parts.reduce((sum: bigint, part: bigint) => sum + part, 0n)).toBe(of('setAside'));
        for (const word of words) {
          const key = `${place.financialYear} ${place.controlTotal} ${word}`;
          sums.set(key, (sums.get(key) ?? 0n) + of(word));
        }
        deposited += of('deposited');
      }
      expect(pennies(trace.deposited.amount)).toBe(deposited);
      expect(trace.budget.id).toBe(money.pool.id);
    }
    const same = words.filter((word) => !['covered', 'available', 'withRecipients'].includes(word));
    for (const [year, total] of [
      ['2025-26', 'CDEL'],
      ['2025-26', 'RDEL_ADMIN'],
      ['2026-27', 'CDEL'],
    ] as const) {
      const stated = await money.pool.statement(`(financialYear: "${year}", controlTotal: ${total})`);
      const followed = Object.fromEntries(same.map((word) => [word, sums.get(`${year} ${total} ${word}`) ?? 0n]));
      expect(followed).toEqual(Object.fromEntries(same.map((word) => [word, pennies(stated[word] ?? '0.00')])));
    }
  });

  it('is followed to the end of a day, and as known at an instant', async () => {
    expect(await tables('(effectiveOn: "2025-05-10")')).toEqual([
      '2025-26 CDEL           defra      dfe      all',
      '  deposited            60.00    40.01   100.01',
      '  unallocated          60.00    40.01   100.01',
    ]);
    expect(await tables('(effectiveOn: "2025-11-30")', beforeReturn)).toEqual([
      '2025-26 CDEL           defra      dfe      all',
      '  deposited            60.00    40.01   100.01',
      '  unallocated          31.80    21.21    53.01',
      '  available             6.00     4.00    10.00',
      '  reserved              3.00     2.00     5.00',
      '  withRecipients        1.21     0.80     2.01',
      '  spent                11.99     8.00    19.99',
      '  refundDue             6.00     4.00    10.00',
      '  drawnDown            21.00    14.00    35.00',
      '  refunded              7.80     5.20    13.00',
      '2025-26 RDEL_ADMIN     desnz      all',
      '  deposited            50.00    50.00',
      '  unallocated          50.00    50.00',
    ]);
    // Out of the one year, and not yet in the next.
    expect(await tables('(effectiveOn: "2026-03-31")')).toEqual([
      '2025-26 CDEL           defra    desnz      dfe      all',
      '  deposited            60.00     0.00    40.01   100.01',
      '  switched              0.00    15.00     0.00    15.00',
      '  unallocated          17.05     4.59    11.37    33.01',
      '  available            12.91     3.47     8.62    25.00',
      '  reserved              2.58     0.70     1.72     5.00',
      '  withRecipients        1.04     0.27     0.70     2.01',
      '  spent                10.33     2.78     6.88    19.99',
      '  refundDue             1.55     0.42     1.03     3.00',
      '  returned              4.20     0.00     2.80     7.00',
      '  carriedOut           10.34     2.77     6.89    20.00',
      '  drawnDown            18.09     4.85    12.06    35.00',
      '  refunded              6.72     1.80     4.48    13.00',
      '2025-26 RDEL_ADMIN     desnz      all',
      '  deposited            50.00    50.00',
      '  switched            -15.00   -15.00',
      '  unallocated          35.00    35.00',
    ]);
    expect(await tables('', '2020-01-01T00:00:00Z')).toEqual([]);
  });

  it('is followed back from an allocation and from every transfer, by the same shares', async () => {
    const document = `query ($id: ID!) { pooledBudget(id: $id) {
      allocations { nodes { id fundedBy { totalCount nodes { contribution { id } contributor { id } amount { amount } } } } }
      transfers(first: 100) { nodes { kind controlTotal amount { amount } fundedBy { nodes { contributor { id } amount { amount } } } } } } }`;
    const { pooledBudget } = await ask(document, { id: money.pool.id });
    const [forward] = (await traceOf([defra!])).map(({ trace }) => trace.places[0].allocations.nodes);
    const back = pooledBudget.allocations.nodes.find(({ id }: Answered) => id === allocation).fundedBy;
    expect(funders(back)).toBe('defra 26.87, desnz 7.22, dfe 17.91');
    expect(back.nodes[0]).toMatchObject({ contribution: { id: defra }, amount: forward[0].amount });
    expect(
      pooledBudget.transfers.nodes
        .reverse()
        .map(({ kind, amount, fundedBy }: Answered) => `${kind} ${amount.amount}: ${funders(fundedBy)}`),
    ).toEqual([
      'DEPOSIT 60.00: defra 60.00',
      'DEPOSIT 40.01: dfe 40.01',
      'DEPOSIT 50.00: desnz 50.00',
      'ALLOCATION 50.00: defra 25.83, desnz 6.94, dfe 17.23',
      'RESERVATION 40.00: defra 20.67, desnz 5.55, dfe 13.78',
      'PAYMENT 35.00: defra 18.08, desnz 4.86, dfe 12.06',
      'EXPENDITURE 19.99: defra 10.33, desnz 2.77, dfe 6.89',
      'REFUND 10.00: defra 5.17, desnz 1.39, dfe 3.44',
      'REFUND 3.00: defra 1.55, desnz 0.42, dfe 1.03',
      'RETURN 4.20: defra 4.20',
      'RETURN 2.80: dfe 2.80',
      'ALLOCATION 15.00: desnz 15.00',
      'VIREMENT 15.00: desnz 15.00',
      'SWITCH 15.00: desnz 15.00',
      'VIREMENT 15.00: defra 7.75, desnz 2.08, dfe 5.17',
      'CARRY_OUT 20.00: defra 10.33, desnz 2.78, dfe 6.89',
      'CARRY_IN 20.00: defra 10.33, desnz 2.78, dfe 6.89',
      'LAPSE 5.00: defra 2.58, desnz 0.70, dfe 1.72',
    ]);
  });

  it('is followed in pages, and a cursor of another list is refused', async () => {
    const document = `query ($id: ID!, $after: String, $first: Int!) { pooledBudget(id: $id) { allocations(first: 2) { nodes {
      id fundedBy(first: $first, after: $after) { nodes { contributor { id } } pageInfo { endCursor hasNextPage } } } } } }`;
    const pages: string[] = [];
    let after: string | null = null;
    do {
      const { pooledBudget } = await ask(document, { id: money.pool.id, first: 1, after });
      const found = pooledBudget.allocations.nodes.find(({ id }: Answered) => id === allocation);
      const { nodes, pageInfo } = found.fundedBy;
      pages.push(...nodes.map(({ contributor }: Answered) => contributor.id));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after);
    expect(pages).toEqual(['defra', 'desnz', 'dfe']);
    for (const wrong of [{ first: 0 }, { first: 101 }, { first: 1, after: 'bm9uZQ' }]) {
      const { errors } = await world.ask(document, { variables: { id: money.pool.id, ...wrong } });
      expect(errors?.[0].extensions.code).toBe('BAD_USER_INPUT');
    }
  });

  it('costs as many SQL statements for all contributions and allocations as for one', async () => {
    const cost = async (work: () => Promise<unknown>) => {
      let count = 0;
      const stop = onStatement(world.services.budgets.orm, (sql) => {
        if (!/^(begin|commit|rollback|set |select set_config)/i.test(sql)) count++;
      });
      await work();
      stop();
      return count;
    };
    const back = (first: number) =>
      ask(
        `query ($id: ID!) { pooledBudget(id: $id) { allocations(first: ${first}) { nodes { fundedBy { totalCount } } }
          transfers(first: ${first}) { nodes { fundedBy { totalCount } } } } }`,
        { id: money.pool.id },
      );
    const [one, all] = [await cost(() => traceOf([defra!])), await cost(() => traceOf([defra!, desnz!, dfe!]))];
    expect([one, all]).toEqual([6, 6]);
    const [few, many] = [await cost(() => back(1)), await cost(() => back(20))];
    // The lines of deposits, read for all of them at once.
    expect([few, many]).toEqual([6, 7]);
  });

  it('is nowhere where nothing is expected of the contribution in a pool', async () => {
    expect(await traceOf(['defra:unknown'])).toEqual([{ id: 'defra:unknown', trace: null }]);
    await money.pool.commit('dft:1', '10.00');
    const [{ trace }] = await traceOf(['dft:1']);
    expect(trace).toMatchObject({ deposited: { amount: '0.00' }, places: [] });
  });
});
