import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import {
  addressOf,
  type PartName,
  portOffsets,
  readSettings,
  withDemoDefaults,
} from '../services/kernel/environment.js';
import { sentenceOf, stopOnSignal } from '../services/kernel/program.js';
import { gatewayShape } from './settings.js';

async function main(): Promise<void> {
  const settings = withDemoDefaults(readSettings(gatewayShape));
  const at = (service: PartName) => `${addressOf(service, settings.HUB_PORT)}/graphql`;
  await expectFree(settings.HUB_PORT, settings.HUB_HOST);
  // Loading its runtime takes seconds: after the settings and the port, so that a wrong one is named at once.
  const { startGateway } = await import('./gateway.js');
  const gateway = await startGateway({
    port: settings.HUB_PORT,
    host: settings.HUB_HOST,
    supergraph: readFileSync('schema/supergraph.graphql', 'utf8'),
    publicSchema: readFileSync('schema/public.graphql', 'utf8'),
    subgraphs: {
      missions: settings.MISSIONS_URL ?? at('missions'),
      budgets: settings.BUDGETS_URL ?? at('budgets'),
      contributions: settings.CONTRIBUTIONS_URL ?? at('contributions'),
      outcomes: settings.OUTCOMES_URL ?? at('outcomes'),
    },
    issuer: settings.OIDC_ISSUER,
    audience: settings.OIDC_AUDIENCE,
    secret: settings.HUB_SECRET,
    operationsPort: settings.HUB_PORT + portOffsets.operations,
    ownProcess: true,
  });
  stopOnSignal(() => gateway.stop());
  process.send?.('ready');
}

/** Rejects as listening would where the port is taken. */
async function expectFree(port: number, host: string): Promise<void> {
  const probe = createServer().listen(port, host);
  await once(probe, 'listening');
  probe.close();
  await once(probe, 'close');
}

main().catch((error) => {
  process.stderr.write(`The gateway could not start: ${sentenceOf(error)}\n`);
  process.exit(1);
});
