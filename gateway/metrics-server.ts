import { createServer } from 'node:http';
import type { Logger } from 'pino';
import { closeServer } from '../services/kernel/close-server.js';
import type { Metrics } from './metrics.js';
import { respond, respondWithSentence } from './respond.js';
import { listen, type RunningServer } from './server.js';

const host = '127.0.0.1';
const finishWithinMs = 1_000;

/**
 * Serves the metrics to who is on this machine. Not one of the gateway's own paths, which anybody may ask, and
 * anybody's web page too.
 */
export async function serveMetrics(metrics: Metrics, port: number, log: Logger): Promise<RunningServer> {
  const server = createServer((request, response) => {
    const [path] = (request.url ?? '').split('?');
    if (path !== '/metrics')
      return respondWithSentence(response, 404, 'There is nothing at this address; the metrics are at /metrics.');
    metrics.text().then(
      (text) => respond(response, 200, { 'content-type': metrics.contentType }, text),
      (error) => {
        log.error({ err: error }, 'the metrics could not be told');
        respondWithSentence(response, 500, 'Something went wrong here.');
      },
    );
  });
  await listen(server, { port, host });
  return {
    port: (server.address() as { port: number }).port,
    stop: () => closeServer(server, finishWithinMs),
  };
}
