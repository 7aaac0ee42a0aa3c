{{/*
Rights by mode and option, as docs/controller.md gives them. What it may in the whole cluster: to see, to tell, and the startup taint. With the
scope `release` everything else is for the DaemonSets' own namespace: who may make pods in any is the cluster's master.
*/}}
{{- define "picket.controllerRules" -}}
{{- $controller := .Values.controller -}}
- {apiGroups: [""], resources: [nodes, pods, namespaces], verbs: [list, watch]}
- {apiGroups: [apps], resources: [daemonsets, controllerrevisions], verbs: [list, watch]}
- {apiGroups: [""], resources: [events], verbs: [create, patch]}
{{- if eq $controller.mode "guard" }}
- {apiGroups: [""], resources: [events], verbs: [list, watch]}
{{- end }}
{{- if $controller.startupTaint.enabled }}
- {apiGroups: [""], resources: [nodes], verbs: [patch]}
{{- end }}
{{- if eq (include "picket.scope" .) "cluster" }}
{{ include "picket.controllerHands" . }}
{{- end }}
{{- end -}}

{{/* What it does with DaemonSets and their pods. */}}
{{- define "picket.controllerHands" -}}
- {apiGroups: [""], resources: [pods], verbs: [create, delete]}
- {apiGroups: [apps], resources: [daemonsets/finalizers], verbs: [update]}
{{- if eq .Values.controller.mode "primary" }}
- {apiGroups: [""], resources: [pods], verbs: [patch]}
- {apiGroups: [apps], resources: [daemonsets], verbs: [get]}
- {apiGroups: [apps], resources: [daemonsets/status], verbs: [patch]}
- {apiGroups: [apps], resources: [controllerrevisions], verbs: [get, create, patch, delete]}
{{- end }}
{{- if or (eq .Values.agent.rollout.kind "picket") (eq (include "picket.scope" .) "cluster") }}
- {apiGroups: [apps], resources: [daemonsets], verbs: [patch]}
{{- end }}
{{- end -}}
