import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../cache-folder.ts'
import { type Distribution, ensureDistribution } from './distribution.ts'
import { findJava } from './java.ts'

const sources = globSync(join(import.meta.dirname, 'plugin/*.java')).sort()

/** The sources are part of the name, so that a change of them makes another server. */
const homeOf = ({ product, version }: Distribution): string => {
  const hash = createHash('sha256')
  for (const source of sources) hash.update(readFileSync(source))
  return join(cacheFolder('unpacked'), `${product}-${version}-with-plugin-${hash.digest('hex').slice(0, 12)}`)
}

const descriptor = (version: string): string =>
  [
    'description=what the lab needs of a whole Elasticsearch',
    'version=1',
    'name=lab',
    'classname=LabPlugin',
    'java.version=17',
    `elasticsearch.version=${version}`,
    '',
  ].join('\n')

const build = (home: string, version: string, java: string): void => {
  const plugin = join(home, 'plugins/lab')
  const classes = join(home, 'lab-classes')
  mkdirSync(plugin)
  const services = join(classes, 'META-INF/services')
  mkdirSync(services, { recursive: true })
  writeFileSync(join(services, 'org.elasticsearch.features.FeatureSpecification'), 'FailureStoreFeature\n')
  const compile = ['--release', '17', '-Xlint:-options', '-cp', join(home, 'lib/*'), '-d', classes, ...sources]
  execFileSync(join(java, 'bin/javac'), compile, { stdio: ['ignore', 'inherit', 'inherit'] })
  execFileSync(join(java, 'bin/jar'), ['cf', join(plugin, 'lab.jar'), '-C', classes, '.'])
  writeFileSync(join(plugin, 'plugin-descriptor.properties'), descriptor(version))
  rmSync(classes, { recursive: true })
}

export const missingForPlugin = ({ leastJava }: Distribution): readonly string[] => {
  const java = findJava(leastJava)
  return java !== undefined && !existsSync(join(java, 'bin/javac'))
    ? [`no javac in ${java}: a whole JDK is needed`]
    : []
}

/** The folder of the server with the lab's plugin, compiled where it is not there yet. */
export const ensureDistributionWithPlugin = (distribution: Distribution): string => {
  const home = homeOf(distribution)
  if (existsSync(home)) return home
  const java = findJava(distribution.leastJava)
  if (java === undefined) throw new Error(`no Java of version ${distribution.leastJava} or later`)
  const partial = `${home}.partial-${process.pid}`
  cpSync(ensureDistribution(distribution), partial, { recursive: true })
  try {
    build(partial, distribution.version, java)
    renameSync(partial, home)
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    throw error
  }
  return home
}
