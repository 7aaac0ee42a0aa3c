import * as Type from 'typebox'
import type { DurationText } from '../../lib/words/duration.ts'
import { METRIC_SETS } from '../document/metric-sets.ts'
import {
  block,
  choice,
  dataStreamPart,
  duration,
  glob,
  integer,
  listOf,
  named,
  path,
  size,
  text,
  variant,
} from './option.ts'

const common = {
  dataset: Type.Optional(
    dataStreamPart({
      description:
        'Dataset of the data stream that the records go into: the middle part of `logs-<dataset>-<namespace>`. A pod annotation `elastic.co/dataset` and an output’s own `data_stream.dataset` win over it.',
      defaultText: '`kubernetes.container_logs` for `containers`; for `files` the name of the source, made valid',
    }),
  ),
  read_from: choice(['beginning', 'end'], {
    default: 'beginning',
    description:
      'Where to start in a file that the state folder does not know. Files that appear while the agent runs are always read from their beginning.',
  }),
  ignore_older: duration({
    default: '0s',
    least: '0',
    most: '365d',
    description:
      'Files whose last change is longer ago than this when they are first seen are left alone. `0`: no file is too old.',
  }),
  poll_interval: duration({
    default: '1s',
    least: '50ms',
    most: '30s',
    description:
      'How often open files are looked at for new bytes. Half of the agent’s CPU at moderate rates is spent per look, not per line.',
  }),
  rotate_wait: duration({
    default: '5s',
    least: '0',
    most: '10m',
    description: 'How long a rotated or deleted file is still watched for late writes after it was read to its end.',
  }),
  deleted_keep: duration({
    default: '5m',
    least: '0',
    most: '24h',
    description:
      'How long a deleted file that an output does not take is held open, and with it its disk space; then the rest is given up, and counted as lost.',
  }),
  deleted_keep_size: size({
    default: '1GiB',
    least: '1MiB',
    most: '1TiB',
    description:
      'Disk space that deleted files which an output does not take may keep, all of this source together (each counts for at least 64 KiB); beyond it the oldest are given up, and counted as lost. One whose compressed copy is there is read from that instead.',
  }),
  max_open_files: integer({
    default: 4096,
    least: 8,
    most: 65_536,
    description:
      'Files held open at the same time. Where there are more, they take turns, reading is slower, and what is deleted before its turn is lost.',
  }),
  max_followed_files: integer({
    default: 5000,
    least: 100,
    most: 100_000,
    description:
      'Files that are followed at the same time, whether idle or unread, because an output is away or far behind. Further logs wait on the disk until others are done with, which `picket_waiting_logs` tells. Each costs about 9 KB of memory.',
  }),
  max_record_size: size({
    default: '256KiB',
    least: '1KiB',
    // A record of control characters grows sixfold in JSON, and twofold again as a text: the heap (bin/node-settings.mjs) must hold that.
    most: '2MiB',
    description: 'A record that is longer, its partial lines joined, is cut to this, flagged `truncated`, and counted.',
  }),
  partial_flush: duration({
    default: '30s',
    least: '100ms',
    most: '1h',
    description: 'A record whose last piece does not come is shipped after this as it is, flagged `partial`.',
  }),
}

const rescanInterval = (ofKind: { readonly default: DurationText; readonly description: string }) =>
  duration({ ...ofKind, least: '100ms', most: '10m' })

const globs = (what: string) => listOf(glob(), { default: [], description: `Globs of ${what}.` })

const selection = (description: string) =>
  block(
    { namespaces: globs('namespaces'), pods: globs('pod names'), containers: globs('container names') },
    { description },
  )

const containers = variant(
  {
    kind: Type.Literal('containers', { description: 'Every container of this node.' }),
    path: path({
      default: '/var/log/containers',
      description: 'Folder of the links that kubelet makes, one per container.',
    }),
    allowed_roots: listOf(path({ description: 'A folder.' }), {
      default: ['/var/log/pods', '/var/lib/docker/containers'],
      minItems: 1,
      description: 'Folders that the links may lead into. A link that leads elsewhere is refused, said and counted.',
    }),
    include: selection(
      'Only these containers are read. An empty list admits all; the three lists must all admit a container.',
    ),
    exclude: selection(
      'These containers are not read; one list that names a container is enough. Wins over `include`.',
    ),
    rescan_interval: rescanInterval({
      default: '30s',
      description:
        'How often the folders are listed, whatever the notifications of the file system say or fail to say. While `path` cannot be watched it is every 10 s, where that is sooner.',
    }),
    ...common,
  },
  {
    title: 'containers',
    description:
      'The logs of the containers of a Kubernetes node, in CRI or docker json-file format. Tag: `kube.<namespace>.<container>.<pod>`.',
  },
)

const files = variant(
  {
    kind: Type.Literal('files', { description: 'Plain files, one record per line.' }),
    paths: listOf(glob(), {
      minItems: 1,
      description: 'Globs of the files to read. Relative ones start at the working directory.',
      examples: [['/var/log/syslog', '/var/log/*.log']],
    }),
    exclude: listOf(glob(), {
      default: [],
      description: 'Globs of files to leave alone, for instance `/var/log/*.gz`.',
    }),
    allowed_roots: Type.Optional(
      listOf(path({ description: 'A folder.' }), {
        minItems: 1,
        description: 'Folders that links among the files may lead into.',
        defaultText: 'the part of each glob before its first wildcard',
      }),
    ),
    tag: Type.Optional(
      text({
        pattern: '^[^\\s.*{},]+(\\.[^\\s.*{},]+)*$',
        patternText: 'words joined by dots, without blanks and without `*`, `{`, `}` and `,`',
        description: 'What `match` of the outputs is held against.',
        defaultText: 'the name of the source',
      }),
    ),
    rescan_interval: rescanInterval({ default: '10s', description: 'How often the globs are looked up.' }),
    ...common,
  },
  { title: 'files', description: 'Plain text files by glob.' },
)

const metrics = variant(
  {
    kind: Type.Literal('metrics', { description: 'The node’s own metrics, as Elastic’s `system` documents.' }),
    period: duration({
      default: '10s',
      least: '1s',
      most: '1h',
      description: 'How often the node is looked at.',
    }),
    sets: listOf(choice(METRIC_SETS, { description: 'A set.' }), {
      default: [...METRIC_SETS],
      minItems: 1,
      description:
        'Which documents are made. Each set is a data stream of its own, `metrics-system.<set>-<namespace>`.',
    }),
  },
  {
    title: 'metrics',
    description:
      'The node’s CPU, memory, load, file systems, disks and network, for Kibana’s Hosts. Tag: `metrics.<set>`.',
  },
)

export const sourcesSchema = named(Type.Union([containers, files, metrics]), {
  description:
    'Where records come from: any number of sources, each under a name of your choice. The name is the label `source` of the metrics.',
})
