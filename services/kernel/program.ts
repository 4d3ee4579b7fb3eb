import type { Logger } from 'pino';

const endWithinMs = 10_000;
export const stopWithinMs = 9_000;

/** A part of a program by the name an operator knows, and how it ends. */
export type Ending = [what: string, end: () => Promise<unknown>];

/** Ends the parts one after the other. One that fails or hangs is named in the log, and at last thrown; the rest ends. */
export async function endInTurn(endings: readonly Ending[], log: Logger, withinMs = stopWithinMs): Promise<void> {
  const failed: string[] = [];
  for (const [what, end] of endings) {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it has not ended within ${withinMs} ms`)), withinMs);
    });
    await Promise.race([Promise.resolve().then(end), limit]).catch((error) => {
      log.fatal(error, `${what} did not end in good order`);
      failed.push(what);
    });
    clearTimeout(timer);
  }
  if (failed.length > 0) throw new Error(`not ended in good order: ${failed.join(', ')}`);
}

/** Ends the program on SIGTERM or Ctrl-C, or when the program that started it is gone: with 0 if in good order, else 1. */
export function stopOnSignal(stop: () => Promise<void>): void {
  let stopping = false;
  const end = async () => {
    if (stopping) return;
    stopping = true;
    // What waits for a database or a program that is gone as well would wait for ever.
    setTimeout(() => process.exit(1), endWithinMs);
    await stop().catch(() => process.exit(1));
    process.exit(0);
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  if (process.send) process.on('disconnect', end);
}

const databaseFaults: Record<string, string> = {
  ...{ ECONNREFUSED: 'does not answer', ENOTFOUND: 'is on a host that cannot be found', '3D000': 'is not there' },
  '28P01': 'refuses the user, or the password, which follows from HUB_SECRET where the address has none',
  '42P01': 'is not prepared, which "npm run migrate" does',
};

/** What went wrong at the start, as one sentence that says what to do; `setting` has the database's address. */
export function sentenceOf(error: Error & { code?: string; port?: number }, setting = 'its DATABASE_URL'): string {
  if (error.code === 'EADDRINUSE') return `port ${error.port} is taken; set HUB_PORT to another first port or free it.`;
  const fault = databaseFaults[error.code ?? ''];
  return fault ? `its database ${fault}; check ${setting}.` : error.message;
}

/**
 * Where a program logs to. When the program that reads it is gone there is nobody to tell: pino's own destination would
 * try again for ever, and keep the program from ending.
 */
export function toStandardError(): NodeJS.WritableStream {
  if (process.stderr.listenerCount('error') === 0) process.stderr.on('error', () => undefined);
  return process.stderr;
}
