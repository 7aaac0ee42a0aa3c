import {
  decideMetricsTemplate,
  metricsTemplate,
  metricsTemplateName,
  metricsTemplateTarget,
} from './metrics-template.ts'
import type { ElasticsearchOptions, ManageTemplate } from './options.ts'
import {
  decideTemplate,
  type KnownTemplate,
  logTemplate,
  type Product,
  type TemplateDecision,
  templateName,
  winningTemplate,
} from './template.ts'

/** A template that this output looks after. */
export interface TemplatePlan {
  readonly name: string
  /** A data stream that it is for. */
  readonly target: string
  readonly decide: (known: readonly KnownTemplate[]) => TemplateDecision
  readonly make: (product: Product, messageType: 'match_only_text' | 'text') => object
  /** Words for the operator where the server does not take it. */
  readonly notInstalled: (known: readonly KnownTemplate[], reason: string) => string
}

const withoutOne = (target: string, reason: string, page: string): string =>
  `index template: none matches ${target}, and ours could not be installed: ${reason}; without one an operator must make it (${page}, "Template")`

const logPlan = (target: string, manage: Exclude<ManageTemplate, 'never'>): TemplatePlan => ({
  name: templateName,
  target,
  decide: (known) => decideTemplate(known, target, manage),
  make: (product, messageType) => logTemplate(product, target, manage, messageType),
  notInstalled: (_, reason) => withoutOne(target, reason, 'docs/elasticsearch.md'),
})

const metricsPlan = (namespace: string): TemplatePlan => {
  const target = metricsTemplateTarget(namespace)
  return {
    name: metricsTemplateName,
    target,
    decide: (known) => decideMetricsTemplate(known, target),
    make: metricsTemplate,
    notInstalled: (known, reason) => {
      const winner = winningTemplate(known, target)
      return winner === undefined
        ? withoutOne(target, reason, 'docs/node-metrics-elasticsearch.md')
        : `index template: ${winner.name} is used for ${target}; ours, which says the type of each field, could not be installed: ${reason}`
    },
  }
}

/** Undefined stands for: none of this output's business. */
export const templatePlans = ({
  manageTemplate: manage,
  metricsNamespace,
  target,
}: ElasticsearchOptions): readonly (TemplatePlan | undefined)[] => {
  if (manage === 'never' || target.kind === 'index') return [undefined]
  const log = logPlan(target.name, manage)
  return metricsNamespace === undefined ? [log] : [log, metricsPlan(metricsNamespace)]
}
