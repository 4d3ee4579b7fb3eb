import { PlacesModel } from './ledger-places-for-tests.js';
import {
  type Contribution,
  changeOf,
  closingPlaces,
  deposits,
  type ModelTransfer,
  ofAllocation,
  type Place,
  type Sketch,
  sketch,
  splitFairly,
  stakesOf,
  suspenseOf,
  year,
} from './ledger-sketch-for-tests.js';

interface Allocation {
  state: 'PROPOSED' | 'RECOMMENDED' | 'APPROVED' | 'WITHDRAWN';
  amount: number;
  day: string;
  year: string;
  total: string;
  stages: number[];
  released: number;
}
interface Drawdown {
  allocation: string;
  amount: number;
  state: 'REQUESTED' | 'APPROVED' | 'PAID' | 'VOIDED' | 'EXPIRED';
}
interface Virement {
  from: string;
  to: string;
  amount: number;
  isApproved: boolean;
}

const halves = ['VIREMENT', 'SWITCH', 'CARRY_OUT', 'CARRY_IN', 'RELEASE'];

/**
 * A plain model of one annual pool, in pence: every change of every place, by day; nothing is optimised, nothing is shared
 * with the ledger. Each deed answers all the reasons to refuse it; with none it is done.
 */
export class PoolModel extends PlacesModel {
  readonly contributions = new Map<string, Contribution>();
  readonly allocations = new Map<string, Allocation>();
  readonly drawdowns = new Map<string, Drawdown>();
  readonly virements = new Map<string, Virement>();
  readonly certified = new Set<ModelTransfer>();

  constructor(readonly capPercent: number) {
    super();
  }

  room(contribution: string): number {
    const { committed = 0, writtenOff = 0 } = this.contributions.get(contribution) ?? {};
    return committed - writtenOff - this.depositedOf(contribution);
  }

  depositedOf(contribution: string): number {
    return this.transfers
      .filter((each) => each.contribution === contribution && deposits.includes(each.kind))
      .reduce((sum, each) => sum + changeOf(each, 'UNALLOCATED'), 0);
  }

  heldBy(allocation: string, kinds = ofAllocation): number {
    return kinds.reduce((sum, kind) => sum + this.at(`${allocation}/${kind}`), 0);
  }

  commit(id: string, amount: number): void {
    const { writtenOff } = this.contributions.get(id) ?? { writtenOff: 0 };
    this.contributions.set(id, { committed: Math.max(amount, this.depositedOf(id) + writtenOff), writtenOff });
  }

  writeOff(id: string, amount: number): void {
    this.contributions.get(id)!.writtenOff += Math.min(amount, this.room(id));
  }

  deposit(contribution: string | null, at: Place, amount: number, realised = amount): string[] {
    const matched = Math.min(amount, contribution ? this.room(contribution) : 0);
    const lines = { UNALLOCATED: matched, SUSPENSE: amount - matched, FX_DIFFERENCE: realised - amount };
    return this.move({ ...sketch('DEPOSIT', at, { CONTRIBUTOR_SOURCE: -realised, ...lines }), contribution });
  }

  match(deposit: ModelTransfer, contribution: string, day: string, amount: number): string[] {
    const reasons = [
      ...(amount > this.room(contribution) ? ['ABOVE_COMMITMENT'] : []),
      ...(day < deposit.day ? ['BAD_USER_INPUT'] : []),
    ];
    return this.move(this.matchSketch(deposit, contribution, day, amount), reasons);
  }

  approve(id: string, day: string): string[] {
    const allocation = this.allocations.get(id)!;
    const { state, amount } = allocation;
    const reasons = ['PROPOSED', 'RECOMMENDED'].includes(state) ? [] : ['ILLEGAL_TRANSITION'];
    if (day < allocation.day) reasons.push('BAD_USER_INPUT');
    const refused = this.moveOf(
      id,
      'ALLOCATION',
      day,
      { UNALLOCATED: -amount, ALLOCATION_AVAILABLE: amount },
      {},
      reasons,
    );
    if (refused.length === 0) allocation.state = 'APPROVED';
    return refused;
  }

  approveDrawdown(id: string, day: string): string[] {
    const drawdown = this.drawdowns.get(id)!;
    const { allocation, amount } = drawdown;
    const { stages, released } = this.allocations.get(allocation)!;
    const reasons = drawdown.state === 'REQUESTED' ? [] : ['ILLEGAL_TRANSITION'];
    const drawn = this.heldBy(allocation, ['ALLOCATION_RESERVED', 'WITH_RECIPIENT', 'SPENT']);
    const open = stages.slice(0, released).reduce((sum, stage) => sum + stage, 0);
    if (stages.length > 0 && drawn + amount > open) reasons.push('STAGE_NOT_RELEASED');
    const lines = { ALLOCATION_AVAILABLE: -amount, ALLOCATION_RESERVED: amount };
    const refused = this.moveOf(allocation, 'RESERVATION', day, lines, { drawdown: id }, reasons);
    if (refused.length === 0) drawdown.state = 'APPROVED';
    return refused;
  }

  pay(id: string, day: string, part: number | null): string[] {
    const drawdown = this.drawdowns.get(id)!;
    const reserved = this.at(`${id}/ALLOCATION_RESERVED`);
    const amount = part ?? reserved;
    const reasons = drawdown.state === 'APPROVED' ? [] : ['ILLEGAL_TRANSITION'];
    const lines = { ALLOCATION_RESERVED: -amount, WITH_RECIPIENT: amount };
    const refused = this.moveOf(drawdown.allocation, 'PAYMENT', day, lines, { drawdown: id }, reasons);
    if (refused.length === 0 && amount === reserved) drawdown.state = 'PAID';
    return refused;
  }

  /** Gives back what is reserved, because it is voided or its time is over. */
  end(id: string, state: 'VOIDED' | 'EXPIRED', day: string): string[] {
    const drawdown = this.drawdowns.get(id)!;
    const reserved = this.at(`${id}/ALLOCATION_RESERVED`);
    const reasons = ['REQUESTED', 'APPROVED'].includes(drawdown.state) ? [] : ['ILLEGAL_TRANSITION'];
    const lines = { ALLOCATION_RESERVED: -reserved, ALLOCATION_AVAILABLE: reserved };
    const refused =
      reserved === 0 ? reasons : this.moveOf(drawdown.allocation, 'RELEASE', day, lines, { drawdown: id }, reasons);
    if (refused.length === 0) drawdown.state = state;
    return refused;
  }

  refund(id: string, day: string, amount: number, to: 'UNALLOCATED' | 'REFUND_DUE'): string[] {
    const { allocation } = this.drawdowns.get(id)!;
    return this.moveOf(allocation, 'REFUND', day, { WITH_RECIPIENT: -amount, [to]: amount }, { drawdown: id });
  }

  requestVirement(from: string, to: string, hasConsent: boolean): string[] {
    const [source, target] = [this.allocations.get(from)!, this.allocations.get(to)!];
    if (from === to) return ['BAD_USER_INPUT'];
    const reasons = source.year === target.year ? [] : ['FINANCIAL_YEAR_MISMATCH'];
    if (source.total !== target.total && !hasConsent) reasons.push('CONTROL_TOTAL_MISMATCH');
    if (source.state !== 'APPROVED' || target.state !== 'APPROVED') reasons.push('ILLEGAL_TRANSITION');
    return reasons;
  }

  approveVirement(id: string, day: string): string[] {
    const virement = this.virements.get(id)!;
    const { from, to, amount } = virement;
    const [source, target] = [this.allocations.get(from)!, this.allocations.get(to)!];
    const areSetAside = source.state === 'APPROVED' && target.state === 'APPROVED';
    const reasons = areSetAside && !virement.isApproved ? [] : ['ILLEGAL_TRANSITION'];
    const taken = sketch('VIREMENT', { ...source, day }, { ALLOCATION_AVAILABLE: -amount, UNALLOCATED: amount });
    const switched: Sketch = {
      ...{ kind: 'SWITCH', day, year: target.year, total: target.total },
      lines: [
        [`${source.year}/${source.total}/UNALLOCATED`, -amount],
        [`${target.year}/${target.total}/UNALLOCATED`, amount],
      ],
    };
    const given = sketch('VIREMENT', { ...target, day }, { UNALLOCATED: -amount, ALLOCATION_AVAILABLE: amount });
    const all = [
      { ...taken, allocation: from },
      ...(source.total === target.total ? [] : [switched]),
      { ...given, allocation: to },
    ];
    const refused = this.moveAll(all, reasons);
    if (refused.length === 0) virement.isApproved = true;
    return refused;
  }

  giveBack(from: 'UNALLOCATED' | 'REFUND_DUE', at: Place, amount: number): string[] {
    const shares = splitFairly(amount, stakesOf(this).get(`${at.year}/${at.total}`) ?? new Map());
    const parts = [...shares].filter(([, part]) => part > 0);
    if (parts.length === 0) return ['NOT_ENOUGH_FUNDS'];
    return this.moveAll(
      parts.map(([contribution, part]) => ({
        ...sketch('RETURN', at, { [from]: -part, RETURNED: part }),
        contribution,
      })),
    );
  }

  carryOver(total: string, amount: number): string[] {
    const { out, into } = closingPlaces(total, amount);
    const cameIn = this.transfers
      .filter(({ kind }) => ['DEPOSIT', 'MATCH', 'CARRY_IN'].includes(kind))
      .flatMap(({ lines }) => lines)
      .reduce((sum, [account, change]) => (account === `${year}/${total}/UNALLOCATED` ? sum + change : sum), 0);
    const reasons = amount * 100 > cameIn * this.capPercent ? ['LIMIT_EXCEEDED'] : [];
    if (this.transfers.some((each) => each.kind === 'CARRY_OUT' && each.total === total))
      reasons.push('ALREADY_CARRIED_OVER');
    return this.moveAll([out, into], reasons);
  }

  reverse(wrong: ModelTransfer, day: string): string[] {
    const reasons = wrong.isReversed ? ['ALREADY_REVERSED'] : [];
    if (day < wrong.day) reasons.push('BAD_USER_INPUT');
    const { kind, allocation, drawdown } = wrong;
    if (halves.includes(kind)) reasons.push('NOT_REVERSIBLE');
    if (kind === 'ALLOCATION' && this.heldBy(allocation!) > this.allocations.get(allocation!)!.amount)
      reasons.push('NOT_REVERSIBLE');
    if (['LAPSE', 'REFUND'].includes(kind) && allocation && this.allocations.get(allocation)!.state !== 'APPROVED')
      reasons.push('ILLEGAL_TRANSITION');
    if (deposits.includes(kind) && this.isNeededForReturns(wrong)) reasons.push('NOT_REVERSIBLE');
    const lines = wrong.lines.map(([account, change]): [string, number] => [account, -change]);
    const refused = this.moveAll(
      [{ ...wrong, isReversed: false, reverses: wrong, day, lines } as ModelTransfer],
      reasons,
    );
    if (refused.length > 0) return refused;
    wrong.isReversed = true;
    if (kind === 'ALLOCATION') this.allocations.get(allocation!)!.state = 'PROPOSED';
    if (kind === 'RESERVATION') this.drawdowns.get(drawdown!)!.state = 'REQUESTED';
    if (kind === 'PAYMENT') this.drawdowns.get(drawdown!)!.state = 'APPROVED';
    return [];
  }

  lapse(at: Place, amount: number): string[] {
    return this.move(sketch('LAPSE', at, { UNALLOCATED: -amount, LAPSED: amount }));
  }

  certify(spent: ModelTransfer): string[] {
    if (spent.kind !== 'EXPENDITURE') return ['NOT_AN_EXPENDITURE'];
    if (spent.isReversed || this.certified.has(spent)) return ['ALREADY_REVERSED', 'ALREADY_CERTIFIED'];
    this.certified.add(spent);
    return [];
  }

  /** What is spent and certified, and not reversed since. */
  spentCertified(): number {
    return [...this.certified].reduce((sum, each) => (each.isReversed ? sum : sum + changeOf(each, 'SPENT')), 0);
  }

  closePeriod(): string[] {
    if (this.closedPeriods === 12) return ['PERIOD_CLOSED'];
    this.closedPeriods++;
    return [];
  }

  /** Frozen money waits; what became known meanwhile is matched when the pool is open again, oldest deposit first. */
  freeze(frozen: boolean): string[] {
    if (frozen === this.frozen) return ['ILLEGAL_TRANSITION'];
    this.frozen = frozen;
    if (frozen) return [];
    for (const deposit of this.transfers.filter(
      (each) => each.kind === 'DEPOSIT' && !each.reverses && each.contribution,
    )) {
      const amount = Math.min(this.at(suspenseOf(deposit)), this.room(deposit.contribution!));
      if (amount > 0) this.move(this.matchSketch(deposit, deposit.contribution!, deposit.day, amount));
    }
    return [];
  }

  /** Moves money of an allocation, in its year and control total. */
  moveOf(
    allocation: string,
    kind: string,
    day: string,
    lines: Record<string, number>,
    more = {},
    reasons: string[] = [],
  ) {
    const { year, total } = this.allocations.get(allocation)!;
    return this.move({ ...sketch(kind, { year, total, day }, lines), allocation, ...more }, reasons);
  }

  private isNeededForReturns(deposit: ModelTransfer): boolean {
    const { contribution } = deposit;
    if (!contribution) return false;
    const returns = this.transfers.filter((each) => each.kind === 'RETURN' && each.contribution === contribution);
    const returned = returns.reduce((sum, each) => sum + changeOf(each, 'RETURNED'), 0);
    return this.depositedOf(contribution) - changeOf(deposit, 'UNALLOCATED') < returned;
  }

  private matchSketch(deposit: ModelTransfer, contribution: string, day: string, amount: number): Sketch {
    return {
      ...sketch('MATCH', { ...deposit, day }, { SUSPENSE: -amount, UNALLOCATED: amount }),
      contribution,
      deposit,
    };
  }
}
