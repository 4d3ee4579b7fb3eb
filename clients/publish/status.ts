import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type AskedBy, type Asking, asking, departmentCommand, ended, exitCodes } from '../caller.js';
import { startedIn } from '../settings.js';
import { tableLines } from './lines.js';
import { keptReceipt, type Receipt, receiptFileOf, receiptLines } from './receipt.js';

const states =
  'DRAFT PLEDGED NEGOTIATING AGREED COMMITTED PART_DEPOSITED DEPOSITED FULFILLED CLOSED SUSPENDED DECLINED WITHDRAWN LAPSED WRITTEN_OFF'.split(
    ' ',
  );
const shownAtFirst = 20;

const document = `query Status($organisation: ID!) {
  ${states.map((state) => `${state}: contributions(first: 1, filter: { contributor: $organisation, state: ${state} }) { totalCount unavailable { id } }`).join('\n  ')}
  latest: contributions(first: ${shownAtFirst}, filter: { contributor: $organisation }) {
    nodes { id mission { id } kind pooling state publicName sourceRecordId current { total { amount currency } quantity unit } }
    unavailable { id } } }`;

interface Shown {
  id: string;
  mission: { id: string };
  kind: string;
  pooling: string;
  state: string;
  publicName: string;
  sourceRecordId: string | null;
  current: { total: { amount: string; currency: string } | null; quantity: string | null; unit: string | null };
}

/** Null is what a store that is away keeps from being answered. */
type Counted = Record<string, { totalCount: number | null; unavailable: { id: string }[] } | null> & {
  latest: { nodes: Shown[]; unavailable: { id: string }[] } | null;
};

/** How an organisation's contributions stand, and what became of the last file. */
export interface Status {
  organisation: string;
  /** True when its store does not answer: then the counts are not known. */
  unavailable: boolean;
  /** Whose store that is. */
  away: string[];
  states: Record<string, number | null>;
  contributions: Shown[];
  lastPublishing: Receipt | null;
}

const guide = `
With the name of a file it tells of that file's publishing; without, of the last one in this folder. While the store of
your organisation does not answer it says so, tells of the publishing, and ends with 3.

  $ npm run hub -- status --client department-for-education.publisher

${exitCodes}
`;

export function statusCommand(): Command {
  return departmentCommand('status')
    .description("Shows your organisation's contributions and the last publishing.")
    .argument('[file]', 'a file that was published')
    .addHelpText('after', guide)
    .action((file: string | undefined, said: AskedBy) =>
      ended(async () => {
        const status = await statusOf(await asking(said), receiptOf(file));
        const lines = said.json ? [JSON.stringify(status)] : statusLines(status);
        process.stdout.write(`${lines.join('\n')}\n`);
        // As where the hub does not answer: what was asked for is not all there.
        return status.unavailable ? 3 : 0;
      }),
    );
}

export async function statusOf({ hub, organisation }: Asking, lastPublishing: Receipt | null): Promise<Status> {
  const found = await hub.ask<Counted>({ document, variables: { organisation }, tolerated: ['STORE_UNAVAILABLE'] });
  const away = [
    ...new Set(Object.values(found).flatMap((page) => page?.unavailable.map(({ id }) => id) ?? organisation)),
  ];
  return {
    ...{ organisation, lastPublishing, away, contributions: found.latest?.nodes ?? [] },
    unavailable: away.length > 0,
    states: Object.fromEntries(states.map((state) => [state, found[state]?.totalCount ?? null])),
  };
}

function receiptOf(file: string | undefined): Receipt | null {
  if (file) return keptReceipt(receiptFileOf(startedIn(file)));
  const folder = startedIn('.');
  const kept = readdirSync(folder)
    .filter((name) => name.endsWith('.receipt.json'))
    .flatMap((name) => keptReceipt(join(folder, name)) ?? []);
  return kept.sort((a, b) => (a.begunAt < b.begunAt ? 1 : -1))[0] ?? null;
}

function statusLines({ organisation, away, states: counts, contributions, lastPublishing }: Status): string[] {
  const standing = Object.entries(counts).filter(([, count]) => count);
  const rows = contributions.map(({ id, mission, kind, pooling, state, publicName, sourceRecordId, current }) => [
    ...[sourceRecordId ?? '', state, mission.id, kind, pooling, publicName.slice(0, 40)],
    current.total ? `${current.total.amount} ${current.total.currency}` : `${current.quantity} ${current.unit}`,
    id,
  ]);
  return [
    `${organisation}:${standing.length === 0 && away.length === 0 ? ' no contributions' : ''}`,
    ...away.map((id) => `The store of ${id} does not answer: its figures are not known now. Try again later.`),
    ...tableLines(standing.map(([state, count]) => [`  ${state}`, String(count)])),
    ...(rows.length > 0
      ? ['', ...tableLines([['record', 'state', 'mission', 'kind', 'pooling', 'name', 'how much', 'id'], ...rows])]
      : []),
    ...(rows.length === shownAtFirst ? [`The first ${shownAtFirst}; "hub pull" writes all.`] : []),
    '',
    ...(lastPublishing ? ['Last publishing:', ...receiptLines(lastPublishing)] : ['No publishing from this folder.']),
  ];
}
