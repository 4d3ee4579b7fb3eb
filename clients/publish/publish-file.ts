import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Asking } from '../caller.js';
import { HubFault, type Turn } from '../gateway.js';
import type { Progress } from '../progress.js';
import type { RowFault } from './cell.js';
import { ContributionsIn } from './contributions-in.js';
import { guessMapping, keepMapping, keptMapping, type Mapping, mappingFileOf, placesOf } from './mapping.js';
import { type UnknownMissions, unknownMissions } from './missions.js';
import { type Opened, openTable } from './open-table.js';
import type { Ways } from './read-value.js';
import { keepReceipt, keptReceipt, linksTo, newReceipt, type Receipt, receiptFileOf, refuseRow } from './receipt.js';
import { send } from './send.js';
import { writeChecked } from './write-checked.js';

export interface PublishChoices extends Ways {
  dryRun: boolean;
  /** Publish the sound rows of a file of which others are refused. */
  partly: boolean;
  /** What holds for every row, by column. */
  always: Record<string, string>;
  /** Rows in one request at most. */
  batch: number;
  /** A body that one's own took over from, for which it is published; left out, one's own. */
  organisation?: string | undefined;
}

export interface Told {
  progress: Progress;
  say(sentence: string): void;
}

/** Publishes a file, or checks it; throws HubFault with a sentence where none of it can be read. */
export async function publishFile(by: Asking, file: string, choices: PublishChoices, told: Told): Promise<Receipt> {
  const opened = await openTable(file);
  const mapping = mappingOf(opened.table.headings, file, choices, told);
  const places = placesOf(opened.table.headings, mapping, file);
  const begun = await digestOf(file);
  const reading = (unknown?: UnknownMissions) => new ContributionsIn(basename(file), places, mapping, unknown);
  const { unknown, count, refused, comments } = await checkAll(by, opened, reading, told);
  const reader = () => reading(unknown);
  if (count === 0) throw new HubFault(`${basename(file)} has no rows below its headings.`);
  const { dryRun, partly, batch, organisation } = choices;
  const whose = { ...by, organisation: organisation ?? by.organisation };
  const receipt = receiptFor(whose, file, [begun, mapping, partly, batch], dryRun, told);
  if (!dryRun && !partly && refused.length > 0) {
    for (const faults of refused) refuseRow(receipt, faults);
    told.say('Nothing was published: correct these rows, or leave them out with --partly.');
    return receipt;
  }
  const kept = receiptFileOf(file);
  const keep = () => !dryRun && keepReceipt(kept, receipt);
  keep();
  by.hub.onTurn = sayTurns(told);
  told.progress.begin(dryRun ? 'checked' : 'published', count - receipt.done);
  try {
    const contributions = reader();
    await send(contributions.read(opened.table.rows()), {
      ...{ hub: by.hub, contributions, receipt, batch, organisation, progress: told.progress, went: keep },
      refused: (faults) => comments.add(faults),
    });
  } finally {
    told.progress.end();
  }
  if ((await digestOf(file)) !== begun) throw new HubFault(`${basename(file)} was changed meanwhile; run it again.`);
  receipt.endedAt = new Date().toISOString();
  receipt.links = linksTo(receipt);
  keep();
  if (dryRun) told.say(`Written with comments: ${await writeChecked(file, opened, comments.byRow)}`);
  return receipt;
}

const betweenTurnsMs = 10_000;

/** Several requests wait at once; people are told now and then. */
function sayTurns({ say }: Told): (turn: Turn) => void {
  let saidAt = 0;
  return ({ position, seconds }) => {
    if (Date.now() - saidAt < betweenTurnsMs) return;
    saidAt = Date.now();
    say(`The hub is busy: your next rows are number ${position} in the queue, for about ${seconds} s.`);
  };
}

/** The mapping that is kept, or a guess, with what was said now; it is kept for the next time. */
function mappingOf(headings: readonly string[], file: string, choices: PublishChoices, told: Told): Mapping {
  const before = keptMapping(file);
  const mapping = before ?? guessMapping(headings);
  mapping.always = { ...mapping.always, ...choices.always };
  if (choices.days) mapping.days = choices.days;
  if (choices.thousands) mapping.thousands = choices.thousands;
  const beside = basename(mappingFileOf(file));
  if (before) told.say(`Columns as in ${beside}.`);
  else {
    told.say(`Columns guessed from the headings, kept in ${beside}:`);
    for (const [heading, column] of Object.entries(mapping.columns)) told.say(`  ${heading}: ${column}`);
    for (const [column, value] of Object.entries(mapping.always)) told.say(`  always ${column}: ${value}`);
  }
  keepMapping(file, mapping);
  return mapping;
}

/** The comments on rows, each reason once. */
class CommentList {
  readonly byRow = new Map<number, RowFault[]>();

  add(faults: readonly RowFault[]): void {
    for (const fault of faults) {
      const before = this.byRow.get(fault.row) ?? [];
      if (!before.some(({ column, reason }) => column === fault.column && reason === fault.reason))
        this.byRow.set(fault.row, [...before, fault]);
    }
  }
}

/** What is wrong with the rows, and with the missions they name, which only the hub knows. */
async function checkAll(
  by: Asking,
  opened: Opened,
  reading: (unknown?: UnknownMissions) => ContributionsIn,
  told: Told,
) {
  const contributions = reading();
  const checked = await check(opened, contributions);
  const unknown = await unknownMissions(by.hub, [...contributions.missions]);
  if (!unknown) told.say('The missions service does not answer: whether the missions named exist was not checked.');
  if (!unknown?.size) return { ...checked, unknown: undefined };
  return { ...(await check(opened, reading(unknown))), unknown };
}

async function check({ table }: Opened, contributions: ContributionsIn) {
  const comments = new CommentList();
  const refused: (readonly RowFault[])[] = [];
  let count = 0;
  for await (const { input, faults } of contributions.read(table.rows())) {
    count++;
    if (input) continue;
    refused.push(faults);
    comments.add(faults);
  }
  return { count, refused, comments };
}

/** The receipt of a publishing that was stopped, to go on with it; else a new one. */
function receiptFor(by: Asking, file: string, decides: unknown[], dryRun: boolean, told: Told): Receipt {
  const { url: gateway, organisation } = by;
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([decides, gateway, organisation]))
    .digest('hex');
  const before = dryRun ? null : keptReceipt(receiptFileOf(file));
  if (before && before.endedAt === null && before.fingerprint === fingerprint) {
    if (before.done > 0) told.say(`Going on after ${before.done} contributions.`);
    return before;
  }
  return newReceipt({ file: basename(file), fingerprint, gateway, organisation, dryRun });
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(file)) hash.update(bytes as Buffer);
  return hash.digest('hex');
}
