import type { PageRecord, TailLine } from '../api.ts'
import { button, element } from './element.ts'
import { createQueryBox } from './query-box.ts'
import { readTail } from './read-tail.ts'
import { recordRow } from './record-row.ts'
import { reasonOf, TokenNeeded } from './server.ts'
import { createTailBuffer } from './tail-buffer.ts'
import { count } from './units.ts'
import type { View } from './view.ts'
import { walkRows } from './walk-rows.ts'

/** Rows in the document; a screen shows forty. */
const ROWS = 1000
/** Rows made in one go: some milliseconds of work, so that keys and the mouse never wait. */
const ROWS_PER_FRAME = 120
const RETRY_MS = 2000

export const createLiveView = (): View => {
  const buffer = createTailBuffer<PageRecord>(ROWS)
  let running: AbortController | undefined
  let patterns: readonly RegExp[] = []
  let paused = false
  let begun = false
  let frame = 0
  let [seen, skipped, rate] = [0, 0, 0]
  let rateTimer = 0
  let scrolledTo = 0

  const box = createQueryBox('live-query', 'Follow only what matches', () => submit())
  const follow = button('Pause', 'Pause or go on (p)', () => setPaused(!paused), 'primary')
  const clear = button('Clear', 'Take all rows away', () => takeAway())
  const state = element('p', { class: 'summary', attributes: { role: 'status' } })
  const skips = element('p', { class: 'skips', attributes: { role: 'status' } })
  skips.hidden = true
  const list = element('ol', {
    class: 'records live',
    attributes: { role: 'log', 'aria-live': 'off', 'aria-label': 'Live records, the newest last', tabindex: '0' },
  })
  walkRows(list)
  /** An empty list is at its beginning, to which nobody has scrolled. */
  const takeAway = (): void => {
    list.replaceChildren()
    scrolledTo = 0
  }

  const tellState = (words?: string): void => {
    const waiting = buffer.length > 0 ? `, ${count(buffer.length)} new ones wait` : ''
    state.textContent = words ?? (paused ? `Paused${waiting}` : `Following, ${count(rate)} records/s`)
    state.classList.toggle('is-live', !paused && words === undefined)
    follow.textContent = paused ? 'Go on' : 'Pause'
  }
  const tellSkipped = (): void => {
    skipped += buffer.takeLost()
    skips.hidden = skipped === 0
    skips.textContent = `${count(skipped)} records were passed over, because more came in than could be shown. Search has them all.`
  }
  const draw = (): void => {
    frame = 0
    if (paused) return
    const batch = buffer.take(ROWS_PER_FRAME)
    if (batch.length > 0) {
      const over = list.childElementCount + batch.length - ROWS
      for (let k = 0; k < over; k++) list.firstElementChild?.remove()
      list.append(...batch.map((record) => recordRow(record, patterns, false)))
      list.scrollTop = list.scrollHeight
      scrolledTo = list.scrollTop
    }
    if (buffer.length > 0) frame = requestAnimationFrame(draw)
  }
  const take = (line: TailLine): void => {
    if (line.kind === 'records') {
      // The first ones are what was there already.
      if (begun) seen += line.records.length
      begun = true
      buffer.push(line.records)
      // Of what comes in while nobody can see it the newest is kept: no loss worth a warning but what is on the screen then.
      if (paused) tellState()
      else if (frame === 0) frame = requestAnimationFrame(draw)
    }
    if (line.kind === 'skipped') skipped += line.rows
    if (line.kind === 'mistake') box.explain(line)
    if (line.kind === 'waiting') tellState('The store is not there yet; waiting for it')
    if (line.kind === 'failed') tellState(`The tail failed: ${line.reason}`)
    tellSkipped()
  }
  const setPaused = (to: boolean): void => {
    paused = to
    tellState()
    if (!paused && frame === 0) frame = requestAnimationFrame(draw)
  }
  /** Again and again, until it is stopped: an agent may be restarted meanwhile. */
  const run = async (query: string, signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      let over = false
      try {
        await readTail(query, signal, (line) => {
          over ||= line.kind === 'mistake'
          take(line)
        })
        if (over) return
      } catch (error) {
        if (signal.aborted || error instanceof TokenNeeded) return
        tellState(`${reasonOf(error)}; trying again`)
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      if (signal.aborted) return
      begun = false
      takeAway()
    }
  }
  const stop = (): void => {
    running?.abort()
    running = undefined
    clearInterval(rateTimer)
    cancelAnimationFrame(frame)
    frame = 0
  }
  const start = (): void => {
    stop()
    const found = box.patterns()
    if (!found) return
    patterns = found
    buffer.take(ROWS)
    buffer.takeLost()
    ;[seen, skipped, rate] = [0, 0, 0]
    begun = false
    takeAway()
    tellSkipped()
    setPaused(false)
    running = new AbortController()
    rateTimer = setInterval(() => {
      rate = seen
      seen = 0
      if (running && (rate > 0 || state.classList.contains('is-live'))) tellState()
    }, 1000)
    void run(box.input.value, running.signal)
  }
  const submit = (): void => {
    const hash = `#live?${new URLSearchParams({ query: box.input.value })}`
    if (location.hash === hash) start()
    else location.hash = hash
  }
  list.addEventListener('scroll', () => {
    // Scrolling up asks for a rest, and back to the end for going on.
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40
    if (!paused && list.scrollTop < scrolledTo - 40) setPaused(true)
    else if (paused && atEnd && list.scrollTop > scrolledTo) setPaused(false)
    scrolledTo = list.scrollTop
  })

  const bar = element('div', { class: 'bar' }, box.root, element('div', { class: 'choices' }, follow, clear))
  const root = element('section', { class: 'view live-view' }, bar, state, skips, list)
  const show = (parameters: URLSearchParams): void => {
    box.input.value = parameters.get('query') ?? ''
    start()
  }
  const key = (pressed: string): boolean => {
    if (pressed === 'p') setPaused(!paused)
    return pressed === 'p'
  }
  return { name: 'live', title: 'Live', root, show, hide: stop, key }
}
