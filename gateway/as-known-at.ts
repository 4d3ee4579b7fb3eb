import { instantOf } from '../services/kernel/dates.js';
import { RequestRefused } from './errors.js';

const refuse = (message: string): never => {
  throw new RequestRefused(400, 'BAD_USER_INPUT', message);
};

/** The instant an `As-Known-At` header cuts the answer at, in UTC; an empty text when there is no such header. */
export function instantAsked(header: string | undefined, now = Date.now()): string {
  if (header === undefined) return '';
  const instant = instantOf(header);
  if (!instant) return refuse('As-Known-At is not an instant such as 2026-03-31T23:59:59Z; the offset must be stated.');
  if (instant.getTime() > now) return refuse('As-Known-At lies in the future; the hub knows only what has happened.');
  return instant.toISOString();
}

export interface Honoured {
  instant: string;
  honouredBy: string[];
  notHonouredBy: string[];
}

/** Which of the subgraphs a request asked have cut their answer at its instant. */
export function honouredBy(instant: string, asked: Iterable<string>, honoured: ReadonlySet<string>): Honoured {
  const services = [...asked].sort();
  return {
    instant,
    honouredBy: services.filter((service) => honoured.has(service)),
    notHonouredBy: services.filter((service) => !honoured.has(service)),
  };
}

export function honouredHeaders({ instant, honouredBy }: Honoured): Record<string, string> {
  return { 'As-Known-At': instant, 'As-Known-At-Honoured-By': honouredBy.join(', ') };
}
