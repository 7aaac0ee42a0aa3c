{{/* `yes` where an object of this kind is wanted. (dict "root" $ "enabled" true|false|"auto" "kind" "PodMonitor" "key" "podMonitor") */}}
{{- define "picket.monitoring.wanted" -}}
{{- $enabled := toString .enabled -}}
{{- if not (has $enabled (list "true" "false" "auto")) -}}
{{- fail (printf "monitoring.%s.enabled is true, false or auto, not %s" .key $enabled) -}}
{{- end -}}
{{- $there := .root.Capabilities.APIVersions.Has (printf "monitoring.coreos.com/v1/%s" .kind) -}}
{{- if or (eq $enabled "true") (and (eq $enabled "auto") $there) }}yes{{ end -}}
{{- end -}}

{{- define "picket.monitoring.hasController" -}}
{{- if .Values.controller.enabled }}yes{{ end -}}
{{- end -}}

{{/* One endpoint of a monitor, the same for pods and Services. (dict "monitor" .Values.monitoring.podMonitor "tokenSecret" "") */}}
{{- define "picket.monitoring.endpoint" -}}
port: metrics
path: /metrics
{{- with .monitor.scheme }}
scheme: {{ . }}
{{- end }}
# Their own labels `namespace`, `pod` and `node` say of whom a series tells, and that is not the one that was scraped.
honorLabels: true
{{- with .monitor.interval }}
interval: {{ . }}
{{- end }}
{{- with .monitor.scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
{{- with .monitor.tlsConfig }}
tlsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if .monitor.authorization }}
authorization:
  {{- toYaml .monitor.authorization | nindent 2 }}
{{- else if .tokenSecret }}
authorization:
  credentials: {name: {{ .tokenSecret }}, key: token}
{{- end }}
relabelings:
  # Alerts and dashboards speak of nodes by this label.
  - sourceLabels: [__meta_kubernetes_pod_node_name]
    targetLabel: node
  {{- if not .monitor.scheme }}
  # Node classes may differ in it.
  - sourceLabels: [__meta_kubernetes_pod_annotation_prometheus_io_scheme]
    regex: (https?)
    targetLabel: __scheme__
  {{- end }}
  {{- with .monitor.relabelings }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .monitor.metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* (dict "root" $ "component" "agent" "name" "picket-agent" "labels" {} "annotations" {}) */}}
{{- define "picket.monitoring.metadata" -}}
name: {{ .name }}
namespace: {{ include "picket.namespace" .root }}
labels:
  {{- include "picket.labels" (dict "root" .root "component" .component) | nindent 2 }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
