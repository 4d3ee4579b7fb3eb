import { main } from '../kernel/start.js';
import { budgets } from './service.js';

await main(budgets);
