import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { Gateway, HubFault } from '../gateway.js';
import { type Progress, progressOn } from '../progress.js';
import { settings, startedIn } from '../settings.js';
import { signedInAs } from '../sign-in.js';
import { JournalSums } from './agreement.js';
import { type Budget, LedgerReader, type Statements, type Transfer } from './read-ledger.js';
import { statementSheet } from './statement-sheet.js';
import { chainLines } from './write-chain.js';
import { writeJournalCsv, writeStatementCsv } from './write-csv.js';
import { journalRows, writeXlsx } from './write-xlsx.js';

const guide = `
csv    the journal, one line per posting with what its transfer says and its IATI type; with --to journal.csv the
       statement of the same instant is written beside it, to journal-statement.csv: of the pool, and of each control
       total where it has several
xlsx   the same as two sheets of a workbook (needs --to)
chain  every transfer as it was sealed, with the hash chain and its signed roots, to be checked by "hub verify"

  $ npm run hub -- export budget-0198 --as xlsx --to pool.xlsx --client department-for-education.publisher
  $ npm run hub -- export budget-0198 --as chain --to pool.jsonl --token "$TOKEN"

The hub is asked at GATEWAY_URL, by default http://localhost:<HUB_PORT>/graphql. Without a token the export is what the
public may see: without the people, and never as a chain. Texts that a spreadsheet would run as a formula are written
after an apostrophe in CSV. Exit codes: 0 when it was written, 1 when not, with one sentence that says why.
`;

export interface ExportChoices {
  as: 'csv' | 'xlsx' | 'chain';
  to?: string;
}

interface Said extends ExportChoices {
  gateway: string;
  token?: string;
  client?: string;
}

/** Made anew by each program: the defaults are those of its environment. */
export function exportCommand(): Command {
  const { gateway: address, token: kept, issuer, secret } = settings();
  return new Command('export')
    .description('Writes the ledger of a pooled budget to a file.')
    .argument('<budget>', 'the id of the pooled budget')
    .addOption(new Option('--as <format>', 'what to write').choices(['csv', 'xlsx', 'chain']).makeOptionMandatory())
    .option('--to <file>', 'where to; left out, to the standard output')
    .option('--token <token>', 'an access token (HUB_TOKEN)')
    .option('--client <client>', 'ask for a token as this client, in the demo <organisation>.<role>')
    .option('--gateway <url>', 'the address of the hub (GATEWAY_URL)', address)
    .addHelpText('after', guide)
    .action(async (budget: string, { gateway, token = kept, client, as, to }: Said) => {
      const hub = new Gateway(gateway, signedInAs({ token, client, secret, issuer }));
      const target = to === undefined ? undefined : startedIn(to);
      await exportLedger(hub, budget, { as, to: target }, progressOn(process.stderr));
    });
}

/** Writes the export; throws HubFault with a sentence when it cannot be. What stood in the file before stays until then. */
export async function exportLedger(
  hub: Gateway,
  id: string,
  { as, to }: ExportChoices,
  progress: Progress,
): Promise<void> {
  if (as === 'xlsx' && !to) throw new HubFault('A workbook is no text: say with --to which file to write.');
  const ledger = new LedgerReader(hub, id);
  const budget = await ledger.head();
  progress.begin('transfers', budget.seal?.number ?? 0);
  try {
    if (as === 'chain')
      await written(to, (stream) => pipeline(Readable.from(chainTexts(ledger, budget, progress)), stream));
    else await new JournalExport(ledger, budget, await instantOf(hub), progress).write(as, to);
  } finally {
    progress.end();
  }
}

async function* chainTexts(ledger: LedgerReader, budget: Budget, progress: Progress): AsyncGenerator<string> {
  for await (const line of chainLines(ledger, budget, (count) => progress.advance(count)))
    yield `${JSON.stringify(line)}\n`;
}

/** The end of the second in which the hub last answered, once it is over: the hub states its time to the second only. */
async function instantOf(hub: Gateway): Promise<string> {
  await pause(1_000);
  return new Date(hub.hubTime + 999).toISOString();
}

const attempts = 3;

/** Journal and statement as of one instant. */
class JournalExport {
  constructor(
    private readonly ledger: LedgerReader,
    private readonly budget: Budget,
    private readonly knownAt: string,
    private readonly progress: Progress,
  ) {}

  async write(as: 'csv' | 'xlsx', to: string | undefined): Promise<void> {
    // What was being written while the instant passed may be missing in the one and not in the other.
    for (let attempt = 1; ; attempt++) {
      const word = as === 'csv' ? await this.csv(to) : await this.xlsx(to!);
      if (word === null) return;
      if (attempt === attempts || !to)
        throw new HubFault(
          `The journal does not agree with the statement as known at ${this.knownAt} (${word}): try again.`,
        );
    }
  }

  private async csv(to: string | undefined): Promise<string | null> {
    const sums = new JournalSums();
    let found: Statements | undefined;
    let word: string | null = null;
    await written(to, async (stream) => {
      await writeJournalCsv(this.counted(sums), stream);
      found = await this.ledger.statements(this.budget.controlTotals, this.knownAt);
      word = sums.differsFrom(found.whole);
      return word === null;
    });
    if (word === null && to) {
      const sheet = statementSheet(this.budget, found!, this.knownAt);
      await written(to.replace(/(\.csv)?$/i, '-statement.csv'), (stream) => writeStatementCsv(sheet, stream));
    }
    return word;
  }

  private async xlsx(to: string): Promise<string | null> {
    const sums = new JournalSums();
    const rows = await journalRows(this.counted(sums));
    const found = await this.ledger.statements(this.budget.controlTotals, this.knownAt);
    const word = sums.differsFrom(found.whole);
    if (word !== null) return word;
    await writeXlsx(rows, statementSheet(this.budget, found, this.knownAt), `${to}.part`);
    await rename(`${to}.part`, to);
    return null;
  }

  private async *counted(sums: JournalSums): AsyncGenerator<Transfer[]> {
    for await (const page of this.ledger.transfers(this.knownAt)) {
      for (const transfer of page) sums.add(transfer);
      this.progress.advance(page.length);
      yield page;
    }
  }
}

const fileFaults = new Set(['EACCES', 'EDQUOT', 'EISDIR', 'ENOENT', 'ENOSPC', 'ENOTDIR', 'EPERM', 'EROFS']);

/** Writes beside and renames into place; takes it away again when the work fails or answers false. */
async function written(to: string | undefined, work: (stream: Writable) => Promise<unknown>): Promise<void> {
  if (!to) return void (await work(process.stdout));
  const draft = `${to}.part`;
  try {
    if ((await work(createWriteStream(draft, { flush: true }))) === false) await rm(draft, { force: true });
    else await rename(draft, to);
  } catch (cause) {
    await rm(draft, { force: true });
    if (fileFaults.has((cause as NodeJS.ErrnoException).code ?? ''))
      throw new HubFault(`The file ${to} cannot be written: check its folder and the space that is left.`, { cause });
    throw cause;
  }
}
