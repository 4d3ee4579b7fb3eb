import { createReadStream } from 'node:fs';
import { Command } from 'commander';
import { HubFault } from '../gateway.js';
import { startedIn } from '../settings.js';
import { ChainCheck, type Check, checks, type Fault } from './check-chain.js';
import { readPublished, trustedKeys } from './read-roots.js';

const guide = `
The export is one made by "hub export <budget> --as chain". Nothing is asked of the hub, its database or the network.

What a hash proves depends on where the roots come from. Without --roots and --key the export is checked against the keys
and roots that it states itself: that finds every mistake, but not somebody who made all of it anew. With --roots, the
file that the hub publishes outside its database (<HUB_DATA_DIR>/seals/<budget>.jsonl, with public-key.json beside it,
from where you keep your own copy of it), that is found too.

  $ npm run hub -- verify pool.jsonl --roots copies/budget-0198.jsonl

Exit codes: 0 when all is right; 1 when something is wrong, with the first bad number; 2 when it could not be checked.
`;

interface Choices {
  roots?: string;
  key?: string;
  older?: boolean;
  json?: boolean;
}

/** What verifying an export found. */
export interface Verdict {
  ok: boolean;
  pool: string | null;
  transfers: number;
  firstBadNumber: number | null;
  /** Up to which number everything is proven by a signed root, whatever is wrong after it. */
  provenUpTo: number;
  results: { check: Check; ok: boolean; faults: Fault[] }[];
  notes: string[];
}

export const verifyCommand = (): Command =>
  new Command('verify')
    .description('Checks an exported chain offline: contents, hashes, signatures, balance; names the first bad number.')
    .argument('<export>', 'the file, as "hub export --as chain" wrote it')
    .option('--roots <file>', 'roots that were published outside the database')
    .option('--key <file>', "the hub's public key, where it is not beside the roots")
    .option('--older', 'the export may be older than the published roots')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', guide)
    .action(async (file: string, choices: Choices) => {
      const verdict = await verify(startedIn(file), {
        ...choices,
        ...(choices.roots && { roots: startedIn(choices.roots) }),
        ...(choices.key && { key: startedIn(choices.key) }),
      }).catch((error: Error) => {
        if (!(error instanceof HubFault)) throw error;
        process.stderr.write(`${error.message}\n`);
        return null;
      });
      if (verdict) process.stdout.write(choices.json ? `${JSON.stringify(verdict, null, 2)}\n` : textOf(verdict));
      process.exitCode = verdict === null ? 2 : verdict.ok ? 0 : 1;
    });

/** Verifies the export in a file. Throws HubFault, with a sentence, where one of the files cannot be read. */
export async function verify(file: string, { roots, key, older = false }: Choices = {}): Promise<Verdict> {
  const keys = trustedKeys(key, roots);
  let check: ChainCheck | undefined;
  for await (const line of linesOf(file)) {
    // The pool stands in the first line, and the file of roots may hold those of others.
    check ??= new ChainCheck({ keys, older, published: roots ? readPublished(roots, poolOf(line)) : null });
    check.line(line);
  }
  if (!check) throw new HubFault(`The file ${file} is empty.`);
  check.end();
  return verdictOf(check, { roots, keys: keys !== null });
}

function verdictOf(check: ChainCheck, { roots, keys }: { roots?: string; keys: boolean }): Verdict {
  const { faults, number, unsealed, head } = check;
  const asked = (Object.keys(checks) as Check[]).filter((name) => roots || name !== 'published');
  const results = asked.map((name) => {
    const found = faults.filter((fault) => fault.check === name);
    return { check: name, ok: found.length === 0, faults: found };
  });
  const notes = [
    ...(unsealed > 0 ? [`${unsealed} transfers were not sealed yet when it was exported: nothing proves them.`] : []),
    ...(keys ? [] : ['The public key is the one the export states itself; give --roots or --key to be sure of it.']),
  ];
  const { firstBadNumber, provenUpTo } = check;
  const pool = head?.pool ?? null;
  return { ok: faults.length === 0, pool, transfers: number, firstBadNumber, provenUpTo, results, notes };
}

const shownFaults = 3;

function textOf({ ok, pool, transfers, firstBadNumber, provenUpTo, results, notes }: Verdict): string {
  const lines = results.flatMap(({ check, ok: isRight, faults }) => [
    `${isRight ? 'ok    ' : 'WRONG '} ${checks[check]}`,
    ...faults.slice(0, shownFaults).map(({ message }) => `         ${message}`),
    ...(faults.length > shownFaults ? [`         and ${faults.length - shownFaults} more`] : []),
  ]);
  const summary = ok
    ? `${transfers} transfers of ${pool} verified.`
    : `NOT VERIFIED. The first bad number is ${firstBadNumber}; proven are the numbers up to ${provenUpTo}.`;
  return `${[...lines, ...notes.map((note) => `note   ${note}`), summary].join('\n')}\n`;
}

function poolOf(line: string): string {
  try {
    return String((JSON.parse(line) as { pool?: unknown }).pool ?? '');
  } catch {
    return '';
  }
}

/** The lines of a file, at line feeds only: a text in it may hold any other separator. */
async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = '';
  try {
    for await (const chunk of createReadStream(file, 'utf8')) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop()!;
      for (const line of lines) yield line.replace(/\r$/, '');
    }
  } catch (cause) {
    throw new HubFault(`The file ${file} cannot be read: check its name and who may read it.`, { cause });
  }
  if (rest) yield rest;
}
