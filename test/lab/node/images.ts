import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../cache-folder.ts'

/** The image of all pods of the lab that are not Picket's, and of the pods' first process. */
export const WORKLOAD_IMAGE = 'localhost/picket-workload:lab'
export const PAUSE_IMAGE = 'localhost/picket-pause:lab'

const SOURCE = join(import.meta.dirname, 'workload', 'workload.c')

const sha256 = (file: string): string => createHash('sha256').update(fs.readFileSync(file)).digest('hex')

const tar = (archive: string, folder: string, names: readonly string[]): void =>
  void execFileSync('tar', ['-cf', archive, '--owner=0', '--group=0', '--mtime=@0', '-C', folder, ...names])

/** An archive as `docker save` writes it (Docker Image Specification v1.2), of one program and nothing else. */
const archive = (folder: string): void => {
  tar(join(folder, 'layer.tar'), folder, ['workload'])
  const diffIds = [`sha256:${sha256(join(folder, 'layer.tar'))}`]
  const config = {
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: { Entrypoint: ['/workload'], Cmd: ['pause'] },
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: [{ created: '1970-01-01T00:00:00Z' }],
  }
  fs.writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
  const manifest = [{ Config: 'config.json', RepoTags: [WORKLOAD_IMAGE, PAUSE_IMAGE], Layers: ['layer.tar'] }]
  fs.writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
  tar(join(folder, 'image.tar'), folder, ['manifest.json', 'config.json', 'layer.tar'])
}

/** Path of an archive with both images; made once for each version of the source. */
export const workloadArchive = (): string => {
  const folder = cacheFolder('workload', sha256(SOURCE).slice(0, 16))
  const file = join(folder, 'image.tar')
  if (fs.existsSync(file)) return file
  execFileSync('cc', ['-Os', '-static', '-s', '-o', join(folder, 'workload'), SOURCE], { stdio: 'inherit' })
  archive(folder)
  return file
}
