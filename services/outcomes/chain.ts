import type { EntityManager } from '@mikro-orm/postgresql';

/** How a deed remembers an answer that is one link of a chain: by the columns of its key. */
export const numbered = <Noun extends object>(noun: new () => Noun, keyOf: (link: Noun) => object) => ({
  remember: (link: Noun) => keyOf(link),
  recall: (em: EntityManager, key: never) => em.findOneOrFail(noun, key as never) as Promise<Noun>,
});
