import { main } from '../kernel/start.js';
import { outcomes } from './service.js';

await main(outcomes);
