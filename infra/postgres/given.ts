import { setTimeout as wait } from 'node:timers/promises';
import { errorCode, placeOf, withConnection } from './connection.js';

/** The oldest server with everything the services' SQL uses. */
export const OLDEST_MAJOR = 15;

const refusals: Record<string, string> = {
  '28P01': 'refuses the user or password',
  '28000': 'refuses this user',
  '3D000': 'has no database of that name',
  '53300': 'has no connection left',
  '57P03': 'is still starting up or shutting down',
  ENOTFOUND: 'cannot be found (unknown host)',
  ECONNREFUSED: 'does not answer (connection refused)',
};

/**
 * Checks the server that a setting names. Errors carry neither the address' login nor a cause,
 * because both could print the password.
 */
export async function checkGivenServer(url: string): Promise<{ version: string; majorVersion: number; place: string }> {
  if (!/^postgres(ql)?:\/\//i.test(url)) throw notAnAddress();
  let place: string;
  try {
    place = placeOf(url);
  } catch {
    throw notAnAddress();
  }
  const versionNumber = await askVersion(url, place);
  const majorVersion = Math.floor(versionNumber / 10_000);
  const version = `${majorVersion}.${versionNumber % 10_000}`;
  if (majorVersion < OLDEST_MAJOR) {
    throw new Error(
      `DATABASE_URL names PostgreSQL ${version} at ${place}, and the hub needs ${OLDEST_MAJOR} or later: name a newer server, or unset DATABASE_URL to use the embedded one.`,
    );
  }
  return { version, majorVersion, place };
}

async function askVersion(url: string, place: string): Promise<number> {
  const until = Date.now() + 10_000;
  for (;;) {
    try {
      return await withConnection(url, async (client) => {
        const answer = await client.query<{ number: string }>(`select current_setting('server_version_num') as number`);
        return Number(answer.rows[0]?.number);
      });
    } catch (error) {
      const code = errorCode(error);
      if (code === '57P03' && Date.now() < until) {
        await wait(250);
        continue;
      }
      const reason = refusals[code] ?? (code === '' ? 'does not answer as PostgreSQL' : `does not answer (${code})`);
      throw new Error(
        `The PostgreSQL of DATABASE_URL at ${place} ${reason}: start it or correct DATABASE_URL, or unset it to use the embedded one.`,
      );
    }
  }
}

function notAnAddress(): Error {
  return new Error(
    'DATABASE_URL is not a PostgreSQL address: write it as postgres://user:password@host:port/database, with special characters in the password percent-encoded.',
  );
}
