import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { RowFault } from './cell.js';

export const verdicts = ['NEW', 'CHANGED', 'UNCHANGED', 'REFUSED'] as const;
export type Verdict = (typeof verdicts)[number];
export type Store = 'OWN' | 'SHARED';

/** What became of a file; while it is being published, how far it is. */
export interface Receipt {
  /** Names one publishing of one file: the keys of its batches are made of it. */
  run: string;
  file: string;
  /** SHA-256 of the file and of all that decides what it says and to whom. */
  fingerprint: string;
  gateway: string;
  organisation: string;
  dryRun: boolean;
  begunAt: string;
  /** Null while it is not through. */
  endedAt: string | null;
  /** How many contributions, from the first, have their verdict. */
  done: number;
  counts: Record<Verdict, number>;
  /** The ids of what the calls published, as `publishSubmission` takes them; the first thousand. None of a dry run. */
  batches: string[];
  /** In which database the contributions are now: the organisation's own or that of everybody; null before an answer. */
  store: Store | null;
  missions: string[];
  /** The first thousand; `counts` counts all. */
  refusals: RowFault[];
  links: Record<string, string>;
}

const mostRefusals = 1_000;
const mostBatches = 1_000;
const batchesShown = 10;

export const receiptFileOf = (file: string): string => `${file}.receipt.json`;

type Begun = Pick<Receipt, 'file' | 'fingerprint' | 'gateway' | 'organisation' | 'dryRun'>;

export const newReceipt = (begun: Begun): Receipt => ({
  ...{ run: randomUUID(), ...begun, begunAt: new Date().toISOString(), endedAt: null, done: 0 },
  ...{ counts: { NEW: 0, CHANGED: 0, UNCHANGED: 0, REFUSED: 0 }, batches: [], store: null },
  ...{ missions: [], refusals: [], links: {} },
});

/** The receipt beside a file; null where there is none that can be read. */
export function keptReceipt(path: string): Receipt | null {
  if (!existsSync(path)) return null;
  try {
    const kept = JSON.parse(readFileSync(path, 'utf8')) as Omit<Receipt, 'batches' | 'store'>;
    // One that was kept before receipts named batches goes on too.
    return typeof kept.run === 'string' && typeof kept.done === 'number' ? { batches: [], store: null, ...kept } : null;
  } catch {
    return null;
  }
}

export function keepReceipt(path: string, receipt: Receipt): void {
  writeFileSync(`${path}.part`, `${JSON.stringify(receipt, null, 2)}\n`);
  renameSync(`${path}.part`, path);
}

export function refuseRow(receipt: Receipt, faults: readonly RowFault[]): void {
  receipt.counts.REFUSED++;
  receipt.refusals.push(...faults.slice(0, Math.max(0, mostRefusals - receipt.refusals.length)));
}

/** What the hub answered to one call: where the contributions are, and the batch that it was. */
export function noteBatch(receipt: Receipt, { store, batch }: { store: Store; batch: string }): void {
  receipt.store = store;
  const isNoted = receipt.batches.includes(batch) || receipt.batches.length >= mostBatches;
  if (!receipt.dryRun && !isNoted) receipt.batches.push(batch);
}

/** Where to see, in a browser and without a token, what the hub has of an organisation. */
export function linksTo({ gateway, organisation, missions }: Receipt): Record<string, string> {
  const asked = (filter: string) => {
    const document = `{ contributions(filter: { contributor: "${organisation}"${filter} }, first: 100) { totalCount nodes { id publicName state kind pooling sourceRecordId } } }`;
    return Object.assign(new URL(gateway), { search: `?query=${encodeURIComponent(document)}` }).href;
  };
  const few = missions.slice(0, 5);
  return {
    'all contributions': asked(''),
    ...Object.fromEntries(few.map((mission) => [`contributions to ${mission}`, asked(`, mission: "${mission}"`)])),
    explorer: new URL('/explore', gateway).href,
  };
}

/** A receipt as lines for people. */
export function receiptLines(receipt: Receipt): string[] {
  const { file, organisation, counts, dryRun, endedAt, done, refusals, links } = receipt;
  const unfinished = done > 0 ? `stopped after ${done}` : 'nothing published';
  const state = dryRun ? 'checked, nothing changed' : endedAt ? `published ${endedAt}` : unfinished;
  const shown = refusals.slice(0, 20).map(faultLine);
  const more = refusals.length - shown.length;
  return [
    `${file} for ${organisation}: ${state}`,
    ...verdicts.map((verdict) => `  ${verdict.toLowerCase().padEnd(9)} ${String(counts[verdict]).padStart(7)}`),
    ...shown,
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...whereLines(receipt),
    ...Object.entries(links).map(([name, link]) => `${name}: ${link}`),
  ];
}

const storeNames: Record<Store, string> = { OWN: 'its own (OWN)', SHARED: 'that of everybody (SHARED)' };

function whereLines({ store, batches }: Receipt): string[] {
  const more = batches.length - batchesShown;
  return [
    ...(store ? [`store: ${storeNames[store]}`] : []),
    ...batches.slice(0, batchesShown).map((batch) => `batch: ${batch}`),
    ...(more > 0 ? [`and ${more} more batches, which the receipt names`] : []),
  ];
}

export const faultLine = ({ row, column, reason }: RowFault): string =>
  `  row ${row}${column ? `, ${column}` : ''}: ${reason}`;
