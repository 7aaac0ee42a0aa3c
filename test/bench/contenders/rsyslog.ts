import fs from 'node:fs'
import path from 'node:path'
import type { Contender, Setting } from '../contender.ts'

/** The fields that the agent writes too, each with the property that it comes from: equal documents for equal lines. */
const FIELDS: readonly [outname: string, property: string][] = [
  ['@timestamp', '$!time'],
  ['stream', '$!stream'],
  ['host.name', '$myhostname'],
  ['container.id', '$!file!id'],
  ['container.name', '$!file!container'],
  ['kubernetes.namespace', '$!file!namespace'],
  ['kubernetes.pod.name', '$!file!pod'],
  ['kubernetes.container.name', '$!file!container'],
  ['service.name', '$!file!container'],
  ['log.file.path', '$!metadata!filename'],
  ['log.offset', '$!metadata!fileoffset'],
  ['message', '$!line'],
]

const CONSTANTS: readonly [outname: string, value: string][] = [
  ['data_stream.type', 'logs'],
  ['data_stream.dataset', 'kubernetes.container_logs'],
  ['data_stream.namespace', 'default'],
]

/** A string, not a list with option.jsonf: that one ends each document with a newline of its own, and an empty line is no bulk line. */
const template = (): string => {
  const properties = FIELDS.map(([outname, name]) => `%${name}:::jsonf:${outname}%`)
  const constants = CONSTANTS.map(([outname, value]) => `\\"${outname}\\":\\"${value}\\"`)
  const document = `template(name="document" type="string" string="{${[...properties, ...constants].join(',')}}")`
  // It takes `create` only together with an id.
  return `${document}\ntemplate(name="id" type="string" string="%$!file!id%-%$!metadata!fileoffset%")`
}

/**
 * The memory queue of the yardstick: imfile, mmnormalize for the CRI line and for the file's name, omelasticsearch in bulks.
 * It joins no partial lines (a document for each physical line) and is always measured without gzip, which Debian's has not.
 */
const configuration = (s: Setting): string => `global(workDirectory="${s.folder}" maxMessageSize="64k")
module(load="imfile" mode="inotify")
module(load="mmnormalize")
module(load="omelasticsearch")
${template()}
input(type="imfile" File="${s.logFolder}/*.log" Tag="container" ruleset="ship" addMetadata="on" freshStartTail="off")
ruleset(name="ship" queue.type="LinkedList" queue.size="20000" queue.dequeueBatchSize="2000" queue.workerThreads="1") {
  action(type="mmnormalize" rule=["rule=:%time:word% %stream:word% %tag:word% %line:rest%"])
  action(type="mmnormalize" variable="$!metadata!filename" path="$!file"
         rule=["rule=:${s.logFolder}/%pod:char-to:_%_%namespace:char-to:_%_%container:char-to:-%-%id:char-to:.%.log"])
  action(type="omelasticsearch" server="127.0.0.1" serverport="${s.sinkPort}" template="document" bulkmode="on" maxbytes="5m"
         searchIndex="logs-kubernetes.container_logs-default" searchType="" writeoperation="create" bulkid="id" dynbulkid="on"
         action.resumeRetryCount="-1")
}
`

export const rsyslog = (program: string): Contender => ({
  name: 'rsyslog',
  documents: 'physical',
  measuresVerdicts: false,
  prepare: (setting) => {
    const file = path.join(setting.folder, 'rsyslog.conf')
    fs.writeFileSync(file, configuration(setting))
    return [program, '-n', '-f', file, '-i', path.join(setting.folder, 'rsyslogd.pid')]
  },
})
