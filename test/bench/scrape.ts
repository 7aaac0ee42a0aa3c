import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Contender } from './contender.ts'
import { freshFolder } from './folder.ts'
import { freePort } from './free-port.ts'
import { AGENT_CORE, startPinned } from './pinned-process.ts'
import { processFigures } from './process-figures.ts'

/** What answering Prometheus costs a process that does nothing else. */
export interface ScrapeResult {
  readonly plainMs: number
  readonly gzipMs: number
  readonly residentMb: number
  readonly bodyKb: number
}

interface Scraped {
  readonly result: ScrapeResult
  stop(): Promise<unknown>
}

const WARM_UP = 30
const SCRAPES = 100
const READY_WITHIN_MS = 20_000

/** Prometheus keeps its connection, and asks for gzip; so it is asked here, one scrape after the other. */
const scraper = (port: number, gzip: boolean) => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const headers = gzip ? { 'accept-encoding': 'gzip' } : {}
  const scrape = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const request = http.get({ host: '127.0.0.1', port, path: '/metrics', agent, headers }, (response) => {
        let bytes = 0
        response.on('data', (part: Buffer) => (bytes += part.length))
        response.on('end', () => (response.statusCode === 200 ? resolve(bytes) : reject(new Error('no scrape'))))
      })
      request.on('error', reject)
    })
  return { scrape, close: () => agent.destroy() }
}

const waitFor = async (port: number, assertAlive: () => void): Promise<void> => {
  const endMs = performance.now() + READY_WITHIN_MS
  const { scrape, close } = scraper(port, false)
  while (
    !(await scrape().then(
      () => true,
      () => false,
    ))
  ) {
    assertAlive()
    if (performance.now() > endMs) throw new Error(`nothing answers on port ${port}`)
    await sleep(50)
  }
  close()
}

/** CPU of the process per scrape, in ms. */
const cost = async (pid: number, port: number, gzip: boolean): Promise<{ ms: number; bytes: number }> => {
  const { scrape, close } = scraper(port, gzip)
  let bytes = 0
  for (let i = 0; i < WARM_UP; i++) bytes = await scrape()
  const before = processFigures(pid).cpuSeconds
  for (let i = 0; i < SCRAPES; i++) await scrape()
  const ms = ((processFigures(pid).cpuSeconds - before) * 1000) / SCRAPES
  close()
  return { ms, bytes }
}

const measure = async (name: string, argv: readonly string[], port: number): Promise<Scraped> => {
  const running = startPinned(AGENT_CORE, argv, path.join(freshFolder(`scrape-log-${name}`), 'output.log'))
  await waitFor(port, running.assertAlive)
  const plain = await cost(running.pid, port, false)
  const gzip = await cost(running.pid, port, true)
  const { residentMb } = processFigures(running.pid)
  const result = { plainMs: plain.ms, gzipMs: gzip.ms, residentMb, bodyKb: plain.bytes / 1000 }
  return { result, stop: () => running.stop() }
}

const alone = async (scraped: Promise<Scraped>): Promise<ScrapeResult> => {
  const { result, stop } = await scraped
  await stop()
  return result
}

export const scrapeExporter = async (program: string): Promise<ScrapeResult> => {
  const port = await freePort()
  return alone(measure('node-exporter', [program, `--web.listen-address=127.0.0.1:${port}`], port))
}

/** Once with the node's metrics, once without: what they add is the difference. */
export const scrapeAgent = async (agent: Contender, sinkPort: number, nodeMetrics: boolean): Promise<ScrapeResult> => {
  const [metricsPort, folder] = [await freePort(), freshFolder(`scrape-${nodeMetrics ? 'with' : 'without'}`)]
  const logFolder = path.join(folder, 'containers')
  fs.mkdirSync(logFolder)
  const argv = agent.prepare({ folder, logFolder, allowedRoot: logFolder, gzip: false, metricsPort, sinkPort })
  fs.appendFileSync(path.join(folder, 'picket.yaml'), `metrics: { enabled: ${nodeMetrics} }\n`)
  return alone(measure('picket', argv, metricsPort))
}
