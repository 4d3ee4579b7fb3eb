import { Command } from 'commander';
import { Gateway, HubFault } from './gateway.js';
import { settings } from './settings.js';
import { signedInAs } from './sign-in.js';

export const exitCodes = `Exit codes: 0 done; 1 some rows, or the deed, refused; 2 wrong use, or a file that cannot be read or written;
3 the hub does not answer, or not soundly; 4 the hub refuses who asks; 130 stopped.`;

/** How every command of a department says who asks and where. */
export interface AskedBy {
  gateway: string;
  token?: string;
  client?: string;
  json?: boolean;
}

/** A command of a department: it says who asks, and ends with the codes of `exitCodes`. */
export function departmentCommand(name: string): Command {
  return new Command(name)
    .option('--token <token>', 'an access token (HUB_TOKEN)')
    .option('--client <client>', 'ask for a token as this client, in the demo <organisation>.<role>')
    .option('--gateway <url>', 'the address of the hub (GATEWAY_URL)', settings().gateway)
    .option('--json', 'write the result as JSON, for scripts')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
}

export interface Asking {
  hub: Gateway;
  url: string;
  /** The organisation that the token speaks for. */
  organisation: string;
}

/** The hub as somebody who signed in asks it. */
export async function asking({ gateway, token, client }: AskedBy): Promise<Asking> {
  const { token: kept, issuer, secret } = settings();
  const tokenFor = signedInAs({ token: token ?? kept, client, secret, issuer });
  const first = await tokenFor();
  if (!first) throw new HubFault('Say who asks: --client <organisation>.publisher, --token, or HUB_TOKEN.');
  return { hub: new Gateway(gateway, tokenFor), url: gateway, organisation: organisationOf(first) };
}

/** The token is the hub's to verify; here it only tells whose things are asked for. */
function organisationOf(token: string): string {
  try {
    const { org } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { org?: unknown };
    if (typeof org === 'string' && org !== '') return org;
  } catch {
    // Said below.
  }
  throw new HubFault('The token names no organisation (org).', { of: 'caller' });
}

const codes = { away: 3, caller: 4, answer: 1 };
const fileFaults = ['EACCES', 'EDQUOT', 'EISDIR', 'ENOENT', 'ENOSPC', 'ENOTDIR', 'EPERM', 'EROFS'];

/** Runs what a command does, which answers its exit code. A fault is one sentence and a code. */
export async function exitCodeOf(work: () => Promise<number>, say: (sentence: string) => void): Promise<number> {
  try {
    return await work();
  } catch (fault) {
    const { code, path, message } = fault as NodeJS.ErrnoException;
    const isFile = fileFaults.includes(code ?? '');
    if (!(fault instanceof HubFault) && !isFile) throw fault;
    say(isFile ? `${path} cannot be read or written (${code}).` : message);
    return fault instanceof HubFault && fault.of ? codes[fault.of] : 2;
  }
}

/** Ends this program with what a command answers. */
export async function ended(work: () => Promise<number>): Promise<void> {
  process.exitCode = await exitCodeOf(work, (sentence) => process.stderr.write(`${sentence}\n`));
}
