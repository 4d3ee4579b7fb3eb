import 'reflect-metadata';
import { toDecimal } from '../../services/kernel/money.js';
import type { RefusedRow } from './rows.js';

/** What became of one row that was sent. UNCOVERED: recorded, but the pool does not hold enough for it. */
export type Verdict = 'NEW' | 'CHANGED' | 'UNCHANGED' | 'UNCOVERED' | 'REFUSED';

/** A refused row with the stage that refused it; `row` is the line of the file, null where no single one is at fault. */
export interface ReportedRefusal extends Omit<RefusedRow, 'row'> {
  stage: string;
  row: number | null;
}

/** What was done in one stage of an import. */
export class Stage {
  new = 0;
  changed = 0;
  unchanged = 0;
  uncovered = 0;
  refused = 0;
  /** Not sent in a dry run, because an earlier stage would first have to be done. */
  untried = 0;
  private readonly taken = new Map<string, bigint>();

  constructor(readonly name: string) {}

  count(verdict: Verdict): void {
    this[verdict.toLowerCase() as Lowercase<Verdict>] += 1;
  }

  /** Adds to the money of the rows that were taken or there before, in minor units. */
  addMoney(currency: string, minor: bigint): void {
    this.taken.set(currency, (this.taken.get(currency) ?? 0n) + minor);
  }

  get money(): Record<string, string> {
    return Object.fromEntries([...this.taken].map(([currency, minor]) => [currency, toDecimal(minor, currency)]));
  }
}

const shownRefusals = 20;

/** What an import did, for the screen and for a file. */
export class Report {
  readonly stages: Stage[] = [];
  readonly refusals: ReportedRefusal[] = [];
  /** Sentences about the sources and the hub that somebody should read. */
  readonly notes: string[] = [];
  private readonly warnings = new Map<string, number>();
  private readonly began = Date.now();

  constructor(
    readonly format: string,
    readonly file: string,
    readonly dryRun: boolean,
  ) {}

  stage(name: string): Stage {
    const known = this.stages.find((stage) => stage.name === name);
    if (known) return known;
    const stage = new Stage(name);
    this.stages.push(stage);
    return stage;
  }

  /** Lists a refused row; `stage` counts it. */
  refuse(stage: string, refusal: Omit<ReportedRefusal, 'stage'>): void {
    this.stage(stage).count('REFUSED');
    this.refusals.push({ stage, ...refusal });
  }

  warn(kind: string, count = 1): void {
    if (count > 0) this.warnings.set(kind, (this.warnings.get(kind) ?? 0) + count);
  }

  note(sentence: string): void {
    this.notes.push(sentence);
  }

  /** 0: all rows were taken or there before. 2: some were refused or are not covered. */
  get exitCode(): 0 | 2 {
    return this.stages.some(({ refused, uncovered }) => refused + uncovered > 0) ? 2 : 0;
  }

  get seconds(): number {
    return (Date.now() - this.began) / 1_000;
  }

  toJSON() {
    const { format, file, dryRun, stages, refusals, notes } = this;
    return {
      ...{ format, file, dryRun, seconds: this.seconds },
      stages: stages.map((stage) => ({ ...countsOf(stage), money: stage.money })),
      warnings: Object.fromEntries(this.warnings),
      ...{ notes, refusals },
    };
  }

  /** The report for people, line by line. */
  lines(): string[] {
    const found = this.refusals.slice(0, shownRefusals).map(sentenceOf);
    const rest = this.refusals.length - found.length;
    return [
      `${this.dryRun ? 'Tried without changing anything' : 'Imported'}: ${this.format} from ${this.file} in ${this.seconds.toFixed(1)} s`,
      ...this.stages.map(lineOf),
      ...(this.warnings.size > 0 ? ['Warnings:'] : []),
      ...[...this.warnings].map(([kind, count]) => `  ${count} × ${kind}`),
      ...this.notes.map((note) => `Note: ${note}`),
      ...(found.length > 0 ? ['Refused:', ...found] : []),
      ...(rest > 0 ? [`  and ${rest} more: --report <file.json> lists all.`] : []),
    ];
  }
}

const countsOf = ({ name, new: made, changed, unchanged, uncovered, refused, untried }: Stage) => ({
  ...{ name, new: made, changed, unchanged, uncovered, refused, untried },
});

function lineOf(stage: Stage): string {
  const { name, ...counts } = countsOf(stage);
  const parts = Object.entries(counts).filter(([word, count]) => count > 0 || word === 'new');
  const money = Object.entries(stage.money).map(([currency, amount]) => `${currency} ${amount}`);
  return `  ${name}: ${[...parts.map(([word, count]) => `${count} ${word}`), ...money].join(', ')}`;
}

function sentenceOf({ stage, row, column, reason, value }: ReportedRefusal): string {
  const place = [row === null ? null : `row ${row}`, column, value === undefined ? null : JSON.stringify(value)];
  return `  ${[stage, ...place].filter((part) => part !== null).join(', ')}: ${reason}`;
}
