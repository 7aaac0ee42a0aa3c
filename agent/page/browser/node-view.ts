import type { VitalsReply } from '../api.ts'
import { createChart } from './chart.ts'
import { joinVitals } from './chart-data.ts'
import { CHARTS } from './chart-specs.ts'
import { element } from './element.ts'
import { ask, reasonOf, TokenNeeded } from './server.ts'
import type { View } from './view.ts'

const SLOTS = 240

export const createNodeView = (): View => {
  const charts = CHARTS.map(createChart)
  const state = element('p', { class: 'summary', attributes: { role: 'status' } })
  const grid = element('div', { class: 'charts' }, ...charts.map(({ root }) => root))
  const root = element('section', { class: 'view' }, state, grid)
  let vitals: VitalsReply | undefined
  let timer = 0

  const load = async (): Promise<void> => {
    const since = vitals?.times.at(-1) ?? 0
    vitals = joinVitals(vitals, await ask<VitalsReply>('/api/vitals', { since }), SLOTS)
    const minutes = Math.round((vitals.times.length * vitals.periodMs) / 60_000)
    state.textContent =
      vitals.times.length < 3
        ? 'The agent has just begun to measure; the charts fill in the next minute.'
        : `The last ${minutes < 2 ? 'minute' : `${minutes} minutes`}, a look every ${vitals.periodMs / 1000} s`
    for (const chart of charts) chart.draw(vitals)
  }
  const again = async (): Promise<void> => {
    try {
      await load()
    } catch (error) {
      if (!(error instanceof TokenNeeded)) state.textContent = `The charts stand still: ${reasonOf(error)}.`
    }
  }
  const renew = (): void => {
    if (root.isConnected) for (const chart of charts) chart.renew()
  }
  addEventListener('picket-theme', renew)
  let width = 0
  new ResizeObserver(() => {
    if (Math.abs(grid.clientWidth - width) < 8) return
    width = grid.clientWidth
    renew()
  }).observe(grid)

  const show = (): void => {
    void again()
    timer = setInterval(() => {
      if (!document.hidden) void again()
    }, 5000)
  }
  return { name: 'node', title: 'Node', root, show, hide: () => clearInterval(timer) }
}
