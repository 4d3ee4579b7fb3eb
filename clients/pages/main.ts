import { pagesSettings } from '../settings.js';
import { startPages } from './server.js';

const endWithinMs = 10_000;

/** Ends on SIGTERM or Ctrl-C, or when the program that started this one is gone: with 0 if in good order, else 1. */
function stopOnSignal(stop: () => Promise<void>): void {
  let stopping = false;
  const fail = ({ message }: Error) => {
    process.stderr.write(`The pages did not end in good order: ${message}\n`);
    process.exit(1);
  };
  const end = async () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => fail(new Error(`they have not ended within ${endWithinMs} ms`)), endWithinMs);
    await stop().catch(fail);
    process.exit(0);
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  if (process.send) process.on('disconnect', end);
}

async function main(): Promise<void> {
  const pages = await startPages(pagesSettings());
  stopOnSignal(() => pages.stop());
  process.send?.('ready');
}

main().catch((error: Error & { code?: string; port?: number }) => {
  const taken = `port ${error.port} is taken; set HUB_PORT to another first port or free it.`;
  process.stderr.write(`The pages could not start: ${error.code === 'EADDRINUSE' ? taken : error.message}\n`);
  process.exit(1);
});
