/** A plain model of one pool: every change of every place, by day; nothing is optimised, nothing is shared with the ledger. */
interface Moved {
  place: string;
  day: string;
  change: number;
}

export type Verdict = 'done' | 'refused';

export class PoolModel {
  private readonly moved: Moved[] = [];
  /** What each contribution may still deposit. */
  readonly room = new Map<string, number>();

  at(place: string): number {
    return this.moved.reduce((sum, each) => (each.place === place ? sum + each.change : sum), 0);
  }

  /** Whether so much can be taken from a place on the day so that it is below zero at the end of no day from then on. */
  private covers(place: string, day: string, amount: number): boolean {
    const days = [day, ...this.moved.filter((each) => each.place === place && each.day > day).map((each) => each.day)];
    return days.every((end) => {
      const balance = this.moved.reduce(
        (sum, each) => (each.place === place && each.day <= end ? sum + each.change : sum),
        0,
      );
      return balance >= amount;
    });
  }

  /** Takes from the first place of each pair and adds to the second, if all of them cover it. */
  move(day: string, amount: number, pairs: [from: string | null, to: string | null][]): Verdict {
    if (pairs.some(([from]) => from && !this.covers(from, day, amount))) return 'refused';
    for (const [from, to] of pairs) {
      if (from) this.moved.push({ place: from, day, change: -amount });
      if (to) this.moved.push({ place: to, day, change: amount });
    }
    return 'done';
  }

  deposit(id: string, contribution: string, day: string, amount: number): Verdict {
    const matched = Math.min(amount, this.room.get(contribution) ?? 0);
    this.room.set(contribution, (this.room.get(contribution) ?? 0) - matched);
    if (matched > 0)
      this.move(day, matched, [
        [null, 'UNALLOCATED'],
        [null, `deposited ${contribution}`],
      ]);
    if (amount > matched)
      this.move(day, amount - matched, [
        [null, 'SUSPENSE'],
        [null, `SUSPENSE ${id}`],
      ]);
    return 'done';
  }

  /** Moves money of an allocation, and of a drawdown inside it where one is named. */
  step(from: string, to: string, day: string, amount: number, allocation: string, drawdown?: string): Verdict {
    const pairs: [string | null, string | null][] = [
      [from, to],
      [heldBy(allocation, from), heldBy(allocation, to)],
    ];
    if (drawdown) pairs.push([drawn(drawdown, from), drawn(drawdown, to)]);
    return this.move(day, amount, pairs);
  }
}

const own = ['ALLOCATION_AVAILABLE', 'ALLOCATION_RESERVED', 'WITH_RECIPIENT', 'SPENT'];
export const heldBy = (allocation: string, place: string) => (own.includes(place) ? `${allocation} ${place}` : null);
export const drawn = (drawdown: string, place: string) =>
  ['ALLOCATION_RESERVED', 'WITH_RECIPIENT'].includes(place) ? `${drawdown} ${place}` : null;
