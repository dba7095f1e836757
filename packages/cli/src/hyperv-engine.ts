/** The Windows backend: a file of its own, which no other host loads. */
export { openHyperv } from './engine/hyperv.js';
export { chooseLinuxHost, findLinuxHosts, handOver, hostProbe } from '@caisson/runtime-hyperv';
