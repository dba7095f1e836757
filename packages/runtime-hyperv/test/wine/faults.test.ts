import { wineSuite } from '../support/wine-suite.js';
import { faultCaseNames } from './fault-cases.js';

wineSuite('faults', 'faults', faultCaseNames);
