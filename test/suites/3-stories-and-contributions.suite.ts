import { suiteOf } from './suite.js';

suiteOf('infra/demo', 'infra/bench', 'test/stories', 'test/federation', 'services/contributions');
suiteOf('services/kernel', 'services/missions', 'clients/publish');
