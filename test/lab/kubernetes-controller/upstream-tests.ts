import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { join } from 'node:path'
import { ensureBuilt, kubernetes, upstreamTests } from '../kubernetes/build.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { tokens } from '../kubernetes/credentials.ts'

/** Spec and how it ended: passed, failed, timedout… What is not in focus is not told. */
export type Verdicts = Readonly<Record<string, string>>

const FOCUS = String.raw`\[sig-apps\] (Daemon set|ControllerRevision)`

const entities: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&',
  '&#34;': '"',
  '&#39;': "'",
}

const readVerdicts = (junit: string): Verdicts => {
  const cases = junit.matchAll(/<testcase name="([^"]*)"[^>]*? status="([^"]*)"/g)
  const told = [...cases].map(([, name = '', status = '']): [string, string] => [
    name.replaceAll(/&[a-z#0-9]+;/g, (entity) => entities[entity] ?? entity),
    status,
  ])
  return Object.fromEntries(told.filter(([name, status]) => name.startsWith('[It]') && status !== 'skipped'))
}

/** Runs them once against the cluster. Their output is in `log`, for people. */
export const runUpstreamTests = async (
  cluster: Cluster,
  name: string,
): Promise<{ verdicts: Verdicts; log: string }> => {
  const folder = join(cluster.folder, name)
  fs.mkdirSync(folder)
  const log = join(folder, 'output.log')
  const output = fs.openSync(log, 'w')
  const args = [
    `--kubeconfig=${cluster.kubeconfig('upstream-tests', tokens.admin)}`,
    '--provider=skeleton',
    `--kubectl-path=${join(ensureBuilt(kubernetes), 'kubectl')}`,
    '--disable-log-dump',
    '--dump-logs-on-failure=false',
    `--ginkgo.focus=${FOCUS}`,
    '--ginkgo.timeout=30m',
    '--ginkgo.no-color',
    '--ginkgo.v',
    `--report-dir=${folder}`,
    '--minStartupPods=0',
    '--allowed-not-ready-nodes=0',
    '--node-schedulable-timeout=2m',
    '--num-nodes=-1',
  ]
  const child = spawn(join(ensureBuilt(upstreamTests), upstreamTests.name), args, {
    cwd: folder,
    stdio: ['ignore', output, output],
  })
  fs.closeSync(output)
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  await once(child, 'exit')
  process.off('exit', kill)
  const junit = join(folder, 'junit_01.xml')
  return { verdicts: fs.existsSync(junit) ? readVerdicts(fs.readFileSync(junit, 'utf8')) : {}, log }
}
