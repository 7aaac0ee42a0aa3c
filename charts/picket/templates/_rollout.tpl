{{/* Of a number or percentage: whether it is more than none, "true" or "". */}}
{{- define "picket.isSome" -}}
{{- if not (has (toString .) (list "" "0" "0%")) -}}true{{- end -}}
{{- end -}}

{{- define "picket.updateStrategy" -}}
{{- $rollout := .Values.agent.rollout -}}
{{- $surge := include "picket.isSome" $rollout.maxSurge -}}
{{- if eq $rollout.kind "picket" -}}
type: OnDelete
{{- else -}}
type: RollingUpdate
rollingUpdate:
  # With a surge nobody is taken down before; Kubernetes refuses both.
  maxUnavailable: {{ ternary 0 $rollout.maxUnavailable (eq $surge "true") }}
  maxSurge: {{ $rollout.maxSurge }}
{{- end -}}
{{- end -}}

{{/* What the controller reads (docs/rollouts.md). */}}
{{- define "picket.rolloutAnnotations" -}}
{{- $rollout := .Values.agent.rollout -}}
{{- if eq $rollout.kind "picket" }}
picket.dev/max-unavailable: {{ $rollout.maxUnavailable | quote }}
picket.dev/dead-node-budget: {{ $rollout.deadNodeBudget | quote }}
picket.dev/partition: {{ $rollout.partition | quote }}
picket.dev/max-restarts: {{ $rollout.maxRestarts | quote }}
picket.dev/auto-pause: {{ $rollout.autoPause | quote }}
picket.dev/auto-rollback: {{ $rollout.autoRollback | quote }}
picket.dev/paused: {{ $rollout.paused | quote }}
{{- if include "picket.isSome" $rollout.canary }}
picket.dev/canary: {{ $rollout.canary | quote }}
picket.dev/canary-soak: {{ $rollout.canarySoak | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* (dict "root" $ "class" …) */}}
{{- define "picket.agentSelector" -}}
{{ include "picket.selectorLabels" (dict "root" .root "component" "agent") }}
picket.dev/node-class: {{ .class.name }}
{{- end -}}
