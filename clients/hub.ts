import { Command } from 'commander';
import { eventsCommand } from './events.js';
import { HubFault } from './gateway.js';
import { exportCommand } from './ledger/export.js';
import { verifyCommand } from './ledger/verify.js';
import { negotiateCommand } from './publish/negotiate.js';
import { publishCommand } from './publish/publish.js';
import { pullCommand } from './publish/pull.js';
import { statusCommand } from './publish/status.js';

const guide = `
Each command explains itself: npm run hub -- export --help

  $ npm run hub -- publish budget.xlsx --client department-for-education.publisher --dry-run
  $ npm run hub -- status --client department-for-education.publisher
  $ npm run hub -- export budget-0198 --as xlsx --to pool.xlsx
  $ npm run hub -- export budget-0198 --as chain --to pool.jsonl --client mission-delivery-unit.auditor
  $ npm run hub -- verify pool.jsonl --roots copies/budget-0198.jsonl
  $ npm run hub -- events status
`;

const program = new Command('npm run hub --')
  .description('The command line of the mission budget hub, for those who publish, check and account.')
  .addCommand(publishCommand())
  .addCommand(pullCommand())
  .addCommand(statusCommand())
  .addCommand(negotiateCommand())
  .addCommand(exportCommand())
  .addCommand(verifyCommand())
  .addCommand(eventsCommand())
  .addHelpText('after', guide)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

program.parseAsync().catch((fault: Error & { code?: string }) => {
  // Who reads the output may stop reading it.
  if (fault.code === 'EPIPE') process.exit(0);
  if (!(fault instanceof HubFault)) throw fault;
  process.stderr.write(`${fault.message}\n`);
  process.exitCode = 1;
});
