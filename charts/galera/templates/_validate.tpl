{{/* Everything that is wrong with the values, at once, each by its name. What a schema can say stands in values.schema.json. */}}
{{- define "galera.validate" -}}
{{- $wrong := list -}}
{{- $fullname := include "galera.fullname" . -}}
{{- if gt (len $fullname) 32 -}}
{{- $wrong = append $wrong (printf "fullnameOverride: the cluster would be called %q, and Galera takes at most 32 characters: set a shorter name" $fullname) -}}
{{- end -}}
{{- if and .Values.auth.existingSecret (or .Values.auth.rootPassword .Values.auth.password) -}}
{{- $wrong = append $wrong "auth.existingSecret: set it or auth.rootPassword and auth.password, not both" -}}
{{- end -}}
{{- if $wrong -}}
{{- fail (printf "\n\n  - %s\n" (join "\n  - " $wrong)) -}}
{{- end -}}
{{- end -}}
