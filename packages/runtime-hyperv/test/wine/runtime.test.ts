import { runtimeSuite } from '@caisson/core/testing';
import { expect, it } from 'vitest';
import { wineSuite } from '../support/wine-suite.js';
import { notApplicable } from './not-applicable.js';

const elsewhere = () => Promise.reject(new Error('runs under Wine'));
const names = runtimeSuite({ open: elsewhere, spec: elsewhere }).map(({ name }) => name);

it('names only cases that there are as not applicable', () => {
  expect([...notApplicable.keys()].filter((name) => !names.includes(name))).toEqual([]);
});

for (const isolation of ['process', 'hyperv']) wineSuite(isolation, `runtime with ${isolation} isolation`, names, notApplicable);
