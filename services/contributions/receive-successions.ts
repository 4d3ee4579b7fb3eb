import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { add } from './writing.js';

const content = z.object({
  successions: z.array(
    z.object({
      contributorId: z.string().min(1),
      heirs: z.array(
        z.object({
          organisation: z.string().min(1),
          /** The first day; empty where the register does not say. */
          from: z.string(),
          /** The last day; null while it goes on. */
          until: z.string().nullable(),
          /** The bodies between the two that are gone as well. */
          via: z.array(z.string()),
        }),
      ),
    }),
  ),
});

/** Takes in `missions.succeeded`: who answers for bodies that are gone. What the register said before is kept. */
export async function receiveSuccessions(em: EntityManager, event: unknown): Promise<void> {
  const { successions } = content.parse(event);
  await add(
    em,
    'succession',
    successions.map(({ contributorId, heirs }) => ({ contributor_id: contributorId, heirs })),
  );
}
