import { sender } from './event-parties-for-tests.js';
import { main } from './start.js';

await main(sender);
