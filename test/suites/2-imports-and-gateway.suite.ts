import { suiteOf } from './suite.js';

suiteOf('infra/import', 'test', 'infra', 'infra/stores', 'gateway', 'clients/pages');
