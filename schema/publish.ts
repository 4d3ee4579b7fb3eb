import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { composeSchema } from './compose.js';

const program = new Command('npm run schema --')
  .description('Prints the schema of each service from its classes, composes them, and writes the files of schema/.')
  .option('--check', 'only compare with what is committed; exit code 1 when it differs')
  .parse();

try {
  const files = composeSchema();
  const stale = Object.entries(files).filter(([name, text]) => {
    const path = `schema/${name}`;
    return !existsSync(path) || readFileSync(path, 'utf8') !== text;
  });
  if (program.opts().check && stale.length > 0) {
    throw new Error(`schema/ is behind the classes (${stale.map(([name]) => name).join(', ')}); run "npm run schema".`);
  }
  for (const [name, text] of stale) writeFileSync(`schema/${name}`, text);
  const what = stale.length > 0 ? `wrote ${stale.map(([name]) => name).join(', ')}` : 'up to date';
  process.stdout.write(`schema/: ${what}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
