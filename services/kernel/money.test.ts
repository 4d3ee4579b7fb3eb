import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CurrencyCode, Decimal, exponentOf, Money, toDecimal, toMinor } from './money.js';

describe('an amount', () => {
  it.each([
    ['12.50', 'GBP', 1250n],
    ['12.5', 'GBP', 1250n],
    ['12.500', 'GBP', 1250n],
    ['1175088', 'JPY', 1175088n],
    ['0.001', 'KWD', 1n],
    ['-0.01', 'USD', -1n],
    ['92233720368547758.07', 'GBP', 2n ** 63n - 1n],
  ])('of %s %s is exact in minor units', (decimal, currency, minor) => {
    expect(toMinor(decimal, currency)).toBe(minor);
  });

  it.each([
    ['12.505', 'GBP', 'has more decimals than GBP has (2)'],
    ['1.5', 'JPY', 'has more decimals than JPY has (0)'],
    ['1e400', 'GBP', 'is not a plain decimal'],
    ['NaN', 'GBP', 'is not a plain decimal'],
    ['1,000.00', 'GBP', 'is not a plain decimal'],
    ['', 'GBP', 'is not a plain decimal'],
    [`1.${'0'.repeat(40)}`, 'GBP', 'is not a plain decimal'],
    [' 1', 'GBP', 'is not a plain decimal'],
    ['92233720368547758.08', 'GBP', 'is larger than the hub can hold'],
  ])('of "%s" %s is refused with a sentence', (decimal, currency, sentence) => {
    expect(() => toMinor(decimal, currency)).toThrow(sentence);
  });

  it('comes back as it was, in every currency (property)', () => {
    const currency = fc.constantFrom('GBP', 'JPY', 'KWD', 'CLF');
    const minor = fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(
        minor,
        currency,
        (amountInMinor, code) => toMinor(toDecimal(amountInMinor, code), code) === amountInMinor,
      ),
    );
  });

  it('follows ISO 4217 where the platform follows daily use', () => {
    expect(['GBP', 'JPY', 'IQD', 'ISK', 'CLF'].map(exponentOf)).toEqual([2, 0, 3, 0, 4]);
  });

  it('is text in JSON, never a number', () => {
    const money = new Money(5n, 'GBP');
    expect([money.amount, typeof money.amount]).toEqual(['0.05', 'string']);
    expect(() => Decimal.parseValue(5)).toThrow('written as a string');
  });

  it('has at most 30 decimals, and says so', () => {
    expect(Decimal.parseValue(`0.${'1'.repeat(30)}`)).toHaveLength(32);
    expect(() => Decimal.parseValue(`0.${'1'.repeat(31)}`)).toThrow('with at most 30 decimals');
  });

  it('is refused in what is not a currency', () => {
    expect(() => CurrencyCode.parseValue('POUND')).toThrow('not an ISO 4217 currency code');
    expect(() => Money.of({ amount: '1.005', currency: 'GBP' })).toThrow('more decimals');
  });
});
