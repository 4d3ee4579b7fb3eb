import { suiteOf } from './suite.js';

suiteOf('services/budgets', 'services/budgets/ledger', 'clients/ledger', 'schema');
suiteOf('services/outcomes', 'infra/identity');
