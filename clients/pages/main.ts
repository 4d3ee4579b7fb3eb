import { pagesSettings } from '../settings.js';
import { startPages } from './server.js';

const endWithinMs = 10_000;

/** Ends in good order on SIGTERM or Ctrl-C, or when the program that started this one is gone. */
function stopOnSignal(stop: () => Promise<void>): void {
  let stopping = false;
  const end = () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), endWithinMs);
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
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
