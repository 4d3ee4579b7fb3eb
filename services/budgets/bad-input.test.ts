import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import {
  type Attempt,
  contentOf,
  type DecimalPlace,
  decimalPlaces,
  PoolToRefuse,
  settled,
  Trail,
  valueAt,
  withValue,
} from './bad-input-for-tests.js';

let world: World;
let owner: Client;
let trail: Trail;
const pools: Record<string, PoolToRefuse> = {};
beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
  owner = await world.owner('budgets');
  trail = new Trail(owner);
  for (const currency of ['GBP', 'JPY', 'KWD']) pools[currency] = await new PoolToRefuse(world, currency).fill();
  await settled(owner);
});
afterAll(() => world?.stop());

const places = decimalPlaces();
const named = ({ mutation, path }: DecimalPlace) => `${mutation} ${path.join('.')}`;

/** What each bad amount is refused with; an exception is a place where it is not bad. */
const inPounds: [what: string, money: unknown, code: string][] = [
  ['zero', { amount: '0.00', currency: 'GBP' }, 'BAD_USER_INPUT'],
  ['negative', { amount: '-1.00', currency: 'GBP' }, 'BAD_USER_INPUT'],
  ['too many decimals', { amount: '1.005', currency: 'GBP' }, 'BAD_USER_INPUT'],
  ['2^63', { amount: '92233720368547758.08', currency: 'GBP' }, 'BAD_USER_INPUT'],
  ['1e400', { amount: '1e400', currency: 'GBP' }, 'BAD_USER_INPUT'],
  ['25 digits', { amount: '9'.repeat(25), currency: 'GBP' }, 'BAD_USER_INPUT'],
  ['another currency', { amount: '1.00', currency: 'USD' }, 'CURRENCY_MISMATCH'],
  ['no currency', { amount: '1.00', currency: 'XYZ' }, 'BAD_USER_INPUT'],
  ['NaN as text', { amount: 'NaN', currency: 'GBP' }, 'BAD_USER_INPUT'],
  ['a number', { amount: 1, currency: 'GBP' }, 'BAD_USER_INPUT'],
  ['nothing', { amount: '', currency: 'GBP' }, 'BAD_USER_INPUT'],
  ['a NUL', { amount: '1\0', currency: 'GBP' }, 'BAD_USER_INPUT'],
];
const decimals: [what: string, decimal: unknown, code: string][] = [
  ['negative', '-1.00', 'BAD_USER_INPUT'],
  ['1e400', '1e400', 'BAD_USER_INPUT'],
  ['NaN as text', 'NaN', 'BAD_USER_INPUT'],
  ['a number', 1, 'BAD_USER_INPUT'],
  ['zero', '0', 'BAD_USER_INPUT'],
  ['too many decimals', `0.${'1'.repeat(31)}`, 'BAD_USER_INPUT'],
  ['2^63', '92233720368547758.08', 'BAD_USER_INPUT'],
];
const allowed: Record<string, string[]> = {
  // A limit of zero is one: then nothing is approved below the accounting officer.
  'openBudget delegatedLimit': ['zero'],
  'openBudget virementLimit': ['zero'],
  'openBudget carryOverCapPercent': ['zero'],
  'recordDeposit exchange.rate': ['2^63'],
  'recordDeposits deposits.0.exchange.rate': ['2^63'],
};
/** What was received may be in any currency but that of the pool. */
const isReceived = (place: DecimalPlace) => place.path.at(-1) === 'received';

/** The bad values of a place, in the order they are tried. */
function badAt(place: DecimalPlace): [what: string, value: unknown, code: string][] {
  const all = place.type === 'Decimal' ? decimals : inPounds;
  const fitting = all.filter(([what]) => !allowed[named(place)]?.includes(what));
  if (!isReceived(place)) return fitting;
  return fitting.map(([what, value, code]) => {
    const { amount, currency } = value as { amount: unknown; currency: string };
    if (what === 'another currency') return ['that of the pool', { amount, currency: 'GBP' }, 'BAD_USER_INPUT'];
    return [what, { amount, currency: currency === 'GBP' ? 'EUR' : currency }, code];
  });
}

/** Asks for it; answers the code it is refused with, at whatever level. */
async function codeOf(mutation: string, { as, input }: Attempt): Promise<string> {
  const type = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`;
  const isBatch = ['recordDeposits', 'proposeAllocations', 'approveAllocations'].includes(mutation);
  const errors = `userErrors { code } ${isBatch ? 'rows { userErrors { code } }' : ''}`;
  const document = `mutation ($input: ${type}!) { answer: ${mutation}(input: $input) { ${errors} } }`;
  const answer = await world.ask(document, {
    as,
    variables: { input: { idempotencyKey: `key ${++keys}`, ...input } },
  });
  const { userErrors, rows } = answer.data?.answer ?? {};
  return answer.errors?.[0].extensions.code ?? userErrors[0]?.code ?? rows?.[0].userErrors[0]?.code ?? 'done';
}
let keys = 0;

describe('a bad amount', () => {
  it('is tried in every place of every mutation that takes one, in an input that would be done otherwise', async () => {
    const known = Object.keys(pools.GBP!.attempts).sort();
    expect([...new Set(places.map(({ mutation }) => mutation))].sort()).toEqual(known);
    for (const place of places)
      expect([named(place), valueAt(pools.GBP!.attempts[place.mutation]!.input, place.path)]).not.toContain(undefined);
    for (const { attempts } of Object.values(pools)) {
      for (const [mutation, { as, input }] of Object.entries(attempts)) {
        expect([mutation, await codeOf(mutation, { as, input: { ...input, dryRun: true } })]).toEqual([
          mutation,
          'done',
        ]);
      }
    }
  });

  it.each(
    places.map((place) => [named(place), place] as const),
  )('writes nothing and leaves one line in the trail: %s', async (_, place) => {
    const { as, input } = pools.GBP!.attempts[place.mutation]!;
    await trail.news();
    const [before, bad] = [await contentOf(owner), badAt(place)];
    const found: [string, string][] = [];
    for (const [what, value] of bad) {
      found.push([what, await codeOf(place.mutation, { as, input: withValue(input, place.path, value) as object })]);
    }
    expect(found).toEqual(bad.map(([what, , code]) => [what, code]));
    expect(await contentOf(owner)).toEqual(before);
    expect((await trail.news()).sort()).toEqual(bad.map(([, , code]) => `${place.mutation} ${code}`).sort());
  });

  it('has no more decimals than its currency: a yen has none, a dinar three', async () => {
    const tried = { JPY: ['1.5', '9223372036854775808'], KWD: ['1.0005', '9223372036854775.808'] };
    await trail.news();
    const before = await contentOf(owner);
    const asked: string[] = [];
    const found: [string, string, string][] = [];
    for (const [currency, amounts] of Object.entries(tried)) {
      for (const place of places.filter(({ type, path }) => type === 'MoneyInput' && path.at(-1) !== 'received')) {
        const { as, input } = pools[currency]!.attempts[place.mutation]!;
        for (const amount of amounts) {
          const bad = withValue(input, place.path, { amount, currency }) as object;
          found.push([named(place), amount, await codeOf(place.mutation, { as, input: bad })]);
          asked.push(`${place.mutation} BAD_USER_INPUT`);
        }
      }
    }
    expect(found.filter(([, , code]) => code !== 'BAD_USER_INPUT')).toEqual([]);
    expect(await contentOf(owner)).toEqual(before);
    expect((await trail.news()).sort()).toEqual(asked.sort());
    const fine = { JPY: '1', KWD: '1.005' };
    for (const [currency, amount] of Object.entries(fine)) {
      const { as, input } = pools[currency]!.attempts.recordDeposit!;
      const money = withValue({ ...input, exchange: null, dryRun: true }, ['amount'], { amount, currency }) as object;
      expect([currency, await codeOf('recordDeposit', { as, input: money })]).toEqual([currency, 'done']);
    }
  });
});
