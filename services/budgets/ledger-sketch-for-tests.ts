/** A transfer that is asked for: by how much it changes each account, and for whom. */
export interface Sketch {
  kind: string;
  day: string;
  year: string;
  total: string;
  lines: [account: string, change: number][];
  contribution?: string | null;
  allocation?: string;
  drawdown?: string;
  deposit?: ModelTransfer;
}
export interface ModelTransfer extends Sketch {
  reverses?: ModelTransfer;
  isReversed?: boolean;
}

export const year = '2025-26';
export const nextYear = '2026-27';
/** Transfers by which money becomes a deposit. */
export const deposits = ['DEPOSIT', 'MATCH'];
export const ofAllocation = ['ALLOCATION_AVAILABLE', 'ALLOCATION_RESERVED', 'WITH_RECIPIENT', 'SPENT'];
const ofDrawdown = ['ALLOCATION_RESERVED', 'WITH_RECIPIENT'];

export interface Place {
  year: string;
  total: string;
  day: string;
}

export function sketch(kind: string, { year, total, day }: Place, lines: Record<string, number>): Sketch {
  const changed = Object.entries(lines).filter(([, change]) => change !== 0);
  return { kind, day, year, total, lines: changed.map(([account, change]) => [`${year}/${total}/${account}`, change]) };
}

export const changeOf = ({ lines }: Sketch, kind: string): number =>
  lines.reduce((sum, [account, change]) => (account.endsWith(`/${kind}`) ? sum + change : sum), 0);

const numbers = new WeakMap<object, string>();
let numbered = 0;

/** A name of its own for each deposit of the model. */
function numberOf(deposit: object): string {
  if (!numbers.has(deposit)) numbers.set(deposit, `deposit ${++numbered}`);
  return numbers.get(deposit)!;
}

/** What a deposit has in suspense. */
export const suspenseOf = (deposit: ModelTransfer) => `${numberOf(deposit)}/SUSPENSE`;

/** The account itself, and what the allocation, drawdown or deposit holds in it. */
export function placesOf(transfer: ModelTransfer, account: string): string[] {
  const kind = account.split('/')[2]!;
  const deposit = transfer.kind === 'DEPOSIT' ? (transfer.reverses ?? transfer) : transfer.deposit;
  return [
    account,
    ...(transfer.allocation && ofAllocation.includes(kind) ? [`${transfer.allocation}/${kind}`] : []),
    ...(transfer.drawdown && ofDrawdown.includes(kind) ? [`${transfer.drawdown}/${kind}`] : []),
    ...(deposit && kind === 'SUSPENSE' ? [suspenseOf(deposit)] : []),
  ];
}

export interface Contribution {
  committed: number;
  writtenOff: number;
}

/** Out of the year that has ended on its last day, and as much into the next one on its first. */
export function closingPlaces(total: string, amount: number): { out: Sketch; into: Sketch } {
  const out = sketch(
    'CARRY_OUT',
    { year, total, day: '2026-03-31' },
    { UNALLOCATED: -amount, CARRIED_FORWARD: amount },
  );
  const into: Sketch = {
    ...{ kind: 'CARRY_IN', day: '2026-04-01', year: nextYear, total },
    lines: [
      [`${year}/${total}/CARRIED_FORWARD`, -amount],
      [`${nextYear}/${total}/UNALLOCATED`, amount],
    ],
  };
  return { out, into };
}

/** By largest remainder: one penny after the other to whoever is furthest below its exact share. */
export function splitFairly(amount: number, weights: ReadonlyMap<string, number>): Map<string, number> {
  const entitled = [...weights].filter(([, weight]) => weight > 0).sort(([one], [other]) => (one < other ? -1 : 1));
  const whole = entitled.reduce((sum, [, weight]) => sum + weight, 0);
  const parts = new Map(entitled.map(([id, weight]) => [id, (amount * weight - ((amount * weight) % whole)) / whole]));
  const owed = ([id, weight]: [string, number]) => amount * weight - parts.get(id)! * whole;
  for (let left = amount - [...parts.values()].reduce((sum, part) => sum + part, 0); whole > 0 && left > 0; left--) {
    const next = entitled.reduce((most, each) => (owed(each) > owed(most) ? each : most));
    parts.set(next[0], parts.get(next[0])! + 1);
  }
  return parts;
}

/** What is at stake of each contribution in each year and control total: paid in, moved on with the money, less given back. */
export function stakesOf({ transfers }: { transfers: readonly ModelTransfer[] }): Map<string, Map<string, number>> {
  const stakes = new Map<string, Map<string, number>>();
  const add = (place: string, id: string, change: number) => {
    const at = stakes.get(place) ?? new Map<string, number>();
    stakes.set(place, at.set(id, (at.get(id) ?? 0) + change));
  };
  for (const each of transfers) {
    if (each.contribution && deposits.includes(each.kind))
      add(`${each.year}/${each.total}`, each.contribution, changeOf(each, 'UNALLOCATED'));
  }
  for (const each of transfers) {
    if (each.kind === 'RETURN') add(`${each.year}/${each.total}`, each.contribution!, -changeOf(each, 'RETURNED'));
    if (!['SWITCH', 'CARRY_IN'].includes(each.kind)) continue;
    const [[from], [to, amount]] = each.lines as [[string, number], [string, number]];
    for (const [id, part] of splitFairly(amount, stakes.get(placeOf(from)) ?? new Map())) {
      add(placeOf(from), id, -part);
      add(placeOf(to), id, part);
    }
  }
  return stakes;
}

const placeOf = (account: string) => account.split('/').slice(0, 2).join('/');
