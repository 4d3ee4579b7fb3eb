import type { Server } from 'node:http';

const lookEveryMs = 20;

/**
 * Stops accepting and lets what is under way end; a connection that its client keeps open is closed as soon as nothing
 * is under way on it. Whatever is left after `withinMs` is cut off.
 */
export async function closeServer(server: Server, withinMs: number): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  const idle = setInterval(() => server.closeIdleConnections(), lookEveryMs);
  const cut = setTimeout(() => server.closeAllConnections(), withinMs);
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
}
