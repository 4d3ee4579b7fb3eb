import { suiteOf } from './suite.js';

suiteOf('infra/import', 'clients/ledger', 'clients/publish', 'schema');
