import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CHART } from './helm.ts'

/** The chart as it will be in some later version: a folder that the caller removes. */
export const laterChart = (): string => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'picket-lab-chart-'))
  fs.cpSync(CHART, folder, { recursive: true })
  const file = join(folder, 'Chart.yaml')
  const text = fs.readFileSync(file, 'utf8').replaceAll(/^(version|appVersion): .*$/gm, '$1: "9.8.7+later"')
  fs.writeFileSync(file, text)
  return folder
}
