import { wineSuite } from '../support/wine-suite.js';
import { layerCaseNames } from './layer-cases.js';

wineSuite('layers', 'snapshotter and differ', layerCaseNames);
