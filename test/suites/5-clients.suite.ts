import { suiteOf } from './suite.js';

suiteOf('clients/ledger', 'schema');
