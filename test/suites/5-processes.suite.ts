import { suiteOf } from './suite.js';

suiteOf('test', 'infra', 'infra/identity', 'infra/stores');
