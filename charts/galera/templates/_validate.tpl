{{/* Everything that is wrong with the values, at once, each by its name. What a schema can say stands in values.schema.json. */}}
{{- define "galera.validate" -}}
{{- $wrong := concat (include "galera.wrongNames" . | fromJsonArray) (include "galera.wrongAccounts" . | fromJsonArray) (include "galera.wrongServices" . | fromJsonArray) (include "galera.wrongPreferences" . | fromJsonArray) (include "galera.collisions" . | fromJsonArray) (include "galera.wrongProxy" . | fromJsonArray) (include "galera.wrongBackup" . | fromJsonArray) (include "galera.wrongRestore" . | fromJsonArray) -}}
{{- if ge (int .Values.galera.drainSeconds) (int .Values.terminationGracePeriodSeconds) -}}
{{- $wrong = append $wrong "galera.drainSeconds: a node would be killed before it begins to stop: set fewer seconds than terminationGracePeriodSeconds" -}}
{{- end -}}
{{- if and .Values.rbac.create (not .Values.serviceAccount.create) (not .Values.serviceAccount.name) -}}
{{- $wrong = append $wrong "serviceAccount.name: without a name the rights of the cluster would go to every pod of the namespace: name the account, or set rbac.create to false" -}}
{{- end -}}
{{- if $wrong -}}
{{- fail (printf "these values cannot be:\n  - %s\n" (join "\n  - " $wrong)) -}}
{{- end -}}
{{- end -}}

{{- define "galera.wrongRestore" -}}
{{- $wrong := list -}}
{{- $restore := .Values.restore -}}
{{- $isDirectory := hasPrefix "file:" $restore.from -}}
{{- if and $isDirectory (not $restore.existingClaim) -}}
{{- $wrong = append $wrong "restore.existingClaim: a store file:///backups is in a claim: name it" -}}
{{- end -}}
{{- if and $restore.existingClaim (not $isDirectory) -}}
{{- $wrong = append $wrong "restore.existingClaim: only a store file:///backups is in it: set restore.from to that, or leave the claim out" -}}
{{- end -}}
{{- if and $restore.backup (not $restore.from) -}}
{{- $wrong = append $wrong "restore.backup: in which store? Set restore.from" -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{- define "galera.wrongNames" -}}
{{- $wrong := list -}}
{{- $fullname := include "galera.fullname" . -}}
{{- if gt (len $fullname) 28 -}}
{{- $wrong = append $wrong (printf "fullnameOverride: the cluster would be called %q, and Galera cuts the names of its nodes after 31 characters, so that 28 are left for it: set a shorter name" $fullname) -}}
{{- end -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $fullname) -}}
{{- $wrong = append $wrong (printf "fullnameOverride: the cluster would be called %q, and a Service takes only a-z, 0-9 and -, beginning with a letter: set such a name" $fullname) -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{/* Passwords and accounts are made with a new cluster. Later a value here would change the Secret and not the accounts, so it is refused. */}}
{{- define "galera.wrongAccounts" -}}
{{- $wrong := list -}}
{{- $auth := .Values.auth -}}
{{- $secret := include "galera.secretName" . -}}
{{- $there := include "galera.secretInCluster" . | fromJson -}}
{{- range $name := list "rootPassword" "password" -}}
  {{- if hasSuffix "\n" (index $auth $name) -}}
  {{- $wrong = append $wrong (printf "auth.%s: it ends with a line break, which is dropped when it is read from its file: leave that out" $name) -}}
  {{- end -}}
{{- end -}}
{{- if and $auth.password (not $auth.username) -}}
{{- $wrong = append $wrong "auth.password: whose is it? Set auth.username, too" -}}
{{- end -}}
{{- if has $auth.username (list "root" "monitor" "mysql" "mariadb.sys") -}}
{{- $wrong = append $wrong (printf "auth.username: every cluster has its own account %q: take another name" $auth.username) -}}
{{- end -}}
{{- if $auth.existingSecret -}}
  {{- range $name := list "rootPassword" "password" -}}
    {{- if index $auth $name -}}
    {{- $wrong = append $wrong (printf "auth.%s: auth.existingSecret is set, so the password is in that Secret: set one of the two" $name) -}}
    {{- end -}}
  {{- end -}}
  {{- if $there -}}
    {{- range $name, $key := ternary $auth.existingSecretKeys (omit $auth.existingSecretKeys "password") (not (empty $auth.username)) -}}
      {{- if and $key (not (index $there $key)) -}}
      {{- $wrong = append $wrong (printf "auth.existingSecretKeys.%s: the Secret %q has nothing under %q" $name $secret $key) -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
{{- else if $there -}}
  {{- range $name, $key := dict "rootPassword" "root-password" "password" "password" -}}
    {{- if and (index $auth $name) (index $there $key) (ne (index $auth $name | b64enc) (index $there $key)) -}}
    {{- $wrong = append $wrong (printf "auth.%s: the Secret %q holds another password, and so does the account: leave this unset to keep it. To change it: ALTER USER by SQL, then the key %s of the Secret, then this value" $name $secret $key) -}}
    {{- end -}}
  {{- end -}}
  {{- if and $auth.username (not $there.password) -}}
  {{- $wrong = append $wrong (printf "auth.username: accounts are made with a new cluster, and this one has been made (the Secret %q is there without one): create it by SQL and leave this unset. If its volumes are gone for good, delete the Secret" $secret) -}}
  {{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{- define "galera.wrongPreferences" -}}
{{- $wrong := list -}}
{{- $fullname := include "galera.fullname" . -}}
{{- range $node, $_ := .Values.writer.preferences -}}
  {{- if not (regexMatch (printf "^(%s-)?(0|[1-9][0-9]*)$" $fullname) $node) -}}
  {{- $wrong = append $wrong (printf "writer.preferences: %q is no node of this cluster: write its ordinal, or its name (%s-0)" $node $fullname) -}}
  {{- end -}}
  {{- if hasKey $.Values.writer.preferences (printf "%s-%s" $fullname $node) -}}
  {{- $wrong = append $wrong (printf "writer.preferences: %s and %s-%s are the same node: write one of the two" $node $fullname $node) -}}
  {{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{- define "galera.wrongServices" -}}
{{- $wrong := list -}}
{{- range $which, $service := .Values.service -}}
  {{- if eq $service.type "ClusterIP" -}}
    {{- range $name := list "nodePort" "externalTrafficPolicy" -}}
      {{- if index $service $name -}}
      {{- $wrong = append $wrong (printf "service.%s.%s: a ClusterIP has none: set service.%s.type to NodePort or LoadBalancer" $which $name $which) -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
  {{- if ne $service.type "LoadBalancer" -}}
    {{- range $name := list "loadBalancerClass" "loadBalancerSourceRanges" -}}
      {{- if index $service $name -}}
      {{- $wrong = append $wrong (printf "service.%s.%s: only a load balancer heeds it: set service.%s.type to LoadBalancer" $which $name $which) -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{/* What is handed on to the pod must not take the place of what the chart puts there. */}}
{{- define "galera.collisions" -}}
{{- $wrong := list -}}
{{- $labels := concat (include "galera.selectorLabels" . | fromYaml | keys) (list "galerakit/role" "galerakit/reads") -}}
{{- range $value, $given := dict "commonLabels" .Values.commonLabels "podLabels" .Values.podLabels -}}
  {{- range $label, $_ := $given -}}
    {{- if or (has $label $labels) (hasPrefix "helm.sh/" $label) (has $label (list "app.kubernetes.io/version" "app.kubernetes.io/managed-by")) -}}
    {{- $wrong = append $wrong (printf "%s: the label %s is the chart's" $value $label) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- $common := include "galera.env" . | fromYamlArray -}}
{{- $volumes := list (dict "name" "data") (dict "name" "run") (dict "name" "tmp") (dict "name" "secrets") (dict "name" "cluster") (dict "name" "config") (dict "name" "initdb") (dict "name" "api-token") -}}
{{- $containers := list (dict "name" "galera") (dict "name" "peerfinder") -}}
{{- range list
  (dict "value" "extraEnv" "given" .Values.extraEnv "taken" (concat $common (include "galera.serverEnv" . | fromYamlArray)))
  (dict "value" "peerfinder.extraEnv" "given" .Values.peerfinder.extraEnv "taken" $common)
  (dict "value" "extraVolumes" "given" .Values.extraVolumes "taken" $volumes)
  (dict "value" "initContainers" "given" .Values.initContainers "taken" $containers)
  (dict "value" "sidecars" "given" .Values.sidecars "taken" $containers)
-}}
  {{- $names := list -}}
  {{- range .taken -}}
  {{- $names = append $names .name -}}
  {{- end -}}
  {{- $value := .value -}}
  {{- range .given -}}
    {{- if has .name $names -}}
    {{- $wrong = append $wrong (printf "%s: the name %s is the chart's" $value .name) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}
