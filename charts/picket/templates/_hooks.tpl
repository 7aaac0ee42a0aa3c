{{/*
Of a hook's own object. What it leaves on success is deleted with it; a Job that failed stays an hour for its log, which Helm 4 also
prints. (dict "when" "post-delete" "weight" -5)
*/}}
{{- define "picket.hookAnnotations" -}}
helm.sh/hook: {{ .when }}
helm.sh/hook-weight: {{ .weight | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
helm.sh/hook-output-log-policy: hook-succeeded,hook-failed
{{- end -}}

{{/* What is common to the pods of hooks and of the test; none of them is an agent, so they may run wherever the controller may. */}}
{{- define "picket.hookPod" -}}
restartPolicy: Never
{{- with include "picket.pullSecrets" . }}
{{ . }}
{{- end }}
enableServiceLinks: false
nodeSelector:
  {{- toYaml (merge (dict "kubernetes.io/os" "linux") (.Values.controller.nodeSelector | default dict)) | nindent 2 }}
{{ include "picket.controllerTolerations" . }}
securityContext:
  {{- include "picket.restrictedPod" . | nindent 2 }}
  fsGroup: 65532
{{- end -}}

{{/* (dict "root" $ "of" "agent" "name" "setup" "args" (list …)) */}}
{{- define "picket.hookContainer" -}}
name: {{ .name }}
image: {{ include "picket.image" . }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args:
  {{- toYaml .args | nindent 2 }}
resources:
  requests: {cpu: 10m, memory: 64Mi}
  limits: {memory: 200Mi}
securityContext:
  {{- include "picket.restrictedContainer" . | nindent 2 }}
{{- end -}}

{{/*
Of the agents' further volumes those that `restricted` allows, as {"volumes": […], "mounts": […]}: `config` may name files in them, keys and
authorities.
*/}}
{{- define "picket.hookVolumes" -}}
{{- $volumes := list -}}
{{- $mounts := list -}}
{{- range .Values.agent.extraVolumes -}}
{{- if not (hasKey . "hostPath") -}}
{{- $volumes = append $volumes . -}}
{{- $name := .name -}}
{{- range $.Values.agent.extraVolumeMounts -}}
{{- if eq .name $name -}}{{- $mounts = append $mounts . -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- dict "volumes" $volumes "mounts" $mounts | toJson -}}
{{- end -}}

{{/*
A Job that asks Elasticsearch, with the rights of setup.existingSecret where there is one.
(dict "root" $ "name" "elasticsearch-setup" "configMap" … "when" … "args" (list …) "deadline" 300)
*/}}
{{- define "picket.elasticsearchJob" -}}
{{- $elastic := .root.Values.elasticsearch -}}
{{- $secret := $elastic.setup.existingSecret | default $elastic.existingSecret -}}
{{- $config := dict "root" .root "configMap" .configMap "secret" $secret -}}
{{- $further := include "picket.hookVolumes" .root | fromJson -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ include "picket.fullname" .root }}-{{ .name }}
  namespace: {{ include "picket.namespace" .root }}
  labels:
    {{- include "picket.labels" (dict "root" .root "component" "hook") | nindent 4 }}
  annotations:
    {{- include "picket.hookAnnotations" (dict "when" .when "weight" 0) | nindent 4 }}
spec:
  backoffLimit: 4
  activeDeadlineSeconds: {{ .deadline }}
  ttlSecondsAfterFinished: 3600
  template:
    metadata:
      labels:
        {{- include "picket.selectorLabels" (dict "root" .root "component" "hook") | nindent 8 }}
    spec:
      {{- include "picket.hookPod" .root | nindent 6 }}
      automountServiceAccountToken: false
      containers:
        - {{ include "picket.hookContainer" (dict "root" .root "of" "agent" "name" "elasticsearch" "args" .args) | indent 10 | trim }}
          {{- with include "picket.configEnv" $config }}
          env:
            {{- . | trim | nindent 12 }}
          {{- end }}
          volumeMounts:
            - {name: config, mountPath: /etc/picket, readOnly: true}
            {{- with $further.mounts }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
      volumes:
        - {{ include "picket.configVolume" $config | indent 10 | trim }}
        {{- with $further.volumes }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
{{- end -}}

{{/* Whether some output of the first class is Elasticsearch: "true" or "". */}}
{{- define "picket.anyElasticsearch" -}}
{{- range dig "outputs" dict (include "picket.config" (dict "root" . "class" (dict "name" "default")) | fromYaml) -}}
{{- if eq .kind "elasticsearch" -}}true{{- end -}}
{{- end -}}
{{- end -}}
