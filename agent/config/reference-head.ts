/** The hand-written part of docs/configuration.md. */
export const REFERENCE_HEAD = `# Configuration

<!-- Written by \`npm run golden\` from agent/config/schema*.ts; change it there. -->

Picket reads one YAML file: \`picket --config FILE\`. Sources say what is read, outputs where it goes; everything else has a default.

\`\`\`yaml
state_dir: /var/lib/picket
sources:
  containers:
    kind: containers
outputs:
  search:
    kind: elasticsearch
    hosts: ["https://elasticsearch.example:9200"]
    api_key: file:/etc/picket/api-key
\`\`\`

\`picket validate FILE\` names every mistake at once, with its place and what is allowed, and exits with 1. Without mistakes it prints the
configuration as the agent takes it, all defaults filled in. Keys that are not in this page are mistakes. Editors check while you type
with the JSON Schema beside this page: put \`# yaml-language-server: $schema=configuration.schema.json\` into the first line.

Without \`--config\` the agent reads the containers of this node into the embedded store below \`./.picket\`.

## Durations and sizes

Durations are written with their unit: \`500ms\`, \`30s\`, \`1m30s\`, \`1.5h\`, \`7d\`. Sizes too: \`256KiB\`, \`5MiB\`, \`1GiB\` (powers of 1024) or \`256KB\`,
\`5MB\`, \`1GB\` (powers of 1000), \`B\` for bytes. A bare number is a mistake, except \`0\` where the range begins with it.

## References to the environment

\`\${NAME}\` in any value is replaced by the environment variable; \`\${NAME:-text}\` uses the text where the variable is unset or empty. A variable
that is not set and has no such text is a mistake. \`$\${\` stands for \`\${\` itself. What a variable holds is only ever a value: it cannot add
options. In \`{ }\` and \`[ ]\` YAML wants quotes around a reference: \`hosts: ["\${ES_URL}"]\`.

## Secrets

An option marked *secret* takes the value itself, a reference to the environment, or \`file:/path\`: the content of a file, without the newline at
its end. The file is read again whenever it changes, so that a rotated credential needs no restart. Secrets are shown as \`***\` wherever the
configuration is printed or logged. Credentials in a URL are a mistake for that reason.

## Lists, repetitions, names

Anchors, aliases and merge keys (\`<<\`) work as usual in YAML, within a limit of 20,000 values in all. Sources and outputs have names of your
choice: letters, digits, \`_\` and \`-\`. Renaming one makes it a new one, which starts from the beginning.
`
