import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { gatewayBench } from './gateway.js';
import { growthBench } from './growth.js';
import { ledgerBench } from './ledger.js';
import { publishBench } from './publish.js';
import { storesBench } from './stores.js';

const folder = 'infra/bench';
const benches = {
  gateway: gatewayBench,
  growth: growthBench,
  ledger: ledgerBench,
  publish: publishBench,
  stores: storesBench,
};

const program = new Command('npm run bench --')
  .description(
    'Measures the hub against its peers and its own limits; prints ratios and writes JSON to infra/bench/results.',
  )
  .argument('[name]', `which: ${Object.keys(benches).join(', ')}; left out, all of them one after the other`)
  .option('--seconds <n>', 'how long each contestant is measured in each round', '4')
  .addHelpText(
    'after',
    '\nAbsolute times depend on the machine; the ratios are taken in one run, interleaved, on the same data.',
  )
  .parse();

try {
  const [name] = program.args;
  const wanted = Object.entries(benches).filter(([each]) => name === undefined || each === name);
  if (wanted.length === 0)
    throw new Error(`There is no bench "${name}"; there are ${Object.keys(benches).join(', ')}.`);
  installPeers();
  for (const [each, bench] of wanted) {
    const result = await bench({ seconds: Number(program.opts().seconds), say: (line) => console.log(line) });
    mkdirSync(`${folder}/results`, { recursive: true });
    writeFileSync(`${folder}/results/${each}.json`, `${JSON.stringify(result, null, 2)}\n`);
    console.log(`Written to ${folder}/results/${each}.json`);
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

/** The peers have a lockfile of their own, so that they stay out of the product. */
function installPeers(): void {
  const lock = createHash('sha256')
    .update(readFileSync(`${folder}/package-lock.json`))
    .digest('hex');
  const mark = `${folder}/node_modules/.installed-lockfile`;
  if (existsSync(mark) && readFileSync(mark, 'utf8') === lock) return;
  console.log('Installing the peers (once) ...');
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0)
    throw new Error('The peers could not be installed; check the connection to the npm registry and try again.');
  writeFileSync(mark, lock);
}
