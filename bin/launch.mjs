// Starts a program of Picket with the Node it is pinned to (an npm package, so that an older one on the machine works). Plain
// JavaScript for any Node >= 20.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { memoryLimitBytes, withHeapLimit } from './heap-limit.mjs'
import { ALLOCATOR } from './node-settings.mjs'

const MIN_MAJOR = 24

const root = fileURLToPath(new URL('..', import.meta.url))
const pinned = () => {
  try {
    return createRequire(import.meta.url).resolve(`node-linux-${process.arch}/bin/node`)
  } catch {
    return undefined
  }
}

const spawned = (name, node, argv, env) => {
  const child = spawn(node, argv, { stdio: 'inherit', env })
  // A terminal sends Ctrl-C to the child too, and a second signal means "at once": pass on only what came to us alone.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR2']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(`${name}: ${node}: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(signal ? 128 + 15 : (code ?? 1)))
}

/** `source` is what a clone has, `bundle` what a package has; `flags` are V8's, `heap` its limit's bounds. */
export const launch = ({ name, source, bundle, flags, heap }) => {
  const own = Number(process.versions.node.split('.')[0]) >= MIN_MAJOR ? process.execPath : undefined
  const node = pinned() ?? own
  if (!node) {
    console.error(
      `${name} needs Node ${MIN_MAJOR} or newer; this is ${process.version}, and the pinned one is not installed (npm ci without --omit=optional)`,
    )
    process.exit(1)
  }
  const entry = existsSync(`${root}${source}`) ? `${root}${source}` : `${root}${bundle}`
  const env = { ...ALLOCATOR, ...process.env }
  const fitted = withHeapLimit(flags, heap, memoryLimitBytes(), process.env.NODE_OPTIONS)
  const argv = [...fitted, entry, ...process.argv.slice(2)]
  if (process.execve) process.execve(node, [node, ...argv], env)
  else spawned(name, node, argv, env)
}
