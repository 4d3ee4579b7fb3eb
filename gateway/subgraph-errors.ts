import { type AnswerError, type ErrorPath, masked } from './errors.js';

/** An error as a subgraph sent it: nothing in it is certain. */
export interface SubgraphError {
  message?: unknown;
  path?: unknown;
  extensions?: Record<string, unknown> | null;
}

/** Codes a subgraph may use towards the hub's clients. Any other is a fault inside, and masked. */
const passedOn = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'QUERY_TOO_COMPLEX',
  'RATE_LIMITED',
  'SUBGRAPH_UNAVAILABLE',
  'STORE_UNAVAILABLE',
  'UNAVAILABLE',
]);

const longestMessage = 500;
// Texts written for people have no stack frames, addresses, file names or line breaks; a faulty service's may.
const fromInside =
  /[\p{Cc}\p{Cf}]|\bat \S+ \(|:\/\/|\b\d{1,3}(\.\d{1,3}){3}\b|\blocalhost\b|\.[cm]?[jt]s:\d|\bselect\b.*\bfrom\b/iu;

export const unavailable = (service: string): SubgraphError => ({
  message: `The ${service} service does not answer; try again shortly.`,
  extensions: { code: 'SUBGRAPH_UNAVAILABLE', service, retryable: true },
});

/** The error a client may see: its code if that is one for clients, and only the extensions the contract names. */
export function passOn(error: SubgraphError, correlationId: string, path?: ErrorPath): AnswerError {
  const { code, service, organisation, retryable, position, retryAfter } = error.extensions ?? {};
  const { message } = error;
  if (typeof code !== 'string' || !passedOn.has(code)) return masked(correlationId, path);
  const shown = typeof message === 'string' && message.length <= longestMessage && !fromInside.test(message);
  return {
    message: shown ? message : `This was refused (${code}); quote the correlation id.`,
    ...(path && { path }),
    extensions: {
      code,
      correlationId,
      ...(typeof service === 'string' && code === 'SUBGRAPH_UNAVAILABLE' && { service }),
      ...(typeof organisation === 'string' && { organisation: organisation.slice(0, 200) }),
      ...(typeof retryable === 'boolean' && { retryable }),
      ...(code === 'RATE_LIMITED' && isCount(position) && { position }),
      ...(code === 'RATE_LIMITED' && isCount(retryAfter) && { retryAfter }),
    },
  };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Whether the error is one that clients see masked, and operators need to read. */
export const isMasked = (error: SubgraphError) => !passedOn.has(String(error.extensions?.code));

/** A path with nothing in it but names and positions, or null. */
export function pathOf(error: SubgraphError): ErrorPath | null {
  const { path } = error;
  const sound =
    Array.isArray(path) &&
    path.length <= 40 &&
    path.every((step) => (typeof step === 'string' ? step.length <= 200 : Number.isInteger(step)));
  return sound ? path : null;
}
