export interface ServerSentEvent {
  data: string;
}

const longestEvent = 1024 * 1024;

/** The events in a body of text/event-stream, as they come; comments are passed over. */
export async function* eventsIn(body: AsyncIterable<Buffer>): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > longestEvent) throw new Error('an event that is too long');
    const blocks = text.split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) {
      const lines = block.split('\n').filter((line) => line.startsWith('data:'));
      if (lines.length > 0) yield { data: lines.map((line) => line.slice('data:'.length).trimStart()).join('\n') };
    }
  }
}

/** One event as it is sent, by the protocol "GraphQL over SSE"; the id is what Last-Event-ID will say. */
export const eventText = (event: 'next' | 'complete', data: string, id?: number): string =>
  `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`;

export const comment = ':\n\n';
