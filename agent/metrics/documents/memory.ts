import { fraction } from './fraction.ts'
import { type Look, singleOf } from './look.ts'

const bytes = (look: Look, name: string): number | undefined => singleOf(look, `node_memory_${name}_bytes`)

const used = (used: number, total: number) => ({ bytes: used, pct: fraction(used, total) })

const swap = (look: Look) => {
  const [total, free] = [bytes(look, 'SwapTotal') ?? 0, bytes(look, 'SwapFree') ?? 0]
  return { total, free, used: used(total - free, total) }
}

/** Definitions: elastic/elastic-agent-system-metrics, metric/memory. `actual` counts what the kernel would give back as free. */
export const memoryDocuments = (look: Look): Record<string, unknown>[] => {
  const [total, free] = [bytes(look, 'MemTotal'), bytes(look, 'MemFree')]
  if (total === undefined || free === undefined) return []
  const cached = bytes(look, 'Cached') ?? 0
  // MemAvailable came with Linux 3.14.
  const available = bytes(look, 'MemAvailable') ?? free + cached + (bytes(look, 'Buffers') ?? 0)
  const memory = {
    total,
    free,
    cached,
    used: used(total - free, total),
    actual: { free: available, used: used(total - available, total) },
    swap: swap(look),
  }
  return [{ system: { memory } }]
}
