import { writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { isDay } from '../../services/kernel/dates.js';
import { hubShape, readSettings, withDemoDefaults } from '../../services/kernel/environment.js';
import { requestToken } from '../identity/request-token.js';
import { Hub, keptTokens, toGateway } from './client.js';
import { type Choices, formats } from './formats.js';
import { type Progress, progressOn } from './progress.js';
import { Report } from './report.js';

const address = z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional();

const guide = `
Formats:
${formats.map(({ name, about, example }) => `  ${name}\n    ${about}\n    $ ${example}`).join('\n')}

The hub must be running (npm start). It is found at GATEWAY_URL, by default http://localhost:<HUB_PORT>/graphql, and its
issuer at OIDC_ISSUER. Everything goes through its public API, as the organisations that the file speaks of.

Stop it at any time, with Ctrl-C or otherwise, and run the same command again: it goes on where it stopped and doubles
nothing. The same file again changes nothing; rows that were imported are not applied again over a newer file.

The report names the row, the column and the reason of what is refused: the first 20 on the screen, all of them in the
file of --report, with the warnings and the sums of money of each stage.

Exit codes: 0 when all rows were taken or were there before; 2 when some were refused or are not covered by their pool;
1 when the import could not be done at all, with one sentence that says why.
`;

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Write a whole number such as 100.');
  return Number(text);
}

function day(text: string): string {
  if (!isDay(text)) throw new InvalidArgumentError('Write a day that exists as YYYY-MM-DD.');
  return text;
}

interface Said {
  dryRun?: boolean;
  report?: string;
  limit?: number;
  fund?: string[];
  released?: string;
  complete?: boolean;
  mission?: string;
  polarity?: 'higher' | 'lower';
}

/** The whole command line of imports. */
export const importCommand = () =>
  new Command('npm run import --')
    .description('Imports a published file into the running hub through its public API.')
    .argument('<format>', formats.map(({ name }) => name).join(', '))
    .argument('<file>', 'the file as published')
    .option('--dry-run', 'say what would be done and change nothing; stages that need an earlier one are not tried')
    .option('--report <file.json>', 'write the whole report there')
    .option(
      '--limit <n>',
      'only the first n organisations, agreements, projects, departments, figures or targets',
      wholeNumber,
    )
    .option('--fund <name...>', 'only these pooled funds (the OCHA formats)')
    .option('--released <day>', 'when the file was released, where it does not say so (YYYY-MM-DD)', day)
    .option(
      '--complete',
      'the file is all there is (ocha-contributions): what it does not list any more is gone, what it states otherwise is corrected',
    )
    .option('--mission <id>', 'the mission that a new outcome, or spending, belongs to; without it one is made')
    .addOption(
      new Option('--polarity <way>', 'which way is good, for an ons-sdg indicator').choices(['higher', 'lower']),
    )
    .addHelpText('after', guide)
    .action(run);

async function run(formatName: string, file: string, said: Said): Promise<void> {
  const format = formats.find(({ name }) => name === formatName);
  if (!format) {
    throw new Error(
      `There is no format "${formatName}"; the formats are ${formats.map(({ name }) => name).join(', ')}.`,
    );
  }
  const settings = withDemoDefaults(readSettings({ ...hubShape, GATEWAY_URL: address }));
  const url = settings.GATEWAY_URL ?? `http://localhost:${settings.HUB_PORT}/graphql`;
  const hub = new Hub(
    toGateway(
      url,
      keptTokens((client) => requestToken(settings.OIDC_ISSUER, client)),
    ),
  );
  const report = new Report(format.name, basename(file), said.dryRun ?? false);
  const work = { hub, report, progress: progressOn(process.stderr), dryRun: said.dryRun ?? false };
  stopWithASentence(work.progress);
  // Programs of the project run in its own folder; the file is meant from where npm was started.
  const path = resolve(startedIn(), file);
  try {
    await format.import(work, path, choicesOf(said));
  } finally {
    work.progress.end();
    // What was done before a fault is done: the report says it too.
    if (said.report) writeFileSync(resolve(startedIn(), said.report), `${JSON.stringify(report, null, 2)}\n`);
  }
  process.stdout.write(`${report.lines().join('\n')}\n`);
  process.exitCode = report.exitCode;
}

const choicesOf = ({ limit, fund, released, complete, mission, polarity }: Said): Choices => ({
  ...{ limit, released, complete, mission, funds: fund },
  polarity: polarity === undefined ? undefined : polarity === 'higher' ? 'HIGHER' : 'LOWER',
});

const startedIn = (): string => readSettings({ INIT_CWD: z.string().default(process.cwd()) }).INIT_CWD;

function stopWithASentence(progress: Progress): void {
  process.once('SIGINT', () => {
    progress.end();
    process.stderr.write('\nStopped. Run the same command again: it goes on where it stopped and doubles nothing.\n');
    process.exit(130);
  });
}
