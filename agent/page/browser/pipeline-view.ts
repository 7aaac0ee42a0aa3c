import type { OutputState, StatusReply } from '../api.ts'
import { element } from './element.ts'
import { bytes, count, duration } from './units.ts'
import type { View } from './view.ts'

const fact = (name: string, value: string, look = ''): HTMLElement =>
  element('div', { class: `fact ${look}` }, element('dt', {}, name), element('dd', {}, value))

const table = (caption: string, heads: readonly string[], rows: readonly (readonly string[])[]): HTMLElement =>
  element(
    'table',
    {},
    element('caption', {}, caption),
    element(
      'thead',
      {},
      element('tr', {}, ...heads.map((head) => element('th', { attributes: { scope: 'col' } }, head))),
    ),
    element(
      'tbody',
      {},
      ...rows.map(([first = '', ...cells]) =>
        element(
          'tr',
          {},
          element('th', { attributes: { scope: 'row' } }, first),
          ...cells.map((cell) => element('td', {}, cell)),
        ),
      ),
    ),
  )

const meter = (label: string, used: number, limit: number): HTMLElement => {
  const share = limit > 0 ? used / limit : 0
  const bar = element('meter', {
    attributes: { min: '0', max: '1', high: '0.8', optimum: '0', value: share.toFixed(4), 'aria-label': label },
  })
  const words = element('span', {}, `${bytes(used)} of ${bytes(limit)}`)
  return element('div', { class: 'meter' }, element('span', { class: 'name' }, label), bar, words)
}

const agentCard = (status: StatusReply): HTMLElement => {
  const waiting = Object.entries(status.waiting).map(([stage, reason]) => `${stage} ${reason}`)
  const wedged = status.wedged.map(({ name, stalledMs }) => `${name} has not moved for ${duration(stalledMs)}`)
  const troubles = [...waiting, ...wedged]
  return element(
    'section',
    { class: 'card' },
    element('h2', {}, 'Agent'),
    element(
      'dl',
      { class: 'facts' },
      fact('State', troubles.length === 0 ? 'Ready' : troubles.join('; '), troubles.length === 0 ? 'good' : 'bad'),
      fact('Version', status.version),
      fact('Runs for', duration(status.uptimeMs)),
      fact('Memory', bytes(status.residentBytes)),
    ),
  )
}

const heldWords = (output: OutputState): HTMLElement[] => {
  const held = output.held.map(({ reason, stream, forMs }) =>
    element(
      'p',
      { class: 'warning', attributes: { role: 'status' } },
      `Held for ${duration(forMs)}${stream ? ` (${stream})` : ''}: ${reason}. Nothing is lost; it is tried again.`,
    ),
  )
  const full = { no: '', limit: 'The queue is full: reading waits.', disk: 'The disk takes nothing: reading waits.' }
  return output.full === 'no' ? held : [...held, element('p', { class: 'warning' }, full[output.full])]
}

const outputCard = (output: OutputState, perSecond: number | undefined): HTMLElement => {
  const queued = output.queue.reduce((sum, { bytes: of }) => sum + of, 0)
  return element(
    'section',
    { class: 'card' },
    element('h2', {}, output.output, element('small', {}, output.kind)),
    ...heldWords(output),
    element(
      'dl',
      { class: 'facts' },
      fact('Delivered', `${count(output.deliveredDocuments)}`),
      fact('Now', perSecond === undefined ? '…' : `${count(perSecond)}/s`),
      fact('Sent again', count(output.retriedDocuments), output.retriedDocuments > 0 ? 'warn' : ''),
      fact('Dead letters', count(output.deadLetters), output.deadLetters > 0 ? 'bad' : ''),
      fact('Last verdict', output.verdictAgeMs === undefined ? 'none yet' : `${duration(output.verdictAgeMs)} ago`),
      fact('Oldest line waits', output.oldestAgeMs === 0 ? '–' : duration(output.oldestAgeMs)),
    ),
    meter('Queue', queued, output.queueLimitBytes),
    output.store && meter('Store', output.store.usedBytes, output.store.limitBytes),
    table(
      'Queue by state',
      ['State', 'Chunks', 'Bytes'],
      output.queue.map(({ state, chunks, bytes: size }) => [state, count(chunks), bytes(size)]),
    ),
  )
}

const sourcesCard = (status: StatusReply): HTMLElement =>
  element(
    'section',
    { class: 'card' },
    element('h2', {}, 'Sources'),
    table(
      'Files that are followed',
      ['Source', 'Files', 'Open', 'Unreadable', 'Behind'],
      status.sources.map((s) => [
        s.source,
        count(s.files),
        count(s.openFiles),
        count(s.unreadableFiles),
        bytes(s.lagBytes),
      ]),
    ),
  )

const containersCard = ({ containers, containerCount }: StatusReply): HTMLElement =>
  element(
    'section',
    { class: 'card wide' },
    element('h2', {}, 'Lag by container'),
    containers.length === 0
      ? element('p', { class: 'empty' }, 'No container has written anything yet.')
      : table(
          containerCount > containers.length
            ? `The ${containers.length} of ${count(containerCount)} that are furthest behind`
            : 'Bytes on disk that some output has yet to take, the most first',
          ['Container', 'Source', 'Files', 'Behind'],
          containers.map(({ name, source, files, lagBytes }) => [name, source, count(files), bytes(lagBytes)]),
        ),
  )

/** Documents by the second, from two looks. */
export const rates = (before: StatusReply | undefined, now: StatusReply): ReadonlyMap<string, number> => {
  if (!before || now.nowMs <= before.nowMs) return new Map()
  const seconds = (now.nowMs - before.nowMs) / 1000
  const earlier = new Map(before.outputs.map(({ output, deliveredDocuments }) => [output, deliveredDocuments]))
  return new Map(
    now.outputs.flatMap(({ output, deliveredDocuments }): [string, number][] => {
      const known = earlier.get(output)
      return known === undefined || deliveredDocuments < known ? [] : [[output, (deliveredDocuments - known) / seconds]]
    }),
  )
}

export interface PipelineView extends View {
  update(status: StatusReply): void
}

export const createPipelineView = (): PipelineView => {
  const root = element('section', { class: 'view' }, element('p', { class: 'empty' }, 'Asking the agent …'))
  let before: StatusReply | undefined
  const update = (status: StatusReply): void => {
    const perSecond = rates(before, status)
    before = status
    if (!root.isConnected) return
    root.replaceChildren(
      element(
        'div',
        { class: 'cards' },
        element('div', { class: 'stack' }, agentCard(status), sourcesCard(status)),
        ...status.outputs.map((output) => outputCard(output, perSecond.get(output.output))),
        containersCard(status),
      ),
    )
  }
  return { name: 'pipeline', title: 'Pipeline', root, show: () => before && update(before), hide: () => {}, update }
}
