import type { Ask } from './ask.js';
import { asHtml, inXml } from './atom-text.js';
import { publisherOf } from './release-list.js';

const document = `query ReleaseFeed {
  releases(come: true, first: 50) {
    nodes { id title scheduledAt organisation { name } figuresOf { title } }
  }
}`;

interface Come {
  id: string;
  title: string;
  scheduledAt: string;
  organisation: { name: string } | null;
  figuresOf: { title: string }[];
}

const noneYet = new Date('2000-01-01T00:00:00Z');

/** The newest 50 releases that have come, as Atom (RFC 4287), the last one first. `address` is where these pages are read. */
export async function releaseFeed(ask: Ask, address: string): Promise<string> {
  const { releases } = await ask<{ releases: { nodes: Come[] } }>({ document });
  const told = releases.nodes;
  // Read in only now: most who start the pages never ask for a feed.
  const { Feed } = await import('feed');
  const feed = new Feed({
    id: `${address}/releases.atom`,
    title: 'Releases of figures',
    description: 'Figures about missions, from the instant at which they are public.',
    link: `${address}/releases`,
    feedLinks: { atom: `${address}/releases.atom` },
    author: { name: 'Mission budget hub', link: `${address}/releases` },
    updated: told[0] ? new Date(told[0].scheduledAt) : noneYet,
    generator: false,
  });
  for (const { id, title, scheduledAt, organisation, figuresOf } of told) {
    const brought = figuresOf.map((measure) => measure.title).join('; ');
    feed.addItem({
      // The same for ever, whatever name these pages are reached by.
      id: id.replace('release-', 'urn:uuid:'),
      title: asHtml(title),
      link: `${address}/releases/${id}`,
      ...{ published: new Date(scheduledAt), date: new Date(scheduledAt) },
      author: [{ name: inXml(publisherOf(organisation)) }],
      description: asHtml(brought ? `Figures of ${brought}.` : 'Nothing was in it.'),
    });
  }
  return feed.atom1();
}
