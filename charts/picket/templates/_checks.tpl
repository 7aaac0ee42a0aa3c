{{/* What no value can say alone, and the schema not of two. Each says what to do. */}}
{{- define "picket.checks" -}}
{{- $agent := .Values.agent -}}
{{- $surge := include "picket.isSome" $agent.rollout.maxSurge -}}
{{- $names := list "default" -}}
{{- range .Values.nodeClasses -}}
{{- if has .name $names -}}{{- fail (printf "nodeClasses: the name %s is taken" .name) -}}{{- end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- if and $surge (or $agent.hostPort $agent.page.hostPort $agent.hostNetwork) -}}
{{- fail "agent.rollout.maxSurge: the old and the new agent of a node cannot have one port of it; set maxSurge to 0, or hostPort to 0 and hostNetwork to false" -}}
{{- end -}}
{{- if not (or $surge (include "picket.isSome" $agent.rollout.maxUnavailable)) -}}
{{- fail "agent.rollout: with maxUnavailable 0 and no maxSurge no agent may ever be replaced; set one of them" -}}
{{- end -}}
{{- if and .Values.controller.enabled .Values.controller.hostNetwork (not (include "picket.isSome" .Values.controller.maxUnavailable)) -}}
{{- fail "controller.maxUnavailable: with hostNetwork a new controller needs the port of an old one; set it to 1 at least" -}}
{{- end -}}
{{- if and $surge (eq $agent.rollout.kind "picket") -}}
{{- fail "agent.rollout.maxSurge is for kind rolling alone" -}}
{{- end -}}
{{- if and (eq $agent.rollout.kind "picket") (not .Values.controller.enabled) -}}
{{- fail "agent.rollout.kind picket needs the controller: with OnDelete nobody else replaces a pod" -}}
{{- end -}}
{{- if and (eq $agent.page.listen "pod") (not $agent.tokenSecret) -}}
{{- fail "agent.page.listen pod shows the logs to everybody who reaches the pod: it needs agent.tokenSecret" -}}
{{- end -}}
{{- if and $agent.page.hostPort (ne $agent.page.listen "pod") -}}
{{- fail "agent.page.hostPort needs agent.page.listen pod, and that agent.tokenSecret" -}}
{{- end -}}
{{- if and $agent.hostNetwork (or (not (has (int $agent.hostPort) (list 0 (int $agent.port)))) (not (has (int $agent.page.hostPort) (list 0 (int $agent.page.port))))) -}}
{{- fail "agent.hostPort and agent.page.hostPort: with hostNetwork a port of the pod is one of the node; set them to the port itself, or to 0" -}}
{{- end -}}
{{- if and .Values.elasticsearch.hosts .Values.elasticsearch.cloudId -}}
{{- fail "elasticsearch.hosts and elasticsearch.cloudId: one of them is enough" -}}
{{- end -}}
{{- $grace := $agent.terminationGracePeriodSeconds -}}
{{- range prepend (.Values.nodeClasses | default list) (dict "name" "default" "config" .Values.config) -}}
{{- $given := dig "shutdown_grace" "" (.config | default dict) | toString -}}
{{- if ge (include "picket.seconds" $given | float64) (float64 $grace) -}}
{{- fail (printf "config.shutdown_grace of class %s is %s; it must be below agent.terminationGracePeriodSeconds (%d): at its end the kubelet kills the agent" .name $given (int $grace)) -}}
{{- end -}}
{{- end -}}
{{- range (lookup "apps/v1" "DaemonSet" (include "picket.namespace" .) "").items -}}
{{- $class := dig "spec" "selector" "matchLabels" "picket.dev/node-class" "" . -}}
{{- $ours := eq (dig "metadata" "labels" "app.kubernetes.io/instance" "" .) $.Release.Name -}}
{{- if and $ours $class (not (has $class $names)) (dig "status" "currentNumberScheduled" 0 .) -}}
{{- fail (printf "nodeClasses lacks %s, whose DaemonSet %s has agents: set `retired: true` on it first, and leave it out when they have gone to the other classes" $class .metadata.name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
