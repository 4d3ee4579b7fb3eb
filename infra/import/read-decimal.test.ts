import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { exactOf as figureOf } from '../../services/outcomes/decimal.js';
import { exactAgain, exactOf, plainOf, quotientOf, rounded, roundedTogether, sumOf } from './read-decimal.js';

const plain = (text: string) => plainOf(exactAgain(text));

describe('an exact decimal', () => {
  it('is read from plain and from scientific notation without loss', () => {
    expect(plain('2E+07')).toBe('20000000');
    expect(plain('1.25e-3')).toBe('0.00125');
    expect(plain('12345678901234567890.123456789')).toBe('12345678901234567890.123456789');
    expect(plain('-0.01')).toBe('-0.01');
  });

  it.each([
    '',
    '1,000',
    '12.',
    '.5',
    '1e400',
    'NaN',
    'Infinity',
    '0x10',
    '1 000',
    '£5',
    '--1',
    '9'.repeat(41),
  ])('is not read from "%s"', (text) => {
    expect(exactOf(text)).toBeNull();
  });

  it('has as many digits and decimals as the hub takes, and no more, however it is written', () => {
    for (const text of ['9'.repeat(25), '9'.repeat(26), `0.${'1'.repeat(30)}`, `0.${'1'.repeat(31)}`])
      expect([text, exactOf(text) !== null]).toEqual([text, figureOf(text) !== null]);
    expect(
      ['1e24', '1e25', '1e-30', '1e-31', '1.5e-29', '1.5e-30', '1.5e24'].map((text) => exactOf(text) !== null),
    ).toEqual([...[true, false, true, false, true, false, true]]);
  });

  it('is rounded half to even', () => {
    const cents = (text: string) => plainOf(rounded(exactAgain(text), 2));
    expect(['0.125', '0.135', '0.1350001', '-0.125', '-0.126', '7'].map(cents)).toEqual([
      '0.12',
      '0.14',
      '0.14',
      '-0.12',
      '-0.13',
      '7.00',
    ]);
  });

  it('is divided with one rounding', () => {
    expect(plainOf(quotientOf(exactAgain('1000000.0'), exactAgain('0.851'), 4))).toBe('1175088.1316');
    expect(plainOf(quotientOf(exactAgain('-1'), exactAgain('8'), 2))).toBe('-0.12');
  });
});

describe('parts that are rounded together', () => {
  it('give the missing unit to the part that lost most, the earlier one first', () => {
    const shares = (...texts: string[]) => roundedTogether(texts.map(exactAgain), 2).map(plainOf);
    expect(shares('33.3333', '33.3333', '33.3334')).toEqual(['33.33', '33.33', '33.34']);
    expect(shares('0.005', '0.005')).toEqual(['0.01', '0.00']);
    expect(shares('1.1', '2')).toEqual(['1.10', '2.00']);
  });

  it('add up to their rounded sum, and none is moved by a whole unit', () => {
    const part = fc.record({ digits: fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), scale: fc.nat(6) });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 30 }), (parts) => {
        const shares = roundedTogether(parts, 2);
        expect(sumOf(shares).digits).toBe(rounded(sumOf(parts), 2).digits);
        shares.forEach((share, at) => {
          const moved = sumOf([share, { ...parts[at]!, digits: -parts[at]!.digits }]);
          expect((moved.digits < 0n ? -moved.digits : moved.digits) < 10n ** BigInt(moved.scale - 2)).toBe(true);
        });
      }),
    );
  });
});
