import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Command } from 'commander';

const program = join('.build', 'infra', 'events', 'events.js');

/**
 * Operators look at events in the databases themselves, also while nothing answers at the gateway; the clients know
 * only the gateway. So this is a program of its own, which explains itself.
 */
export function eventsCommand(): Command {
  return new Command('events')
    .description('For operators: shows events that were not delivered, and replays or drops those that were set aside.')
    .argument('[words...]', 'status, replay or drop, with their options')
    .allowUnknownOption()
    .helpOption(false)
    .action(async (words: string[]) => {
      const child = spawn(process.execPath, [program, ...words], { stdio: 'inherit' });
      process.exitCode = await new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 130)));
    });
}
