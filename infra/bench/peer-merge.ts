import { createServer } from 'node:http';
import 'reflect-metadata';
import { Pool } from 'undici';
import { gatewaySignature } from '../../services/kernel/caller.js';
import { readBenchSettings } from './settings.js';

// The mission view by hand: what a programmer would write who knows this one question and which service answers what.
// No sign-in, no limits, no validation, no errors: the floor of what any gateway has to do.
const { subgraphs, port, secret } = readBenchSettings();
const pools = new Map(
  Object.entries(subgraphs).map(([name, url]) => [
    name,
    { pool: new Pool(new URL(url).origin, { connections: 128 }), path: new URL(url).pathname },
  ]),
);

// biome-ignore lint/suspicious/noExplicitAny: answers have the shape of the documents below.
type Json = any;

async function ask(service: string, query: string, variables: object, authorization: string): Promise<Json> {
  const { pool, path } = pools.get(service)!;
  const body = JSON.stringify({ query, variables });
  const headers = {
    'content-type': 'application/json',
    authorization,
    'hub-signature': gatewaySignature(secret, { authorization, asKnownAt: '', body }),
  };
  const answer = await pool.request({ method: 'POST', path, headers, body });
  return ((await answer.body.json()) as { data: Json }).data;
}

const entities = (type: string, fields: string) =>
  `query($r:[_Any!]!){_entities(representations:$r){...on ${type}{${fields}}}}`;
const ofMissions =
  'query($first:Int){missions(first:$first){nodes{id name purpose waitingOn{id since reason amountBlocked{amount currency} decision{id question dueOn}} insights(first:3){nodes{id text}}} pageInfo{endCursor hasNextPage}}}';
const ofBudgets = entities(
  'Mission',
  'budgets{id host{id} currency statement{committed{amount currency} deposited{amount} unallocated{amount} allocated{amount} drawnDown{amount} spent{amount}}}',
);
const ofContributions = entities(
  'Mission',
  'contributions(first:20){nodes{id contributor{id} kind pooling state publicName} pageInfo{endCursor hasNextPage} unavailable{id}} contributionTotals{state pooling financialYear total{amount currency} count}',
);
const ofOutcomes = entities(
  'Mission',
  'outcomes{id title kind measures{id title unit latest{period value low high status} assessment{verdict rule}}}',
);
const ofDeposits = entities('Contribution', 'deposited{amount currency} outstanding{amount}');
const ofNames = entities('Organisation', 'name');
const keys = (type: string, ids: string[]) => ({ r: ids.map((id) => ({ __typename: type, id })) });

async function missionView(variables: object, authorization: string): Promise<Json> {
  const { missions } = await ask('missions', ofMissions, variables, authorization);
  const nodes: Json[] = missions.nodes;
  const of = keys(
    'Mission',
    nodes.map(({ id }) => id),
  );
  const [budgets, contributions, outcomes] = await Promise.all([
    ask('budgets', ofBudgets, of, authorization),
    ask('contributions', ofContributions, of, authorization),
    ask('outcomes', ofOutcomes, of, authorization),
  ]);
  const pools: Json[] = budgets._entities.flatMap((each: Json) => each.budgets);
  const given: Json[] = contributions._entities.flatMap((each: Json) => each.contributions.nodes);
  const named = [...new Set([...pools.map(({ host }) => host.id), ...given.map(({ contributor }) => contributor.id)])];
  const [names, deposits] = await Promise.all([
    ask('missions', ofNames, keys('Organisation', named), authorization),
    ask(
      'budgets',
      ofDeposits,
      keys(
        'Contribution',
        given.map(({ id }) => id),
      ),
      authorization,
    ),
  ]);
  const nameOf = new Map(named.map((id, place) => [id, names._entities[place]?.name]));
  for (const pool of pools) pool.host = { id: pool.host.id, name: nameOf.get(pool.host.id) };
  for (const [place, each] of given.entries()) {
    each.contributor = { id: each.contributor.id, name: nameOf.get(each.contributor.id) };
    Object.assign(each, deposits._entities[place]);
  }
  for (const [place, mission] of nodes.entries()) {
    Object.assign(mission, budgets._entities[place], contributions._entities[place], outcomes._entities[place]);
  }
  return { data: { missions } };
}

createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { variables } = JSON.parse(Buffer.concat(chunks).toString());
  const answer = JSON.stringify(await missionView(variables, request.headers.authorization ?? ''));
  response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
}).listen(port, '127.0.0.1', () => process.send?.('ready'));
process.on('SIGTERM', () => process.exit(0));
