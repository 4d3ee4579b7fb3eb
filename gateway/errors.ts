import type { GraphQLError, SourceLocation } from 'graphql';

export type ErrorPath = (string | number)[];

/** One error as the hub's clients see it: a stable code, the correlation id, and nothing from inside. */
export interface AnswerError {
  message: string;
  locations?: readonly SourceLocation[];
  path?: ErrorPath;
  extensions: {
    code: string;
    correlationId: string;
    service?: string;
    organisation?: string;
    retryable?: boolean;
    /** Place in a queue, from 1, and in how many seconds to ask again. */
    position?: number;
    retryAfter?: number;
  };
}

interface RefusalOptions {
  headers?: Record<string, string>;
  /** A fault in the document or its variables; clients of the older media type get these with status 200. */
  inDocument?: boolean;
  locations?: readonly SourceLocation[];
  /** Further errors of the same kind, such as those of validation. */
  others?: { message: string; locations?: readonly SourceLocation[] }[];
}

/** Ends a request as a whole: nothing of it is answered. */
export class RequestRefused extends Error {
  override name = 'RequestRefused';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly options: RefusalOptions = {},
  ) {
    super(message);
  }

  errors(correlationId: string): AnswerError[] {
    const { locations, others = [] } = this.options;
    return [{ message: this.message, locations }, ...others].map((error) => ({
      message: error.message,
      ...(error.locations && error.locations.length > 0 && { locations: error.locations }),
      extensions: { code: this.code, correlationId, ...(this.code === 'UNAVAILABLE' && { retryable: true }) },
    }));
  }
}

const longestMessage = 300;
const beginning = 80;

/** Some messages repeat the whole of what the client sent, and say what is wrong with it at their end. */
const shortened = (message: string): string =>
  message.length <= longestMessage
    ? message
    : `${message.slice(0, beginning)} … ${message.slice(beginning + 3 - longestMessage)}`;

export const badRequest = (message: string) => new RequestRefused(400, 'BAD_REQUEST', message, { inDocument: true });

export const tooComplex = (message: string) => new RequestRefused(400, 'QUERY_TOO_COMPLEX', message);

/** Errors that graphql-js found in a document or its variables, as one refusal. */
export function faultsInDocument(code: string, errors: readonly GraphQLError[]): RequestRefused {
  const [first, ...others] = errors.map(({ message, locations }) => ({ message: shortened(message), locations }));
  return new RequestRefused(400, code, first!.message, { inDocument: true, locations: first!.locations, others });
}

/** The refusal in an error thrown by what the gateway shares with the services (sign-in), or null for a fault. */
export function refusalIn(error: unknown): RequestRefused | null {
  if (error instanceof RequestRefused) return error;
  const { code, http } = ((error as GraphQLError | undefined)?.extensions ?? {}) as {
    code?: string;
    http?: { status?: number };
  };
  if (code === undefined || http?.status === undefined) return null;
  const headers: Record<string, string> =
    http.status === 401 ? { 'www-authenticate': 'Bearer' } : { 'retry-after': '1' };
  return new RequestRefused(http.status, code, (error as GraphQLError).message, { headers });
}

export const somethingWentWrong = 'Something went wrong here; quote the correlation id.';

/** What a client may be told when the hub itself is at fault. */
export const masked = (correlationId: string, path?: ErrorPath): AnswerError => ({
  message: somethingWentWrong,
  ...(path && { path }),
  extensions: { code: 'INTERNAL_SERVER_ERROR', correlationId },
});
