import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import { sendEvent } from '../kernel/events.js';
import type { Service } from '../kernel/service.js';

/** Who sends the events of this service, and to whom. */
export const sender: Pick<Service, 'name' | 'sendsTo'> = { name: 'missions', sendsTo: ['contributions'] };

interface Body {
  id: string;
  valid_to: string | null;
  successor_ids: string[];
}

/** A body that answers for another one that is gone, from a day and until a day, and the bodies between the two. */
export interface Heir {
  organisation: string;
  /** Empty: since ever. */
  from: string;
  until: string | null;
  via: string[];
}

// Whoever the changed ones took over from, and whoever took over from them, however many bodies lie between.
const family = `with recursive before as (
    select id from unnest(?::text[]) as id
    union select o.id from organisation o join before on before.id = any(o.successor_ids)),
  after as (
    select id from before
    union select heir from organisation o join after using (id) cross join unnest(o.successor_ids) as heir)
  select o.id, o.valid_to::text, o.successor_ids, o.id in (select id from before) as is_changed
    from organisation o join after using (id) order by o.id`;

/**
 * Tells the contributions service who took over from whom when a body has changed in the register, in the same
 * transaction: of every body concerned, all who answer for it over time.
 */
export async function tellSuccessions(em: EntityManager, changed: readonly string[]): Promise<void> {
  if (changed.length === 0) return;
  const rows = await query<Body & { is_changed: boolean }>(em, family, [changed]);
  const bodies = new Map<string, Body>(rows.map((row) => [row.id, row]));
  const successions = rows
    .filter(({ is_changed }) => is_changed)
    .map(({ id }) => ({ contributorId: id, heirs: heirsOf(bodies, id) }));
  const about = successions.map(({ contributorId }) => contributorId);
  await sendEvent(em, sender, 'missions.succeeded', about, { successions });
}

/** Who answers for a body over time: its successors, and theirs once those are gone. A body that succeeds itself ends the walk. */
export function heirsOf(bodies: ReadonlyMap<string, Body>, id: string, from = '', via: string[] = []): Heir[] {
  const body = bodies.get(id);
  if (!body) return [];
  const begin = later(from, body.valid_to ? dayAfter(body.valid_to) : '');
  return body.successor_ids
    .filter((heir) => !via.includes(heir) && heir !== id)
    .flatMap((organisation) => {
      const next = bodies.get(organisation);
      const isSucceeded = (next?.successor_ids.length ?? 0) > 0;
      const until = isSucceeded ? (next?.valid_to ?? '') : null;
      const itself = until !== null && until < begin ? [] : [{ organisation, from: begin, until, via: via.slice(1) }];
      const trail = [...(via.length > 0 ? via : [id]), organisation];
      return [...(until === '' ? [] : itself), ...heirsOf(bodies, organisation, begin, trail)];
    });
}

const later = (one: string, other: string) => (one > other ? one : other);

function dayAfter(day: string): string {
  const next = new Date(`${day}T00:00:00Z`);
  next.setUTCDate(next.getUTCDate() + 1);
  return next.toISOString().slice(0, 10);
}
