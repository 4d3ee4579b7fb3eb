import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { type AskedBy, type Asking, asking, departmentCommand, ended, exitCodes } from '../caller.js';
import { HubFault } from '../gateway.js';
import { type Progress, progressOn } from '../progress.js';
import { startedIn } from '../settings.js';
import { PulledPages } from './pulled-pages.js';
import { type PulledAs, writePulled } from './write-pulled.js';

const guide = `
csv, xlsx  one row for each financial year and control total, under headings that "hub publish" knows
jsonl      one contribution in each line, with its versions

Stop it at any time and run it again: it goes on with the page where it stopped. What was pulled so far is kept in
<file>.part until the file is whole.

  $ npm run hub -- pull --to contributions.csv --client department-for-education.publisher

${exitCodes}
`;

interface Said extends AskedBy {
  to: string;
  as?: PulledAs;
  mission?: string;
}

export function pullCommand(): Command {
  return departmentCommand('pull')
    .description("Writes your organisation's contributions, as the hub has them, to a file.")
    .requiredOption('--to <file>', 'where to')
    .addOption(
      new Option('--as <format>', 'as what; left out, by the end of its name').choices(['csv', 'xlsx', 'jsonl']),
    )
    .option('--mission <id>', 'only those to this mission')
    .addHelpText('after', guide)
    .action((said: Said) =>
      ended(async () => {
        const to = startedIn(said.to);
        const as = said.as ?? (/\.(csv|xlsx|jsonl)$/i.exec(to)?.[1]?.toLowerCase() as PulledAs | undefined);
        if (!as) throw new HubFault('Say with --as what to write: csv, xlsx or jsonl.');
        const count = await pull(await asking(said), { to, as, mission: said.mission }, progressOn(process.stderr));
        process.stdout.write(
          said.json ? `${JSON.stringify({ file: to, contributions: count })}\n` : `${count} contributions: ${to}\n`,
        );
        return 0;
      }),
    );
}

/** How far a pull is: the lines up to `bytes` are whole pages. */
interface Kept {
  of: string;
  after: string | null;
  bytes: number;
  count: number;
}

/** Pulls page by page into a file beside, then writes it in its form; answers how many contributions. */
export async function pull(
  { hub, url, organisation }: Asking,
  { to, as, mission }: { to: string; as: PulledAs; mission?: string },
  progress: Progress,
): Promise<number> {
  const pages = new PulledPages(`${to}.part`);
  const notes = `${to}.part.json`;
  const of = JSON.stringify([url, organisation, mission ?? null]);
  let kept: Kept = existsSync(`${to}.part`) ? await keptAt(notes, of) : nothingKept(of);
  pages.open(kept.bytes);
  try {
    for (let isFirst = true; ; isFirst = false) {
      const page = await pages.ask(hub, { contributor: organisation, mission }, kept.after);
      if (isFirst) progress.begin('pulled', Math.max(0, (page.totalCount ?? 0) - kept.count));
      const bytes = pages.add(page.nodes);
      kept = { of, bytes, count: kept.count + page.nodes.length, after: page.pageInfo.endCursor ?? kept.after };
      writeFileSync(`${notes}.part`, JSON.stringify(kept));
      renameSync(`${notes}.part`, notes);
      progress.advance(page.nodes.length);
      if (!page.pageInfo.hasNextPage) break;
    }
  } finally {
    pages.close();
    progress.end();
  }
  await writePulled(`${to}.part`, to, as);
  rmSync(notes);
  return kept.count;
}

async function keptAt(notes: string, of: string): Promise<Kept> {
  if (!existsSync(notes)) return nothingKept(of);
  const kept = JSON.parse(await readFile(notes, 'utf8')) as Kept;
  return kept.of === of ? kept : nothingKept(of);
}

const nothingKept = (of: string): Kept => ({ of, after: null, bytes: 0, count: 0 });
