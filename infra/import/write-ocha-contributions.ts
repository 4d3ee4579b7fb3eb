import type { Agreement } from './read-ocha-agreements.js';
import type { ContributionRow } from './read-ocha-contributions.js';
import { fundCurrency } from './read-ocha-contributions.js';
import { type DeedAnswer, eachOf, type RowAnswer, sendBatches, type UserError, type Work } from './write-batches.js';
import { commitAgreements, writeOffAgreements } from './write-ocha-commitments.js';
import { depositsOf, recordInstalments, waitForCommitments, waitForMatches } from './write-ocha-deposits.js';
import {
  allFunds,
  donorId,
  fundsIn,
  makeFundMissions,
  openPools,
  type Pool,
  registerDonors,
} from './write-ocha-funds.js';
import { type Known, knownBefore, otherDonor } from './write-ocha-known.js';
import { isAgreed, originalOf, type PublishedAgreement, publishedRow, sumOfTerms } from './write-ocha-terms.js';
import { buryGone, correctReceipts, restatePayments } from './write-ocha-vintage.js';

export interface ContributionsOptions {
  releasedAt: string | null;
  /** Today in London: nothing can have happened after it. */
  today: string;
  /** All codes of a file that is the whole book: what it does not list is gone. Null where it may be a part. */
  listed: ReadonlySet<string> | null;
  /** Only these funds; left out, all of them. */
  funds?: readonly string[] | undefined;
}

/** An agreement that the hub has as a contribution. */
export interface Published {
  agreement: Agreement;
  contributor: string;
  id: string;
  state: string;
  versionHash: string;
}

interface PublishAnswer extends DeedAnswer {
  rows: {
    verdict: RowAnswer['verdict'];
    id: string | null;
    state: string | null;
    versionHash: string | null;
    userErrors: UserError[];
  }[];
}

interface Sent {
  agreement: Agreement;
  row: PublishedAgreement;
}

/** Writes agreements with all that became of them: published, committed by both sides, paid in, written off. */
export async function writeOchaContributions(
  work: Work,
  agreements: readonly Agreement[],
  options: ContributionsOptions,
): Promise<void> {
  const funds = fundsIn(agreements);
  await registerDonors(
    work,
    agreements.map(({ donor, lines }) => ({ donor, line: lines[0] ?? 0 })),
  );
  await makeFundMissions(work, funds);
  const pools = await openPools(work, funds);
  noteWhatIsDecided(work, agreements, options);
  const known = await knownBefore(work, agreements, options.listed && !options.funds ? await allFunds(work) : []);
  const { published, settled } = await publishAgreements(work, agreements, { pools, known, ...options });
  if (work.dryRun) {
    const sums = {
      commitments: published.length,
      deposits: published.flatMap(({ agreement }) => agreement.instalments).length,
    };
    for (const [stage, count] of Object.entries(sums)) work.report.stage(stage).untried += count;
    return;
  }
  const committed = published.filter(({ agreement }) => isAgreed(agreement));
  const before = await waitForCommitments(work, pools, null);
  const added = await commitAgreements(work, committed, options.today);
  await writeOffAgreements(work, committed);
  await waitForCommitments(work, pools, { before, added });
  const deposits = (some: readonly Published[]) => some.flatMap((each) => depositsOf(each, pools));
  if (options.listed) {
    const { listed, releasedAt } = options;
    const fresh = committed.filter((each) => !settled.includes(each));
    await recordInstalments(work, [
      ...deposits(fresh),
      ...(await correctReceipts(work, settled, { pools, releasedAt })),
    ]);
    const gone = [...known].filter(([code]) => !listed.has(code));
    await restatePayments(work, settled, releasedAt);
    await buryGone(
      work,
      gone.flatMap(([code, some]) => some.map((each) => ({ ...each, code }))),
      releasedAt,
    );
  } else {
    await recordInstalments(work, deposits(committed));
    await restatePayments(work, settled, options.releasedAt);
  }
  await waitForMatches(work, pools);
}

interface Publishing extends ContributionsOptions {
  pools: ReadonlyMap<string, Pool>;
  /** What the hub had before, by code. */
  known: ReadonlyMap<string, Known[]>;
}

/** Publishes each donor's agreements as that donor; answers those that the hub has afterwards, and whose terms are settled. */
async function publishAgreements(
  work: Work,
  agreements: readonly Agreement[],
  { pools, known, today, releasedAt }: Publishing,
): Promise<{ published: Published[]; settled: Published[] }> {
  const stage = 'contributions';
  const published: Published[] = [];
  const settled: Published[] = [];
  const byDonor = new Map<string, Sent[]>();
  for (const agreement of agreements) {
    const { code, fund, donor, lines } = agreement;
    const reason = otherDonor(agreement, known.get(code) ?? []);
    if (reason) {
      work.report.refuse(stage, { row: lines[0] ?? null, column: 'DonorName', reason, value: donor.name });
      continue;
    }
    if ((sumOfTerms(agreement) ?? 0n) <= 0n) {
      const reason = 'Nothing says how much is talked about: without an amount and a rate there is nothing to publish.';
      work.report.refuse(stage, { row: lines[0] ?? null, column: 'PledgeAmtLocal', reason, value: code });
      continue;
    }
    const budget = pools.get(fund.name)?.id;
    const row = publishedRow(agreement, today, { releasedAt, ...(budget && { budget }) });
    const id = donorId(donor);
    byDonor.set(id, [...(byDonor.get(id) ?? []), { agreement, row }]);
  }
  work.progress.begin(stage, agreements.length);
  await eachOf([...byDonor], 2, ([contributor, rows]) =>
    sendBatches<Sent, PublishAnswer>(work, {
      ...{ stage, rows, service: 'contributions', deed: 'publishContributions', client: `${contributor}.publisher` },
      selection: 'rows { verdict id state versionHash userErrors { code message path } }',
      input: (some) => ({ rows: some.map(({ row }) => row) }),
      answers: (payload) =>
        payload.rows.map(({ verdict, userErrors: [fault] }) => ({ verdict, reason: fault ? reasonOf(fault) : null })),
      place: ({ agreement: { lines, code } }) => ({ line: lines[0] ?? null, value: code }),
      money: ({ agreement }) =>
        isAgreed(agreement) ? { currency: fundCurrency, minor: sumOfTerms(agreement) ?? 0n } : null,
      done: ({ agreement }, _answer, payload, at) => {
        const { id, state: answered, versionHash, userErrors } = payload.rows[at] ?? {};
        // A remembered answer has the state of the first time; where it stood before this run is newer.
        const state = known.get(agreement.code)?.find((each) => each.id === id)?.state ?? answered;
        if (!id || !state || !versionHash) return;
        published.push({ agreement, contributor, id, state, versionHash });
        if (userErrors?.[0]?.code === 'ILLEGAL_TRANSITION') settled.push(published.at(-1)!);
      },
    }),
  );
  work.progress.end();
  return { published, settled };
}

/** What the file says of an agreement that is binding already can differ; its terms are settled. */
const reasonOf = ({ code, message }: UserError): string =>
  code === 'ILLEGAL_TRANSITION'
    ? `The file states other terms than those that were agreed, and they are settled: ${message} (${code})`
    : `${message} (${code})`;

function noteWhatIsDecided(
  { report }: Work,
  agreements: readonly Agreement[],
  { releasedAt }: ContributionsOptions,
): void {
  report.note(
    releasedAt
      ? `Contributions count as known from ${releasedAt.slice(0, 10)} on, as --released says; the ledger from now on.`
      : 'The file does not say when it was released: everything counts as known from now on.',
  );
  report.note('An agreement counts as signed on the day of the pledge or of the first payment, whichever came first.');
  report.note('The file does not say when something was written off: write-offs take effect today.');
  const settled = agreements.flatMap(({ exchangeDifference }) =>
    exchangeDifference === null ? [] : [exchangeDifference],
  );
  const instalments = agreements.flatMap((agreement) => agreement.instalments);
  report.warn(
    'agreement settled with exactly the promised sum at another exchange rate than the pledge',
    settled.filter((each) => each !== 0n).length,
  );
  report.warn(
    'write-off that is inferred from status and amounts',
    agreements.filter(({ writtenOffBecause }) => writtenOffBecause === 'INFERRED').length,
  );
  report.warn(
    'payment in a currency without an ISO 4217 code of today: kept as text in the provenance',
    instalments.filter((each) => each.currency !== null && each.currency !== fundCurrency && !originalOf(each)).length,
  );
}

const sentences: Readonly<Record<string, string>> = {
  PAID_DATE_MISSING: 'nothing was paid yet',
  PAID_DATE_WITHOUT_PAYMENT: 'day of payment beside a payment of zero: left out',
  PAID_CURRENCY_MISSING: 'paid without a currency: only the US dollars are known',
  PAID_RATE_ZERO: 'exchange rate of a payment is zero: read as unknown',
  PAID_ROUNDED: 'payment with more than two decimals: rounded half to even',
  PLEDGE_DATE_PLACEHOLDER: 'day of a pledge is a placeholder: read as unknown',
  PLEDGE_CURRENCY_MISSING: 'pledged without a currency',
  PLEDGE_RATE_ZERO: 'exchange rate of a pledge is zero: read as unknown',
  PLEDGE_ROUNDED: 'outstanding part with more than two decimals: rounded half to even',
  PLEDGE_NEGATIVE: 'outstanding part below zero: refused',
};

/** Counts what is unusual in the rows and how it was read. */
export function warnOfOddities({ report }: Work, rows: readonly ContributionRow[]): void {
  for (const row of rows) for (const oddity of row.oddities) report.warn(sentences[oddity] ?? oddity);
}
