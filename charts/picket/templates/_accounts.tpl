{{- define "picket.agentAccount" -}}
{{- .Values.agent.serviceAccount.name | default (ternary (printf "%s-agent" (include "picket.fullname" .)) "default" .Values.agent.serviceAccount.create) -}}
{{- end -}}

{{- define "picket.controllerAccount" -}}
{{- .Values.controller.serviceAccount.name | default (ternary (printf "%s-controller" (include "picket.fullname" .)) "default" .Values.controller.serviceAccount.create) -}}
{{- end -}}

{{/* Cluster roles have no namespace, and releases of one name may be in several. */}}
{{- define "picket.clusterRole" -}}
{{- printf "%s:%s-%s" (include "picket.namespace" .root) (include "picket.fullname" .root) .of -}}
{{- end -}}

{{/* Its name has what cannot be changed of it. */}}
{{- define "picket.priorityClass" -}}
{{- $class := .Values.agent.priorityClass -}}
{{- if $class.create -}}
{{- printf "%s-agent-%s.%s" (include "picket.fullname" .) (int64 $class.value | toString | replace "-" "minus-") (include "picket.namespace" .) -}}
{{- else -}}
{{- $class.name -}}
{{- end -}}
{{- end -}}

{{/* What the agents of some class look up. */}}
{{- define "picket.agentResources" -}}
{{- $resources := list "pods" -}}
{{- range (include "picket.nodeClasses" . | fromJson).items -}}
{{- $enrich := dig "enrich" dict (include "picket.givenConfig" (dict "root" $ "class" .) | fromJson) -}}
{{- if $enrich.namespace_labels -}}{{- $resources = append $resources "namespaces" -}}{{- end -}}
{{- if $enrich.node_labels -}}{{- $resources = append $resources "nodes" -}}{{- end -}}
{{- end -}}
{{- $resources | uniq | toJson -}}
{{- end -}}
