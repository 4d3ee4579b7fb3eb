import { demoSecret } from './demo-clients.js';

const patienceMilliseconds = 10_000;

/**
 * Asks the issuer for an access token of a client, by the client-credentials grant at its `/token`.
 * Throws an Error with one sentence when the issuer does not answer or refuses.
 */
export async function requestToken(issuer: string, clientId: string, secret = demoSecret): Promise<string> {
  const response = await fetch(`${issuer.replace(/\/$/, '')}/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: secret }),
    signal: AbortSignal.timeout(patienceMilliseconds),
  }).catch((cause: unknown) => {
    const remedy = 'start the hub with "npm start", or set HUB_PORT or OIDC_ISSUER to where it runs';
    throw new Error(`The issuer at ${issuer} does not answer: ${remedy}.`, { cause });
  });
  const answer = (await response.json().catch(() => ({}))) as { access_token?: unknown; error?: unknown };
  if (typeof answer.access_token === 'string') return answer.access_token;
  if (answer.error === 'invalid_client') {
    throw new Error(`The issuer at ${issuer} knows no client ${clientId} with this secret.`);
  }
  const reason = typeof answer.error === 'string' ? answer.error : 'it is not the issuer of the hub';
  throw new Error(`The issuer at ${issuer} gave no token (HTTP ${response.status}): ${reason}.`);
}
