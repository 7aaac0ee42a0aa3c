{{/* An image by digest, else by tag, else of the chart's own version. (dict "root" $ "of" "agent") */}}
{{- define "picket.image" -}}
{{- $image := index .root.Values.image .of -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository ($image.tag | default (include "picket.version" .root)) -}}
{{- end -}}
{{- end -}}

{{- define "picket.pullSecrets" -}}
{{- with .Values.image.pullSecrets -}}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
