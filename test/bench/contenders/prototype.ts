import fs from 'node:fs'
import path from 'node:path'
import type { Contender } from '../contender.ts'

/** The first prototype, where PICKET_BENCH_PROTOTYPE names its folder (with its kernel compiled): the yardstick of what is possible. */
export const prototype = (folder: string): Contender => ({
  name: 'prototype',
  documents: 'joined',
  measuresVerdicts: false,
  catchUpOnly: true,
  prepare: ({ sinkPort, logFolder, gzip, folder: own }) => {
    const host = fs
      .readFileSync(path.join(folder, 'host.mjs'), 'utf8')
      .replace('PORT = 19200', `PORT = ${sinkPort}`)
      // It would end, and its figures with it.
      .replace('agent.destroy()', 'setInterval(() => {}, 1000)')
    fs.writeFileSync(path.join(own, 'host.mjs'), host)
    fs.copyFileSync(path.join(folder, 'kernel.wasm'), path.join(own, 'kernel.wasm'))
    return [process.execPath, '--max-semi-space-size=1', path.join(own, 'host.mjs'), logFolder, gzip ? 'fast' : 'none']
  },
})
