import type { BenchOptions } from './gateway.js';
import { type BenchHub, startBenchHub } from './hub.js';
import { defineMeasure, fill } from './outcomes-data.js';
import { outcomesPublish } from './outcomes-publish.js';
import { expectSameFigures, outcomesReads, type Size } from './outcomes-reads.js';
import { firstPorts } from './ports.js';

const few = 10_000;

/**
 * A measure's page over ten thousand vintaged observations and over four million, in two hubs asked by turns, against
 * the same query written by hand; and publishing figures against COPY.
 */
export async function outcomesBench({
  seconds,
  say,
  observations = 4_000_000,
  rows = 100_000,
}: BenchOptions & { observations?: number; rows?: number }) {
  const hubs: BenchHub[] = [];
  try {
    const sizes: Size[] = [];
    for (const [place, size] of [few, observations].entries()) {
      const hub = await startBenchHub(firstPorts.outcomes + place * 20, say);
      hubs.push(hub);
      say(`Filling a hub with ${size.toLocaleString('en')} observations ...`);
      const each = { id: 'measured', hub, observations: size };
      await defineMeasure(hub, each.id);
      await fill(hub, each.id, size);
      await expectSameFigures(each);
      sizes.push(each);
    }
    const reads = await outcomesReads(sizes, seconds, say);
    // The server of the large one is still tidying up after its four million rows, which would count against publishing.
    await hubs.pop()!.stop();
    const publishing = await outcomesPublish(hubs[0]!, rows, say);
    return { reads, publishing };
  } finally {
    for (const hub of hubs) await hub.stop();
  }
}
