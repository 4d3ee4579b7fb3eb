import { RequestRefused } from './errors.js';

export interface MediaType {
  contentType: string;
  /** The client takes only the older media type, with which faults in a document are answered with status 200. */
  older: boolean;
  /** The client takes nothing but server-sent events; what is refused is JSON all the same. */
  onlyEvents?: boolean;
}

const current: MediaType = { contentType: 'application/graphql-response+json; charset=utf-8', older: false };
export const json: MediaType = { contentType: 'application/json; charset=utf-8', older: false };
const olderJson: MediaType = { ...json, older: true };

/** Whether a client takes server-sent events, in which subscriptions are answered. */
export const takesEvents = (accept: string | undefined): boolean =>
  /text\/event-stream|text\/\*|\*\/\*/i.test(accept ?? '');

/** Chooses how to answer from the Accept header, as the specification of GraphQL over HTTP says. */
export function mediaTypeFor(accept: string | undefined): MediaType {
  if (!accept) return json;
  const weights = new Map<string, number>();
  for (const range of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const weight = parameters.find((part) => part.startsWith('q='));
    weights.set(type, weight ? Number(weight.slice(2)) || 0 : 1);
  }
  const weightOf = (type: string) => weights.get(type) ?? 0;
  const [newer, older] = [weightOf('application/graphql-response+json'), weightOf('application/json')];
  const any = Math.max(weightOf('*/*'), weightOf('application/*'));
  if (newer > 0 && newer >= older) return current;
  if (older > 0) return any > 0 || newer > 0 ? json : olderJson;
  if (any > 0) return json;
  if (weightOf('text/event-stream') > 0) return { ...json, onlyEvents: true };
  throw new RequestRefused(
    406,
    'BAD_REQUEST',
    'The hub answers in application/graphql-response+json or application/json.',
  );
}
