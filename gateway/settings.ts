import { z } from 'zod';
import { hubShape } from '../services/kernel/environment.js';

const address = z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional();

/** What the gateway is set by; where a subgraph is not named it is on its port beside the gateway. */
export const gatewayShape = {
  ...hubShape,
  HUB_HOST: z.string().default('localhost'),
  MISSIONS_URL: address,
  BUDGETS_URL: address,
  CONTRIBUTIONS_URL: address,
  OUTCOMES_URL: address,
};
