import { resolve } from 'node:path';

/** What the command lines read from the environment; the only place of the clients that does. */
export function settings(env: Record<string, string | undefined> = process.env) {
  const port = Number(env.HUB_PORT || 4000);
  return {
    gateway: env.GATEWAY_URL || `http://localhost:${port}/graphql`,
    issuer: env.OIDC_ISSUER || `http://localhost:${port + 5}`,
    token: env.HUB_TOKEN || undefined,
    secret: env.HUB_CLIENT_SECRET || 'demo',
  };
}

/** A file as the user means it: npm runs its scripts in the project's folder, not where npm was started. */
export const startedIn = (file: string): string => resolve(process.env.INIT_CWD || process.cwd(), file);

/** What the web pages read from the environment. Throws a sentence with a line for every setting that is wrong. */
export function pagesSettings(env: Record<string, string | undefined> = process.env) {
  const port = Number(env.HUB_PORT || 4000);
  const wrong: string[] = [];
  if (!Number.isInteger(port) || port < 1 || port > 65_000)
    wrong.push('HUB_PORT: must be a port number, for example 4000');
  for (const name of ['GATEWAY_URL', 'PAGES_URL']) {
    if (env[name] && !/^https?:$/.test(protocolOf(env[name]))) wrong.push(`${name}: must be an http or https address`);
  }
  if (wrong.length > 0) throw new Error(`These settings are wrong:\n  ${wrong.join('\n  ')}`);
  return {
    port: port + 6,
    host: env.HUB_HOST || 'localhost',
    gatewayUrl: settings(env).gateway,
    address: env.PAGES_URL?.replace(/\/+$/, '') || undefined,
  };
}

const protocolOf = (url: string): string => (URL.canParse(url) ? new URL(url).protocol : '');
