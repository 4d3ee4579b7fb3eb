import { setTimeout as wait } from 'node:timers/promises';
import type { Server } from './server.js';

const againAfterMs = 300;

/** A server that is started again, at the same port, whenever it ends by itself, until it is stopped. */
export function lasting(first: Server, startAgain: () => Promise<Server>, log: (line: string) => void): Server {
  let server = first;
  let stopping = false;
  const keep = async (): Promise<void> => {
    await server.ended;
    let said = '';
    while (!stopping) {
      try {
        server = await startAgain();
        log('PostgreSQL is back');
        return keep();
      } catch (error) {
        // What a killed server leaves behind needs a moment to end; one reason is told once.
        const { message } = error as Error;
        if (message !== said) log(message);
        said = message;
        await wait(againAfterMs);
      }
    }
  };
  const kept = keep();
  return {
    get processId() {
      return server.processId;
    },
    ended: kept,
    kill: (signal) => server.kill(signal),
    stop: async () => {
      stopping = true;
      await server.stop();
      await kept;
      // One that was being started when it was to stop.
      await server.stop();
    },
  };
}
