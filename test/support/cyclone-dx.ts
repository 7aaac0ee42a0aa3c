import { readFileSync } from 'node:fs'
import { Compile } from 'typebox/schema'

const FOLDER = 'node_modules/@cyclonedx/cyclonedx-library/res/schema'

const schemaOf = (name: string): object =>
  JSON.parse(readFileSync(new URL(`../../${FOLDER}/${name}.SNAPSHOT.schema.json`, import.meta.url), 'utf8'))

/** What the official schema of CycloneDX 1.6 finds wrong with this text; empty where it fits. */
export const bomFaults = (text: string): readonly string[] => {
  const known = ['spdx', 'jsf-0.82'].map((name) => {
    const schema = schemaOf(name) as { readonly $id: string }
    return [schema.$id.replace('.schema.json', '.SNAPSHOT.schema.json'), schema] as const
  })
  const [, errors] = Compile(Object.fromEntries(known), schemaOf('bom-1.6')).Errors(JSON.parse(text))
  return errors.map(({ instancePath, message }) => `${instancePath} ${message}`)
}
