import { suiteOf } from './suite.js';

suiteOf('services/contributions', 'services/kernel', 'services/missions', 'services/outcomes');
