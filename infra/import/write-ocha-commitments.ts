import { fundCurrency } from './read-ocha-contributions.js';
import {
  type DeedAnswer,
  deed,
  eachOf,
  keyFor,
  type RowAnswer,
  sendBatches,
  type UserError,
  type Work,
} from './write-batches.js';
import type { Published } from './write-ocha-contributions.js';
import { signedOn, usd } from './write-ocha-terms.js';
import { missionFinance } from './write-organisations.js';

interface CommitAnswer extends DeedAnswer {
  rows: { accepted: boolean; state: string | null; userErrors: UserError[] }[];
}

/**
 * Approves the agreements for both sides: each donor's accounting officer first, then the finance of the missions.
 * Answers, by the name of the fund, how much became binding just now, in US cents.
 */
export async function commitAgreements(
  work: Work,
  published: readonly Published[],
  today: string,
): Promise<ReadonlyMap<string, bigint>> {
  const stages = { donors: "donors' approvals", commitments: 'commitments' };
  const waiting = published.filter(({ state }) => !binding.has(state));
  for (const { agreement } of published.filter(({ state }) => binding.has(state))) {
    for (const name of Object.values(stages)) {
      work.report.stage(name).count('UNCHANGED');
      work.report.stage(name).addMoney(fundCurrency, agreement.committed);
    }
  }
  const byDonor = new Map<string, Published[]>();
  for (const each of waiting) byDonor.set(each.contributor, [...(byDonor.get(each.contributor) ?? []), each]);
  work.progress.begin(stages.donors, waiting.length);
  await eachOf([...byDonor], 2, ([contributor, rows]) =>
    approve(work, { stage: stages.donors, client: `${contributor}.accounting-officer`, rows, today }),
  );
  work.progress.end();
  const added = new Map<string, bigint>();
  work.progress.begin(stages.commitments, waiting.length);
  await approve(work, { stage: stages.commitments, client: missionFinance, rows: waiting, today, added });
  work.progress.end();
  return added;
}

interface Approving {
  stage: string;
  client: string;
  rows: readonly Published[];
  today: string;
  added?: Map<string, bigint>;
}

const approve = (work: Work, { stage, client, rows, today, added }: Approving): Promise<void> =>
  sendBatches<Published, CommitAnswer>(work, {
    ...{ stage, rows, client, service: 'contributions', deed: 'commitContributions' },
    selection: 'rows { accepted state userErrors { code message path } }',
    input: (some) => ({
      rows: some.map(({ id, versionHash, agreement }) => {
        return { contribution: id, versionHash, effectiveOn: signedOn(agreement, today) };
      }),
    }),
    answers: (payload) => payload.rows.map(answerOf),
    place: ({ agreement: { lines, code } }) => ({ line: lines[0] ?? null, value: code }),
    money: ({ agreement }) => ({ currency: fundCurrency, minor: agreement.committed }),
    done: ({ agreement: { fund, committed } }, { verdict }) => {
      if (verdict === 'NEW') added?.set(fund.name, (added.get(fund.name) ?? 0n) + committed);
    },
  });

const binding = new Set(['COMMITTED', 'PART_DEPOSITED', 'DEPOSITED', 'WRITTEN_OFF', 'FULFILLED', 'CLOSED']);

/** An approval that was given before is not given again: that is how a second run finds it. */
function answerOf({ accepted, state, userErrors: [fault] }: CommitAnswer['rows'][number]): RowAnswer {
  if (accepted) return { verdict: 'NEW' };
  const isDone =
    (fault?.code === 'ILLEGAL_TRANSITION' && binding.has(state ?? '')) || fault?.code === 'SEPARATION_OF_DUTIES';
  return isDone ? { verdict: 'UNCHANGED' } : { verdict: 'REFUSED', reason: `${fault?.message} (${fault?.code})` };
}

const reasons = {
  STATED: 'Written off in the source: what was promised is not expected any more.',
  INFERRED:
    'The source says partially paid and nothing outstanding: the rest of the promise is not expected any more. It does not say the word.',
};

/**
 * Writes off with both approvals, the donor's and that of the missions' finance, who find the same in the source. Answers
 * what the second did, or what declined the first.
 */
export async function writeOffByBoth(
  work: Work,
  contributor: string,
  content: { contribution: string; amount?: object | null; reason: string },
): Promise<DeedAnswer> {
  const what = { service: 'contributions', deed: 'writeOffContribution', selection: 'contribution { id }' } as const;
  const input = { ...content, dryRun: work.dryRun, idempotencyKey: keyFor(what.deed, content) };
  const client = `${contributor}.accounting-officer`;
  const first = await deed<DeedAnswer>(work.hub, { ...what, client }, input);
  const [fault] = first.userErrors;
  // An approval that was given in an earlier run under another key is not given again.
  if (fault && fault.code !== 'SEPARATION_OF_DUTIES') return first;
  return deed<DeedAnswer>(work.hub, { ...what, client: missionFinance }, input);
}

/** Writes off what the source does not expect any more. */
export async function writeOffAgreements(work: Work, published: readonly Published[]): Promise<void> {
  const stage = 'write-offs';
  const rows = published.filter(({ agreement }) => agreement.writtenOff > 0n);
  work.progress.begin(stage, rows.length);
  for (const { id, contributor, agreement } of rows) {
    const reason = reasons[agreement.writtenOffBecause ?? 'STATED'];
    const content = { contribution: id, amount: usd(agreement.writtenOff), reason };
    const { userErrors, replayed } = await writeOffByBoth(work, contributor, content);
    const [fault] = userErrors;
    // Nothing is outstanding any more where it was written off in an earlier run under another key.
    const isDone = replayed || fault?.code === 'ILLEGAL_TRANSITION';
    if (fault && !isDone) {
      const said = `${fault.message} (${fault.code})`;
      work.report.refuse(stage, {
        row: agreement.lines[0] ?? null,
        column: 'ContributionStatus',
        reason: said,
        value: agreement.code,
      });
    } else {
      work.report.stage(stage).count(isDone ? 'UNCHANGED' : 'NEW');
      work.report.stage(stage).addMoney(fundCurrency, agreement.writtenOff);
    }
    work.progress.advance(1);
  }
  work.progress.end();
}
