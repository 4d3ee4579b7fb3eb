import { z } from 'zod';
import { readSettings } from '../../services/kernel/environment.js';

/** What a peer is told: where the subgraphs are, its own port, and the secret the gateway signs with. */
export function readBenchSettings() {
  const settings = readSettings({ BENCH_SUBGRAPHS: z.string(), BENCH_PORT: z.coerce.number(), HUB_SECRET: z.string() });
  return {
    subgraphs: JSON.parse(settings.BENCH_SUBGRAPHS) as Record<string, string>,
    port: settings.BENCH_PORT,
    secret: settings.HUB_SECRET,
  };
}
