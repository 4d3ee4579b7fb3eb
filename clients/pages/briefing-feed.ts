import type { Ask } from './ask.js';
import { asHtml, inXml } from './atom-text.js';
import { publishedAt } from './briefing-page.js';
import { inLondon } from './dates.js';
import { missionName } from './words.js';

const document = `query BriefingFeed {
  open: briefings(first: 50, filter: {state: PUBLISHED}) { nodes { ...told } }
  closed: briefings(first: 50, filter: {state: QUESTIONS_CLOSED}) { nodes { ...told } }
}
fragment told on Briefing { id heldAt decisionMaker illustrative summary mission { name } steps { state releasedAt } }`;

interface Told {
  id: string;
  heldAt: string;
  decisionMaker: string;
  illustrative: boolean;
  summary: string;
  mission: { name: string } | null;
  steps: { state: string; releasedAt: string }[];
}

const most = 50;
const noneYet = new Date('2000-01-01T00:00:00Z');

/** The published briefings as Atom (RFC 4287), the one published last first. `address` is where these pages are read. */
export async function briefingFeed(ask: Ask, address: string): Promise<string> {
  const { open, closed } = await ask<Record<'open' | 'closed', { nodes: Told[] }>>({ document });
  const told = [...open.nodes, ...closed.nodes]
    .map((briefing) => ({ ...briefing, published: new Date(publishedAt(briefing.steps)!) }))
    .sort((one, other) => other.published.getTime() - one.published.getTime() || (one.id < other.id ? 1 : -1))
    .slice(0, most);
  // Read in only now: most who start the pages never ask for the feed.
  const { Feed } = await import('feed');
  const feed = new Feed({
    id: `${address}/briefings.atom`,
    title: 'Briefings on missions',
    description: 'Regular accounts of missions, each frozen with its evidence when it is published.',
    link: `${address}/briefings`,
    feedLinks: { atom: `${address}/briefings.atom` },
    author: { name: 'Mission delivery unit', link: `${address}/briefings` },
    updated: told.map(changedAt).reduce((last, each) => (each > last ? each : last), told[0]?.published ?? noneYet),
    generator: false,
  });
  for (const briefing of told) {
    const { id, mission, heldAt, decisionMaker, illustrative, summary, published } = briefing;
    feed.addItem({
      // The same for ever, whatever name these pages are reached by.
      id: id.replace('briefing-', 'urn:uuid:'),
      title: asHtml(
        `Briefing on ${missionName(mission)}, held ${inLondon(heldAt)}${illustrative ? ' (illustrative)' : ''}`,
      ),
      link: `${address}/briefings/${id}`,
      ...{ published, date: changedAt(briefing) },
      author: [{ name: inXml(decisionMaker) }],
      description: asHtml(summary),
    });
  }
  return feed.atom1();
}

/** When it came into its last state: what is frozen of it is as it was; questions may have been closed since. */
const changedAt = ({ steps }: Told): Date => new Date(steps.at(-1)!.releasedAt);
