{{/* What tells the pods of the backups' jobs from all others. */}}
{{- define "galera.backupSelectorLabels" -}}
{{ include "galera.selectorLabels" . | replace "component: node" "component: backup" }}
{{- end -}}

{{/* Labels of the backups' objects. */}}
{{- define "galera.backupLabels" -}}
{{ include "galera.labels" . | replace "component: node" "component: backup" }}
{{- end -}}

{{/* Where the cluster, the store and the key are, for galeractl in a job. */}}
{{- define "galera.backupEnv" -}}
{{- $backup := .Values.backup -}}
- name: GALERACTL_AGENTS
  value: {{ include "galera.fullname" . }}-headless.{{ .Release.Namespace }}.svc.{{ .Values.clusterDomain }}:8008
- name: GALERACTL_TOKEN_FILE
  value: /run/secrets/galera/agent-token
- name: GALERACTL_STORE
  value: {{ $backup.to | quote }}
{{- with $backup.storeOptions }}
{{- $options := list }}
{{- range $name, $value := . }}{{ $options = append $options (printf "%s=%s" $name $value) }}{{ end }}
- name: GALERACTL_STORE_OPTIONS
  value: {{ join " " $options | quote }}
{{- end }}
{{- if $backup.encryption.existingSecret }}
- name: GALERACTL_KEY_FILE
  value: /run/secrets/backup/key
{{- end }}
{{- if eq $backup.method "logical" }}
- name: GALERACTL_PASSWORD_FILE
  value: /run/secrets/galera/root-password
{{- end }}
{{- end -}}

{{- define "galera.backupMounts" -}}
- {name: secrets, mountPath: /run/secrets/galera, readOnly: true}
- {name: tmp, mountPath: /tmp}
{{- if .Values.backup.encryption.existingSecret }}
- {name: key, mountPath: /run/secrets/backup, readOnly: true}
{{- end }}
{{- if .Values.backup.existingClaim }}
- {name: backups, mountPath: /backups}
{{- end }}
{{- end -}}

{{- define "galera.backupVolumes" -}}
{{- $backup := .Values.backup -}}
{{- $keys := ternary .Values.auth.existingSecretKeys (dict "rootPassword" "root-password" "agentToken" "agent-token") (not (empty .Values.auth.existingSecret)) -}}
- name: secrets
  secret:
    secretName: {{ include "galera.secretName" . }}
    defaultMode: 0440
    items:
      - {key: {{ $keys.agentToken }}, path: agent-token}
      {{- if eq $backup.method "logical" }}
      - {key: {{ $keys.rootPassword }}, path: root-password}
      {{- end }}
- name: tmp
  emptyDir: {}
{{- with $backup.encryption.existingSecret }}
- name: key
  secret:
    secretName: {{ . }}
    defaultMode: 0440
    items:
      - {key: {{ $backup.encryption.key }}, path: key}
{{- end }}
{{- with $backup.existingClaim }}
- name: backups
  persistentVolumeClaim:
    claimName: {{ . }}
{{- end }}
{{- end -}}

{{/* A container of a job: its name and words behind `galeractl backup` come in a dict with the root. */}}
{{- define "galera.backupContainer" -}}
name: {{ .name }}
image: {{ include "galera.image" .root }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
command: {{ concat (list "galeractl" "backup") .words | toJson }}
env:
  {{- include "galera.backupEnv" .root | nindent 2 }}
{{- with .root.Values.backup.credentialsSecret }}
envFrom:
  - secretRef: {name: {{ . }}}
{{- end }}
resources:
  {{- toYaml .resources | nindent 2 }}
securityContext:
  {{- include "galera.containerSecurity" .root | nindent 2 }}
{{- end -}}

{{/* What all pods of the jobs have in common. */}}
{{- define "galera.backupPod" -}}
restartPolicy: Never
serviceAccountName: {{ include "galera.fullname" . }}-backup
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  {{- include "galera.podSecurity" . | nindent 2 }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* A job that is missed for an hour is left to the next time; one that fails is tried once more. */}}
{{- define "galera.backupSchedule" -}}
concurrencyPolicy: Forbid
startingDeadlineSeconds: 3600
successfulJobsHistoryLimit: 3
failedJobsHistoryLimit: 3
{{- with .Values.backup.timeZone }}
timeZone: {{ . | quote }}
{{- end }}
{{- end -}}

{{/* A schedule of cron in words, where it is one of the usual ones. */}}
{{- define "galera.scheduleInWords" -}}
{{- $days := list "Sunday" "Monday" "Tuesday" "Wednesday" "Thursday" "Friday" "Saturday" "Sunday" -}}
{{- $parts := splitList " " . -}}
{{- if regexMatch "^[0-9]+ [0-9]+ \\* \\* \\*$" . -}}
every day at {{ printf "%02d:%02d" (index $parts 1 | int) (index $parts 0 | int) }}
{{- else if regexMatch "^[0-9]+ [0-9]+ \\* \\* [0-7]$" . -}}
every {{ index $days (index $parts 4 | int) }} at {{ printf "%02d:%02d" (index $parts 1 | int) (index $parts 0 | int) }}
{{- else if regexMatch "^[0-9]+ \\* \\* \\* \\*$" . -}}
every hour, at minute {{ index $parts 0 | int }}
{{- else -}}
by the schedule {{ . | quote }}
{{- end -}}
{{- end -}}

{{- define "galera.wrongBackup" -}}
{{- $wrong := list -}}
{{- $backup := .Values.backup -}}
{{- if $backup.enabled -}}
  {{- if not $backup.to -}}
  {{- $wrong = append $wrong "backup.to: where are backups to be stored? As in s3://bucket/prefix, or file:///backups with backup.existingClaim" -}}
  {{- end -}}
  {{- if and (hasPrefix "file://" $backup.to) (not $backup.existingClaim) -}}
  {{- $wrong = append $wrong "backup.existingClaim: backups in a directory of the job would be gone with it: name a claim" -}}
  {{- end -}}
  {{- if and $backup.existingClaim (not (hasPrefix "file://" $backup.to)) -}}
  {{- $wrong = append $wrong "backup.existingClaim: only a store file:///backups is in it: set backup.to to that, or leave this unset" -}}
  {{- end -}}
  {{- if and $backup.databases (ne $backup.method "logical") -}}
  {{- $wrong = append $wrong "backup.databases: a copy of the files has all of them: set backup.method to logical, or leave this unset" -}}
  {{- end -}}
  {{- if and (eq $backup.method "logical") $backup.verification.schedule (ne $backup.verification.level "checksum") -}}
  {{- $wrong = append $wrong "backup.verification.level: nothing prepares a dump: set it to checksum" -}}
  {{- end -}}
  {{- if and (eq $backup.method "logical") (not .Values.auth.rootHost) -}}
  {{- $wrong = append $wrong "backup.method: a dump logs in as root from another pod: set auth.rootHost, or method to physical" -}}
  {{- end -}}
  {{- if and (lt (int .Values.replicas) 3) (not $backup.allowFew) -}}
  {{- $wrong = append $wrong "backup.allowFew: with fewer than three nodes no copy leaves two in service: set it to true, or replicas to 3" -}}
  {{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}
