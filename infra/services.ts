import { budgets } from '../services/budgets/service.js';
import { contributions } from '../services/contributions/service.js';
import type { Service } from '../services/kernel/service.js';
import { missions } from '../services/missions/service.js';
import { outcomes } from '../services/outcomes/service.js';

/** The four subgraphs, in the order of their ports. */
export const services: readonly Service[] = [missions, budgets, contributions, outcomes];
