import { Client } from 'pg';

/** One connection for a few statements, closed whatever happens. */
export async function withConnection<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000, application_name: 'hub-infra' });
  // A server that goes away between two statements is reported by the next statement; unheard it would end Node.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * The same server and connection options under another login or database.
 * WHATWG URLs cannot hold a user without a host, which socket addresses (`postgres:///name?host=/run`) have,
 * so the address is taken apart by hand.
 */
export function urlFor(url: string, change: { user?: string; password?: string; database?: string }): string {
  const [, scheme = '', authority = '', path = '', query = ''] =
    /^(postgres(?:ql)?:)\/\/([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?/i.exec(url) ?? [];
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  const login =
    change.user === undefined
      ? authority.slice(0, at + 1)
      : `${encodeURIComponent(change.user)}:${encodeURIComponent(change.password ?? '')}@`;
  const options = new URLSearchParams(query);
  if (change.user !== undefined) for (const name of ['user', 'password']) options.delete(name);
  const database = change.database === undefined ? path : `/${encodeURIComponent(change.database)}`;
  return `${scheme}//${login}${host}${database}${options.size > 0 ? `?${options}` : ''}`;
}

/** Where a server is, for people: never the login or the password. */
export function placeOf(url: string): string {
  const client = new Client({ connectionString: url });
  return client.host.startsWith('/') ? client.host : `${client.host}:${client.port}`;
}

/** Why a server did not answer; of a host with several addresses Node keeps a reason for each, and no sentence. */
export function reasonOf(error: unknown): string {
  const { message, errors, code } = error as { message?: string; errors?: unknown[]; code?: string };
  return message || (errors?.[0] ? reasonOf(errors[0]) : code || 'without a reason');
}

/** Not by `instanceof Error`: Node's own errors are of another realm when tests run this. */
export function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
