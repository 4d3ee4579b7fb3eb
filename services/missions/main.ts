import { main } from '../kernel/start.js';
import { missions } from './service.js';

await main(missions);
