import fs from 'node:fs'
import path from 'node:path'
import type { Contender, Setting } from '../contender.ts'

const PARSERS = `[PARSER]
    Name        file_name
    Format      regex
    Regex       (?<pod>[^_/]+)_(?<namespace>[^_]+)_(?<container>.+)-(?<id>[0-9a-f]{64})\\.log$
`

/** Memory buffer, CRI parser with partial lines joined, pod names from the path; the page cache left alone, which helps it. */
const configuration = (s: Setting): string => `[SERVICE]
    Flush         1
    Daemon        off
    Log_Level     warn
    Parsers_File  ${s.folder}/parsers.conf

[INPUT]
    Name              tail
    Path              ${s.logFolder}/*.log
    multiline.parser  cri
    Tag               kube.*
    Path_Key          log_path
    DB                ${s.folder}/tail.db
    Read_from_Head    on
    Mem_Buf_Limit     64M
    File_Cache_Advise off
    Refresh_Interval  1

[FILTER]
    Name          parser
    Match         kube.*
    Key_Name      log_path
    Parser        file_name
    Reserve_Data  on
    Preserve_Key  on

[OUTPUT]
    Name                es
    Match               kube.*
    Host                127.0.0.1
    Port                ${s.sinkPort}
    Index               logs-kubernetes.container_logs-default
    Write_Operation     create
    Suppress_Type_Name  on
    Generate_ID         on
    Buffer_Size         false
    Workers             2
    Retry_Limit         no_limits
    Compress            ${s.gzip ? 'gzip' : 'off'}
`

export const fluentBit = (program: string): Contender => ({
  name: 'fluent-bit',
  documents: 'joined',
  measuresVerdicts: false,
  prepare: (setting) => {
    const file = path.join(setting.folder, 'fluent-bit.conf')
    const text = configuration(setting)
    // `off` is no value of this option: without gzip it has to be absent.
    fs.writeFileSync(file, setting.gzip ? text : text.replace(/^ *Compress .*\n/m, ''))
    fs.writeFileSync(path.join(setting.folder, 'parsers.conf'), PARSERS)
    return [program, '-c', file]
  },
})
