import type { EntityManager } from '@mikro-orm/postgresql';
import { sendEvent } from '../kernel/events.js';
import type { Service } from '../kernel/service.js';
import type { Measure } from './measure.js';
import { observationId } from './observation.js';
import { noBreakdown } from './observation-input.js';
import { type Frequency, labelOf } from './period.js';
import type { NewVintage } from './vintages.js';

/** Who sends the events of this service, and to whom. */
export const sender: Pick<Service, 'name' | 'sendsTo'> = { name: 'outcomes', sendsTo: ['contributions'] };

/** Tells of those among new vintages that are headline figures. */
export function tellPublished(
  em: EntityManager,
  { id, nationalArea }: Measure,
  frequency: Frequency,
  vintages: readonly NewVintage[],
  releasedAt: Date,
): Promise<void> {
  const headline = vintages.filter(({ area, dimensions }) => area === nationalArea && dimensions === noBreakdown);
  const told = headline.map((vintage) => ({ ...vintage, frequency }));
  return tellFigures(em, id, told, releasedAt);
}

export interface ToldFigure extends Pick<NewVintage, 'seriesId' | 'periodStart' | 'vintage' | 'value'> {
  frequency: Frequency;
}

/**
 * Tells the contributions service the headline figures that are public now, by which it judges stage gates, in the
 * same transaction. Nothing may be told before it is published.
 */
export async function tellFigures(
  em: EntityManager,
  measure: string,
  headline: readonly ToldFigure[],
  releasedAt: Date,
): Promise<void> {
  if (headline.length === 0) return;
  const figures = headline.map(({ seriesId, periodStart, vintage, value, frequency }) => ({
    observation: observationId(seriesId, periodStart, vintage),
    period: labelOf(frequency, periodStart),
    value,
    releasedAt: releasedAt.toISOString(),
  }));
  await sendEvent(em, sender, 'outcomes.published', measure, { measure, figures });
}
