import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { Directive, Field, InputType, ObjectType } from 'type-graphql';

// ISO 4217 minor units that are not 2. The platform's own table follows daily use instead (no fils for the Iraqi dinar).
const exponents: Record<string, number> = {
  ...Object.fromEntries(
    'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((c) => [c, 0]),
  ),
  ...Object.fromEntries('BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3])),
  CLF: 4,
  UYW: 4,
};
const currencies = new Set(Intl.supportedValuesOf('currency'));
const largest = 2n ** 63n - 1n;

/** How many decimals the currency has: 2 for GBP, 0 for JPY, 3 for KWD. */
export const exponentOf = (currency: string): number => exponents[currency] ?? 2;

/**
 * Minor units of a plain decimal ("12.50" GBP is 1250n). Throws RangeError with a sentence when the text is not a
 * plain decimal, has more decimals than the currency, or does not fit into 63 bits.
 */
export function toMinor(decimal: string, currency: string): bigint {
  const [, sign, whole, fraction = ''] = /^(-?)(\d{1,25})(?:\.(\d{1,30}))?$/.exec(decimal) ?? [];
  if (whole === undefined) throw new RangeError(`"${decimal.slice(0, 40)}" is not a plain decimal such as "1250.50".`);
  const exponent = exponentOf(currency);
  if (/[1-9]/.test(fraction.slice(exponent))) {
    throw new RangeError(`${decimal.slice(0, 60)} has more decimals than ${currency} has (${exponent}).`);
  }
  const minor = BigInt(whole + fraction.slice(0, exponent).padEnd(exponent, '0')) * (sign ? -1n : 1n);
  if (minor > largest || minor < -largest)
    throw new RangeError(`${decimal.slice(0, 40)} is larger than the hub can hold.`);
  return minor;
}

/** The exact decimal of an amount in minor units: 1250n GBP is "12.50". */
export function toDecimal(minor: bigint, currency: string): string {
  const exponent = exponentOf(currency);
  const digits = (minor < 0n ? -minor : minor).toString().padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent);
  return `${minor < 0n ? '-' : ''}${whole}${exponent > 0 ? `.${digits.slice(-exponent)}` : ''}`;
}

const text = (parse: (value: string) => string, name: string) => ({
  parseValue: (value: unknown) => parse(stringOnly(value, name)),
  parseLiteral: (node: { kind: string; value?: unknown }) =>
    parse(stringOnly(node.kind === Kind.STRING ? node.value : undefined, name)),
});

function stringOnly(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  throw new GraphQLError(`${name} is written as a string, in quotes.`, { extensions: { code: 'BAD_USER_INPUT' } });
}

/** An exact decimal number as text, for amounts and measured values alike. */
export const Decimal = new GraphQLScalarType({
  name: 'Decimal',
  description: 'An exact decimal number, always a string ("1250.50"): no exponent, no separators, at most 30 decimals.',
  serialize: String,
  ...text((value) => {
    if (/^-?\d{1,25}(\.\d{1,30})?$/.test(value)) return value;
    throw new GraphQLError('This is not a plain decimal such as "1250.50", with at most 30 decimals.', {
      extensions: { code: 'BAD_USER_INPUT' },
    });
  }, 'Decimal'),
});

export const CurrencyCode = new GraphQLScalarType({
  name: 'CurrencyCode',
  description: 'A currency by its ISO 4217 code, for example GBP.',
  serialize: String,
  ...text((value) => {
    if (currencies.has(value)) return value;
    throw new GraphQLError('This is not an ISO 4217 currency code such as GBP.', {
      extensions: { code: 'BAD_USER_INPUT' },
    });
  }, 'CurrencyCode'),
});

@Directive('@shareable')
@ObjectType({ description: 'An exact amount in one currency. Amounts of different currencies are never added up.' })
export class Money {
  @Field(() => Decimal, { description: 'The amount as an exact decimal string with all decimals of the currency.' })
  get amount(): string {
    return toDecimal(this.minor, this.currency);
  }

  @Field(() => CurrencyCode, { description: 'ISO 4217 code.' })
  readonly currency: string;

  /** `minor` counts the currency's smallest unit: pence for GBP. */
  constructor(
    readonly minor: bigint,
    currency: string,
  ) {
    this.currency = currency;
  }

  /** From what a client wrote; throws a GraphQLError with BAD_USER_INPUT and a sentence. */
  static of(input: MoneyInput): Money {
    try {
      return new Money(toMinor(input.amount, input.currency), input.currency);
    } catch (error) {
      throw new GraphQLError((error as Error).message, { extensions: { code: 'BAD_USER_INPUT' } });
    }
  }
}

@InputType({ description: 'An exact amount in one currency.' })
export class MoneyInput {
  @Field(() => Decimal, { description: 'The amount as a decimal string, with no more decimals than the currency has.' })
  amount: string;

  @Field(() => CurrencyCode, { description: 'ISO 4217 code.' })
  currency: string;
}
