import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Wire, wire } from '../../services/contributions/stores-for-tests.js';
import { environmentWith } from '../../services/kernel/environment.js';
import { startWorld, type World } from '../../test/world.js';
import type { Asking } from '../caller.js';
import { Gateway } from '../gateway.js';
import { FilesForTests } from './files-for-tests.js';
import { type PublishChoices, publishFile } from './publish-file.js';
import type { Pulled } from './pulled-pages.js';
import type { Receipt } from './receipt.js';

export interface Ended {
  code: number | null;
  out: string;
  errors: string;
}

interface Listed {
  contributions: {
    nodes: (Pick<Pulled, 'state' | 'current'> & { sourceRecordId: string })[];
    pageInfo: { endCursor: string; hasNextPage: boolean };
  };
}

export const department = 'department-for-education';
export const departmentWithStore = 'department-for-transport';
const unseen = { begin: () => undefined, advance: () => undefined, end: () => undefined };

/** A department before a hub: its files, its command line, and what the hub has of it. */
export class DepartmentForTests {
  readonly files = new FilesForTests();
  /** What the commands said beside their result. */
  said: string[] = [];

  private constructor(
    readonly world: World,
    /** The way to the store of `departmentWithStore`. */
    readonly line: Wire,
  ) {}

  /** Before a hub that has these missions. */
  static async start(missions: readonly string[]): Promise<DepartmentForTests> {
    const line = await wire();
    const stores = { [departmentWithStore]: (address: string) => line.through(address) };
    const world = await startWorld({ services: ['missions', 'contributions'], stores });
    const at = new DepartmentForTests(world, line);
    const document = `mutation ($input: ProposeMissionInput!) { proposeMission(input: $input) { mission { id } } }`;
    for (const id of missions) {
      const input = { id, name: id, purpose: 'To try.', meaning: 'CHALLENGE', ambition: 'COMMITTED' };
      const variables = { input: { ...input, idempotencyKey: id } };
      await world.ask(document, { as: 'mission-delivery-unit.mission-unit', variables });
    }
    return at;
  }

  async stop(): Promise<void> {
    await this.world?.stop();
    await this.line?.close();
    this.files.remove();
  }

  get asking(): Asking {
    return this.askingAs(`${department}.publisher`);
  }

  askingAs(client: string, url = this.world.gatewayUrl!): Asking {
    const hub = new Gateway(url, () => this.world.tokenFor(client));
    return { hub, url, organisation: client.split('.')[0]! };
  }

  publish(file: string, choices: Partial<PublishChoices> = {}, by = this.asking): Promise<Receipt> {
    this.said = [];
    const told = { progress: unseen, say: (sentence: string) => void this.said.push(sentence) };
    return publishFile(by, file, { dryRun: false, partly: false, always: {}, batch: 500, ...choices }, told);
  }

  /** Starts the command line as `npm run hub --` does. */
  begin(args: string[], client = `${department}.publisher`): ChildProcess {
    const { gatewayUrl, issuer } = this.world;
    return spawn(process.execPath, ['.build/clients/hub.js', ...args, '--client', client], {
      env: environmentWith({ GATEWAY_URL: gatewayUrl!, OIDC_ISSUER: issuer, INIT_CWD: this.files.folder }),
    });
  }

  async run(args: string[], client?: string): Promise<Ended> {
    const child = this.begin(args, client);
    let [out, errors] = ['', ''];
    child.stdout!.on('data', (chunk) => (out += chunk));
    child.stderr!.on('data', (chunk) => (errors += chunk));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, out, errors };
  }

  /** What the hub has, by record id: state, version number, and amounts. */
  async known(mission: string): Promise<Record<string, string>> {
    const known: Record<string, string> = {};
    let after: string | null = null;
    do {
      const document = `query ($mission: ID!, $after: String) { contributions(first: 100, after: $after, filter: { mission: $mission }) {
        nodes { sourceRecordId state current { number amounts { financialYear controlTotal amount { amount currency } } } }
        pageInfo { endCursor hasNextPage } } }`;
      const { contributions }: Listed = (await this.world.ask(document, { variables: { mission, after } })).data;
      for (const { sourceRecordId, state, current } of contributions.nodes) {
        const amounts = current.amounts.map(
          (each) => `${each.financialYear} ${each.controlTotal} ${each.amount.amount} ${each.amount.currency}`,
        );
        known[sourceRecordId] = `${state} v${current.number}: ${amounts.join(', ')}`;
      }
      after = contributions.pageInfo.hasNextPage ? contributions.pageInfo.endCursor : null;
    } while (after);
    return known;
  }
}
