{{/* What Pod Security's `restricted` asks of a container; nothing of Picket but the agents needs more. */}}
{{- define "picket.restrictedContainer" -}}
allowPrivilegeEscalation: false
capabilities: {drop: [ALL]}
readOnlyRootFilesystem: true
{{- end -}}

{{- define "picket.restrictedPod" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{/* A cluster whose every node has the startup taint, or is a control plane's, or waits for its network, must get its controller all the same. */}}
{{- define "picket.controllerTolerations" -}}
tolerations:
  - {{ include "picket.startupToleration" . }}
  - {key: node-role.kubernetes.io/control-plane, operator: Exists, effect: NoSchedule}
  - {key: node-role.kubernetes.io/master, operator: Exists, effect: NoSchedule}
  - {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoSchedule}
  # A lost node's controller is replaced sooner than by the default of five minutes.
  - {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 60}
  - {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 60}
  {{- with .Values.controller.tolerations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* release or cluster: primary mode is for all DaemonSets, or nobody would look after the others. */}}
{{- define "picket.scope" -}}
{{- $controller := .Values.controller -}}
{{- if eq $controller.scope "auto" -}}
{{- ternary "cluster" "release" (eq $controller.mode "primary") -}}
{{- else -}}
{{- $controller.scope -}}
{{- end -}}
{{- end -}}

{{/* Name and namespace of the Lease, and the startup taint: the controller and what cleans up after it must mean the same. */}}
{{- define "picket.leaseArguments" -}}
- --lease-name={{ include "picket.fullname" . }}-controller
- --lease-namespace={{ include "picket.namespace" . }}
{{- end -}}

{{- define "picket.startupTaintFor" -}}
{{- $names := list -}}
{{- range (include "picket.nodeClasses" . | fromJson).items -}}
{{- $names = append $names (printf "%s/%s" (include "picket.namespace" $) (include "picket.daemonSet" (dict "root" $ "class" .))) -}}
{{- end -}}
{{- join "," $names -}}
{{- end -}}

{{- define "picket.controllerArguments" -}}
{{- $controller := .Values.controller -}}
- --mode={{ $controller.mode }}
- --takeover-after={{ $controller.takeoverAfter }}
{{- if eq (include "picket.scope" .) "release" }}
- --namespace={{ include "picket.namespace" . }}
- --selector=app.kubernetes.io/name=picket,app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/component=agent
{{- end }}
{{ include "picket.leaseArguments" . }}
{{- if $controller.startupTaint.enabled }}
- --startup-taint-for={{ include "picket.startupTaintFor" . }}
- --startup-taint={{ $controller.startupTaint.mode }}
- --startup-taint-key={{ $controller.startupTaint.key }}
{{- end }}
- --read-agents={{ $controller.readAgents }}
{{- if and $controller.readAgents .Values.agent.tokenSecret }}
- --agent-token-file=/etc/picket/agent/token
{{- end }}
{{- if $controller.metricsPerNode }}
- --metrics-per-node
{{- end }}
- --listen=:{{ $controller.port }}
- --log-level={{ $controller.logLevel }}
{{- range $controller.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end -}}

{{- define "picket.controllerContainer" -}}
{{- $controller := .Values.controller -}}
name: controller
image: {{ include "picket.image" (dict "root" . "of" "controller") }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args:
  {{- include "picket.controllerArguments" . | nindent 2 }}
{{- with $controller.extraEnv }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  - name: metrics
    containerPort: {{ $controller.port }}
startupProbe:
  httpGet: {path: /healthz, port: metrics}
  {{- toYaml $controller.probes.startup | nindent 2 }}
livenessProbe:
  httpGet: {path: /healthz, port: metrics}
  {{- toYaml $controller.probes.liveness | nindent 2 }}
readinessProbe:
  httpGet: {path: /readyz, port: metrics}
  {{- toYaml $controller.probes.readiness | nindent 2 }}
resources:
  {{- toYaml $controller.resources | nindent 2 }}
securityContext:
  {{- include "picket.restrictedContainer" . | nindent 2 }}
{{- if and $controller.readAgents .Values.agent.tokenSecret }}
volumeMounts:
  - {name: agent-token, mountPath: /etc/picket/agent, readOnly: true}
{{- end }}
{{- end -}}
