import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import test from 'node:test'
import { parseCoverage } from '../../../controller/cli/coverage-args.ts'
import { runCoverage } from '../../../controller/cli/run-coverage.ts'
import { realClock } from '../../../lib/io/clock.ts'
import { createKubeClient } from '../../../lib/kube/kube-client.ts'
import { answerTo, NOW } from '../../support/coverage-cluster.ts'

type Refusals = Readonly<Record<string, number>>

const serve = async (refusals: Refusals = {}): Promise<http.Server> => {
  const server = http.createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x')
    const items = answerTo(pathname, Object.fromEntries(searchParams))
    const status = refusals[pathname] ?? (items ? 200 : 404)
    response.writeHead(status, { 'content-type': 'application/json' })
    const body =
      status === 200
        ? { metadata: { resourceVersion: '1' }, items }
        : { message: `${pathname} is forbidden`, code: status }
    response.end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

const access = (server: string) => ({
  server,
  tokenFile: undefined,
  caFile: undefined,
  certFile: undefined,
  keyFile: undefined,
})

const run = async (argv: readonly string[], server: string, terminal = false) => {
  const command = parseCoverage(argv)
  if (command.kind !== 'coverage') throw new Error(command.kind)
  let [out, said] = ['', '']
  const code = await runCoverage(command, {
    connect: () => createKubeClient(access(server)),
    clock: { ...realClock, now: () => Date.parse(NOW) },
    stop: new AbortController().signal,
    print: (text) => {
      out += text
    },
    say: (text) => {
      said += text
    },
    terminal,
    colors: true,
  })
  return { code, out, said }
}

const against = async (argv: readonly string[], refusals?: Refusals, terminal?: boolean) => {
  const server = await serve(refusals)
  try {
    return await run(argv, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, terminal)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const golden = (name: string): string => readFileSync(new URL(`../../golden/${name}`, import.meta.url), 'utf8')

test('the table of everything, and 1 because nodes are uncovered', async () =>
  assert.deepEqual(await against([]), { code: 1, out: golden('coverage-table.txt'), said: '' }))

test('on a terminal in colours, and only what needs a look', async () =>
  assert.deepEqual(await against(['--uncovered'], {}, true), {
    code: 1,
    out: golden('coverage-uncovered.txt'),
    said: '',
  }))

test('no escape characters in a pipe', async () =>
  assert.equal((await against(['--uncovered'])).out.includes('\u001b'), false))

test('JSON', async () =>
  assert.deepEqual(await against(['-o', 'json']), { code: 1, out: golden('coverage.json'), said: '' }))

test('JSON of what needs a look alone', async () => {
  const { daemonSets } = JSON.parse((await against(['-o', 'json', '--uncovered', 'picket'])).out)
  assert.deepEqual(
    daemonSets.map((d: { nodes: { node: string }[] }) => d.nodes.map(({ node }) => node)),
    [['worker-3', 'worker-4', 'worker-5', 'worker-6', 'worker-7', 'worker-8', 'worker-0']],
  )
})

test('0 where everything that is eligible is covered: of one DaemonSet of one namespace', async () => {
  const { code, out } = await against(['-n', 'monitoring', 'edge'])
  assert.deepEqual([code, out.split('\n').at(-2)], [0, 'No node is eligible.'])
})

test('whoever may not read events sees the rest, without what was done', async () => {
  const { code, out } = await against(['picket'], {
    '/api/v1/namespaces/monitoring/events': 403,
    '/api/v1/namespaces/default/events': 403,
  })
  assert.equal(code, 1)
  assert.deepEqual(
    out.split('\n').filter((line) => /worker-[78]/.test(line)),
    [
      'worker-7   yes        not covered    no_pod                     -       -                 -                  there is no pod',
      'worker-8   yes        covered        -                          119m    picket-worker-8   -                  -',
    ],
  )
})

test('a DaemonSet that is not there covers nothing', async () =>
  assert.deepEqual(await against(['nosuch', '-n', 'monitoring']), {
    code: 1,
    out: '',
    said: 'picket-controller: there is no DaemonSet nosuch in namespace monitoring\n',
  }))

test('what the server refuses is said in its words', async () =>
  assert.deepEqual(await against([], { '/api/v1/nodes': 403 }), {
    code: 3,
    out: '',
    said: 'picket-controller: the API server says: /api/v1/nodes is forbidden\n',
  }))

test('a server that is not there', async () => {
  const { code, said } = await run([], 'http://127.0.0.1:1')
  assert.equal(code, 3)
  assert.match(said, /^picket-controller: the API server cannot be reached: .*ECONNREFUSED/)
})

test('--watch looks again until it is stopped, through a restart of the API server, and ends with what the last look found', async () => {
  const refusals: Record<string, number> = {}
  const server = await serve(refusals)
  const stop = new AbortController()
  const command = parseCoverage(['-w', 'edge'])
  assert.equal(command.kind, 'coverage')
  const printed: string[] = []
  const slept: number[] = []
  const said: string[] = []
  const code = await runCoverage(command as Extract<typeof command, { kind: 'coverage' }>, {
    connect: () => createKubeClient(access(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
    clock: {
      ...realClock,
      sleep: async (ms, signal) => {
        if (signal !== stop.signal) return realClock.sleep(ms, signal)
        slept.push(ms)
        if (slept.length === 1) refusals['/api/v1/nodes'] = 403
        else delete refusals['/api/v1/nodes']
        if (slept.length === 3) stop.abort()
      },
    },
    stop: stop.signal,
    print: (text) => printed.push(text),
    say: (text) => said.push(text),
    terminal: true,
    colors: false,
  })
  server.closeAllConnections()
  server.close()
  assert.deepEqual(
    [code, slept, said],
    [0, [5000, 5000, 5000], ['picket-controller: the API server says: /api/v1/nodes is forbidden\n']],
  )
  // NO_COLOR is of colours: the screen is cleared all the same, and there is no other escape.
  assert.deepEqual(
    printed.map((text) => text.split('\u001b').length),
    [3, 3],
  )
})

/** The command with --wait, by a clock that passes where it sleeps; `slept` is told of each pause. */
const waiting = async (argv: readonly string[], refusals: Refusals, slept: (nowMs: number) => void) => {
  const server = await serve(refusals)
  const command = parseCoverage(argv)
  if (command.kind !== 'coverage') throw new Error(command.kind)
  const stop = new AbortController()
  let [nowMs, out, said] = [0, '', '']
  const code = await runCoverage(command, {
    connect: () => createKubeClient(access(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
    clock: {
      ...realClock,
      now: () => Date.parse(NOW),
      monotonic: () => nowMs,
      sleep: async (ms, signal) => {
        if (signal !== stop.signal) return realClock.sleep(ms, signal)
        nowMs += ms
        slept(nowMs)
      },
    },
    stop: stop.signal,
    print: (text) => {
      out += text
    },
    say: (text) => {
      said += text
    },
    terminal: false,
    colors: false,
  })
  server.closeAllConnections()
  server.close()
  return { code, nowMs, out, said }
}

test('--wait ends at once where every eligible node is covered', async () => {
  const { code, nowMs, out } = await waiting(['edge', '--wait', '1m'], {}, () => {})
  assert.deepEqual([code, nowMs, out.split('\n').at(-2)], [0, 0, 'No node is eligible.'])
})

test('--wait ends as soon as they are, and waits for an API server that is not there yet', async () => {
  const refusals: Record<string, number> = { '/api/v1/nodes': 503 }
  const { code, nowMs, said } = await waiting(['edge', '--wait', '1m'], refusals, (ms) => {
    if (ms >= 6000) delete refusals['/api/v1/nodes']
  })
  assert.deepEqual([code, nowMs, said], [0, 6000, ''])
})

test('--wait says at its end what is not covered, once, and exits with 1', async () => {
  const { code, nowMs, out } = await waiting(['--wait', '5s'], {}, () => {})
  assert.deepEqual([code, nowMs, out], [1, 5000, golden('coverage-table.txt')])
})

test('--wait for a DaemonSet that never comes', async () =>
  assert.deepEqual(await waiting(['nosuch', '--wait', '3s'], {}, () => {}), {
    code: 1,
    nowMs: 3000,
    out: '',
    said: 'picket-controller: there is no DaemonSet nosuch\n',
  }))
