#!/usr/bin/env node
// Starts the controller.
import { launch } from './launch.mjs'
import { CONTROLLER_FLAGS, CONTROLLER_HEAP } from './node-settings.mjs'

launch({
  name: 'picket-controller',
  source: 'controller/main.ts',
  bundle: 'dist/picket-controller.mjs',
  flags: CONTROLLER_FLAGS,
  heap: CONTROLLER_HEAP,
})
