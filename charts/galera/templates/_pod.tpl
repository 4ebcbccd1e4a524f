{{/* Environment of both containers, so that galeractl works in either. */}}
{{- define "galera.env" -}}
- name: POD_NAME
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
- name: POD_NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
- name: POD_IP
  valueFrom: {fieldRef: {fieldPath: status.podIP}}
- name: PEERFINDER_RUN_DIR
  value: /run/galera
- name: PEERFINDER_VOLUME
  value: /var/lib/galera
- name: PEERFINDER_SERVICE
  value: {{ include "galera.fullname" . }}-headless
- name: PEERFINDER_DOMAIN
  value: {{ .Values.clusterDomain }}
- name: PEERFINDER_PORT
  value: "8008"
- name: PEERFINDER_TOKEN_FILE
  value: /run/secrets/galera/agent-token
- name: PEERFINDER_REPLICAS_FILE
  value: /etc/galera/cluster/replicas
- name: PEERFINDER_STATEFULSET
  value: {{ include "galera.fullname" . }}
- name: PEERFINDER_MEMORY
  value: configmap:{{ include "galera.fullname" . }}-memory
- name: PEERFINDER_MONITOR_PASSWORD_FILE
  value: /run/secrets/galera/monitor-password
- name: PEERFINDER_WRITER_MODE
  value: {{ .Values.writer.mode }}
{{- if .Values.writer.enforceReadOnly }}
- name: PEERFINDER_ENFORCE_READ_ONLY
  value: "true"
{{- end }}
{{- with include "galera.writerPreferences" . }}
- name: PEERFINDER_WRITER_PREFERENCE
  value: {{ . | quote }}
{{- end }}
- name: PEERFINDER_PAGE
  value: {{ .Values.page.access | quote }}
- name: PEERFINDER_VIEWER_TOKEN_FILE
  value: /run/secrets/galera/viewer-token
- name: PEERFINDER_STUCK_SECONDS
  value: {{ .Values.galera.stuckSeconds | int | quote }}
- name: PEERFINDER_DRAIN_SECONDS
  value: {{ .Values.galera.drainSeconds | int | quote }}
- name: PEERFINDER_LOG_FORMAT
  value: {{ .Values.logFormat }}
{{- if .Values.galera.donorReady }}
- name: PEERFINDER_DONOR_READY
  value: "true"
{{- end }}
{{- end -}}

{{/* Who is to be the writer, each node by its whole name: NODE=WORD NODE=WORD. */}}
{{- define "galera.writerPreferences" -}}
{{- $fullname := include "galera.fullname" . -}}
{{- $wishes := list -}}
{{- range $node, $word := .Values.writer.preferences -}}
{{- $wishes = append $wishes (printf "%s=%s" (ternary (printf "%s-%s" $fullname $node) $node (regexMatch "^[0-9]+$" $node)) $word) -}}
{{- end -}}
{{- join " " $wishes -}}
{{- end -}}

{{/* Environment of the database container alone. */}}
{{- define "galera.serverEnv" -}}
- name: GALERA_CLUSTER_NAME
  value: {{ include "galera.fullname" . }}
{{- if .Values.persistence.enabled }}
- name: GALERA_VOLUME_SIZE
  value: {{ .Values.persistence.size | quote }}
{{- end }}
- name: GALERA_FAILURE_DETECTION
  value: {{ .Values.galera.failureDetection }}
{{- with .Values.galera.gcacheSize }}
- name: GALERA_GCACHE_SIZE
  value: {{ . | quote }}
{{- end }}
{{- with .Values.galera.bufferPoolSize }}
- name: GALERA_BUFFER_POOL_SIZE
  value: {{ . | quote }}
{{- end }}
{{- with .Values.galera.applierThreads }}
- name: GALERA_APPLIER_THREADS
  value: {{ . | int | quote }}
{{- end }}
- name: GALERA_PATIENCE
  value: {{ .Values.galera.patienceSeconds | int | quote }}
- name: GALERA_DRAIN_SECONDS
  value: {{ .Values.galera.drainSeconds | int | quote }}
- name: GALERA_STATE_TRANSFER
  value: {{ .Values.galera.stateTransfer | quote }}
- name: GALERA_STALL_SECONDS
  value: {{ .Values.galera.stallSeconds | int | quote }}
{{- with .Values.restore }}
{{- if .from }}
- name: GALERA_RESTORE_FROM
  value: {{ .from | quote }}
{{- with .backup }}
- name: GALERA_RESTORE_BACKUP
  value: {{ . | quote }}
{{- end }}
{{- with .storeOptions }}
{{- $options := list }}
{{- range $name, $value := . }}{{ $options = append $options (printf "%s=%s" $name $value) }}{{ end }}
- name: GALERA_RESTORE_OPTIONS
  value: {{ join " " $options | quote }}
{{- end }}
{{- if .credentialsSecret }}
- name: GALERA_RESTORE_CREDENTIALS
  value: /run/secrets/restore-credentials
{{- end }}
{{- if .encryption.existingSecret }}
- name: GALERA_RESTORE_KEY_FILE
  value: /run/secrets/restore/key
{{- end }}
{{- end }}
{{- end }}
- name: GALERA_LOG_FORMAT
  value: {{ .Values.logFormat }}
- name: MARIADB_ROOT_PASSWORD_FILE
  value: /run/secrets/galera/root-password
- name: MARIADB_MONITOR_PASSWORD_FILE
  value: /run/secrets/galera/monitor-password
{{- with .Values.auth.rootHost }}
- name: MARIADB_ROOT_HOST
  value: {{ . | quote }}
{{- end }}
{{- with .Values.auth.database }}
- name: MARIADB_DATABASE
  value: {{ . | quote }}
{{- end }}
{{- with .Values.auth.username }}
- name: MARIADB_USER
  value: {{ . | quote }}
- name: MARIADB_PASSWORD_FILE
  value: /run/secrets/galera/password
{{- end }}
{{- end -}}

{{/* What the database container reads for a restore, and where it comes from. */}}
{{- define "galera.restoreMounts" -}}
{{- with .Values.restore }}
{{- if and .from .credentialsSecret }}
- {name: restore-credentials, mountPath: /run/secrets/restore-credentials, readOnly: true}
{{- end }}
{{- if and .from .encryption.existingSecret }}
- {name: restore-key, mountPath: /run/secrets/restore, readOnly: true}
{{- end }}
{{- if and .from .existingClaim }}
- {name: backups, mountPath: /backups, readOnly: true}
{{- end }}
{{- end }}
{{- end -}}

{{- define "galera.restoreVolumes" -}}
{{- with .Values.restore }}
{{- if and .from .credentialsSecret }}
- name: restore-credentials
  secret:
    secretName: {{ .credentialsSecret }}
    defaultMode: 0440
{{- end }}
{{- if and .from .encryption.existingSecret }}
- name: restore-key
  secret:
    secretName: {{ .encryption.existingSecret }}
    defaultMode: 0440
    items:
      - {key: {{ .encryption.key }}, path: key}
{{- end }}
{{- if and .from .existingClaim }}
- name: backups
  persistentVolumeClaim:
    claimName: {{ .existingClaim }}
    readOnly: true
{{- end }}
{{- end }}
{{- end -}}

{{/* Neither container can become more than it is. */}}
{{- define "galera.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "galera.podSecurity" -}}
runAsNonRoot: true
{{- if not (kindIs "invalid" .Values.runAsUser) }}
runAsUser: {{ .Values.runAsUser | int64 }}
runAsGroup: {{ .Values.runAsUser | int64 }}
fsGroup: {{ .Values.runAsUser | int64 }}
{{- end }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* Memory is what both containers are sized by: requested and limited alike, but for what a copy of the node's data takes now and
     then: mariadb-backup runs in the sidecar's container (60 MiB, more with very many tables). CPU is requested and not limited,
     because a throttled node holds up the commits of all others and may answer its peers too late. */}}
{{- define "galera.presets" -}}
small:
  galera: {requests: {cpu: 100m, memory: 416Mi}, limits: {memory: 416Mi}}
  peerfinder: {requests: {cpu: 25m, memory: 96Mi}, limits: {memory: 192Mi}}
medium:
  galera: {requests: {cpu: 500m, memory: 1920Mi}, limits: {memory: 1920Mi}}
  peerfinder: {requests: {cpu: 50m, memory: 128Mi}, limits: {memory: 256Mi}}
large:
  galera: {requests: {cpu: "2", memory: 8064Mi}, limits: {memory: 8064Mi}}
  peerfinder: {requests: {cpu: 100m, memory: 128Mi}, limits: {memory: 256Mi}}
{{- end -}}

{{- define "galera.affinity" -}}
{{- $term := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchLabels" (include "galera.selectorLabels" . | fromYaml)) -}}
{{- if .Values.affinity -}}
{{ toYaml .Values.affinity }}
{{- else if eq .Values.antiAffinity "required" -}}
podAntiAffinity:
  requiredDuringSchedulingIgnoredDuringExecution:
    - {{ toYaml $term | nindent 6 | trim }}
{{- else if eq .Values.antiAffinity "preferred" -}}
podAntiAffinity:
  preferredDuringSchedulingIgnoredDuringExecution:
    - weight: 100
      podAffinityTerm:
        {{- toYaml $term | nindent 8 }}
{{- end -}}
{{- end -}}

{{- define "galera.topologySpread" -}}
{{- if .Values.topologySpreadConstraints -}}
{{ toYaml .Values.topologySpreadConstraints }}
{{- else if ne .Values.zoneSpread "none" -}}
- maxSkew: 1
  topologyKey: topology.kubernetes.io/zone
  whenUnsatisfiable: {{ .Values.zoneSpread }}
  labelSelector:
    matchLabels:
      {{- include "galera.selectorLabels" . | nindent 6 }}
{{- end -}}
{{- end -}}
