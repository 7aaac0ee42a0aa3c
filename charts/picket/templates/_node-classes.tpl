{{/* Every class, the one of all other nodes first, as {"items": […]}: templates return text. */}}
{{- define "picket.nodeClasses" -}}
{{- dict "items" (prepend (.Values.nodeClasses | default list) (dict "name" "default")) | toJson -}}
{{- end -}}

{{/* The DaemonSet's name by the class's, not by its place in the list: to add a class or to change their order renames none. */}}
{{- define "picket.daemonSet" -}}
{{- $agent := printf "%s-agent" (include "picket.fullname" .root) -}}
{{- ternary $agent (printf "%s-%s" $agent .class.name) (eq .class.name "default") -}}
{{- end -}}

{{/* What must hold of a node of this class, as {"items": […]} of node selector requirements: all of them. */}}
{{- define "picket.classRequirements" -}}
{{- $items := list -}}
{{- range $key, $value := .selector.matchLabels -}}
{{- $items = append $items (dict "key" $key "operator" "In" "values" (list $value)) -}}
{{- end -}}
{{- dict "items" (concat $items (.selector.matchExpressions | default list)) | toJson -}}
{{- end -}}

{{/*
The opposite of a requirement. NotIn is true of nodes without the label too (k8s.io/apimachinery, labels.Requirement.Matches), so each
of the four is the exact opposite of another, and between them is neither overlap nor gap.
*/}}
{{- define "picket.opposite" -}}
{{- $opposites := dict "In" "NotIn" "NotIn" "In" "Exists" "DoesNotExist" "DoesNotExist" "Exists" -}}
{{- set (deepCopy .) "operator" (index $opposites .operator) | toJson -}}
{{- end -}}

{{/*
The terms of the required node affinity of a class, as {"items": […]}: one of them must hold. A node of several classes is the first
one's, so each class leaves out those before it, and `default` leaves out all. "Not (a and b)" is "not a, or not b": each term becomes one
per requirement of the class that is left out.
*/}}
{{- define "picket.nodeSelectorTerms" -}}
{{- $agent := .root.Values.agent -}}
{{- $name := .class.name -}}
{{- $own := list -}}
{{- if $agent.excludeVirtualNodes -}}
{{- $own = append $own (dict "key" "type" "operator" "NotIn" "values" (list "virtual-kubelet")) -}}
{{- $own = append $own (dict "key" "eks.amazonaws.com/compute-type" "operator" "NotIn" "values" (list "fargate")) -}}
{{- end -}}
{{- if .class.retired -}}
{{- /* Together with the nodeSelector that every agent has: no node at all. */ -}}
{{- $own = append $own (dict "key" "kubernetes.io/os" "operator" "DoesNotExist") -}}
{{- else if ne $name "default" -}}
{{- $own = concat $own (include "picket.classRequirements" .class | fromJson).items -}}
{{- end -}}
{{- $terms := list (dict "matchExpressions" $own) -}}
{{- $before := true -}}
{{- range .root.Values.nodeClasses -}}
{{- if eq .name $name -}}{{- $before = false -}}{{- end -}}
{{- if and $before (not .retired) -}}
{{- $next := list -}}
{{- range $requirement := (include "picket.classRequirements" . | fromJson).items -}}
{{- range $terms -}}
{{- $next = append $next (dict "matchExpressions" (append .matchExpressions (include "picket.opposite" $requirement | fromJson))) -}}
{{- end -}}
{{- end -}}
{{- $terms = $next -}}
{{- end -}}
{{- end -}}
{{- $wanted := dig "nodeAffinity" "requiredDuringSchedulingIgnoredDuringExecution" "nodeSelectorTerms" list ($agent.affinity | default dict) -}}
{{- if $wanted -}}
{{- $next := list -}}
{{- range $term := $terms -}}
{{- range $wanted -}}
{{- $next = append $next (set (deepCopy .) "matchExpressions" (concat (.matchExpressions | default list) $term.matchExpressions)) -}}
{{- end -}}
{{- end -}}
{{- $terms = $next -}}
{{- end -}}
{{- if gt (len $terms) 64 -}}
{{- fail (printf "nodeClasses and agent.affinity together make %d terms of node affinity; 64 are the most: use fewer requirements per class" (len $terms)) -}}
{{- end -}}
{{- $items := list -}}
{{- range $terms -}}
{{- if or .matchExpressions .matchFields -}}{{- $items = append $items . -}}{{- end -}}
{{- end -}}
{{- dict "items" $items | toJson -}}
{{- end -}}

{{- define "picket.affinity" -}}
{{- $affinity := deepCopy (.root.Values.agent.affinity | default dict) -}}
{{- $terms := (include "picket.nodeSelectorTerms" . | fromJson).items -}}
{{- if $terms -}}
{{- $node := $affinity.nodeAffinity | default dict -}}
{{- $required := dict "requiredDuringSchedulingIgnoredDuringExecution" (dict "nodeSelectorTerms" $terms) -}}
{{- $affinity = set $affinity "nodeAffinity" (merge $required (omit $node "requiredDuringSchedulingIgnoredDuringExecution")) -}}
{{- end -}}
{{- with $affinity -}}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
