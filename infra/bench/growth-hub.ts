import { withConnection } from '../postgres/connection.js';
import { insertContributions, missionId, organisations } from './growth-data.js';
import type { BenchHub } from './hub.js';

const deedsPerRequest = 25;

/** Gives a hub missions with a pool, an outcome and a measure each, through the API, and contributions to them. */
export async function fill(hub: BenchHub, size: { missions: number; contributions: number }): Promise<void> {
  const numbers = Array.from({ length: size.missions }, (_, number) => number);
  await deeds(hub, 'mission-delivery-unit.mission-unit', [registering()]);
  await deeds(hub, 'mission-delivery-unit.mission-unit', numbers.map(proposing));
  await deeds(hub, 'mission-delivery-unit.mission-finance', numbers.map(opening));
  await deeds(hub, 'mission-delivery-unit.mission-unit', numbers.map(defining));
  await deeds(hub, 'organisation-0.statistician', numbers.map(measuring));
  await withConnection(hub.databaseOf('contributions'), async (client) => {
    await insertContributions(client, size.missions, size.contributions);
    await client.query('vacuum analyze');
  });
}

const registering = () =>
  `registerOrganisations(input: {idempotencyKey: "organisations", organisations: [${organisations
    .map(({ id, name, kind }) => `{id: "${id}", name: "${name}", kind: ${kind}}`)
    .join(', ')}]}) { userErrors { message } }`;

const proposing = (number: number) =>
  `proposeMission(input: {idempotencyKey: "mission ${number}", id: "${missionId(number)}", name: "Mission ${number}", purpose: "To grow.",
    meaning: CHALLENGE, ambition: COMMITTED, illustrative: true}) { userErrors { message } }`;

const opening = (number: number) =>
  `openBudget(input: {idempotencyKey: "pool ${number}", mission: "${missionId(number)}", name: "Pool", host: "organisation-0", currency: "GBP",
    controlTotals: [RDEL_PROGRAMME], illustrative: true}) { userErrors { message } }`;

const defining = (number: number) =>
  `defineOutcome(input: {idempotencyKey: "outcome ${number}", id: "outcome-${number}", title: "Outcome ${number}", kind: OUTCOME,
    missions: ["${missionId(number)}"], illustrative: true}) { userErrors { message } }`;

const measuring = (number: number) =>
  `defineMeasure(input: {idempotencyKey: "measure ${number}", id: "measure-${number}", title: "Measure ${number}", outcome: "outcome-${number}",
    definition: {formula: "Counted.", unit: "units", decimals: 0, polarity: HIGHER, frequency: YEAR, source: "bench"}})
    { userErrors { message } }`;

async function deeds(hub: BenchHub, client: string, fields: string[]): Promise<void> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${await hub.token(client)}` };
  for (let from = 0; from < fields.length; from += deedsPerRequest) {
    const batch = fields.slice(from, from + deedsPerRequest).map((field, place) => `d${place}: ${field}`);
    const answer = await fetch(hub.gatewayUrl, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query: `mutation { ${batch.join('\n')} }` }),
    });
    const text = await answer.text();
    if (/"message"/.test(text)) throw new Error(`A hub could not be filled: ${text.slice(0, 500)}`);
  }
}
