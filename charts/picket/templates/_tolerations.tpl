{{/*
What the narrow set stands for. not-ready and unreachable have no effect: a node that is new carries not-ready both as NoSchedule and
as NoExecute, and Kubernetes adds the second toleration alone. The last two are of nodes that are on their way out: Karpenter evicts
nobody who tolerates its own.
*/}}
{{- define "picket.narrowTolerations" -}}
- {key: node-role.kubernetes.io/control-plane, operator: Exists, effect: NoSchedule}
- {key: node-role.kubernetes.io/master, operator: Exists, effect: NoSchedule}
- {key: node.kubernetes.io/not-ready, operator: Exists}
- {key: node.kubernetes.io/unreachable, operator: Exists}
- {key: node.kubernetes.io/unschedulable, operator: Exists, effect: NoSchedule}
- {key: node.kubernetes.io/disk-pressure, operator: Exists, effect: NoSchedule}
- {key: node.kubernetes.io/memory-pressure, operator: Exists, effect: NoSchedule}
- {key: node.kubernetes.io/pid-pressure, operator: Exists, effect: NoSchedule}
- {key: node.kubernetes.io/network-unavailable, operator: Exists, effect: NoSchedule}
- {key: node.cloudprovider.kubernetes.io/uninitialized, operator: Exists, effect: NoSchedule}
- {{ include "picket.startupToleration" . }}
- {key: karpenter.sh/disrupted, operator: Exists, effect: NoSchedule}
- {key: ToBeDeletedByClusterAutoscaler, operator: Exists, effect: NoSchedule}
{{- end -}}

{{- define "picket.startupToleration" -}}
{key: {{ .Values.controller.startupTaint.key }}, operator: Exists, effect: NoSchedule}
{{- end -}}

{{- define "picket.agentTolerations" -}}
{{- $tolerations := .Values.agent.tolerations -}}
{{- $set := list -}}
{{- if eq $tolerations.mode "everything" -}}
{{- $set = list (dict "operator" "Exists") -}}
{{- else if eq $tolerations.mode "narrow" -}}
{{- $set = include "picket.narrowTolerations" . | fromYamlArray -}}
{{- else if .Values.controller.startupTaint.enabled -}}
{{- /* Or node and agent would wait for each other for ever. */ -}}
{{- $set = list (include "picket.startupToleration" . | fromYaml) -}}
{{- end -}}
{{- with concat $set ($tolerations.extra | default list) -}}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
