import { appendFileSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A container that writes so many lines a second, for so long; as the runtime does, and hostile in what it says. */
export const writeBurst = async (folder: string, linesPerSecond: number, seconds: number): Promise<number> => {
  const pod = join(folder, 'sample/pods/load_burst-0_0b0e6d1c-1111-4222-8333-444455556666/burst')
  mkdirSync(pod, { recursive: true })
  const file = join(pod, '0.log')
  appendFileSync(file, '')
  symlinkSync(file, join(folder, `sample/containers/burst-0_load_burst-${'ab'.repeat(32)}.log`))
  const perTick = Math.round(linesPerSecond / 20)
  const beganMs = performance.now()
  let written = 0
  for (let tick = 0; tick < seconds * 20; tick++) {
    const stamp = new Date().toISOString().replace('Z', '000000Z')
    const lines = Array.from(
      { length: perTick },
      () => `${stamp} stdout F burst ${written++} <img src=x onerror="document.title='owned'"> \u202eabc\n`,
    )
    appendFileSync(file, lines.join(''))
    await sleep(Math.max(0, beganMs + (tick + 1) * 50 - performance.now()))
  }
  return written
}
