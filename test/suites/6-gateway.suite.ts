import { suiteOf } from './suite.js';

suiteOf('gateway');
