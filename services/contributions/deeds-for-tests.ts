import * as w from './words-for-tests.js';

// What people do with one contribution of 100.00 pounds, as a plain model of the state table and of what guards it.

/** All the model knows of a contribution. It never reads the hub. */
export interface Plain {
  state: string;
  total: number;
  deposited: number;
  writtenOff: number;
  /** Who spoke last in a negotiation or about a variation; null when there is nothing on the table. */
  spoke: 'CONTRIBUTOR' | 'MISSION' | null;
  /** A variation: its total, and whether it is agreed. */
  variation: { total: number; agreed: boolean } | null;
  approvedBy: string[];
  /** A write-off that one side has approved. */
  writingOff: { side: Try['side']; pounds: number } | null;
  condition: 'OPEN' | 'MET' | 'UNMET';
  poolClosed: boolean;
}

export const atFirst: Plain = {
  ...{ state: 'PLEDGED', total: 100, deposited: 0, writtenOff: 0, spoke: null, variation: null },
  ...{ approvedBy: [], writingOff: null, condition: 'OPEN', poolClosed: false },
};

/** One thing somebody tries: what the model expects of it, and how it is asked of the hub. */
export interface Try {
  name: string;
  side?: 'CONTRIBUTOR' | 'MISSION';
  pounds?: number;
}

type Verdict = Plain | 'refused';

const isBinding = ({ state }: Plain) => state === 'COMMITTED' || state === 'PART_DEPOSITED';
const stands = (is: Plain): string => {
  if (is.deposited === 0) return 'COMMITTED';
  return is.deposited + is.writtenOff >= is.total ? 'DEPOSITED' : 'PART_DEPOSITED';
};
/** What is deposited when its pool is closed has come to its end. */
const settled = (is: Plain): Plain => (is.state === 'DEPOSITED' && is.poolClosed ? { ...is, state: 'CLOSED' } : is);
const other = (side: Try['side']) => (side === 'MISSION' ? 'CONTRIBUTOR' : 'MISSION');
/** A variation that is not over: terms of a state that cannot be varied now stay on the table untouched. */
const least = ({ deposited, writtenOff }: Plain) => (deposited > 0 ? deposited + writtenOff : writtenOff + 1);

const rules: Record<string, (is: Plain, tried: Try) => Verdict> = {
  propose(is, { side }) {
    if (!['PLEDGED', 'NEGOTIATING'].includes(is.state) || is.spoke === side) return 'refused';
    return { ...is, state: 'NEGOTIATING', spoke: side! };
  },
  vary(is, { side, pounds }) {
    if (!isBinding(is) || is.variation?.agreed || (is.variation && is.spoke === side)) return 'refused';
    if (pounds! < least(is)) return 'refused';
    return { ...is, variation: { total: pounds!, agreed: false }, spoke: side!, approvedBy: [] };
  },
  accept(is, { side }) {
    if (is.variation) {
      if (!isBinding(is) || is.variation.agreed || is.spoke === side) return 'refused';
      return { ...is, variation: { ...is.variation, agreed: true }, spoke: side! };
    }
    if (is.state !== 'NEGOTIATING' || is.spoke === side) return 'refused';
    return { ...is, state: 'AGREED', spoke: side! };
  },
  declineVariation(is) {
    if (!isBinding(is) || !is.variation) return 'refused';
    return { ...is, variation: null, spoke: null, approvedBy: [] };
  },
  approve(is, { side }) {
    const isReady = is.variation ? isBinding(is) && is.variation.agreed : is.state === 'AGREED';
    if (!isReady || is.approvedBy.includes(side!) || is.condition !== 'MET') return 'refused';
    if (is.variation && is.variation.total < least(is)) return 'refused';
    if (!is.approvedBy.includes(other(side))) return { ...is, approvedBy: [...is.approvedBy, side!] };
    const total = is.variation?.total ?? is.total;
    const bound = { ...is, total, variation: null, spoke: null, approvedBy: [], writingOff: null };
    return settled({ ...bound, state: stands(bound) });
  },
  decline: (is) => (['PLEDGED', 'NEGOTIATING'].includes(is.state) ? { ...is, state: 'DECLINED' } : 'refused'),
  withdraw: (is) =>
    ['PLEDGED', 'NEGOTIATING', 'AGREED'].includes(is.state) ? { ...is, state: 'WITHDRAWN' } : 'refused',
  writeOff(is, { side, pounds }) {
    const outstanding = is.total - is.deposited - is.writtenOff;
    if (!isBinding(is) || pounds! > outstanding) return 'refused';
    const first = is.writingOff;
    if (first && (first.side === side) === (first.pounds === pounds)) return 'refused';
    if (first?.side !== other(side)) return { ...is, writingOff: { side, pounds: pounds! } };
    const after = { ...is, writtenOff: is.writtenOff + pounds!, writingOff: null };
    if (pounds! < outstanding) return after;
    return settled({ ...after, state: is.deposited > 0 ? 'DEPOSITED' : 'WRITTEN_OFF' });
  },
  judge: (is, { side }) =>
    ['AGREED', 'COMMITTED', 'PART_DEPOSITED', 'SUSPENDED'].includes(is.state)
      ? { ...is, condition: side === 'MISSION' ? 'MET' : 'UNMET' }
      : 'refused',
  suspend: (is) => (isBinding(is) && is.condition === 'UNMET' ? { ...is, state: 'SUSPENDED' } : 'refused'),
  resume(is) {
    if (is.state !== 'SUSPENDED' || is.condition === 'UNMET') return 'refused';
    return settled({ ...is, state: stands(is) });
  },
  // The ledger never takes more than is committed, so it is not asked to.
  arrive(is, { pounds }) {
    const room = is.total - is.writtenOff - is.deposited;
    if (!isBinding(is) && is.state !== 'SUSPENDED') return is;
    const after = { ...is, deposited: is.deposited + Math.min(pounds!, room) };
    return is.state === 'SUSPENDED' || after.deposited === 0 ? after : { ...after, state: stands(after) };
  },
};

/** What becomes of it by the table alone; in another state what one side approved to write off is not approved any more. */
export function expectedOf(is: Plain, tried: Try): Verdict {
  const after = rules[tried.name]!(is, tried);
  return after === 'refused' || after.state === is.state ? after : { ...after, writingOff: null };
}

/** How each thing is asked of the hub: the deed, by whom, and with what. */
export function deedFor({ name, side, pounds }: Try, contribution: string, hash: string) {
  const speaker = side === 'MISSION' ? w.missionUnit : w.publisher(w.education);
  const keeper = side === 'MISSION' ? w.missionUnit : w.officer(w.education);
  const approver = side === 'MISSION' ? w.missionFinance : w.officer(w.education);
  const decimal = `${pounds}.00`;
  const terms = w.termsOf(decimal, { conditions: [condition] });
  const deeds: Record<string, [string, string, object]> = {
    propose: ['proposeTerms', speaker, { terms: w.termsOf('100.00', { conditions: [condition] }) }],
    vary: ['varyContribution', speaker, { terms }],
    accept: ['acceptTerms', speaker, w.acceptance(contribution, hash, w.education)],
    declineVariation: ['declineVariation', speaker, { reason: 'r' }],
    approve: ['commitContribution', approver, { versionHash: hash }],
    decline: ['declineContribution', w.missionUnit, { reason: 'r' }],
    withdraw: ['withdrawContribution', w.publisher(w.education), { reason: 'r' }],
    writeOff: ['writeOffContribution', approver, { amount: w.pounds(decimal), reason: 'r' }],
    suspend: ['suspendContribution', keeper, { reason: 'r' }],
    resume: ['resumeContribution', keeper, {}],
  };
  const [deed, as, input] = deeds[name]!;
  return { deed, as, input: { contribution, ...input } };
}

export const condition = { kind: 'POLICY', test: 'The rules are changed.', precedent: true };
