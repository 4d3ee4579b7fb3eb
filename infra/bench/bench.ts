import { mkdirSync, writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { gatewayBench } from './gateway.js';
import { growthBench } from './growth.js';
import { installOnce } from './install.js';
import { ledgerBench } from './ledger.js';
import { mutationBench } from './mutation.js';
import { outcomesBench } from './outcomes.js';
import { publishBench } from './publish.js';
import { storesBench } from './stores.js';

const folder = 'infra/bench';
const benches = {
  gateway: gatewayBench,
  growth: growthBench,
  ledger: ledgerBench,
  mutation: mutationBench,
  outcomes: outcomesBench,
  publish: publishBench,
  stores: storesBench,
};

const program = new Command('npm run bench --')
  .description(
    'Measures the hub against its peers and its own limits; prints ratios and writes JSON to infra/bench/results.',
  )
  .argument('[name]', `which: ${Object.keys(benches).join(', ')}; left out, all of them one after the other`)
  .option('--seconds <n>', 'how long each contestant is measured in each round', '4')
  .option('--rows <n>', 'how many rows are published (publish, outcomes); left out, 100000')
  .option('--observations <n>', 'how many vintaged observations the larger hub has (outcomes); left out, 4000000')
  .option('--reads', 'only what reading costs, without recording transfers (ledger)')
  .addOption(new Option('--writes', 'only recording transfers, without what reading costs (ledger)').conflicts('reads'))
  .option('--postings <n>', 'how many postings the largest pool has that is read (ledger); left out, 3000000')
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
  // The peers have a lockfile of their own, so that they stay out of the product.
  installOnce(folder, 'the peers', console.log);
  const { seconds, rows, observations, postings, reads, writes } = program.opts();
  const sizes = {
    ...(rows && { rows: Number(rows) }),
    ...(observations && { observations: Number(observations) }),
    ...(postings && { postings: Number(postings) }),
    ...(reads && { reads }),
    ...(writes && { writes }),
  };
  for (const [each, bench] of wanted) {
    const result = await bench({ ...sizes, seconds: Number(seconds), say: (line) => console.log(line) });
    mkdirSync(`${folder}/results`, { recursive: true });
    writeFileSync(`${folder}/results/${each}.json`, `${JSON.stringify(result, null, 2)}\n`);
    console.log(`Written to ${folder}/results/${each}.json`);
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
