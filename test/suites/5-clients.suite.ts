import { suiteOf } from './suite.js';

suiteOf('clients/ledger', 'clients/publish', 'schema');
