import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Money } from '../kernel/money.js';
import { Forbidden, IllegalTransition, Refusal, Refused, refuse } from '../kernel/refusal.js';
import { CurrencyMismatch, minorOf } from './amount.js';
import { NotEnoughFunds } from './ledger/not-enough-funds.js';
import { answerOf } from './rules-for-tests.js';
import { asVerdicts, attempt, declined, expectBatch, type Verdict } from './verdict.js';

const gbp = (minor: bigint) => new Money(minor, 'GBP');

describe('a batch', () => {
  it('has 1 to 500 rows', () => {
    const sent = (count: number) => answerOf(() => expectBatch(Array(count).fill('row'), 'deposits'));
    expect([sent(0), sent(1), sent(500), sent(501)]).toEqual([
      ...['BAD_USER_INPUT deposits', undefined, undefined, 'BAD_USER_INPUT deposits'],
    ]);
  });

  it('answers each row or says why it was refused, and lets a fault through', () => {
    expect(attempt(() => 7)).toEqual({ done: 7 });
    const refused = attempt(() => refuse('HASH_MISMATCH', 'Read it again.', ['hash']));
    expect(refused).toEqual({ userErrors: [new Refusal('HASH_MISMATCH', 'Read it again.', ['hash'])] });
    const missing = undefined as never as { row: string };
    expect(() => attempt(() => missing.row)).toThrow(TypeError);
  });

  it('of a single row ends with FORBIDDEN as a whole, and with any other refusal as an answer', () => {
    const [forbidden, other] = [new Refusal('FORBIDDEN', 'Not yours.'), new Refusal('BAD_USER_INPUT', 'Not so.')];
    expect(declined([other, forbidden])).toEqual(new Forbidden('Not yours.'));
    expect(declined([other])).toEqual(new Refused([other]));
    expect((declined([other]) as Refused).userErrors).toEqual([other]);
  });

  it('remembers its verdicts: the same request again gets the same types and amounts', async () => {
    const userErrors = [
      new NotEnoughFunds(gbp(5n), '2025-05-01'),
      new CurrencyMismatch('USD', 'GBP', ['amount']),
      new IllegalTransition('Allocation 1', 'WITHDRAWN', []),
      new Refusal('HASH_MISMATCH', 'Read it again.', ['hash']),
    ];
    const given = { row: 3, accepted: false, id: null, matched: gbp(2n ** 60n), suspense: null, userErrors };
    const { remember, recall } = asVerdicts<Verdict>();
    const [again] = await recall(undefined, JSON.parse(JSON.stringify(remember([given]))) as never);
    expect(again).toEqual(given);
    const classes = again!.userErrors.map((each) => Object.getPrototypeOf(each).constructor.name);
    expect(classes).toEqual(['NotEnoughFunds', 'CurrencyMismatch', 'IllegalTransition', 'Refusal']);
    const { available } = again!.userErrors[0] as NotEnoughFunds;
    expect([available.amount, (again as typeof given).matched.amount]).toEqual(['0.05', '11529215046068469.76']);
  });
});

describe('an amount', () => {
  it('is above zero, or zero where that is allowed, and in the currency that is expected', () => {
    const minor = (amount: string, currency = 'GBP', least?: bigint) =>
      answerOf(() => minorOf({ amount, currency }, 'GBP', ['limit'], least));
    expect([
      minor('12.50'),
      minor('0.01'),
      minor('0'),
      minor('-1'),
      minor('0', 'GBP', 0n),
      minor('-0.01', 'GBP', 0n),
      minor('1.001'),
      minor('1e400'),
      minor('92233720368547758.08'),
      minor('92233720368547758.07'),
      minor('1', 'USD'),
    ]).toEqual([
      ...[1250n, 1n, 'BAD_USER_INPUT limit', 'BAD_USER_INPUT limit', 0n],
      ...['BAD_USER_INPUT limit', 'BAD_USER_INPUT limit', 'BAD_USER_INPUT limit', 'BAD_USER_INPUT limit'],
      ...[2n ** 63n - 1n, 'CURRENCY_MISMATCH limit'],
    ]);
    expect(answerOf(() => minorOf({ amount: '0', currency: 'GBP' }, 'GBP'))).toBe('BAD_USER_INPUT amount');
  });

  it('that is refused is told what would do', () => {
    const told = (least?: bigint) => {
      const refused = attempt(() => minorOf({ amount: '-1', currency: 'GBP' }, 'GBP', [], least));
      return 'userErrors' in refused ? refused.userErrors[0]!.message : refused.done;
    };
    expect([told(), told(0n)]).toEqual(['The amount must be above zero.', 'The amount must be zero or above.']);
    expect(new CurrencyMismatch('USD', 'GBP', [])).toMatchObject({ code: 'CURRENCY_MISMATCH', expected: 'GBP' });
    expect(new NotEnoughFunds(gbp(5n), '2025-05-01')).toMatchObject({ path: ['amount'], available: gbp(5n) });
  });
});
