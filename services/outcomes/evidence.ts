import { broken } from './comparison.js';
import type { DefinitionVersion } from './definition.js';
import type { Figure } from './observation.js';
import type { Target } from './target.js';

/** What a target is judged by. */
export interface Evidence {
  latest: Figure | null;
  /** The figures of the whole in the target's window, oldest first; several of one period where definitions overlap. */
  figures: Figure[];
  definitions: DefinitionVersion[];
  /** The calendar day of the request's instant. */
  today: string;
}

/** Of several figures of one period the one that can be compared with the target, the newest definition first. */
export function bestOf(figures: Figure[], target: Target, definitions: DefinitionVersion[]): Figure | null {
  if (figures.length < 2) return figures[0] ?? null;
  const newestFirst = [...figures].sort((one, other) => other.definition - one.definition);
  const comparable = newestFirst.find(
    (figure) => broken(figure, { what: '', definition: target.definition }, definitions) === null,
  );
  return comparable ?? newestFirst[0]!;
}
