#!/usr/bin/env node
// Starts the agent with the V8 limits that its memory figures were measured with.
import { launch } from './launch.mjs'
import { AGENT_HEAP, FLAGS } from './node-settings.mjs'

launch({ name: 'picket', source: 'agent/main.ts', bundle: 'dist/picket.mjs', flags: FLAGS, heap: AGENT_HEAP })
