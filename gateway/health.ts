import { request } from 'undici';

const answerWithinMs = 1_000;

/** Which parts of the hub are missing for full service: each subgraph by name, and the plans of registered documents. */
export async function missingParts(subgraphs: Record<string, string>, plansAreWarm: boolean): Promise<string[]> {
  const missing = await Promise.all(
    Object.entries(subgraphs).map(async ([name, url]) => ((await isReady(url)) ? [] : [name])),
  );
  return [...missing.flat(), ...(plansAreWarm ? [] : ['plans'])];
}

async function isReady(url: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(new URL('/ready', url), { signal: AbortSignal.timeout(answerWithinMs) });
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  }
}
