/**
 * Splits an amount of minor units by weights, exact to the last unit (largest remainder): each gets what its weight
 * allows rounded down, and the units left over go one each to the largest remainders, of equal ones to the key that
 * sorts first. Nobody gets more than its weight when the amount is within their sum. Weights of zero or below have no
 * share, and without any weight nothing is split.
 */
export function splitByShares(minor: bigint, weights: ReadonlyMap<string, bigint>): Map<string, bigint> {
  const weighed = [...weights].filter(([, weight]) => weight > 0n).sort(([one], [other]) => (one < other ? -1 : 1));
  const whole = weighed.reduce((sum, [, weight]) => sum + weight, 0n);
  const parts = new Map(weighed.map(([key, weight]) => [key, (minor * weight) / whole]));
  const byRemainder = weighed
    .map(([key, weight]) => ({ key, remainder: (minor * weight) % whole }))
    .sort((one, other) => Number(other.remainder > one.remainder) - Number(other.remainder < one.remainder));
  const left = minor - [...parts.values()].reduce((sum, part) => sum + part, 0n);
  for (const { key } of byRemainder.slice(0, Number(left))) parts.set(key, parts.get(key)! + 1n);
  return parts;
}

/** Where money of a pool lies: in one financial year (null where authority does not expire) and control total. */
export interface Place {
  financialYear: string | null;
  controlTotal: string;
}

export const placeKey = ({ financialYear, controlTotal }: Place): string => `${financialYear ?? ''} ${controlTotal}`;

/** What was matched to a contribution in a place, reversals taken off. */
export interface PaidIn {
  place: Place;
  contribution: string;
  minor: bigint;
}

/** Money that went from one place to another with the stakes in it; given back when it names a contribution. */
export interface Moved {
  from: Place;
  to: Place;
  contribution: string | null;
  minor: bigint;
}

/**
 * What of each contribution is still at stake in each place: what it paid in there, less what it was given back, and
 * with what was carried over or changed its control total since. So several returns together come out as one would,
 * and nobody is given back more than it paid in.
 */
export function stakesAfter(paid: readonly PaidIn[], moved: readonly Moved[]): Map<string, Map<string, bigint>> {
  const stakes = new Map<string, Map<string, bigint>>();
  const add = (place: Place, contribution: string, minor: bigint) => {
    const at = stakes.get(placeKey(place)) ?? new Map<string, bigint>();
    stakes.set(placeKey(place), at.set(contribution, (at.get(contribution) ?? 0n) + minor));
  };
  for (const { place, contribution, minor } of paid) add(place, contribution, minor);
  for (const { from, to, contribution, minor } of moved) {
    if (contribution !== null) {
      add(from, contribution, -minor);
      continue;
    }
    for (const [each, part] of splitByShares(minor, stakes.get(placeKey(from)) ?? new Map())) {
      add(from, each, -part);
      add(to, each, part);
    }
  }
  return stakes;
}
