import { startBenchHub } from './hub.js';

// Like a bench: the program ends once nothing of it runs any more.
try {
  await (await startBenchHub(Number(process.argv[2]), console.log)).stop();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
