import { join } from 'node:path';
import { hubShape, portOffsets, readSettings, withDemoDefaults } from '../../services/kernel/environment.js';
import { stopOnSignal } from '../../services/kernel/program.js';
import { startIssuer } from './issuer.js';

/** Runs the demo issuer as a program of its own until it is told to stop. */
async function main(): Promise<void> {
  const settings = withDemoDefaults(readSettings(hubShape));
  if (settings.NODE_ENV === 'production') {
    throw new Error('The demo issuer does not run in production: set OIDC_ISSUER to a real identity provider.');
  }
  const port = settings.HUB_PORT + portOffsets.identity;
  const host = ['localhost', '127.0.0.1'].find((name) => settings.OIDC_ISSUER === `http://${name}:${port}`);
  if (!host) {
    throw new Error(
      `OIDC_ISSUER names another identity provider (${settings.OIDC_ISSUER}): unset it to use the demo issuer at http://localhost:${port}.`,
    );
  }
  const issuer = await startIssuer({
    port,
    host,
    audience: settings.OIDC_AUDIENCE,
    keysFile: join(settings.HUB_DATA_DIR, 'identity', 'signing-key.json'),
    onFault: (fault) => console.error(fault),
  }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EADDRINUSE') throw cause;
    throw new Error(
      `Port ${port} for identity is taken: stop the program that uses it, or set HUB_PORT (now ${settings.HUB_PORT}) to another number; identity uses HUB_PORT + 5.`,
    );
  });
  stopOnSignal(() => issuer.stop());
  console.log(`Identity ready: ${issuer.issuer}`);
  process.send?.('ready');
}

main().catch((fault: Error) => {
  console.error(fault.message);
  process.exitCode = 1;
});
