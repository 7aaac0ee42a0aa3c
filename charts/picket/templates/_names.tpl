{{/*
The release's name, with the chart's where it does not have it, as `helm create` makes it. At most 36 characters, so that it has room
for the longest suffix in a Service's or Job's 63: `-agent-` and a node class's 20, `-elasticsearch-remove`. What is cut is told
apart by a hash: releases of 53 characters may differ in the last one. It depends on nothing that an upgrade changes.
*/}}
{{- define "picket.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $whole := .Values.fullnameOverride | default (ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name)) -}}
{{- if gt (len $whole) 36 -}}
{{- printf "%s-%s" (trunc 27 $whole | trimSuffix "-") (sha256sum $whole | trunc 8) -}}
{{- else -}}
{{- $whole -}}
{{- end -}}
{{- end -}}

{{- define "picket.namespace" -}}
{{- .Values.namespaceOverride | default .Release.Namespace -}}
{{- end -}}

{{/* What selects a component's pods: for ever the same, for a selector cannot be changed. (dict "root" $ "component" "agent") */}}
{{- define "picket.selectorLabels" -}}
app.kubernetes.io/name: picket
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* The version as a label and an image's tag may have it: neither has a place for the `+` of a build. */}}
{{- define "picket.version" -}}
{{- .Chart.AppVersion | replace "+" "_" | trunc 63 -}}
{{- end -}}

{{/* The labels of an object. (dict "root" $ "component" "agent") */}}
{{- define "picket.labels" -}}
{{ include "picket.selectorLabels" . }}
app.kubernetes.io/version: {{ include "picket.version" .root | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}
