import { HubFault } from './client.js';
import { type DeedAnswer, deed, keyFor, type Work } from './write-batches.js';

interface NameAnswer extends DeedAnswer {
  added: string[] | null;
}

const mostAtOnce = 500;

/** What can be no name is left for the hub to refuse, row by row. */
const isName = (area: string) => /^\S(.{0,118}\S)?$/.test(area) && !/^[A-Z]\d{8}$/.test(area);

/** Names the areas of a file that have no GSS code, before figures of them are sent. Answers which the hub did not have. */
export async function nameAreas(
  { hub, dryRun }: Work,
  { measure, source, client }: { measure: string; source: string; client: string },
  areas: readonly (string | null | undefined)[],
): Promise<ReadonlySet<string>> {
  const names = [...new Set(areas)].filter((area): area is string => typeof area === 'string' && isName(area));
  const added = new Set<string>();
  for (let from = 0; from < names.length; from += mostAtOnce) {
    const content = { measure, source, names: names.slice(from, from + mostAtOnce) };
    const input = { ...content, dryRun, idempotencyKey: keyFor('nameAreas', content) };
    const said = { service: 'outcomes', deed: 'nameAreas', client, selection: 'added' } as const;
    const answer = await deed<NameAnswer>(hub, said, input);
    const [fault] = answer.userErrors;
    if (fault) throw new HubFault(`The hub declined to name the areas of ${measure}: ${fault.message} (${fault.code})`);
    for (const name of answer.added ?? []) added.add(name);
  }
  return added;
}
