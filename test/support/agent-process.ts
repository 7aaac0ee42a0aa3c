import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The agent as a user starts it: through bin/picket.mjs, with a configuration file. */
export interface AgentProcess {
  readonly child: ChildProcess
  readonly output: () => string
  /** Sends the signal and waits for the end; resolves with exit code or signal name. */
  stop(signal?: NodeJS.Signals): Promise<number | string>
}

const LAUNCHER = join(import.meta.dirname, '../../bin/picket.mjs')

export const startAgent = (
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
  program = LAUNCHER,
): AgentProcess => {
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const collect = (part: Buffer): void => {
    output += part.toString('utf8')
  }
  child.stdout?.on('data', collect)
  child.stderr?.on('data', collect)
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string)
  return {
    child,
    output: () => output,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal)
      return ended
    },
  }
}

/** Runs to its end. */
export const runAgent = async (args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) => {
  const child = spawn(process.execPath, [LAUNCHER, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const text = { stdout: '', stderr: '' }
  child.stdout.on('data', (part) => (text.stdout += part))
  child.stderr.on('data', (part) => (text.stderr += part))
  const [code] = await once(child, 'close')
  return { code: code as number, ...text }
}

/** A folder of its own for one test, removed afterwards. */
export const withFolder = async (body: (folder: string) => Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-test-'))
  try {
    await body(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export const writeConfig = (folder: string, yaml: string): string => {
  const path = join(folder, 'picket.yaml')
  writeFileSync(path, yaml)
  return path
}
