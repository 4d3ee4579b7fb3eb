import 'reflect-metadata';
import { toDecimal } from '../../services/kernel/money.js';
import type { Agreement, Instalment } from './read-ocha-agreements.js';
import { fundCurrency } from './read-ocha-contributions.js';
import { host, missionOf } from './write-ocha-funds.js';

// How an agreement of the file becomes a row for publishContributions.

export const sourceSystem = 'ocha-pooled-funds';
const source = 'OCHA pooled funds, CBPFGMS/pfbi-data: download/pfmb_contributions.csv';

const currencies = new Set(Intl.supportedValuesOf('currency'));
export const usd = (minor: bigint) => ({ amount: toDecimal(minor, fundCurrency), currency: fundCurrency });

/** OCHA's fiscal years are calendar years: 2025-25. */
export const yearLabel = (year: number): string => `${year}-${String(year % 100).padStart(2, '0')}`;

/** Only what is more than talk and intent is agreed: a pledge and what is in the pipeline bind nobody. */
export const isAgreed = ({ standing }: Agreement): boolean => standing !== 'PLEDGED' && standing !== 'PIPELINE';

/** What is pledged or agreed, in US cents; null where nobody can tell how much is talked about. */
export const sumOfTerms = ({ standing, promised, committed }: Agreement): bigint | null =>
  standing === 'PIPELINE' ? (promised?.usd ?? null) : committed;

/**
 * The day an agreement is taken to be signed: the day of the pledge or of the first payment, whichever came first. For
 * the country-based funds the file no longer states the pledge once it is paid.
 */
export function signedOn({ promised, instalments, years }: Agreement, today: string): string {
  const days = [promised?.on, ...instalments.map(({ on }) => on)].filter((day) => typeof day === 'string');
  const first = days.sort()[0] ?? `${years[0]?.fiscalYear}-01-01`;
  return first > today ? today : first;
}

/** An original amount that the hub's own scalars can hold; others stay in the provenance, to the letter. */
export const originalOf = ({ currency, local, rate }: Instalment) =>
  currency !== null && currency !== fundCurrency && currencies.has(currency) ? { amount: local, currency, rate } : null;

/** In an order that does not depend on the order of the lines, so that another vintage of the file has the same. */
export const inOrder = (instalments: readonly Instalment[]): Instalment[] =>
  [...instalments].sort((a, b) =>
    a.on !== b.on ? (a.on < b.on ? -1 : 1) : a.usd === b.usd ? a.line - b.line : a.usd < b.usd ? -1 : 1,
  );

export function publishedRow(
  agreement: Agreement,
  today: string,
  options: { budget?: string; releasedAt: string | null },
) {
  const { code, donor, fund, years, instalments, lines, standing } = agreement;
  const agreed = isAgreed(agreement);
  const sum = sumOfTerms(agreement) ?? 0n;
  const last = years.at(-1)?.fiscalYear ?? 0;
  const parts = agreed || standing === 'PLEDGED' ? years : [{ fiscalYear: last, committed: sum }];
  return {
    ...{ sourceSystem, sourceRecordId: code, mission: missionOf(fund), kind: 'MONEY', pooling: 'POOLED' },
    publicName: `${donor.name} to ${fund.name}, ${years.map(({ fiscalYear }) => fiscalYear).join(' and ')} (${code})`,
    state: agreed ? 'AGREED' : 'PLEDGED',
    ...(agreed && {
      agreement: { instrument: 'GRANT', signedOn: signedOn(agreement, today), signatories: [host.id], reference: code },
    }),
    terms: {
      amounts: parts
        .filter(({ committed }) => committed > 0n)
        .map(({ fiscalYear, committed }) => {
          return { financialYear: yearLabel(fiscalYear), controlTotal: 'NON_BUDGET', amount: usd(committed) };
        }),
      total: usd(sum),
      instalments: inOrder(instalments).map((instalment) => ({
        ...{ status: 'STATED_PAID', paidOn: instalment.on, amount: usd(instalment.usd) },
        original: originalOf(instalment),
      })),
      budget: options.budget ?? null,
      reason: standing === 'PIPELINE' ? 'In the pipeline: talked about, not promised yet.' : null,
    },
    effectiveOn: agreed ? signedOn(agreement, today) : pledgedOn(agreement, today),
    releasedAt: options.releasedAt,
    provenance: { source, row: lines.join(', '), original: originalText(agreement) },
    illustrative: false,
  };
}

export type PublishedAgreement = ReturnType<typeof publishedRow>;

const pledgedOn = ({ promised }: Agreement, today: string): string | null =>
  promised?.on && promised.on <= today ? promised.on : null;

const longestOriginal = 9_000;

/** The hub takes no control characters but line breaks and tabs, and none that turn the direction of text. */
const plain = (text: string): string =>
  text.replaceAll(/\r\n?/g, '\n').replaceAll(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, ' ');

/** What the file states to the letter, for what the hub rounds, cannot hold or does not ask for. */
function originalText({ promised, outstandingText, instalments, standing, writtenOffBecause }: Agreement): string {
  const lines = [
    `standing ${standing}${writtenOffBecause ? `, write-off ${writtenOffBecause}` : ''}`,
    ...(promised
      ? [
          `pledged ${promised.local} ${promised.currency} at ${promised.rate ?? 'no rate'} on ${promised.on ?? 'no date'}`,
        ]
      : []),
    `PledgeAmt ${outstandingText}`,
    ...instalments.map(({ on, text, local, currency, rate, comment }) => {
      const said = comment ? `: ${plain(comment)}` : '';
      return `paid ${text} on ${on} (${local} ${currency ?? 'no currency'} at ${rate ?? 'no rate'})${said}`;
    }),
  ];
  return lines.join('\n').slice(0, longestOriginal);
}
