import { main } from '../kernel/start.js';
import { contributions } from './service.js';

await main(contributions);
