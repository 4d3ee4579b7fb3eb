import { pino } from 'pino';
import { type Issuer, startIssuer } from '../infra/identity/issuer.js';
import { type Gateway, startGateway } from './gateway.js';
import { signIn } from './sign-in.js';
import { composeTestGraph, type SubgraphName } from './test-schema.js';
import { secret, startTestSubgraph, type TestSubgraph } from './test-subgraphs.js';

export interface Reply {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its question.
  body: any;
}

export interface TestGraph {
  gateway: Gateway;
  subgraphs: Record<SubgraphName, TestSubgraph>;
  issuer: Issuer;
  /** Posts a document, as a demo client when one is named. */
  ask(query: string, options?: { as?: string; variables?: object; headers?: Record<string, string> }): Promise<Reply>;
  /** All subgraphs behave well again, and the gateway has noticed. */
  recover(): Promise<void>;
  stop(): Promise<void>;
}

const audience = 'mission-budget-hub';
const names: SubgraphName[] = ['missions', 'budgets', 'contributions', 'outcomes'];

/** A gateway over four small subgraphs and a real issuer, each on a free port. */
export async function startTestGraph(
  options: { timeoutMs?: number; operationsPort?: number } = {},
): Promise<TestGraph> {
  const issuer = await startIssuer({ port: 0, audience });
  const check = signIn(issuer.issuer, audience);
  const started = await Promise.all(names.map(async (name) => [name, await startTestSubgraph(name, check)] as const));
  const subgraphs = Object.fromEntries(started) as TestGraph['subgraphs'];
  const urls = Object.fromEntries(started.map(([name, { url }]) => [name, url])) as Record<SubgraphName, string>;
  const gateway = await startGateway({
    ...composeTestGraph(),
    port: 0,
    subgraphs: urls,
    issuer: issuer.issuer,
    audience,
    secret,
    subgraphTimeoutMs: options.timeoutMs,
    operationsPort: options.operationsPort,
    log: pino({ level: 'silent' }),
  });
  const ask: TestGraph['ask'] = async (query, { as, variables, headers } = {}) => {
    const authorization: Record<string, string> = as ? { authorization: `Bearer ${await issuer.tokenFor(as)}` } : {};
    return reply(
      await fetch(gateway.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...authorization, ...headers },
        body: JSON.stringify({ query, variables }),
      }),
    );
  };
  const recover = async () => {
    for (const subgraph of Object.values(subgraphs)) subgraph.behaviour = 'well';
    const all = '{ contributionCount pooledBudget(id: "b") { id } measure(id: "m") { id } signed }';
    while ((await ask(all)).body.errors) await new Promise((resolve) => setTimeout(resolve, 100));
  };
  // The first plan takes long where many programs start at once, and so may be given up.
  await recover();
  for (const { requests } of Object.values(subgraphs)) requests.length = 0;
  return {
    gateway,
    subgraphs,
    issuer,
    ask,
    recover,
    async stop() {
      await gateway.stop();
      await Promise.all([...Object.values(subgraphs).map((subgraph) => subgraph.stop()), issuer.stop()]);
    },
  };
}

export async function reply(response: Response): Promise<Reply> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}
