import { minorOf } from './agreement.js';
import { chainHash, noHash } from './canonical.js';
import {
  type ChainLine,
  type EndLine,
  type HeadLine,
  type PublicKey,
  partsOf,
  type RootLine,
  type TransferLine,
  type UnsealedLine,
} from './chain-lines.js';
import { faultOfRoot, type PublishedRoot, signedRoot } from './check-roots.js';

export const checks = {
  lines: 'the export is whole: every line is as the hub writes it, and none is missing',
  numbers: 'every number is there once, in its order',
  contents: 'each hash is that of its transfer',
  chain: 'each hash follows from the one before',
  postings: 'the postings of each transfer balance',
  roots: 'the roots are signed, and every transfer is under one',
  published: 'the hashes are those published outside the database',
} as const;
export type Check = keyof typeof checks;

export interface Fault {
  check: Check;
  /** The first number that is not right, or that nothing right proves any more. */
  number: number;
  /** The last one that this may be about: the same where the fault is seen in one place. */
  until: number;
  message: string;
}

export interface Known {
  /** Trusted public keys; null takes those that the export states itself. */
  keys: PublicKey[] | null;
  /** Roots published outside, by number; null when none are given. */
  published: Map<number, PublishedRoot> | null;
  /** True: the export may be older than the published roots, and end before them. */
  older: boolean;
}

// A transfer is sealed about a second after its database transaction ends, and none of those lasts so long.
const sealedWithinMs = 120_000;
// A file that is something else altogether has a fault in every line.
const mostFaults = 1_000;

/** Checks a chain line by line, in memory that does not grow with it. */
export class ChainCheck {
  readonly faults: Fault[] = [];
  /** The number of the last transfer, and how many follow that are not sealed. */
  number = 0;
  unsealed = 0;
  head: HeadLine | undefined;
  private hash = noHash;
  private root = 0;
  private readonly roots: number[] = [];
  private rootAt = '';
  private agreed = 0;
  private ended = false;
  private readonly keysUsed = new Set<string>();

  constructor(private readonly known: Known) {}

  private fault(check: Check, number: number, message: string, until = number): void {
    if (this.faults.length < mostFaults) this.faults.push({ check, number, until, message });
  }

  /**
   * The first bad number; null where all is right. What a root no longer proves counts from the root before, unless a
   * fault that is seen in one place explains it.
   */
  get firstBadNumber(): number | null {
    const seen = this.faults.filter(({ number, until }) => number === until).map(({ number }) => number);
    const explained = ({ number, until }: Fault) => seen.some((each) => number <= each && each <= until);
    const open = this.faults.filter((fault) => !explained(fault)).map(({ number }) => number);
    return this.faults.length === 0 ? null : Math.min(...seen, ...open);
  }

  /** Up to which number a signed root proves everything, whatever is wrong after it. */
  get provenUpTo(): number {
    const first = Math.min(Number.POSITIVE_INFINITY, ...this.faults.map(({ number }) => number));
    return this.roots.findLast((root) => root < first) ?? 0;
  }

  line(text: string): void {
    const line = parsed(text);
    if (!line) this.fault('lines', this.number + 1, `a line is not as the hub writes it: ${text.slice(0, 60)}`);
    else if (this.ended) this.fault('lines', this.number + 1, 'there is more after the last line');
    else this.take(line);
  }

  private take(line: ChainLine): void {
    const isFirst = !this.head;
    if (isFirst !== (line.type === 'chain'))
      this.fault('lines', this.number + 1, 'the line that says what it is of does not stand first, or not once');
    if (line.type === 'chain') this.head ??= line;
    else if (line.type === 'transfer') this.transfer(line);
    else if (line.type === 'root') this.checkRoot(line);
    else if (line.type === 'unsealed') this.notSealed(line);
    else this.finish(line);
  }

  private transfer({ number, previousHash, hash, transfer }: TransferLine): void {
    const expected = this.number + 1;
    if (number < expected) this.fault('numbers', number, `number ${number} stands after number ${this.number}`);
    else if (number > expected)
      this.fault('numbers', expected, `number ${expected} is missing; number ${number} is in its place`);
    if (previousHash !== this.hash) this.fault('chain', number, `number ${number} does not follow from the one before`);
    const { pool, currency } = this.head ?? {};
    if (chainHash(previousHash, transfer) !== hash)
      this.fault('contents', number, `number ${number} (${transfer.id}) is not what was sealed`);
    else if (transfer.pool !== pool || transfer.currency !== currency)
      this.fault(
        'contents',
        number,
        `number ${number} is of pool ${transfer.pool} in ${transfer.currency}, not of this one`,
      );
    this.balance(number, transfer);
    const published = this.known.published?.get(number);
    if (published && published.hash !== hash) {
      const message = `number ${number} was published with another hash: something after number ${this.agreed} was changed`;
      this.fault('published', this.agreed + 1, message, number);
    } else if (published) this.agreed = number;
    [this.number, this.hash] = [Math.max(number, this.number), hash];
  }

  private balance(number: number, { amount, postings }: TransferLine['transfer']): void {
    const amounts = postings.map((posting) => minorOf(posting.amount));
    const added = amounts.reduce((sum, minor) => (minor > 0n ? sum + minor : sum), 0n);
    const net = amounts.reduce((sum, minor) => sum + minor, 0n);
    if (amounts.length < 2 || net !== 0n || added !== minorOf(amount) || amounts.includes(0n))
      this.fault('postings', number, `the postings of number ${number} do not add up`);
  }

  private checkRoot(root: RootLine): void {
    const { pool = '', publicKeys = [] } = this.head ?? {};
    const expected = { after: this.root, hash: this.hash, number: this.number, pool };
    const until = Math.max(root.number, this.number);
    const signed = signedRoot(root, this.known.keys ?? publicKeys);
    const fault = typeof signed === 'string' ? signed : faultOfRoot(root, signed, expected);
    if (typeof signed !== 'string' && signed.number > this.number)
      this.fault('numbers', this.number + 1, `number ${this.number + 1} is missing`);
    if (fault) this.fault('roots', this.root + 1, `root ${root.number} ${fault}`, until);
    const published = this.known.published?.get(root.number);
    if (published && published.signature !== root.signature)
      this.fault('published', this.root + 1, `root ${root.number} is not the one that was published`, until);
    this.root = this.number;
    this.roots.push(root.number);
    this.rootAt = root.sealedAt;
    this.keysUsed.add(JSON.stringify(partsOf(root.signature)?.jwk));
  }

  private notSealed({ transfer }: UnsealedLine): void {
    this.unsealed++;
    const message = `${transfer.id} was recorded on ${transfer.recordedAt} and never sealed, though later ones were`;
    if (Date.parse(transfer.recordedAt) + sealedWithinMs < Date.parse(this.rootAt))
      this.fault('numbers', this.number + 1, message);
  }

  private finish({ transfers, roots, unsealed }: EndLine): void {
    this.ended = true;
    if (transfers > this.number) this.fault('lines', this.number + 1, `the last line speaks of ${transfers} transfers`);
    if (transfers < this.number)
      this.fault('lines', transfers + 1, `the last line speaks of ${transfers} transfers only`);
    if (roots !== this.roots.length)
      this.fault('lines', this.root + 1, `the last line speaks of ${roots} roots, here are ${this.roots.length}`);
    if (unsealed !== this.unsealed)
      this.fault('lines', this.number + 1, `the last line speaks of ${unsealed} transfers that are not sealed`);
  }

  /** After the last line: what only the whole shows. */
  end(): void {
    if (!this.ended) this.fault('lines', this.number + 1, `the export breaks off after number ${this.number}`);
    if (this.root < this.number)
      this.fault('roots', this.root + 1, `no root stands for the numbers after ${this.root}`, this.number + 1);
    const { knownAt, publicKeys = [] } = this.head ?? {};
    if (knownAt !== this.rootAt)
      this.fault('lines', this.number + 1, 'the last root is not of the instant that the first line states');
    const stated = publicKeys.map((key) => JSON.stringify(key));
    const hasBadRoot = this.faults.some(({ check }) => check === 'roots');
    if (!hasBadRoot && stated.toSorted().join() !== [...this.keysUsed].sort().join())
      this.fault('roots', 1, 'the public keys of the first line are not those that the roots are signed with');
    const { published, older } = this.known;
    const last = [...(published?.keys() ?? [])].reduce((most, number) => Math.max(most, number), 0);
    if (published && last === 0) this.fault('published', 1, 'the file of published roots has none of this pool');
    if (last > this.number && !older) {
      const message = `roots are published up to number ${last}; the export ends with ${this.number}`;
      this.fault('published', this.number + 1, `${message} (for an export that is older than the file: --older)`);
    }
  }
}

const shapes: Record<string, readonly string[]> = {
  chain: ['currency', 'knownAt', 'pool', 'publicKeys', 'type'],
  transfer: ['hash', 'number', 'previousHash', 'transfer', 'type'],
  root: ['hash', 'number', 'sealedAt', 'signature', 'type'],
  unsealed: ['transfer', 'type'],
  end: ['roots', 'transfers', 'type', 'unsealed'],
};
const decimal = /^-?\d+(\.\d+)?$/;

/** A line, when it is exactly as the hub writes it: the same name twice would let it be read in two ways. */
function parsed(text: string): ChainLine | null {
  try {
    const line = JSON.parse(text) as ChainLine;
    if (JSON.stringify(line) !== text) return null;
    if (Object.keys(line).sort().join() !== shapes[line.type]?.join()) return null;
    if ('number' in line && !(Number.isSafeInteger(line.number) && line.number > 0)) return null;
    if ('transfer' in line) {
      const { amount, postings } = line.transfer;
      if (![amount, ...postings.map((posting) => posting.amount)].every((each) => decimal.test(each))) return null;
    }
    return line;
  } catch {
    return null;
  }
}
