import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Client } from 'pg';

/** A wire between a service and a database that can be cut, held still or slowed down: real sockets, real silence. */
export interface Wire {
  /** The same database by way of the wire. */
  through(address: string): string;
  /** Takes nothing further from now on, and takes in new connections without an answer. */
  hang(): void;
  /** Ends every connection and refuses new ones. */
  cut(): Promise<void>;
  /** Lets each piece of an answer wait so long. */
  slow(ms: number): void;
  /** As it was at first. */
  mend(): Promise<void>;
  close(): Promise<void>;
}

export async function wire(): Promise<Wire> {
  let target = { host: '', port: 0 };
  let hanging = false;
  let delayMs = 0;
  const pairs = new Set<[Socket, Socket]>();
  const server = createServer((near) => {
    const far = connect(target);
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    pass(near, far, () => 0);
    pass(far, near, () => delayMs);
    for (const end of pair) {
      end.on('error', () => undefined);
      end.on('close', () => {
        pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
    if (hanging) for (const end of pair) end.pause();
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  const end = async () => {
    const closed = server.listening ? once(server, 'close') : null;
    server.close();
    for (const [near, far] of pairs) for (const each of [near, far]) each.destroy();
    await closed;
  };
  return {
    through(address) {
      const url = new URL(address);
      target = { host: url.hostname, port: Number(url.port) };
      return Object.assign(url, { hostname: '127.0.0.1', port: String(port) }).href;
    },
    hang() {
      hanging = true;
      for (const pair of pairs) for (const each of pair) each.pause();
    },
    cut: end,
    slow(ms) {
      delayMs = ms;
    },
    async mend() {
      hanging = false;
      delayMs = 0;
      for (const pair of pairs) for (const each of pair) each.resume();
      if (!server.listening) await listen(port);
    },
    close: end,
  };
}

function pass(from: Socket, to: Socket, delayMs: () => number): void {
  from.on('data', (piece) => {
    const ms = delayMs();
    if (ms === 0) to.write(piece);
    else setTimeout(() => to.write(piece), ms);
  });
}

/**
 * The same contributions wherever they are put: of each organisation as many as asked, to some missions, of all kinds
 * and poolings, drafts among them. Straight into the tables, with every trigger at work, so that their ids are known.
 */
export async function fillStore(client: Client, organisations: readonly string[], each: number): Promise<void> {
  await client.query('begin');
  await client.query(`create temporary table made on commit drop as ${madeUp}`, [organisations, each]);
  for (const statement of insertions) await client.query(statement);
  await client.query('commit');
}

const madeUp = `
  select n, organisation as contributor_id, 'mission-' || h % 3 as mission_id,
    organisation || ':' || md5(organisation || n)::uuid as id,
    (array['DRAFT', 'PLEDGED', 'PLEDGED', 'AGREED', 'AGREED'])[1 + h / 3 % 5] as state,
    (array['MONEY', 'MONEY', 'BUDGET_COVER', 'DATA'])[1 + h / 15 % 4] as kind,
    (array['POOLED', 'ALIGNED'])[1 + h / 60 % 2] as pooling, (array['GBP', 'EUR'])[1 + h / 120 % 2] as currency,
    100000 + h % 1000 * 100 as pence, 2023 + h / 240 % 3 as year, encode(sha256((organisation || n)::bytea), 'hex') as hash
  from unnest($1::text[]) as organisation, generate_series(1, $2::int) as n,
    lateral (select abs(hashtext(organisation || n)) as h) as hashed`;

const isMoney = `kind in ('MONEY', 'BUDGET_COVER')`;
const insertions = [
  `insert into contribution_version (contribution_id, number, is_draft, public_name, total, currency, quantity, unit, earmark, instalments, hash, contributor_id)
   select id, 1, state = 'DRAFT', 'Contribution ' || n, case when ${isMoney} then pence end, case when ${isMoney} then currency end,
     case when ${isMoney} then null else 1 end, case when ${isMoney} then null else 'sets' end, 'NONE', '[]', hash, contributor_id from made order by id`,
  `insert into contribution_amount (contribution_id, number, is_draft, financial_year, control_total, amount, currency, contributor_id)
   select id, 1, state = 'DRAFT', year || '-' || year + 1 - 2000, 'RDEL_PROGRAMME', pence, currency, contributor_id from made where ${isMoney} order by id`,
  `insert into contribution_state (contribution_id, sequence, state, number, effective_on, by_subject, contributor_id, released_at)
   select id, 1, state, 1, '2026-01-01', 'test', contributor_id, '2026-01-01'::date + n from made order by id`,
  `insert into agreement (contribution_id, number, instrument, signed_on, signatories, concluded_outside, contributor_id)
   select id, 1, 'MOU', '2026-01-01', array[contributor_id], true, contributor_id from made where state = 'AGREED' order by id`,
  `insert into contribution (id, mission_id, contributor_id, kind, pooling, illustrative, state, number, version)
   select id, mission_id, contributor_id, kind, pooling, true, state, 1, 1 from made order by id`,
];
