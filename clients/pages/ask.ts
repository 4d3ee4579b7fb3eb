/** The hub, or a part of it that a page needs, does not answer. The page says so; it never shows a part for the whole. */
export class HubAway extends Error {
  override name = 'HubAway';
}

/** A reader's address says where to go on, and it is no place of that list. */
export class NoSuchPlace extends Error {
  override name = 'NoSuchPlace';
  readonly statusCode = 400;
}

export interface Question {
  document: string;
  variables?: { after?: string | null } & Record<string, unknown>;
  /** Cuts the whole answer to what was known at this instant. */
  asKnownAt?: string;
  /** Which services must have cut it; left out, missions and outcomes. */
  cutBy?: string[];
}

interface Answer<Data> {
  data?: Data | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** Asks the gateway; throws HubAway where there is no whole answer. */
export type Ask = <Data>(question: Question) => Promise<Data>;

/** Asks as the public: without a token, so that a page never shows what is not public. */
export function askingAt(url: string, answerWithinMs: number): Ask {
  return async <Data>({ document, variables = {}, asKnownAt, cutBy = ['missions', 'outcomes'] }: Question) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
        ...(asKnownAt && { 'as-known-at': asKnownAt }),
      },
      body: JSON.stringify({ query: document, variables }),
      signal: AbortSignal.timeout(answerWithinMs),
    }).catch((cause: unknown) => {
      throw new HubAway('the gateway does not answer', { cause });
    });
    const { data, errors = [] } = (await response.json().catch((cause: unknown) => {
      throw new HubAway('the gateway’s answer did not come whole', { cause });
    })) as Answer<Data>;
    // What is not there is null in the data as well.
    const [first] = errors.filter(({ extensions }) => extensions?.code !== 'NOT_FOUND');
    if (first?.extensions?.code === 'BAD_USER_INPUT' && variables.after) throw new NoSuchPlace(first.message);
    if (first) throw new HubAway(`the hub answers with ${first.extensions?.code ?? 'an error'}: ${first.message}`);
    if (!response.ok || !data) throw new HubAway(`the gateway answers with HTTP ${response.status}`);
    if (asKnownAt) demandHonoured(response.headers, cutBy);
    return data;
  };
}

/** What a service did not cut is as it is now: never to be shown as it was then. */
function demandHonoured(headers: Headers, services: string[]): void {
  const honoured = (headers.get('as-known-at-honoured-by') ?? '').split(', ');
  const missing = services.filter((service) => !honoured.includes(service));
  if (missing.length > 0) throw new HubAway(`the past was not read in ${missing.join(' and ')}`);
}
