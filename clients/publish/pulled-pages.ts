import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { type Gateway, HubFault } from '../gateway.js';

/** A contribution as it is pulled. */
export interface Pulled {
  id: string;
  sourceSystem: string | null;
  sourceRecordId: string | null;
  mission: { id: string };
  challenge: { id: string } | null;
  lever: { id: string } | null;
  kind: string;
  pooling: string;
  publicName: string;
  state: string;
  version: number;
  current: {
    number: number;
    hash: string;
    earmark: string;
    amounts: { financialYear: string; controlTotal: string; amount: { amount: string; currency: string } }[];
    quantity: string | null;
    unit: string | null;
    budget: { id: string } | null;
    validUntil: string | null;
    reason: string | null;
  };
  agreement: { instrument: string; signedOn: string; signatories: { id: string }[]; reference: string | null } | null;
}

const document = `query Pull($filter: ContributionFilter!, $after: String) {
  contributions(filter: $filter, first: 100, after: $after) {
    nodes { id sourceSystem sourceRecordId mission { id } challenge { id } lever { id } kind pooling publicName state version
      current { number hash earmark amounts { financialYear controlTotal amount { amount currency } } quantity unit
        budget { id } validUntil reason }
      agreement { instrument signedOn signatories { id } reference } }
    pageInfo { endCursor hasNextPage } totalCount unavailable { id } } }`;

interface Page {
  nodes: Pulled[];
  pageInfo: { endCursor: string | null; hasNextPage: boolean };
  totalCount: number | null;
  unavailable: { id: string }[];
}

/** Pages of contributions as lines of JSON in a file. */
export class PulledPages {
  private file = -1;
  private bytes = 0;

  constructor(private readonly path: string) {}

  /** Goes on behind what is whole; a page that was cut off is written again. */
  open(whole: number): void {
    this.file = openSync(this.path, whole > 0 ? 'r+' : 'w');
    ftruncateSync(this.file, whole);
    this.bytes = whole;
  }

  async ask(hub: Gateway, filter: object, after: string | null): Promise<Page> {
    const { contributions } = await hub.ask<{ contributions: Page }>({ document, variables: { filter, after } });
    // A file without what is in a store that is away would look whole.
    if (contributions.unavailable.length > 0)
      throw new HubFault('The store of your organisation does not answer; run it again later.', { of: 'away' });
    return contributions;
  }

  /** Answers how many bytes there are then. */
  add(nodes: readonly Pulled[]): number {
    const text = Buffer.from(nodes.map((node) => `${JSON.stringify(node)}\n`).join(''));
    writeSync(this.file, text, 0, text.length, this.bytes);
    this.bytes += text.length;
    return this.bytes;
  }

  close(): void {
    closeSync(this.file);
  }
}
