import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../cache-folder.ts'

export type Product = 'elasticsearch' | 'opensearch'

/**
 * Server distributions that Maven Central carries for plugin authors' tests: real servers without their bundled JDK and with
 * few modules. Their licences allow to run them, not to pass them on: they stay in the cache folder.
 */
export interface Distribution {
  readonly product: Product
  readonly version: string
  readonly coordinate: string
  readonly sha1: string
  readonly leastJava: number
}

export const distributions: readonly Distribution[] = [
  {
    product: 'elasticsearch',
    version: '9.5.3',
    coordinate: 'org.elasticsearch.distribution.integ-test-zip:elasticsearch:9.5.3:zip',
    sha1: 'b68fd022c00824b5406b0ed2df50b2bdb9e9bd0f',
    leastJava: 21,
  },
  {
    product: 'elasticsearch',
    version: '8.19.21',
    coordinate: 'org.elasticsearch.distribution.integ-test-zip:elasticsearch:8.19.21:zip',
    sha1: '8861771bbfe2fab12ccc386bc8b4c5c6f9619865',
    leastJava: 17,
  },
  {
    product: 'opensearch',
    version: '3.6.0',
    coordinate: 'org.opensearch.distribution.integ-test-zip:opensearch:3.6.0:zip',
    sha1: '8549f483e338699fbfc1e9bfca831900d578bdf4',
    leastJava: 21,
  },
]

export const findDistribution = (product: Product, version: string): Distribution => {
  const found = distributions.find((known) => known.product === product && known.version === version)
  if (!found) throw new Error(`no distribution of ${product} ${version} is known to the lab`)
  return found
}

const homeOf = ({ product, version }: Distribution): string => join(cacheFolder('unpacked'), `${product}-${version}`)

const runs = (command: string): boolean => spawnSync(command, ['-v'], { stdio: 'ignore' }).error === undefined

/** Programs that are needed to get it and are not here. */
export const missingForDistribution = (distribution: Distribution): readonly string[] =>
  existsSync(homeOf(distribution)) ? [] : ['mvn', 'unzip'].filter((command) => !runs(command)).map((c) => `no ${c}`)

const download = ({ coordinate, product, version, sha1 }: Distribution): string => {
  const folder = cacheFolder('zips')
  const zip = join(folder, `${product}-${version}.zip`)
  const sound = (): boolean => existsSync(zip) && createHash('sha1').update(readFileSync(zip)).digest('hex') === sha1
  if (sound()) return zip
  console.log(`# downloading ${coordinate}`)
  const copy = ['-q', '-B', 'dependency:copy', `-Dartifact=${coordinate}`, `-DoutputDirectory=${folder}`]
  execFileSync('mvn', [...copy, '-Dmdep.overWriteReleases=true'], { stdio: ['ignore', 'inherit', 'inherit'] })
  if (!sound()) throw new Error(`${zip} does not have the expected sha1 ${sha1}`)
  return zip
}

/** The folder of the unpacked server, downloaded and unpacked where it is not there yet. */
export const ensureDistribution = (distribution: Distribution): string => {
  const home = homeOf(distribution)
  if (existsSync(home)) return home
  const partial = `${home}.partial-${process.pid}`
  execFileSync('unzip', ['-q', '-o', download(distribution), '-d', partial])
  renameSync(join(partial, `${distribution.product}-${distribution.version}`), home)
  rmSync(partial, { recursive: true })
  return home
}
