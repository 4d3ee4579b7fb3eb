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
