import type { MikroORM } from '@mikro-orm/postgresql';
import { z } from 'zod';
import type { DatabasesParts } from '../kernel/service.js';

const host = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::[0-9]{1,5})?$/;

/** WEBHOOK_HOSTS: the hosts webhooks may name, with commas between; none when left out. */
export const webhookHostsSetting = z
  .string()
  .optional()
  .transform((text, context): string[] => {
    const hosts = (text ?? '').split(',').flatMap((each) => each.trim().toLowerCase() || []);
    const wrong = hosts.find((each) => !host.test(each));
    if (wrong === undefined) return hosts;
    context.addIssue({
      code: 'custom',
      message: `"${wrong}" is no host such as events.dft.example or events.dft.example:8443`,
    });
    return z.NEVER;
  });

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Why an address may not be a webhook; null when it may. The list of hosts is exact: no part of a name is enough. */
export function faultOfAddress(address: string, hosts: readonly string[]): 'MALFORMED' | 'NOT_ALLOWED' | null {
  const url = URL.canParse(address) ? new URL(address) : null;
  const isSecure = url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback.has(url.hostname));
  if (!url || !isSecure || url.username || url.password || url.hash || address.length > 2_000) return 'MALFORMED';
  return hosts.includes(url.host) ? null : 'NOT_ALLOWED';
}

/** What the deeds need to know of how the service was started. */
export interface WebhookSettings {
  secret: string;
  hosts: readonly string[];
}

const opened = new WeakMap<MikroORM, WebhookSettings>();

export const hostsIn = (settings: Record<string, unknown>) => (settings.WEBHOOK_HOSTS ?? []) as string[];

/** Keeps the settings of a service that starts, by its first database. */
export function openWebhooks({ orm, secret, settings }: DatabasesParts): void {
  opened.set(orm, { secret, hosts: hostsIn(settings) });
}

export const webhookSettings = (orm: MikroORM): WebhookSettings => opened.get(orm)!;
