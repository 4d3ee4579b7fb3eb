import { readFileSync } from 'node:fs';
import { Pool } from 'undici';

export interface Contestant {
  name: string;
  url: string;
  /** The program whose CPU time counts; 0 where none is measured. */
  processId: number;
}

export interface Measured {
  requests: number;
  seconds: number;
  /** Milliseconds, one for each request, unsorted. */
  latencies: number[];
  /** CPU milliseconds of the contestant's own process. */
  cpuMs: number;
  failures: number;
}

/** Keeps `connections` requests under way for some seconds; each takes the next body in turn. */
export async function load(
  contestant: Contestant,
  bodies: string[],
  headers: Record<string, string>,
  connections: number,
  seconds: number,
) {
  const { origin, pathname } = new URL(contestant.url);
  const pool = new Pool(origin, { connections });
  const measured: Measured = { requests: 0, seconds: 0, latencies: [], cpuMs: 0, failures: 0 };
  const cpuBefore = cpuMsOf(contestant.processId);
  const begun = performance.now();
  const until = begun + seconds * 1000;
  const worker = async () => {
    while (performance.now() < until) {
      const sent = performance.now();
      const body = bodies[measured.requests++ % bodies.length]!;
      const answer = await pool.request({
        method: 'POST',
        path: pathname,
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
      const text = await answer.body.text();
      if (answer.statusCode !== 200 || text.includes('"errors"')) measured.failures++;
      measured.latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  measured.seconds = (performance.now() - begun) / 1000;
  measured.cpuMs = cpuMsOf(contestant.processId) - cpuBefore;
  await pool.close();
  return measured;
}

/** CPU time of a process so far, as Linux counts it (in hundredths of a second); 0 elsewhere. */
function cpuMsOf(processId: number): number {
  try {
    const fields = readFileSync(`/proc/${processId}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}

export interface Summary {
  perSecond: number;
  p50: number;
  p99: number;
  cpuPerRequest: number;
  failures: number;
}

/** Several rounds of one contestant as one. */
export function summary(rounds: Measured[]): Summary {
  const all = rounds.flatMap(({ latencies }) => latencies).sort((a, b) => a - b);
  const sum = (of: (round: Measured) => number) => rounds.reduce((before, round) => before + of(round), 0);
  return {
    perSecond: all.length / sum(({ seconds }) => seconds),
    p50: percentile(all, 0.5),
    p99: percentile(all, 0.99),
    cpuPerRequest: sum(({ cpuMs }) => cpuMs) / all.length,
    failures: sum(({ failures }) => failures),
  };
}

export const percentile = (sorted: number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/** A table for people: columns as wide as their longest cell, numbers to the right. */
export function table(rows: (string | number)[][]): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? cell.toFixed(2) : cell)));
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  '),
    )
    .join('\n');
}
