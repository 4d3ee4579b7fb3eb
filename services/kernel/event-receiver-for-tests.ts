import { receiver } from './event-parties-for-tests.js';
import { main } from './start.js';

await main(receiver);
