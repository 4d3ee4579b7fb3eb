import { HubFault } from './gateway.js';

export interface SignInChoices {
  /** An access token, as it is. */
  token?: string;
  /** A client of the identity provider, and the secret it proves itself with. */
  client?: string;
  secret: string;
  issuer: string;
}

// The demo's tokens are valid for 15 minutes; a long export outlives one.
const keptForMs = 10 * 60_000;

/** Answers the token to ask with: the one given, or one of the client's that is still fresh, or none: the public. */
export function signedInAs({ token, client, secret, issuer }: SignInChoices): () => Promise<string | null> {
  if (token || !client) return async () => token ?? null;
  let kept: { token: Promise<string>; until: number } | undefined;
  return () => {
    if (!kept || kept.until < Date.now())
      kept = { token: request(issuer, client, secret), until: Date.now() + keptForMs };
    return kept.token;
  };
}

/** Asks the identity provider for a token by the client-credentials grant (RFC 6749) at its `/token`. */
async function request(issuer: string, client: string, secret: string): Promise<string> {
  const response = await fetch(`${issuer.replace(/\/$/, '')}/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: client, client_secret: secret }),
    signal: AbortSignal.timeout(10_000),
  }).catch((cause: unknown) => {
    throw new HubFault(`The identity provider at ${issuer} does not answer: set OIDC_ISSUER to where it runs.`, {
      cause,
      of: 'away',
    });
  });
  const { access_token: token } = (await response.json().catch(() => ({}))) as { access_token?: unknown };
  if (typeof token === 'string') return token;
  throw new HubFault(`The identity provider at ${issuer} gives ${client} no token: check its name and secret.`, {
    of: 'caller',
  });
}
