import { suiteOf } from './suite.js';

suiteOf('infra/import', 'test', 'infra', 'infra/identity', 'infra/stores', 'gateway', 'clients/pages');
