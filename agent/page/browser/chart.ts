import uPlot from 'uplot'
import type { VitalsReply } from '../api.ts'
import { type Column, chartColumns, stack } from './chart-data.ts'
import type { ChartSpec } from './chart-specs.ts'
import { element } from './element.ts'

export interface Chart {
  readonly root: HTMLElement
  draw(reply: VitalsReply): void
  /** Colours have changed, or the width. */
  renew(): void
}

const HEIGHT = 170
const SYNC = 'vitals'

const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

/** Bytes are counted in powers of two; so are the lines of their grid. */
const BINARY_STEPS = Array.from({ length: 50 }, (_, power) => 2 ** power)

const two = (value: number): string => String(value).padStart(2, '0')

/** With seconds, where the marks are less than a minute apart. */
const clock = (seconds: number, stepSeconds: number): string => {
  const date = new Date(seconds * 1000)
  const parts = [date.getHours(), date.getMinutes(), ...(stepSeconds < 60 ? [date.getSeconds()] : [])]
  return parts.map(two).join(':')
}

const lastOf = (column: Column): number | undefined => column.findLast((value) => value !== null) ?? undefined

export const createChart = (spec: ChartSpec): Chart => {
  const holder = element('div', { class: 'plot' })
  const legend = element('ul', { class: 'legend' })
  const title = element('h2', { attributes: { title: spec.hint } }, spec.title)
  const caption = element('figcaption', {}, title, element('p', { class: 'hint' }, spec.hint), legend)
  const root = element('figure', { class: 'card chart' }, caption, holder)
  let plot: uPlot | undefined
  let reply: VitalsReply | undefined
  let columns: readonly Column[] = []
  let shape = ''

  const colour = (index: number): string => css(`--series-${(index % 6) + 1}`)

  const axis = (side: Partial<uPlot.Axis>): uPlot.Axis => ({
    stroke: css('--muted'),
    grid: { stroke: css('--grid'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
    ...side,
  })
  const series = (labels: readonly string[]): uPlot.Series[] =>
    labels.map((label, index) => ({
      label,
      stroke: colour(index),
      width: 1.5,
      points: { show: false },
      ...(spec.stacked && { fill: `${colour(index)}55` }),
    }))
  /** Series are drawn from the highest of the stack down, so that each fill ends where the next one begins. */
  const bands = (length: number): uPlot.Band[] =>
    spec.stacked ? Array.from({ length: length - 1 }, (_, k) => ({ series: [k + 2, k + 1] as [number, number] })) : []

  const tell = (index: number | null | undefined): void => {
    for (const [k, value] of [...legend.querySelectorAll('b')].entries()) {
      const column = columns[k] ?? []
      const shown = index === null || index === undefined ? lastOf(column) : column[index]
      value.textContent = shown === null || shown === undefined ? '–' : spec.format(shown)
    }
  }
  const make = (labels: readonly string[], data: uPlot.AlignedData): uPlot => {
    const top = reply && spec.top(reply)
    const limits = (_: uPlot, _min: number, max: number): [number, number] => [0, Math.max(top ?? 0, max * 1.05, 1e-9)]
    return new uPlot(
      {
        width: Math.max(200, holder.clientWidth),
        height: HEIGHT,
        legend: { show: false },
        padding: [8, 4, 0, 0],
        cursor: { sync: { key: SYNC }, y: false, drag: { x: false, y: false }, points: { size: 6 } },
        scales: { y: { range: limits } },
        axes: [
          axis({
            size: 26,
            space: 70,
            values: (_, splits) => splits.map((value) => clock(value, (splits[1] ?? value) - (splits[0] ?? value))),
          }),
          axis({
            size: 66,
            space: 36,
            values: (_, splits) => splits.map((value) => spec.format(value)),
            ...(spec.binary && { incrs: BINARY_STEPS }),
          }),
        ],
        series: [{}, ...series(labels)],
        bands: bands(labels.length),
        hooks: { setCursor: [(self) => tell(self.cursor.idx)] },
      },
      data,
      holder,
    )
  }
  const relabel = (labels: readonly string[]): void => {
    legend.replaceChildren(
      ...labels.map((label, index) => {
        const swatch = element('i', { class: `swatch s${(index % 6) + 1}` })
        return element('li', {}, swatch, element('span', { attributes: { title: label } }, label), element('b', {}))
      }),
    )
  }
  const draw = (next: VitalsReply): void => {
    reply = next
    const labels = spec.series(next).map(([, label]) => label)
    columns = chartColumns(spec, next)
    root.classList.toggle('without', labels.length === 0 || next.times.length === 0)
    const data: uPlot.AlignedData = [
      next.times.map((ms) => ms / 1000),
      ...(spec.stacked ? stack(columns) : columns).map((column) => [...column]),
    ]
    if (labels.join('\n') !== shape) {
      shape = labels.join('\n')
      plot?.destroy()
      plot = undefined
      relabel(labels)
    }
    if (plot) plot.setData(data)
    else if (labels.length > 0) plot = make(labels, data)
    tell(plot?.cursor.idx)
  }
  const renew = (): void => {
    shape = ''
    if (reply) draw(reply)
  }
  return { root, draw, renew }
}
