import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { withConnection } from '../postgres/connection.js';
import { secondsToCopy } from './copy.js';
import type { BenchHub } from './hub.js';
import { table } from './load.js';
import { defineMeasure, months, steward } from './outcomes-data.js';

/** As many as a request may have: with 500 in each it is slower by a fifth to a quarter. */
const rowsInBatch = 2_000;
/** How many measures are published at a time: batches of one wait for each other. */
const measures = 4;

interface Row {
  period: string;
  area: string;
  value: string;
  low: string;
  high: string;
}

const rowNumber = (number: number): Row => ({
  period: new Date(Date.UTC(2000, number % months)).toISOString().slice(0, 7),
  area: `E${String(Math.floor(number / months)).padStart(8, '0')}`,
  value: `${number % 1000}.25`,
  low: `${(number % 1000) - 1}`,
  high: `${(number % 1000) + 1}`,
});

const document = `mutation Publish($input: PublishObservationsInput!) { publishObservations(input: $input) {
  rows { verdict userErrors { code } } userErrors { code message } } }`;

/** Rows per second through publishObservations, new and once more, against COPY of the rows that are there then. */
export async function outcomesPublish(hub: BenchHub, rows: number, say: (line: string) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'hub-bench-outcomes-'));
  // The server of the database, which may run as another user, writes and reads files here.
  chmodSync(folder, 0o777);
  try {
    const each = Math.ceil(rows / measures);
    const names = Array.from({ length: measures }, (_, number) => `published-${number}`);
    for (const name of names) await defineMeasure(hub, name);
    const warm = 'published-warm';
    await defineMeasure(hub, warm);
    // COPY runs three times and the middle one counts; what publishes has run before as well.
    await publish(hub, [warm], Math.min(20_000, each), 'NEW');
    say(`Publishing ${each * measures} observations ...`);
    const seconds = await publish(hub, names, each, 'NEW');
    const again = await publish(hub, names, each, 'UNCHANGED');
    const ofThese = `publication_id in (select id from publication where measure_id like 'published-%' and measure_id <> '${warm}')`;
    const copied = await withConnection(hub.databaseOf('outcomes'), (client) =>
      secondsToCopy(client, ['observation'], folder, ofThese),
    );
    const perSecond = {
      publish: (each * measures) / seconds,
      again: (each * measures) / again,
      copyBare: (each * measures) / copied.bare,
      copyGuarded: (each * measures) / copied.guarded,
    };
    const line = (what: string, rate: number) => [
      ...[what, rate, rate / perSecond.copyBare, rate / perSecond.copyGuarded],
    ];
    say(`\n${each * measures} observations of ${measures} measures, ${rowsInBatch} in a request`);
    say(
      table([
        ['', 'rows per second', '/ COPY, bare', '/ COPY, guarded (0.3)'],
        line('COPY into a table with no foreign keys and triggers', perSecond.copyBare),
        line('COPY into the same table', perSecond.copyGuarded),
        line('publishObservations', perSecond.publish),
        line('publishObservations, the same again', perSecond.again),
      ]),
    );
    return { rows: each * measures, perSecond, ratio: perSecond.publish / perSecond.copyGuarded };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Batch {
  body: string;
  size: number;
}

function batchesOf(measure: string, rows: number, wanted: string): Batch[] {
  return Array.from({ length: Math.ceil(rows / rowsInBatch) }, (_, batch) => {
    const from = batch * rowsInBatch;
    const some = Array.from({ length: Math.min(rowsInBatch, rows - from) }, (_, at) => rowNumber(from + at));
    const input = { idempotencyKey: `${wanted} ${measure} ${from}`, measure, source: 'bench', rows: some };
    return { body: JSON.stringify({ query: document, variables: { input } }), size: some.length };
  });
}

/**
 * Seconds until every measure has all its rows, each measure's batches one after the other. What is sent has been
 * written before, as the file is that COPY reads.
 */
async function publish(hub: BenchHub, names: string[], rows: number, wanted: string): Promise<number> {
  const { origin, pathname } = new URL(hub.gatewayUrl);
  const connections = new Pool(origin, { connections: names.length });
  const headers = {
    'content-type': 'application/json',
    authorization: `Bearer ${await hub.token(`${steward}.statistician`)}`,
  };
  const batches = names.map((measure) => batchesOf(measure, rows, wanted));
  const begun = performance.now();
  await Promise.all(
    batches.map(async (those) => {
      for (const { body, size } of those) {
        const answer = await connections.request({ method: 'POST', path: pathname, headers, body });
        const text = await answer.body.text();
        if (text.split(`"${wanted}"`).length !== size + 1)
          throw new Error(`Not every row became ${wanted}: ${text.slice(0, 300)}`);
      }
    }),
  );
  const seconds = (performance.now() - begun) / 1000;
  await connections.close();
  return seconds;
}
