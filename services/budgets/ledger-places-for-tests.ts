import { type ModelTransfer, placesOf, type Sketch, year } from './ledger-sketch-for-tests.js';

/** One change of one place. A place is an account (`year/control total/kind`) or what somebody holds in it (`id/kind`). */
interface Moved {
  place: string;
  day: string;
  change: number;
}

const mayBeNegative = ['CONTRIBUTOR_SOURCE', 'FX_DIFFERENCE'];

/** What is where in a plain model of one annual pool, in pence, and what may move there. */
export class PlacesModel {
  frozen = false;
  closedPeriods = 0;
  readonly transfers: ModelTransfer[] = [];
  private readonly moved: Moved[] = [];

  at(place: string): number {
    return this.moved.reduce((sum, each) => (each.place === place ? sum + each.change : sum), 0);
  }

  /** Every account that is not at zero. */
  balances(): Record<string, number> {
    const accounts = new Set(this.moved.map(({ place }) => place).filter((place) => place.split('/').length === 3));
    return Object.fromEntries(
      [...accounts].map((place) => [place, this.at(place)]).filter(([, balance]) => balance !== 0),
    );
  }

  move(sketched: Sketch, reasons: string[] = []): string[] {
    return this.moveAll([sketched], reasons);
  }

  /** All or none. A line that takes must be covered at the end of every day from its own on. */
  protected moveAll(sketches: ModelTransfer[], reasons: string[] = []): string[] {
    const [before, refused] = [this.moved.length, [...reasons]];
    for (const each of sketches) {
      if (this.frozen) refused.push('ILLEGAL_TRANSITION');
      if (each.year === year && this.closedPeriods === 12) refused.push('PERIOD_CLOSED');
      const changes = each.lines.flatMap(([account, change]) =>
        placesOf(each, account).map((place) => ({ place, change })),
      );
      const short = changes.some(
        ({ place, change }) =>
          change < 0 && !mayBeNegative.some((kind) => place.endsWith(kind)) && this.least(place, each.day) < -change,
      );
      if (short) refused.push('NOT_ENOUGH_FUNDS');
      this.moved.push(...changes.map((change) => ({ ...change, day: each.day })));
    }
    if (refused.length > 0) this.moved.length = before;
    else this.transfers.push(...sketches);
    return refused;
  }

  private least(place: string, day: string): number {
    const here = this.moved.filter((each) => each.place === place);
    const days = [day, ...here.map((each) => each.day).filter((each) => each > day)];
    return Math.min(...days.map((end) => here.reduce((sum, each) => (each.day <= end ? sum + each.change : sum), 0)));
  }
}
