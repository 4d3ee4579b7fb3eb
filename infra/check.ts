import { spawnSync } from 'node:child_process';
import { Command } from 'commander';

new Command('npm run check')
  .description(
    'Looks at types, lint and format, the schema and the rules of the house, in this order, until one fails.',
  )
  .parse();

// Types, then lint and format, then the rules of the house; each prints its own findings.
const steps: [string, string[]][] = [
  ['types', ['node_modules/typescript/bin/tsc', '--noEmit', '-p', '.']],
  ['lint and format', ['node_modules/@biomejs/biome/bin/biome', 'check', '.']],
  ['schema', ['.build/schema/publish.js', '--check']],
  ['tidy', ['.build/infra/test.js', 'test/tidy.test.ts']],
];

for (const [name, args] of steps) {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) {
    process.stderr.write(`check: ${name} failed\n`);
    process.exit(1);
  }
  process.stdout.write(`check: ${name} in order\n`);
}
