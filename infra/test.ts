import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { environmentWith } from '../services/kernel/environment.js';

const { args: asked } = new Command('npm test --')
  .description('Runs all tests, or those of some files, and prints how many passed and failed.')
  .argument('[files...]', 'test files, for example services/budgets/deposits.test.ts; options of jest may follow')
  .allowUnknownOption()
  .addHelpText('after', '\nNothing needs to run beforehand: the tests start a PostgreSQL of their own.')
  .parse();

const folder = mkdtempSync(join(tmpdir(), 'hub-results-'));
const results = join(folder, 'results.json');
const limitMs = 30 * 60_000;

// Whole runs go by suites, which load the packages a few times in all; a file that is asked for runs by itself.
const config = asked.length > 0 ? 'jest.config.json' : 'test/suites/jest.config.mjs';

// Jest's own report decides; the last line says it in words that need no reader of jest's output.
const jest = spawn(
  process.execPath,
  [
    // Its workers inherit these. Tests make much that is soon gone; with more room for it less is copied about. What one
    // world has compiled stays compiled for the next. And as the workers keep all cores busy, helper threads for
    // compiling and for collecting garbage would only take turns with them, at the cost of a tenth of all work.
    ...['--max-semi-space-size=64', '--no-flush-bytecode', '--single-threaded'],
    ...['node_modules/jest/bin/jest.js', '--config', config, '--json', `--outputFile=${results}`, '--forceExit'],
    ...asked,
  ],
  {
    // The gateway's planner is loaded with a dynamic import, which jest allows only with this flag.
    env: environmentWith({ NODE_OPTIONS: '--experimental-vm-modules --no-warnings' }),
    // --json prints the report to the standard output as well; what people read goes to the standard error.
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: limitMs,
  },
);
jest.on('exit', (code) => {
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites, numPendingTests } = JSON.parse(
      readFileSync(results, 'utf8'),
    );
    // A file that could not even be loaded has no failed test of its own, and counts as one.
    const failed = Math.max(numFailedTests, numFailedTestSuites > 0 ? 1 : 0);
    if (numPendingTests > 0) process.stdout.write(`${numPendingTests} skipped\n`);
    process.stdout.write(`${numPassedTests} passed, ${failed} failed\n`);
    process.exitCode = code === 0 && failed === 0 && numPassedTests > 0 ? 0 : 1;
  } catch {
    process.stderr.write('The tests did not run to their end; look at the lines above.\n');
    process.exitCode = 1;
  }
  rmSync(folder, { recursive: true, force: true });
});
