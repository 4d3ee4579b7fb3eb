import { type Command, InvalidArgumentError, Option } from 'commander';
import { type AskedBy, asking, departmentCommand, ended, exitCodes } from '../caller.js';
import { progressOn } from '../progress.js';
import { startedIn } from '../settings.js';
import { columnCalled, columns } from './columns.js';
import { publishFile } from './publish-file.js';
import type { Ways } from './read-value.js';
import { receiptLines } from './receipt.js';

const guide = `
A CSV (UTF-8) or XLSX file with headings in its first row; of a workbook its first sheet. Money has one row for each
financial year and control total; rows with the same record id stand together and are one contribution. The columns:
${columns.map(({ name, about }) => `  ${name.padEnd(19)}${about}`).join('\n')}

The columns are guessed from the headings the first time and kept in <file>.mapping.json, which is used, and checked
against the headings, the next time. Change it there: null leaves a column out, "always" holds for all rows.

The whole file is read before anything is sent, and the hub is asked whether it has the missions that are named: when a
row cannot be taken nothing is published, except with --partly. What only the hub can refuse, such as a change of settled
terms, it refuses row by row, and takes the others; --dry-run shows that beforehand.
The same file again changes nothing. Stop it at any time and run it again: it goes on where it stopped and doubles
nothing; how far it is, and at the end the receipt, stands in <file>.receipt.json.

  $ npm run hub -- publish budget.xlsx --client department-for-education.publisher --dry-run
  $ npm run hub -- publish ledger.csv --set mission=clean-energy --set pooling=POOLED --days day-first

${exitCodes}
`;

interface Said extends AskedBy, Ways {
  dryRun?: boolean;
  partly?: boolean;
  set: Record<string, string>;
  batch: number;
  organisation?: string;
}

function pair(said: string, before: Record<string, string>): Record<string, string> {
  const at = said.indexOf('=');
  const column = said.slice(0, at);
  if (at < 1 || !columnCalled(column))
    throw new InvalidArgumentError('Write a column and its value: mission=clean-energy.');
  return { ...before, [column]: said.slice(at + 1) };
}

function batchOf(said: string): number {
  const count = Number(said);
  if (!/^\d+$/.test(said) || count < 1 || count > 500) throw new InvalidArgumentError('Write a number from 1 to 500.');
  return count;
}

/** Made anew by each program: the defaults are those of its environment. */
export function publishCommand(): Command {
  return departmentCommand('publish')
    .description('Publishes contributions of your organisation from a CSV or XLSX file.')
    .argument('<file>', 'the file')
    .option('--dry-run', 'change nothing; say what would be refused, and write the file back with a column of comments')
    .option('--partly', 'publish the sound rows where others are refused')
    .option('--organisation <id>', 'publish for this body, which your organisation took over from')
    .option('--set <column=value>', 'what holds for every row; may be given again', pair, {})
    .addOption(
      new Option('--days <order>', 'how days such as 03/04/2025 are written').choices(['day-first', 'month-first']),
    )
    .addOption(new Option('--thousands <sign>', 'the sign that stands between thousands').choices([',', '.', ' ', "'"]))
    .addOption(new Option('--batch <rows>', 'contributions in one request').argParser(batchOf).default(500))
    .addHelpText('after', guide)
    .action((file: string, said: Said) => ended(() => publish(startedIn(file), said)));
}

async function publish(file: string, said: Said): Promise<number> {
  const by = await asking(said);
  const progress = progressOn(process.stderr);
  process.once('SIGINT', () => {
    progress.end();
    process.stderr.write('\nStopped. Run the same command again: it goes on where it stopped and doubles nothing.\n');
    process.exit(130);
  });
  const { dryRun = false, partly = false, set: always, days, thousands, batch, organisation } = said;
  const choices = { dryRun, partly, always, days, thousands, batch, organisation };
  const say = (sentence: string) => process.stderr.write(`${sentence}\n`);
  const receipt = await publishFile(by, file, choices, { progress, say });
  process.stdout.write(said.json ? `${JSON.stringify(receipt)}\n` : `${receiptLines(receipt).join('\n')}\n`);
  return receipt.counts.REFUSED > 0 ? 1 : 0;
}
