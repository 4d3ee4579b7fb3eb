import type { MikroORM } from '@mikro-orm/postgresql';

/** How many calls are at work and how many may wait, at one database and in this process. */
export const turnLimits = { atWork: 4, atWorkOfOne: 2, waitingOfOne: 20, waitMs: 5_000 };

/** How many calls begin before it, itself counted, and after how long it begins, as far as can be told. */
export interface Place {
  position: number;
  waitMs: number;
}

/** Ends a call that would have to wait too long. */
export class MustWait extends Error {
  constructor(readonly place: Place) {
    super('too many calls are waiting');
  }
}

export interface Call {
  rows: number;
  /** By the clock of the computer, in milliseconds. */
  since: number;
  begunAt: number;
  begin(): void;
}

interface Line<Working = Call> {
  organisation: string;
  atWork: Working[];
  waiting: Call[];
}

/** The line whose first call begins now, if any may: that with the fewest at work, of those the one whose turn it is. */
function nextOf<Working>(lines: readonly Line<Working>[]): Line<Working> | undefined {
  const busy = lines.reduce((sum, { atWork }) => sum + atWork.length, 0);
  if (busy >= turnLimits.atWork) return undefined;
  const ready = lines.filter(({ atWork, waiting }) => waiting.length > 0 && atWork.length < turnLimits.atWorkOfOne);
  return ready.sort((one, other) => one.atWork.length - other.atWork.length)[0];
}

function toTheEnd<Each>(lines: Each[], line: Each): void {
  lines.push(...lines.splice(lines.indexOf(line), 1));
}

const callOf = (rows: number): Call => ({ rows, since: Date.now(), begunAt: 0, begin: () => undefined });

/** Lets organisations take turns: each stands in a line of its own, and however long one is, the others wait no longer for it. */
export class Turns {
  private lines: Line[] = [];
  // A guess until the first call is done.
  private msPerRow = 2;

  /** Does the work when its turn comes; throws MustWait when that would be too late. */
  async take<Answer>(organisation: string, rows: number, work: () => Promise<Answer>): Promise<Answer> {
    const line = this.lineOf(organisation);
    const call = callOf(Math.max(1, rows));
    await this.begun(line, call);
    try {
      return await work();
    } finally {
      this.msPerRow += (Math.max(0, Date.now() - call.begunAt) / call.rows - this.msPerRow) / 5;
      line.atWork.splice(line.atWork.indexOf(call), 1);
      this.beginNext();
      this.forget(line);
    }
  }

  /** What an organisation has at work and waiting, and where one more call, of one row, would stand. */
  of(organisation: string): { atWork: number; waiting: { call: Call; place: Place }[]; next: Place } {
    const line = this.lines.find((each) => each.organisation === organisation);
    const next = callOf(1);
    const places = this.forecast({ organisation, call: next });
    const waiting = (line?.waiting ?? []).map((call) => ({ call, place: places.get(call)! }));
    return { atWork: line?.atWork.length ?? 0, waiting, next: places.get(next)! };
  }

  private lineOf(organisation: string): Line {
    const found = this.lines.find((each) => each.organisation === organisation);
    const line = found ?? { organisation, atWork: [], waiting: [] };
    if (!found) this.lines.push(line);
    return line;
  }

  private forget(line: Line): void {
    if (line.atWork.length + line.waiting.length === 0) this.lines = this.lines.filter((each) => each !== line);
  }

  private begun(line: Line, call: Call): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        const place = this.forecast().get(call)!;
        line.waiting.splice(line.waiting.indexOf(call), 1);
        this.forget(line);
        reject(new MustWait(place));
      };
      const timer = setTimeout(giveUp, turnLimits.waitMs);
      call.begin = () => {
        clearTimeout(timer);
        resolve();
      };
      line.waiting.push(call);
      this.beginNext();
      const place = this.forecast().get(call);
      if (!place) return;
      if (line.waiting.length <= turnLimits.waitingOfOne && place.waitMs <= turnLimits.waitMs) return;
      clearTimeout(timer);
      giveUp();
    });
  }

  private beginNext(): void {
    for (let line = nextOf(this.lines); line; line = nextOf(this.lines)) {
      const call = line.waiting.shift()!;
      call.begunAt = Date.now();
      line.atWork.push(call);
      toTheEnd(this.lines, line);
      call.begin();
    }
  }

  /** When each waiting call begins, and one more if given, should all go on as before. */
  private forecast(more?: { organisation: string; call: Call }): Map<Call, Place> {
    const now = Date.now();
    const lines = this.lines.map(({ organisation, atWork, waiting }) => ({
      organisation,
      atWork: atWork.map(({ rows, begunAt }) => Math.max(now, begunAt + rows * this.msPerRow)),
      waiting: [...waiting],
    }));
    if (more) {
      const own = lines.find(({ organisation }) => organisation === more.organisation);
      if (own) own.waiting.push(more.call);
      else lines.push({ organisation: more.organisation, atWork: [], waiting: [more.call] });
    }
    const places = new Map<Call, Place>();
    for (let at = now; ; ) {
      for (let line = nextOf(lines); line; line = nextOf(lines)) {
        const call = line.waiting.shift()!;
        places.set(call, { position: places.size + 1, waitMs: at - now });
        line.atWork.push(at + call.rows * this.msPerRow);
        toTheEnd(lines, line);
      }
      if (lines.every(({ waiting }) => waiting.length === 0)) return places;
      at = Math.min(...lines.flatMap(({ atWork }) => atWork));
      for (const line of lines) line.atWork = line.atWork.filter((end) => end > at);
    }
  }
}

const turnsAt = new WeakMap<MikroORM, Map<string, Turns>>();

/** The turns at one database of a running service: by the organisation whose own it is, '' for that of everybody. */
export function turnsOf(orm: MikroORM, store: string): Turns {
  const all = turnsAt.get(orm) ?? new Map<string, Turns>();
  turnsAt.set(orm, all);
  const turns = all.get(store) ?? new Turns();
  all.set(store, turns);
  return turns;
}
