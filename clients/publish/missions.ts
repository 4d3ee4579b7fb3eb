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
  /** The first hundred, of which one may have been meant; null while nobody answers for missions. */
  listed: { nodes: { id: string }[] } | null;
}

/** Asks the hub for the missions with these ids, fifty in one query. */
export async function unknownMissions(hub: Gateway, ids: readonly string[]): Promise<UnknownMissions | null> {
  const unknown = new Map<string, string>();
  for (let begin = 0; begin < ids.length; begin += atOnce) {
    const some = ids.slice(begin, begin + atOnce);
    const names = some.map((_, at) => `$m${at}: ID!`).join(', ');
    const asked = some.map((_, at) => `m${at}: mission(id: $m${at}) { id }`).join(' ');
    const found = await hub.ask<Answer & Listed>({
      document: `query Missions(${names}) { ${asked} listed: missions(first: 100) { nodes { id } } }`,
      variables: Object.fromEntries(some.map((id, at) => [`m${at}`, id])),
      tolerated: away,
    });
    if (!found.listed) return null;
    const known = found.listed.nodes.map(({ id }) => id);
    for (const [at, id] of some.entries()) {
      if (!found[`m${at}`]) unknown.set(id, sentence(id, known));
    }
  }
  return unknown;
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
