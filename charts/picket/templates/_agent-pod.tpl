{{/* The agent's security context: reading log files takes their owner or their group, and nothing else. */}}
{{- define "picket.agentSecurity" -}}
{{- $user := ternary (dict "runAsUser" 65532 "runAsNonRoot" true) (dict "runAsUser" 0) (eq .Values.agent.profile "nonRoot") -}}
{{- $fixed := dict "runAsGroup" 0 "allowPrivilegeEscalation" false "privileged" false "readOnlyRootFilesystem" true "capabilities" (dict "drop" (list "ALL")) -}}
{{- toYaml (mustMergeOverwrite $fixed $user (deepCopy (.Values.agent.securityContext | default dict))) -}}
{{- end -}}

{{/*
Gives the state folder, which the kubelet makes as root's, to the profile's user. Links are not followed, and nothing but this folder is mounted.
It stands without the image's entry point, which needs the folder.
*/}}
{{- define "picket.ownState" -}}
{{- $agent := .Values.agent -}}
{{- if or (eq $agent.ownState "always") (and (eq $agent.ownState "auto") (eq $agent.profile "nonRoot")) -}}
initContainers:
  - name: own-state
    image: {{ include "picket.image" (dict "root" . "of" "agent") }}
    imagePullPolicy: {{ .Values.image.pullPolicy }}
    command: [node]
    args:
      - --eval
      - |
        const fs = require('node:fs')
        const own = (path) => {
          fs.lchownSync(path, {{ ternary 65532 0 (eq $agent.profile "nonRoot") }}, 0)
          if (!fs.lstatSync(path).isDirectory()) return
          for (const name of fs.readdirSync(path)) own(`${path}/${name}`)
        }
        own('{{ $agent.stateDir }}')
    securityContext:
      runAsUser: 0
      runAsGroup: 0
      runAsNonRoot: false
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities: {drop: [ALL], add: [CHOWN, DAC_OVERRIDE]}
    resources:
      requests: {cpu: 10m, memory: 64Mi}
      limits: {memory: 128Mi}
    volumeMounts:
      - {name: state, mountPath: {{ $agent.stateDir }}}
{{- end }}
{{- end -}}

{{- define "picket.agentVolumes" -}}
{{- $agent := .root.Values.agent -}}
{{- $config := dict "root" .root "configMap" (include "picket.daemonSet" .) "secret" .root.Values.elasticsearch.existingSecret -}}
{{- $_ := set $config "annotation" (include "picket.configAnnotation" .root) -}}
- {{ include "picket.configVolume" $config | indent 2 | trim }}
- name: state
  hostPath: {path: {{ $agent.stateDir }}, type: DirectoryOrCreate}
- name: logs
  hostPath: {path: /var/log, type: Directory}
- name: proc
  hostPath: {path: /proc, type: Directory}
- name: sys
  hostPath: {path: /sys, type: Directory}
{{- if $agent.hostRoot }}
- name: root
  hostPath: {path: /, type: Directory}
{{- end }}
{{- if $agent.docker.enabled }}
- name: docker
  hostPath: {path: {{ $agent.docker.root }}, type: Directory}
{{- end }}
{{- with $agent.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "picket.agentMounts" -}}
{{- $agent := .Values.agent -}}
- {name: config, mountPath: /etc/picket, readOnly: true}
- {name: state, mountPath: {{ $agent.stateDir }}}
- {name: logs, mountPath: /var/log, readOnly: true}
- {name: proc, mountPath: /host/proc, readOnly: true}
- {name: sys, mountPath: /host/sys, readOnly: true}
{{- if $agent.hostRoot }}
- {name: root, mountPath: /host/root, readOnly: true, mountPropagation: HostToContainer}
{{- end }}
{{- if $agent.docker.enabled }}
- {name: docker, mountPath: {{ $agent.docker.root }}, readOnly: true}
{{- end }}
{{- with $agent.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "picket.agentPorts" -}}
{{- $agent := .Values.agent -}}
- name: metrics
  containerPort: {{ $agent.port }}
  {{- with $agent.hostPort }}
  hostPort: {{ . }}
  {{- end }}
{{- if eq $agent.page.listen "pod" }}
- name: page
  containerPort: {{ $agent.page.port }}
  {{- with $agent.page.hostPort }}
  hostPort: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{/*
With a surge the new agent waits for the state folder until the old one has ended, and the old one is ended when the new one is Ready: there
"lives" must be enough. Else the start is over, and liveness begins, when /readyz says so: reading a full queue takes its time.
*/}}
{{- define "picket.agentProbes" -}}
{{- $probes := .root.Values.agent.probes -}}
{{- $surge := include "picket.isSome" .root.Values.agent.rollout.maxSurge -}}
{{- $ready := ternary "/healthz" "/readyz" (eq $surge "true") -}}
{{- $scheme := include "picket.scheme" . | upper -}}
startupProbe:
  httpGet: {path: {{ $ready }}, port: metrics, scheme: {{ $scheme }}}
  {{- toYaml $probes.startup | nindent 2 }}
livenessProbe:
  httpGet: {path: /healthz, port: metrics, scheme: {{ $scheme }}}
  {{- toYaml $probes.liveness | nindent 2 }}
readinessProbe:
  httpGet: {path: {{ $ready }}, port: metrics, scheme: {{ $scheme }}}
  {{- toYaml $probes.readiness | nindent 2 }}
{{- end -}}

{{- define "picket.agentContainer" -}}
{{- $agent := .root.Values.agent -}}
name: agent
image: {{ include "picket.image" (dict "root" .root "of" "agent") }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args:
  - --config
  - /etc/picket/picket.yaml
  {{- range $agent.extraArgs }}
  - {{ . | quote }}
  {{- end }}
env:
  - {name: NODE_NAME, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
  - {name: POD_NAMESPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}
  - {name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
  # By these the agent leaves out its own log, which would feed on itself.
  - {name: CONTAINER_NAME, value: agent}
  {{- with include "picket.configEnv" (dict "root" .root "secret" .root.Values.elasticsearch.existingSecret) }}
  {{- . | trim | nindent 2 }}
  {{- end }}
ports:
  {{- include "picket.agentPorts" .root | nindent 2 }}
{{ include "picket.agentProbes" . }}
resources:
  {{- toYaml (.class.resources | default $agent.resources) | nindent 2 }}
securityContext:
  {{- include "picket.agentSecurity" .root | nindent 2 }}
volumeMounts:
  {{- include "picket.agentMounts" .root | nindent 2 }}
{{- end -}}

{{- define "picket.agentPodAnnotations" -}}
{{- $agent := .root.Values.agent -}}
{{- $ours := dict
  "prometheus.io/scrape" "true"
  "prometheus.io/port" (toString $agent.port)
  "prometheus.io/path" "/metrics"
  "prometheus.io/scheme" (include "picket.scheme" .)
  "checksum/config" (include "picket.config" . | sha256sum)
-}}
{{- with include "picket.configAnnotation" .root -}}
{{- $_ := set $ours . (include "picket.config" $) -}}
{{- end -}}
{{- if $agent.lastOnNode -}}
{{- $_ := set $ours "cluster-autoscaler.kubernetes.io/enable-ds-eviction" "false" -}}
{{- end -}}
{{- toYaml (mustMergeOverwrite $ours (deepCopy ($agent.podAnnotations | default dict))) -}}
{{- end -}}

{{/* The pod of a class's agents. (dict "root" $ "class" …) */}}
{{- define "picket.agentPod" -}}
{{- $agent := .root.Values.agent -}}
metadata:
  labels:
    {{- include "picket.agentSelector" . | nindent 4 }}
    app.kubernetes.io/version: {{ include "picket.version" .root | quote }}
    {{- with $agent.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    {{- include "picket.agentPodAnnotations" . | nindent 4 }}
spec:
  serviceAccountName: {{ include "picket.agentAccount" .root }}
  {{- with include "picket.pullSecrets" .root }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with include "picket.priorityClass" .root }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with $agent.schedulerName }}
  schedulerName: {{ . }}
  {{- end }}
  {{- if $agent.hostNetwork }}
  hostNetwork: true
  dnsPolicy: ClusterFirstWithHostNet
  {{- end }}
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ $agent.terminationGracePeriodSeconds }}
  securityContext:
    {{- toYaml (mustMergeOverwrite (dict "seccompProfile" (dict "type" "RuntimeDefault")) (deepCopy ($agent.podSecurityContext | default dict))) | nindent 4 }}
  nodeSelector:
    {{- toYaml (merge (dict "kubernetes.io/os" "linux") ($agent.nodeSelector | default dict)) | nindent 4 }}
  {{- with include "picket.affinity" . }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with include "picket.agentTolerations" .root }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with include "picket.ownState" .root }}
  {{- . | nindent 2 }}
  {{- end }}
  containers:
    - {{ include "picket.agentContainer" . | indent 6 | trim }}
  volumes:
    {{- include "picket.agentVolumes" . | nindent 4 }}
{{- end -}}
