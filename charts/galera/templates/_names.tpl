{{/* The name of the cluster: its objects, its nodes and its Galera group are called after it. */}}
{{- define "galera.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride }}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{ ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- end -}}
{{- end -}}

{{/* What tells the cluster's pods from all others; immutable in the StatefulSet, so nothing that changes with a version. */}}
{{- define "galera.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: node
{{- end -}}

{{/* Labels of objects. The pod template has none of the versions: a new chart alone restarts nobody. */}}
{{- define "galera.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "galera.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Of the pod of `helm test`, which is a client and no node. */}}
{{- define "galera.testLabels" -}}
{{ include "galera.selectorLabels" . | replace "component: node" "component: test" }}
{{- end -}}

{{- define "galera.podLabels" -}}
{{ include "galera.selectorLabels" . }}
{{- with merge (dict) .Values.podLabels .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "galera.image" -}}
{{- $tag := .Values.image.tag | default (ternary "" .Chart.AppVersion (not (empty .Values.image.digest))) -}}
{{ .Values.image.repository }}{{ with $tag }}:{{ . }}{{ end }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end -}}

{{- define "galera.secretName" -}}
{{ default (include "galera.fullname" .) .Values.auth.existingSecret }}
{{- end -}}

{{- define "galera.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{ default (include "galera.fullname" .) .Values.serviceAccount.name }}
{{- else -}}
{{ default "default" .Values.serviceAccount.name }}
{{- end -}}
{{- end -}}

{{/* "true" where the volumes outlive the release. Then their passwords and the memory of the cluster must, too; and otherwise they
     must not, or a new cluster of this name would look for data that were deleted on purpose. */}}
{{- define "galera.outlives" -}}
{{- if and .Values.persistence.enabled (eq .Values.persistence.retentionPolicy.whenDeleted "Retain") -}}true{{- end -}}
{{- end -}}
