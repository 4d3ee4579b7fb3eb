import { suiteOf } from './suite.js';

suiteOf('services/contributions');
