import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

export interface Heard {
  id: string | null;
  event: string;
  // biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its question.
  data: any;
  at: number;
}

export interface Subscriber {
  status: number;
  headers: IncomingHttpHeaders;
  /** The body of what is no stream. */
  // biome-ignore lint/suspicious/noExplicitAny: likewise.
  refused: any;
  heard: Heard[];
  /** Every byte so far, comments too. */
  text(): string;
  /** Waits until so many events were heard; throws when that takes too long. */
  until(count: number): Promise<Heard[]>;
  /** Resolves when the other side has ended the stream. */
  ended: Promise<void>;
  leave(): Promise<void>;
}

const tooLongMs = 8_000;

/** Subscribes over real HTTP; with `get`, as a browser's EventSource does. */
export async function subscribe(
  url: string,
  query: string,
  {
    variables = {},
    headers = {},
    get = false,
  }: { variables?: object; headers?: Record<string, string>; get?: boolean } = {},
): Promise<Subscriber> {
  const search = new URLSearchParams({ query, variables: JSON.stringify(variables) });
  const request = httpRequest(get ? `${url}?${search}` : url, {
    method: get ? 'GET' : 'POST',
    headers: { accept: 'text/event-stream', ...(!get && { 'content-type': 'application/json' }), ...headers },
    // A connection of its own, which ends with the subscription.
    agent: false,
  });
  request.end(get ? undefined : JSON.stringify({ query, variables }));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.setEncoding('utf8');
  let text = '';
  const heard: Heard[] = [];
  const isStream = response.headers['content-type']?.startsWith('text/event-stream') ?? false;
  const read = async () => {
    let rest = '';
    for await (const chunk of response as AsyncIterable<string>) {
      text += chunk;
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop()!;
      for (const block of blocks) {
        const [event, data] = [/^event: (.*)$/m.exec(block)?.[1], /^data: (.+)$/m.exec(block)?.[1]];
        const id = /^id: (.*)$/m.exec(block)?.[1] ?? null;
        if (event) heard.push({ id, event, data: data ? JSON.parse(data) : null, at: Date.now() });
      }
    }
  };
  const refused = isStream ? null : JSON.parse((await response.toArray()).join(''));
  const ended = isStream ? read().catch(() => undefined) : Promise.resolve();
  return {
    ...{ status: response.statusCode!, headers: response.headers, refused, heard, ended },
    text: () => text,
    async until(count) {
      const last = Date.now() + tooLongMs;
      while (heard.length < count) {
        if (Date.now() > last) throw new Error(`heard ${heard.length} of ${count}: ${text}`);
        await pause(5);
      }
      return heard;
    },
    async leave() {
      request.destroy();
      await ended;
    },
  };
}
