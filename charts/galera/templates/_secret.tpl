{{/* The Secret of this name that is in the cluster; empty where there is none, and where a chart is rendered without a cluster. */}}
{{- define "galera.secretInCluster" -}}
{{- $found := lookup "v1" "Secret" .Release.Namespace (include "galera.secretName" .) | default dict -}}
{{ $found.data | default dict | toJson }}
{{- end -}}

{{/* One value of the Secret, encoded: what is in the cluster, else what was given, else random. Never empty. */}}
{{- define "galera.secretValue" -}}
{{ index .there .key | default (default (randAlphaNum 32) .given | b64enc) }}
{{- end -}}
