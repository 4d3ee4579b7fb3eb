import { createSourceEventStream, execute, parse, validate } from 'graphql';
import type { Streaming } from '../kernel/service.js';

const keepAliveMs = 4_000;
const lookEveryMs = 200;

/**
 * Answers a subscription as server-sent events, in the protocol "GraphQL over SSE" (distinct connections), until the
 * client is gone, the service stops or the database is away; the client asks again then for what followed its last one.
 */
export async function answerSubscription({ schema, body, response, contextOf, isStopping }: Streaming): Promise<void> {
  const { query, variables } = JSON.parse(body) as { query: string; variables?: Record<string, unknown> };
  const document = parse(query);
  const faults = validate(schema, document);
  const asked = { schema, document, variableValues: variables };
  const begin = async () => {
    // What it is asked for is looked up; what it reads for that is given back before it waits.
    const contextValue = await contextOf();
    return createSourceEventStream({ ...asked, contextValue }).finally(() => contextValue.close());
  };
  const events = faults.length > 0 ? { errors: faults } : await begin();
  if (!(Symbol.asyncIterator in events)) {
    response.writeHead(400, { 'content-type': 'application/json' });
    return void response.end(JSON.stringify({ errors: events.errors?.map((error) => error.toJSON()) }));
  }
  const told = events[Symbol.asyncIterator]();
  const end = () => void told.return?.();
  response.once('close', end);
  const looking = setInterval(() => isStopping() && end(), lookEveryMs);
  const keeping = setInterval(() => response.write(':\n\n'), keepAliveMs);
  try {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).write(':\n\n');
    for await (const rootValue of { [Symbol.asyncIterator]: () => told }) {
      // Each answer reads a snapshot of its own.
      const contextValue = await contextOf();
      const result = await execute({ ...asked, rootValue, contextValue });
      contextValue.close();
      response.write(`event: next\ndata: ${JSON.stringify(result)}\n\n`);
    }
  } finally {
    clearInterval(looking);
    clearInterval(keeping);
    response.end();
  }
}
