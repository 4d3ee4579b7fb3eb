import { createHmac } from 'node:crypto';
import { z } from 'zod';

/** Thrown with one line per missing or wrong setting, all of them together. */
export class WrongSettings extends Error {
  override name = 'WrongSettings';
}

/**
 * Reads settings by a shape of zod types, one key per environment variable. This is the only place that reads the
 * environment. An empty variable counts as missing. Throws WrongSettings that names every problem at once.
 */
export function readSettings<Shape extends z.ZodRawShape>(
  shape: Shape,
  env: Record<string, string | undefined> = process.env,
): z.infer<z.ZodObject<Shape>> {
  const given = Object.fromEntries(Object.keys(shape).map((key) => [key, env[key] === '' ? undefined : env[key]]));
  const read = z.object(shape).safeParse(given);
  if (read.success) return read.data;
  const lines = read.error.issues.map((issue) => {
    const key = issue.path.join('.');
    return `${key}: ${given[key] === undefined ? 'is missing' : issue.message}`;
  });
  throw new WrongSettings(`These settings are wrong:\n  ${lines.join('\n  ')}`);
}

/** The environment a child program gets: ours, with these settings on top. */
export const environmentWith = (settings: Record<string, string>) => ({ ...process.env, ...settings });

const port = z.coerce.number({ error: 'must be a port number, for example 4000' }).int().min(1).max(65_000);
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https address' });

/** How far above HUB_PORT each part listens. */
export const portOffsets = {
  ...{ gateway: 0, missions: 1, budgets: 2, contributions: 3, outcomes: 4, identity: 5, pages: 6, operations: 9 },
} as const;
export type PartName = keyof typeof portOffsets;

/** Where a part listens unless a setting says otherwise. */
export const addressOf = (part: PartName, hubPort: number) => `http://localhost:${hubPort + portOffsets[part]}`;

/** What every part of the hub shares. The demo values are refused in production by `refuseDemoSettings`. */
export const hubShape = {
  NODE_ENV: z.string().default('development'),
  HUB_PORT: port.default(4000),
  HUB_DATA_DIR: z.string().default('.hub'),
  HUB_SECRET: z.string().min(16, 'must have at least 16 characters').optional(),
  OIDC_ISSUER: httpUrl.optional(),
  OIDC_AUDIENCE: z.string().default('mission-budget-hub'),
};
export type HubSettings = z.infer<z.ZodObject<typeof hubShape>>;

const demoSecret = 'demo-secret-for-loopback-only';

/** The shared settings with the demo's values filled in; in production nothing is filled in, but refused. */
export function withDemoDefaults<Settings extends HubSettings>(settings: Settings) {
  if (settings.NODE_ENV === 'production') refuseDemoSettings(settings);
  return {
    ...settings,
    HUB_SECRET: settings.HUB_SECRET ?? demoSecret,
    OIDC_ISSUER: settings.OIDC_ISSUER ?? addressOf('identity', settings.HUB_PORT),
  };
}

function refuseDemoSettings(settings: HubSettings): void {
  const lines: string[] = [];
  if (!settings.OIDC_ISSUER?.startsWith('https:')) {
    lines.push('OIDC_ISSUER: production needs a real identity provider at an https address');
  }
  if (!settings.HUB_SECRET || settings.HUB_SECRET === demoSecret) {
    lines.push('HUB_SECRET: production needs a secret of its own');
  }
  if (lines.length > 0) throw new WrongSettings(`These settings are wrong:\n  ${lines.join('\n  ')}`);
}

/** Each role has a password of its own, so that one service's address does not open another's database. */
export function rolePassword(secret: string, role: string): string {
  return createHmac('sha256', secret).update(`postgres role ${role}`).digest('base64url');
}

/** A database address with its role's password, where the address itself names none. */
export function withPassword(address: string, secret: string): string {
  const url = new URL(address);
  if (url.username && !url.password) url.password = rolePassword(secret, decodeURIComponent(url.username));
  return url.href;
}
