import { Apportionment } from './apportionment.js';
import { AccountKind } from './ledger/account.js';
import { type Place, placeKey, splitByShares } from './shares.js';

/** Money that lies in a place: not set aside, on its way out, or in an allocation. In minor units. */
export interface Position {
  kind: AccountKind;
  allocation: string | null;
  minor: bigint;
}

/** What one contribution brought into a place and what left it again; whatever is left is its stake. */
export interface Brought {
  deposited: bigint;
  carriedIn: bigint;
  /** From another control total; below zero: to one. */
  switched: bigint;
  /** What others' money stands in for, where it was given back more than it had by then; below zero: its for theirs. */
  covered: bigint;
  returned: bigint;
  carriedOut: bigint;
}

/** Money that changed its place with the stakes in it, or was given back to the contribution it names. */
export interface Moved {
  transfer: string;
  kind: 'CARRY_IN' | 'SWITCH' | 'RETURN';
  from: Place;
  to: Place;
  contribution: string | null;
  minor: bigint;
}

/** What was matched to a contribution in a place, reversals taken off. */
export interface Deposited {
  place: Place;
  contribution: string;
  minor: bigint;
}

export interface Placed extends Position {
  place: Place;
}

export const stakeOf = ({ deposited, carriedIn, switched, covered, returned, carriedOut }: Brought): bigint =>
  deposited + carriedIn + switched + covered - returned - carriedOut;

const nothing: Brought = { deposited: 0n, carriedIn: 0n, switched: 0n, covered: 0n, returned: 0n, carriedOut: 0n };

const { UNALLOCATED, CARRIED_FORWARD, REFUND_DUE, LAPSED } = AccountKind;
const { ALLOCATION_AVAILABLE, ALLOCATION_RESERVED, WITH_RECIPIENT, SPENT } = AccountKind;

/** What an allocation holds its money as, in the order money goes through. */
export const inAllocations: readonly AccountKind[] = [ALLOCATION_AVAILABLE, ALLOCATION_RESERVED, WITH_RECIPIENT, SPENT];

/** Where money of a place lies, in the order in which it is apportioned. */
export const positionKinds: readonly AccountKind[] = [
  UNALLOCATED,
  CARRIED_FORWARD,
  REFUND_DUE,
  LAPSED,
  ...inAllocations,
];

/** Which pennies of a place, laid out in one row, are an allocation's money of a kind. */
interface Span {
  kind: AccountKind;
  from: bigint;
  until: bigint;
}

/** The money of one financial year and control total of a pool: whose it is, and where it lies. */
export class FollowedPlace {
  private readonly shares: Apportionment;
  /** Where the money of a kind begins and ends. */
  private readonly kinds = new Map<AccountKind, { from: bigint; until: bigint }>();
  /** What each allocation holds, by its id. */
  readonly allocations: ReadonlyMap<string, readonly Span[]>;
  private refundedParts: Map<string, bigint> | undefined;

  /** Throws when what lies here is not what is at stake: then a posting is missing or counted twice. */
  constructor(
    readonly place: Place,
    readonly brought: ReadonlyMap<string, Brought>,
    positions: readonly Position[],
    /** What came back from recipients, whatever became of it since. */
    private readonly refunded: bigint,
  ) {
    this.shares = new Apportionment(new Map([...brought].map(([key, each]) => [key, stakeOf(each)])));
    const order = ({ kind, allocation }: Position) => `${positionKinds.indexOf(kind)} ${allocation ?? ''}`;
    const allocations = new Map<string, Span[]>();
    let until = 0n;
    for (const position of [...positions].sort((one, other) => (order(one) < order(other) ? -1 : 1))) {
      const from = until;
      until += position.minor;
      this.kinds.set(position.kind, { from: this.kinds.get(position.kind)?.from ?? from, until });
      if (position.allocation === null) continue;
      const span = { kind: position.kind, from, until };
      const known = allocations.get(position.allocation);
      if (known) known.push(span);
      else allocations.set(position.allocation, [span]);
    }
    this.allocations = allocations;
    if (until !== this.shares.whole) {
      throw new Error(`Of ${placeKey(place)}, ${this.shares.whole} is at stake and ${until} is accounted for.`);
    }
  }

  /** The contribution's part of all money of a kind. */
  partOf(contribution: string, kind: AccountKind): bigint {
    const { from, until } = this.kinds.get(kind) ?? { from: 0n, until: 0n };
    return this.shares.partOf(contribution, from, until);
  }

  /** The contribution's part of what came back from recipients. */
  refundedOf(contribution: string): bigint {
    this.refundedParts ??= this.splitOf(this.refunded);
    return this.refundedParts.get(contribution) ?? 0n;
  }

  /** The contribution's part of what an allocation holds, by kind. */
  heldBy(contribution: string, allocation: string): Map<AccountKind, bigint> {
    const spans = this.allocations.get(allocation) ?? [];
    return new Map(spans.map(({ kind, from, until }) => [kind, this.shares.partOf(contribution, from, until)]));
  }

  /** Whose money an allocation holds, by contribution. */
  fundersOf(allocation: string): Map<string, bigint> {
    const funders = new Map<string, bigint>();
    for (const { from, until } of this.allocations.get(allocation) ?? []) {
      for (const [key, part] of this.shares.parts(from, until)) funders.set(key, (funders.get(key) ?? 0n) + part);
    }
    return funders;
  }

  /** The parts of money that passed through here: by what is at stake; where all of it left again, by what was brought. */
  splitOf(minor: bigint): Map<string, bigint> {
    const by = (weigh: (each: Brought) => bigint) =>
      splitByShares(minor, new Map([...this.brought].map(([key, each]) => [key, weigh(each)])));
    const byStake = by(stakeOf);
    return byStake.size > 0 ? byStake : by(({ deposited, carriedIn }) => deposited + carriedIn);
  }

  /** Whose money was carried out to the next year. */
  get carriedOut(): Map<string, bigint> {
    return new Map([...this.brought].map(([key, { carriedOut }]) => [key, carriedOut]));
  }
}

/** The money of a pool, place by place, and whose part of it changed its place by which transfer. */
export class FollowedPool {
  constructor(
    readonly places: ReadonlyMap<string, FollowedPlace>,
    private readonly movedParts: ReadonlyMap<string, ReadonlyMap<string, bigint>>,
  ) {}

  at(place: Place): FollowedPlace | null {
    return this.places.get(placeKey(place)) ?? null;
  }

  /** Whose money a carry-over or switch moved; null for any other transfer, and outside of the cut. */
  partsOf(transfer: string): ReadonlyMap<string, bigint> | null {
    return this.movedParts.get(transfer) ?? null;
  }

  /** Whose money an allocation holds, by contribution. It lies in one place. */
  fundersOf(allocation: string): Map<string, bigint> {
    for (const place of this.places.values()) {
      const found = place.fundersOf(allocation);
      if (found.size > 0) return found;
    }
    return new Map();
  }

  /** The places where a contribution has, or had, money: in order. */
  placesOf(contribution: string): FollowedPlace[] {
    const found = [...this.places].filter(([, { brought }]) => brought.has(contribution));
    return found.sort(([one], [other]) => (one < other ? -1 : 1)).map(([, place]) => place);
  }
}

/**
 * Follows money through a pool: what was deposited, then what moved, in the order it was recorded; a carry-over or a
 * switch takes its part of every stake along. The same stakes as returns go by (stakesAfter).
 */
export function followPool(
  deposits: readonly Deposited[],
  moves: readonly Moved[],
  positions: readonly Placed[],
  refunds: readonly { place: Place; minor: bigint }[],
): FollowedPool {
  const places = new Map<string, { place: Place; brought: Map<string, Brought> }>();
  const at = (place: Place) => {
    const known = places.get(placeKey(place)) ?? { place, brought: new Map() };
    places.set(placeKey(place), known);
    return known.brought;
  };
  const add = (place: Place, contribution: string, what: keyof Brought, minor: bigint) => {
    const before = at(place).get(contribution) ?? nothing;
    at(place).set(contribution, { ...before, [what]: before[what] + minor });
  };
  for (const { place, contribution, minor } of deposits) add(place, contribution, 'deposited', minor);
  const movedParts = new Map<string, Map<string, bigint>>();
  for (const { transfer, kind, from, to, contribution, minor } of moves) {
    if (contribution !== null) {
      add(from, contribution, 'returned', minor);
      continue;
    }
    const parts = splitByShares(minor, new Map([...at(from)].map(([key, each]) => [key, stakeOf(each)])));
    movedParts.set(transfer, parts);
    for (const [each, part] of parts) {
      add(from, each, kind === 'SWITCH' ? 'switched' : 'carriedOut', kind === 'SWITCH' ? -part : part);
      add(to, each, kind === 'SWITCH' ? 'switched' : 'carriedIn', part);
    }
  }
  for (const { place } of positions) at(place);
  const found = [...places].map(([key, { place, brought }]): [string, FollowedPlace] => {
    const isHere = (each: { place: Place }) => placeKey(each.place) === key;
    const refunded = refunds.filter(isHere).reduce((sum, { minor }) => sum + minor, 0n);
    return [key, new FollowedPlace(place, covered(brought), positions.filter(isHere), refunded)];
  });
  return new FollowedPool(new Map(found), movedParts);
}

/** Nobody's stake is below zero: what somebody was given back before it had paid in, others' money stands in for. */
function covered(brought: ReadonlyMap<string, Brought>): Map<string, Brought> {
  const stakes = new Map([...brought].map(([key, each]) => [key, stakeOf(each)]));
  const missing = [...stakes.values()].reduce((sum, stake) => (stake < 0n ? sum - stake : sum), 0n);
  const parts = splitByShares(missing, stakes);
  return new Map(
    [...brought].map(([key, each]) => {
      const stake = stakes.get(key)!;
      return [key, { ...each, covered: stake < 0n ? -stake : -(parts.get(key) ?? 0n) }];
    }),
  );
}
