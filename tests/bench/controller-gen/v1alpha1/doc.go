// Package v1alpha1 has ArkRun and ArkTeam as Go types, for the benchmark only.
// +kubebuilder:object:generate=true
// +groupName=arkonis.dev
// +versionName=v1alpha1
package v1alpha1
