import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MikroORM } from '@mikro-orm/postgresql';
import { type Logger, pino } from 'pino';
import { z } from 'zod';
import { signInWith } from './caller.js';
import { closeServer } from './close-server.js';
import { connect, disconnect } from './database.js';
import { addressOf, hubShape, portOffsets, readSettings, withDemoDefaults, withPassword } from './environment.js';
import { startDelivering } from './events-delivering.js';
import { type Ending, endInTurn, sentenceOf, stopOnSignal, stopWithinMs, toStandardError } from './program.js';
import { serverOf } from './server.js';
import type { Service } from './service.js';

export interface ServiceSettings {
  /** 0 takes any free port. */
  port: number;
  host: string;
  databaseUrl: string;
  issuer: string;
  audience: string;
  secret: string;
  /** Where the other services are, by name; used for events. */
  addresses: Record<string, string>;
  /** Where it keeps files; left out, what it keeps goes when it stops. */
  dataDir?: string;
  /** What the service's own settings say, as its shape reads them. */
  own?: Record<string, unknown>;
  log?: Logger;
}

export interface RunningService {
  url: string;
  server: Server;
  orm: MikroORM;
  /** Finishes what is under way and closes; a second call waits for the same end. */
  stop(): Promise<void>;
}

// Errors of a lost connection carry the whole client with them.
const shortly = ({ name, message, code, stack }: Error & { code?: string }) => ({ name, message, code, stack });

/** Starts one service: database, sign-in, HTTP server, delivery of its events. A test starts it the same way. */
export async function start(service: Service, settings: ServiceSettings): Promise<RunningService> {
  const log =
    settings.log ?? pino({ name: service.name, level: 'warn', serializers: { err: shortly } }, toStandardError());
  const { secret, addresses, databaseUrl, own: ownSettings = {} } = settings;
  const orm = await connect(service, databaseUrl);
  // What was begun last ends first, also when the rest cannot be begun.
  const endings: Ending[] = [];
  const endsWith = (...[what, end]: Ending) => void endings.unshift([`${what} of ${service.name}`, end]);
  endsWith('the database', () => disconnect(orm));
  try {
    const signIn = signInWith(settings.issuer, settings.audience);
    const databases = await service.databases?.({ service, orm, log, secret, addresses, settings: ownSettings });
    endsWith('the stores', async () => databases?.close());
    const { server, close } = await serverOf({ service, orm, databases, signIn, secret, log });
    endsWith('the graph', close);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(settings.port, settings.host, resolve);
    });
    let closed: Promise<void> | undefined;
    const stopTaking = () => (closed ??= closeServer(server, stopWithinMs - 500));
    endsWith('the server', stopTaking);
    const own = (service.background || service.tasks) && (await connect(service, databaseUrl));
    endsWith('the database of tasks', async () => own && disconnect(own));
    const queue = { service, orm: own ?? orm, secret, log, settings: ownSettings };
    const stopDelivering = service.sendsTo && (await startDelivering(queue, databaseUrl, addresses));
    endsWith('the queue', async () => stopDelivering?.());
    const stopBackground = own && service.background?.({ orm: own, log, dataDir: settings.dataDir });
    endsWith('the work in the background', async () => stopBackground?.());
    let stopped: Promise<void> | undefined;
    const stop = async () => void (await Promise.all([stopTaking(), endInTurn(endings, log)]));
    const { port } = server.address() as AddressInfo;
    return { url: `http://localhost:${port}/graphql`, server, orm, stop: () => (stopped ??= stop()) };
  } catch (error) {
    await endInTurn(endings, log).catch(() => undefined);
    throw error;
  }
}

const serviceShape = {
  ...hubShape,
  HUB_HOST: z.string().default('localhost'),
  BUDGETS_URL: z.url().optional(),
  CONTRIBUTIONS_URL: z.url().optional(),
};
const databaseAddress = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// address' });

/** The whole of a service's main: settings from the environment, start, stop on SIGTERM or Ctrl-C. */
export async function main(service: Service): Promise<void> {
  const variable = `${service.name.toUpperCase()}_DATABASE_URL`;
  try {
    const read = readSettings({ ...serviceShape, ...service.settings, [variable]: databaseAddress });
    const settings = withDemoDefaults(read as z.infer<z.ZodObject<typeof serviceShape>>);
    const running = await start(service, {
      port: settings.HUB_PORT + portOffsets[service.name],
      host: settings.HUB_HOST,
      databaseUrl: withPassword((read as Record<string, unknown>)[variable] as string, settings.HUB_SECRET),
      issuer: settings.OIDC_ISSUER,
      audience: settings.OIDC_AUDIENCE,
      secret: settings.HUB_SECRET,
      dataDir: settings.HUB_DATA_DIR,
      own: read,
      addresses: {
        budgets: settings.BUDGETS_URL ?? addressOf('budgets', settings.HUB_PORT),
        contributions: settings.CONTRIBUTIONS_URL ?? addressOf('contributions', settings.HUB_PORT),
      },
    });
    stopOnSignal(() => running.stop());
    process.send?.('ready');
  } catch (error) {
    process.stderr.write(`The ${service.name} service could not start: ${sentenceOf(error as Error, variable)}\n`);
    process.exit(1);
  }
}
