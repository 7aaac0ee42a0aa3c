import assert from 'node:assert/strict'
import test from 'node:test'
import type { ExpositionFormat } from '../../../agent/telemetry/exposition.ts'
import { negotiate } from '../../../agent/telemetry/negotiate.ts'

const CASES: readonly [accept: string | undefined, expected: ExpositionFormat][] = [
  [undefined, 'text'],
  ['', 'text'],
  ['*/*', 'text'],
  ['text/html,application/xhtml+xml,*/*;q=0.8', 'text'],
  ['application/openmetrics-text', 'openmetrics'],
  ['application/openmetrics-text; version=1.0.0; charset=utf-8', 'openmetrics'],
  ['Application/OpenMetrics-Text; Version="1.0.0"', 'openmetrics'],
  ['application/openmetrics-text;version=0.0.1', 'text'],
  ['application/openmetrics-text;q=0', 'text'],
  ['application/openmetrics-text;q=x,text/plain', 'text'],
  ['application/openmetrics-text;q=0.3,text/plain;version=0.0.4;q=0.9', 'text'],
  // What Prometheus 2 and 3 send.
  [
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    'openmetrics',
  ],
  [
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
    'openmetrics',
  ],
]

for (const [accept, expected] of CASES)
  test(`${accept ?? 'no header'} gets ${expected}`, () => assert.equal(negotiate(accept), expected))
