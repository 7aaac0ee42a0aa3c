{{/*
One alert as the values want it, as JSON; empty where they turn it off. The threshold is the number at the end of the expression.
(dict "rule" {} "change" {} "rules" .Values.monitoring.prometheusRule)
*/}}
{{- define "picket.monitoring.alert" -}}
{{- $rule := deepCopy .rule -}}
{{- $change := .change | default dict -}}
{{- $name := $rule.alert -}}
{{- $known := list "enabled" "threshold" "for" "severity" "labels" "annotations" -}}
{{- range $key, $_ := $change -}}
{{- if not (has $key $known) -}}
{{- fail (printf "monitoring.prometheusRule.alerts.%s.%s: there are %s" $name $key (join ", " $known)) -}}
{{- end -}}
{{- end -}}
{{- if hasKey $change "threshold" -}}
{{- if or (contains " or " $rule.expr) (not (regexMatch " [<>] [0-9.]+$" $rule.expr)) -}}
{{- fail (printf "monitoring.prometheusRule.alerts.%s.threshold: this alert has none" $name) -}}
{{- end -}}
{{- $_ := set $rule "expr" (regexReplaceAll "[0-9.]+$" $rule.expr (toString $change.threshold)) -}}
{{- end -}}
{{- with $change.for -}}{{- $_ := set $rule "for" . -}}{{- end -}}
{{- $labels := mergeOverwrite (dict) $rule.labels (.rules.alertLabels | default dict) ($change.labels | default dict) -}}
{{- with $change.severity -}}{{- $_ := set $labels "severity" . -}}{{- end -}}
{{- $annotations := mergeOverwrite (dict) $rule.annotations -}}
{{- with .rules.runbookUrl -}}
{{- $_ := set $annotations "runbook_url" (regexReplaceAll "^[^#]*" $annotations.runbook_url .) -}}
{{- end -}}
{{- $_ := set $rule "labels" $labels -}}
{{- $_ := set $rule "annotations" (mergeOverwrite $annotations ($change.annotations | default dict)) -}}
{{- if ne (toString $change.enabled) "false" -}}{{- toJson $rule -}}{{- end -}}
{{- end -}}

{{/* Groups of the rule files, as JSON: they are read as data, so that their own {{ "{{ }}" }} stay as they are. */}}
{{- define "picket.monitoring.groups" -}}
{{- $rules := .Values.monitoring.prometheusRule -}}
{{- $changes := $rules.alerts | default dict -}}
{{- $files := list "rules/agents.yaml" -}}
{{- if include "picket.monitoring.hasController" . -}}{{- $files = append $files "rules/controller.yaml" -}}{{- end -}}
{{- $names := list -}}
{{- range list "rules/agents.yaml" "rules/controller.yaml" -}}
{{- range ($.Files.Get . | fromYaml).groups -}}{{- range .rules -}}{{- $names = append $names .alert -}}{{- end -}}{{- end -}}
{{- end -}}
{{- range $name, $_ := $changes -}}
{{- if not (has $name $names) -}}
{{- fail (printf "monitoring.prometheusRule.alerts.%s: there is no such alert; there are %s" $name (join ", " $names)) -}}
{{- end -}}
{{- end -}}
{{- $groups := list -}}
{{- range $files -}}
{{- range ($.Files.Get . | fromYaml).groups -}}
{{- $kept := list -}}
{{- range .rules -}}
{{- $alert := include "picket.monitoring.alert" (dict "rule" . "change" (get $changes .alert) "rules" $rules) -}}
{{- if $alert -}}{{- $kept = append $kept (fromJson $alert) -}}{{- end -}}
{{- end -}}
{{- if $kept -}}{{- $groups = append $groups (dict "name" .name "rules" $kept) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $groups -}}
{{- end -}}
