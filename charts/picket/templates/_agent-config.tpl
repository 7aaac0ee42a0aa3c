{{/* The output to Elasticsearch as far as the chart's values say it. */}}
{{- define "picket.elasticsearchOutput" -}}
{{- $elastic := .Values.elasticsearch -}}
{{- $output := dict "kind" "elasticsearch" -}}
{{- with $elastic.hosts -}}{{- $_ := set $output "hosts" . -}}{{- end -}}
{{- with $elastic.cloudId -}}{{- $_ := set $output "cloud_id" . -}}{{- end -}}
{{- if $elastic.existingSecret -}}
{{- $folder := "file:/etc/picket/elasticsearch" -}}
{{- if eq $elastic.auth "apiKey" -}}
{{- $_ := set $output "api_key" (printf "%s/api_key" $folder) -}}
{{- else if eq $elastic.auth "bearerToken" -}}
{{- $_ := set $output "bearer_token" (printf "%s/bearer_token" $folder) -}}
{{- else if eq $elastic.auth "basic" -}}
{{- $_ := set $output "username" "${ELASTICSEARCH_USERNAME}" -}}
{{- $_ := set $output "password" (printf "%s/password" $folder) -}}
{{- end -}}
{{- end -}}
{{- if $elastic.caSecret -}}{{- $_ := set $output "ca_file" "/etc/picket/elasticsearch/ca.crt" -}}{{- end -}}
{{- if $elastic.clientCertSecret -}}
{{- $_ := set $output "cert_file" "/etc/picket/elasticsearch/tls.crt" -}}
{{- $_ := set $output "key_file" "/etc/picket/elasticsearch/tls.key" -}}
{{- end -}}
{{- toJson $output -}}
{{- end -}}

{{/* Whether any agent writes to the chart's own output `elasticsearch`: "true" or "". */}}
{{- define "picket.hasElasticsearch" -}}
{{- $outputs := dig "outputs" dict (.Values.config | default dict) -}}
{{- if or .Values.elasticsearch.hosts .Values.elasticsearch.cloudId (hasKey $outputs "elasticsearch") -}}true{{- end -}}
{{- end -}}

{{/*
Where the page listens. Whoever reaches it reads the logs, so without a token it stays where only `kubectl port-forward` comes: the pod's
own loopback, which with hostNetwork would be the node's.
*/}}
{{- define "picket.page" -}}
{{- $agent := .Values.agent -}}
{{- if or (eq $agent.page.listen "off") (and $agent.hostNetwork (not $agent.tokenSecret)) -}}
off
{{- else -}}
{{- printf "%s:%d" (ternary "" "127.0.0.1" (eq $agent.page.listen "pod")) (int $agent.page.port) -}}
{{- end -}}
{{- end -}}

{{/* What the user says of a class's configuration. (dict "root" $ "class" …) */}}
{{- define "picket.givenConfig" -}}
{{- mustMergeOverwrite (deepCopy (.root.Values.config | default dict)) (deepCopy (.class.config | default dict)) | toJson -}}
{{- end -}}

{{- define "picket.scheme" -}}
{{- ternary "https" "http" (hasKey (dig "server" dict (include "picket.givenConfig" . | fromJson)) "tls") -}}
{{- end -}}

{{/* The whole configuration of a class's agents: the chart's values, then `config`, then the class's own. (dict "root" $ "class" …) */}}
{{- define "picket.config" -}}
{{- $values := .root.Values -}}
{{- $agent := $values.agent -}}
{{- $given := include "picket.givenConfig" . | fromJson -}}
{{- $roots := list "/var/log/pods" -}}
{{- if $agent.docker.enabled -}}{{- $roots = append $roots $agent.docker.root -}}{{- end -}}
{{- $sources := dict "containers" (dict "kind" "containers" "path" "/var/log/containers" "allowed_roots" $roots) -}}
{{- $outputs := dict -}}
{{- $elastic := include "picket.hasElasticsearch" .root -}}
{{- if $elastic -}}
{{- $_ := set $outputs "elasticsearch" (include "picket.elasticsearchOutput" .root | fromJson) -}}
{{- if $values.elasticsearch.nodeMetrics -}}
{{- $sets := list "cpu" "memory" "load" "diskio" "network" -}}
{{- if $agent.hostRoot -}}{{- $sets = append $sets "filesystem" -}}{{- end -}}
{{- $_ := set $sources "node_metrics" (dict "kind" "metrics" "sets" $sets) -}}
{{- end -}}
{{- end -}}
{{- $named := $given.outputs | default dict -}}
{{- if or (hasKey $named "local") (not (or $elastic $named)) -}}
{{- $_ := set $outputs "local" (dict "kind" "local") -}}
{{- end -}}
{{- $metrics := dict "procfs" "/host/proc" "sysfs" "/host/sys" -}}
{{- if $agent.hostRoot -}}
{{- $_ := set $metrics "rootfs" "/host/root" -}}
{{- else if not (dig "metrics" "collectors" "only" false $given) -}}
{{- $_ := set $metrics "collectors" (dict "disable" (list "filesystem" "os")) -}}
{{- end -}}
{{- $server := dict "listen" (printf ":%d" (int $agent.port)) "page" (include "picket.page" .root) -}}
{{- if $agent.tokenSecret -}}{{- $_ := set $server "token" "file:/etc/picket/server/token" -}}{{- end -}}
{{- $made := dict "state_dir" $agent.stateDir "sources" $sources "outputs" $outputs "metrics" $metrics "server" $server -}}
{{- $_ := set $made "shutdown_grace" (printf "%ds" (sub $agent.terminationGracePeriodSeconds 5)) -}}
{{- toYaml (mustMergeOverwrite $made $given) -}}
{{- end -}}

{{/*
The annotation of the pods that holds their configuration where the controller rolls out: there a revision must have its own, or nodes that wait
for the canaries start again with the new one, and a rollback puts back everything but what was wrong. Empty: it is the ConfigMap's.
*/}}
{{- define "picket.configAnnotation" -}}
{{- if eq .Values.agent.rollout.kind "picket" -}}picket.dev/config{{- end -}}
{{- end -}}

{{/*
/etc/picket: the configuration, and what it names by `file:`. Keys are named one by one, so that a Secret that lacks one is an Event of the
pod instead of an agent that cannot log in. (dict "root" $ "configMap" NAME "secret" NAME "annotation" NAME)
*/}}
{{- define "picket.configVolume" -}}
{{- $elastic := .root.Values.elasticsearch -}}
{{- $keys := dict "apiKey" (list "api_key") "basic" (list "password") "bearerToken" (list "bearer_token") "none" list -}}
name: config
projected:
  # Group-readable, for nonRoot is of group 0.
  defaultMode: 288
  sources:
    {{- if .annotation }}
    - downwardAPI:
        items:
          - path: picket.yaml
            fieldRef: {fieldPath: "metadata.annotations['{{ .annotation }}']"}
    {{- else }}
    - configMap:
        name: {{ .configMap }}
    {{- end }}
    {{- with and .secret (index $keys $elastic.auth) }}
    - secret:
        name: {{ $.secret }}
        items:
          {{- range . }}
          - {key: {{ . }}, path: elasticsearch/{{ . }}}
          {{- end }}
    {{- end }}
    {{- with $elastic.caSecret }}
    - secret:
        name: {{ . }}
        items:
          - {key: ca.crt, path: elasticsearch/ca.crt}
    {{- end }}
    {{- with $elastic.clientCertSecret }}
    - secret:
        name: {{ . }}
        items:
          - {key: tls.crt, path: elasticsearch/tls.crt}
          - {key: tls.key, path: elasticsearch/tls.key}
    {{- end }}
    {{- with .root.Values.agent.tokenSecret }}
    - secret:
        name: {{ . }}
        items:
          - {key: token, path: server/token}
    {{- end }}
{{- end -}}

{{/* The environment that `config` refers to. (dict "root" $ "secret" NAME) */}}
{{- define "picket.configEnv" -}}
{{- if and .secret (eq .root.Values.elasticsearch.auth "basic") }}
- name: ELASTICSEARCH_USERNAME
  valueFrom: {secretKeyRef: {name: {{ .secret }}, key: username}}
{{- end }}
{{- with .root.Values.agent.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
