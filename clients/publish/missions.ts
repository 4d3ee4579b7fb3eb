import type { Gateway } from '../gateway.js';

/** What is wrong with the missions that a file names and the hub does not have; null where nobody answered. */
export type UnknownMissions = ReadonlyMap<string, string>;

// The gateway takes 60 names of one's own in a document.
const atOnce = 50;
/** What a service says of itself when it does not answer for now. */
const away = ['SUBGRAPH_UNAVAILABLE', 'UNAVAILABLE'];

interface Answer {
  [alias: string]: { id: string } | null;
}
interface Listed {
  /** Null while nobody answers for missions. */
  missions: { nodes: { id: string }[]; pageInfo: { endCursor: string | null; hasNextPage: boolean } } | null;
}

/** Asks the hub for the missions with these ids, fifty in one query. */
export async function unknownMissions(hub: Gateway, ids: readonly string[]): Promise<UnknownMissions | null> {
  const unknown: string[] = [];
  for (let begin = 0; begin < ids.length; begin += atOnce) {
    const some = ids.slice(begin, begin + atOnce);
    const names = some.map((_, at) => `$m${at}: ID!`).join(', ');
    const asked = some.map((_, at) => `m${at}: mission(id: $m${at}) { id }`).join(' ');
    const found = await hub.ask<Answer & Pick<Listed, 'missions'>>({
      document: `query Missions(${names}) { ${asked} missions(first: 1) { nodes { id } } }`,
      variables: Object.fromEntries(some.map((id, at) => [`m${at}`, id])),
      tolerated: away,
    });
    if (!found.missions) return null;
    unknown.push(...some.filter((_, at) => !found[`m${at}`]));
  }
  const known = unknown.length > 0 ? await allMissions(hub) : [];
  return new Map(unknown.map((id) => [id, sentence(id, known)]));
}

/** The ids of all missions, any of which may have been meant; as far as somebody answers for them. */
async function allMissions(hub: Gateway): Promise<string[]> {
  const ids: string[] = [];
  const document = `query ($after: String) {
    missions(first: 100, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }`;
  for (let after: string | null = null; ; ) {
    const { missions }: Listed = await hub.ask<Listed>({ document, variables: { after }, tolerated: away });
    ids.push(...(missions?.nodes.map(({ id }) => id) ?? []));
    if (!missions?.pageInfo.hasNextPage) return ids;
    after = missions.pageInfo.endCursor;
  }
}

function sentence(id: string, known: readonly string[]): string {
  const [nearest] = known
    .map((each) => ({ each, distance: distanceOf(id, each) }))
    .filter(({ distance }) => distance <= Math.max(2, id.length / 4))
    .sort((one, other) => one.distance - other.distance);
  return `There is no mission ${id}; ${nearest ? `did you mean ${nearest.each}?` : 'correct its id.'}`;
}

/** How many letters are to be changed, added or left out to come from one word to the other. */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (const [at, its] of [...other].entries())
      next.push(Math.min(next[at]! + 1, row[at + 1]! + 1, row[at]! + (letter === its ? 0 : 1)));
    row = next;
  }
  return row.at(-1)!;
}
