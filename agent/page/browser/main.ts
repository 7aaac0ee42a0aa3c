import type { StatusReply } from '../api.ts'
import { askForToken, openHelp } from './dialogs.ts'
import { byId, element } from './element.ts'
import { createLiveView } from './live-view.ts'
import { createNodeView } from './node-view.ts'
import { createPipelineView } from './pipeline-view.ts'
import { createSearchView } from './search-view.ts'
import { ask, reasonOf, TokenNeeded, whenTokenNeeded } from './server.ts'
import { nextTheme, startTheme } from './theme.ts'
import type { View } from './view.ts'

const STATUS_MS = 2000
/** While the pipeline is not looked at, only the light at the top needs it. */
const QUIET_STATUS_MS = 10_000

const pipeline = createPipelineView()
const views: readonly View[] = [createSearchView(), createLiveView(), createNodeView(), pipeline]
const main = byId('main')
let shown: View | undefined
let searchable = true

const links = views.map((view, k) => {
  const attributes = { href: `#${view.name}`, title: `${view.title} (${k + 1})` }
  return element('a', { attributes }, view.title)
})
byId('views').append(...links)

const noStore = (): HTMLElement =>
  element(
    'section',
    { class: 'view' },
    element(
      'p',
      { class: 'empty' },
      'This agent keeps no store of its own, so there is nothing to search here: its logs are where its outputs put them. An output of kind “local” would keep them on this node.',
    ),
  )

/** `#live?query=timeout` */
const route = (): void => {
  const [name = '', parameters = ''] = location.hash.slice(1).split(/\?(.*)/s)
  const view = views.find((one) => one.name === name) ?? (searchable ? views[0] : pipeline)
  if (!view) return
  shown?.hide()
  if (shown !== view) scrollTo(0, 0)
  shown = view
  links.forEach((link, k) => {
    if (views[k] === view) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  })
  document.title = `${view.title} · Picket`
  const needsStore = view.name === 'search' || view.name === 'live'
  main.replaceChildren(needsStore && !searchable ? noStore() : view.root)
  if (!needsStore || searchable) view.show(new URLSearchParams(parameters))
}

const tellHealth = (status: StatusReply): void => {
  const stuck = Object.keys(status.waiting).length + status.wedged.length
  const held = status.outputs.filter((output) => output.held.length > 0 || output.full !== 'no')
  const [look, words] =
    stuck > 0
      ? ['bad', 'Not ready']
      : held.length > 0
        ? ['warn', `Held: ${held.map((o) => o.output).join(', ')}`]
        : ['good', 'Ready']
  const health = byId('health')
  health.className = `health ${look}`
  health.textContent = words
  byId('node').textContent = status.node
}

const look = async (): Promise<void> => {
  try {
    const status = await ask<StatusReply>('/api/status')
    tellHealth(status)
    if (status.searchable !== searchable) {
      searchable = status.searchable
      route()
    }
    pipeline.update(status)
  } catch (error) {
    if (error instanceof TokenNeeded) return
    byId('health').className = 'health bad'
    byId('health').textContent = reasonOf(error)
  }
}

const watch = (): void => {
  let lookedMs = 0
  const tick = (): void => {
    const due = shown === pipeline ? STATUS_MS : QUIET_STATUS_MS
    if (document.hidden || performance.now() - lookedMs < due - 50) return
    lookedMs = performance.now()
    void look()
  }
  setInterval(tick, STATUS_MS)
  document.addEventListener('visibilitychange', tick)
}

const isTyping = ({ target }: KeyboardEvent): boolean =>
  target instanceof HTMLInputElement || target instanceof HTMLSelectElement || document.querySelector('dialog') !== null

const onKey = (event: KeyboardEvent): void => {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  if (isTyping(event)) return
  const view = views[Number(event.key) - 1]
  if (view) location.hash = `#${view.name}`
  else if (event.key === '/') {
    if (!main.querySelector('input[type=search]')) location.hash = '#search'
    requestAnimationFrame(() => main.querySelector<HTMLInputElement>('input[type=search]')?.focus())
  } else if (event.key === '?') openHelp()
  else if (event.key === 't') nextTheme()
  else if (!shown?.key?.(event.key)) return
  event.preventDefault()
}

/** Of a record's field: the search for more like it. */
const narrow = (part: string): void => {
  const name = shown?.name === 'live' ? 'live' : 'search'
  const parameters = new URLSearchParams(location.hash.split(/\?(.*)/s)[1] ?? '')
  const query = parameters.get('query')?.trim() ?? ''
  const wrapped = / OR /.test(query) ? `(${query})` : query
  parameters.set('query', `${wrapped} ${part}`.trim())
  location.hash = `#${name}?${parameters}`
}

whenTokenNeeded(askForToken)
startTheme()
byId('help').addEventListener('click', openHelp)
addEventListener('hashchange', route)
addEventListener('keydown', onKey)
addEventListener('picket-narrow', (event) => narrow(String((event as CustomEvent).detail)))
await look()
route()
watch()
