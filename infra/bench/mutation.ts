import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { environmentWith } from '../../services/kernel/environment.js';
import { type Group, groups } from '../mutation/groups.js';
import { findOrStartPostgres } from '../postgres.js';
import { installOnce } from './install.js';
import { table } from './load.js';

const folder = 'infra/mutation';
const wanted = 85;

type Status = 'Killed' | 'Timeout' | 'Survived' | 'NoCoverage' | 'Ignored' | 'CompileError' | 'RuntimeError';

interface Mutant {
  mutatorName: string;
  replacement?: string;
  status: Status;
  location: { start: { line: number } };
}

interface Report {
  files: Record<string, { mutants: Mutant[] }>;
}

interface Score {
  rules: string;
  changes: number;
  noticed: number;
  percent: string;
}

/**
 * How many small changes of the rules of the ledger and of approvals the tests notice, each made by itself (mutation
 * testing, with Stryker). What only describes (decorators, texts) is not changed.
 */
export async function mutationBench({ say }: { say: (line: string) => void }): Promise<object> {
  installOnce(folder, 'the mutation tester', say);
  const started = Date.now();
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-mutation-'));
  const postgres = await findOrStartPostgres({ dataDir: join(dataDir, 'postgres'), durable: false });
  const found = new Map<string, Mutant[]>();
  try {
    for (const group of groups) {
      say(`Changing the rules of ${group.name} ...`);
      const { files } = await tryChanges(group, { dataDir, adminUrl: postgres.adminUrl, say });
      for (const [file, { mutants }] of Object.entries(files)) found.set(file, mutants.filter(counts));
    }
  } finally {
    await postgres.stop();
    for (const made of [dataDir, postgres.dataFolder]) if (made) rmSync(made, { recursive: true, force: true });
  }
  const scores = [...found].map(([file, mutants]) => scoreOf(file, mutants));
  const all = scoreOf('all', [...found.values()].flat());
  const rows = [...scores, all].map(({ rules, changes, noticed, percent }) => [
    ...[rules, String(changes), String(noticed), `${percent} %`],
  ]);
  say(table([['rules of', 'changes', 'noticed', 'score'], ...rows]));
  const minutes = Math.round((Date.now() - started) / 60_000);
  say(`${all.percent} % of the changes are noticed; at least ${wanted} % are wanted. It took ${minutes} min.`);
  const unnoticed = [...found].flatMap(([file, mutants]) =>
    mutants.filter((each) => !isNoticed(each)).map((each) => `${file}:${each.location.start.line} ${changeOf(each)}`),
  );
  return { measuredAt: new Date(started).toISOString(), minutes, wanted, all, scores, unnoticed };
}

interface Place {
  dataDir: string;
  adminUrl: string;
  say: (line: string) => void;
}

/** One run of Stryker; answers its report. */
export async function tryChanges(group: Group, { dataDir, adminUrl, say }: Place): Promise<Report> {
  const [config, report] = [join(dataDir, `${group.name}.json`), join(dataDir, `${group.name}-report.json`)];
  const log = `infra/bench/results/mutation-${group.name}.log`;
  mkdirSync('infra/bench/results', { recursive: true });
  writeFileSync(config, JSON.stringify(settingsOf(group, dataDir, report)));
  const stryker = spawn(
    process.execPath,
    [`${folder}/node_modules/@stryker-mutator/core/bin/stryker.js`, 'run', config],
    {
      env: environmentWith({ NODE_OPTIONS: '--experimental-vm-modules --no-warnings', TEST_DATABASE_URL: adminUrl }),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const file = createWriteStream(log);
  stryker.stderr.pipe(file, { end: false });
  let toldAt = Date.now();
  createInterface({ input: stryker.stdout }).on('line', (line) => {
    file.write(`${line}\n`);
    if (!line.startsWith('Mutation testing') || Date.now() - toldAt < 30_000) return;
    toldAt = Date.now();
    say(`  ${line.replace('Mutation testing', group.name)}`);
  });
  const status = await new Promise((done, failed) => stryker.on('error', failed).on('close', done));
  file.end();
  if (status === 0) return JSON.parse(readFileSync(report, 'utf8'));
  throw new Error(`Stryker could not try the changes of ${group.name}; what it said is in ${log}.`);
}

function settingsOf({ rules, tests, asksDatabase }: Group, dataDir: string, report: string) {
  const started = asksDatabase ? {} : { globalSetup: null, globalTeardown: null };
  return {
    mutate: rules,
    ignorers: ['descriptions'],
    mutator: { excludedMutations: ['StringLiteral'] },
    plugins: [
      resolve(folder, 'node_modules/@stryker-mutator/jest-runner/dist/src/index.js'),
      resolve(folder, 'leave-out-descriptions.mjs'),
    ],
    testRunner: 'jest',
    jest: {
      projectType: 'custom',
      configFile: 'jest.config.json',
      config: { ...started, roots: ['<rootDir>/services'], testMatch: tests.map((test) => `<rootDir>/${test}`) },
    },
    coverageAnalysis: 'perTest',
    concurrency: 2,
    // A test runner keeps a little of every run of jest; a new one now and then keeps it small.
    maxTestRunnerReuse: 150,
    timeoutMS: 60_000,
    disableTypeChecks: false,
    tempDirName: join(dataDir, 'sandbox'),
    ignorePatterns: ['.hub', '.build', 'coverage', 'infra/bench', 'infra/mutation'],
    reporters: ['json', 'progress-append-only'],
    jsonReporter: { fileName: report },
  };
}

const counts = ({ status }: Mutant) => ['Killed', 'Timeout', 'Survived', 'NoCoverage'].includes(status);
const isNoticed = ({ status }: Mutant) => status === 'Killed' || status === 'Timeout';
const changeOf = ({ mutatorName, replacement }: Mutant) =>
  `${mutatorName}: ${(replacement ?? '').replace(/\s+/g, ' ')}`;

function scoreOf(rules: string, mutants: Mutant[]): Score {
  const noticed = mutants.filter(isNoticed).length;
  const percent = ((100 * noticed) / mutants.length).toFixed(1);
  return { rules: rules.replace('services/budgets/', ''), changes: mutants.length, noticed, percent };
}
