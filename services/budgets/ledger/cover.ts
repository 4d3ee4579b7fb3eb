/** What changed at one place on one day, in minor units. */
export interface DayChange {
  place: string;
  day: string;
  change: bigint;
}

interface Place {
  balance: bigint;
  /** In the order of days. */
  days: { day: string; change: bigint }[];
}

/**
 * What can be taken from a place (an account, or what one allocation holds inside it) so that it is below zero at the
 * end of no day: the least end-of-day balance from that day on. Follows the moves of one batch before they are written.
 */
export class Cover {
  private readonly places = new Map<string, Place>();

  /** `balances` are as of now. `changes` led there; days before the earliest that is asked about may be left out. */
  constructor(balances: Iterable<[place: string, balance: bigint]>, changes: Iterable<DayChange>) {
    for (const [place, balance] of balances) this.places.set(place, { balance, days: [] });
    for (const { place, day, change } of changes) this.note(this.at(place), day, change);
  }

  balance(place: string): bigint {
    return this.at(place).balance;
  }

  available(place: string, from: string): bigint {
    const { balance, days } = this.at(place);
    let endOfDay = balance;
    let least = balance;
    for (let index = days.length - 1; index >= 0 && days[index]!.day > from; index--) {
      endOfDay -= days[index]!.change;
      if (endOfDay < least) least = endOfDay;
    }
    return least > 0n ? least : 0n;
  }

  move(place: string, day: string, change: bigint): void {
    const found = this.at(place);
    found.balance += change;
    this.note(found, day, change);
  }

  private at(place: string): Place {
    const found = this.places.get(place) ?? { balance: 0n, days: [] };
    this.places.set(place, found);
    return found;
  }

  private note({ days }: Place, day: string, change: bigint): void {
    let index = days.length;
    while (index > 0 && days[index - 1]!.day > day) index--;
    if (days[index - 1]?.day === day) days[index - 1]!.change += change;
    else days.splice(index, 0, { day, change });
  }
}
