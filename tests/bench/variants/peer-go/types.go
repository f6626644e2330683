package main

import (
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/scheme"
)

var groupVersion = schema.GroupVersion{Group: "arkonis.dev", Version: "v1alpha1"}

// teamLabel names the team that a run belongs to.
const teamLabel = "arkonis.dev/team"

// Role is one agent of a team.
type Role struct {
	Name         string   `json:"name"`
	Model        string   `json:"model,omitempty"`
	SystemPrompt string   `json:"systemPrompt,omitempty"`
	Tools        []Tool   `json:"tools,omitempty"`
	CanDelegate  []string `json:"canDelegate,omitempty"`
	Limits       *Limits  `json:"limits,omitempty"`
}

// Tool is a tool that an agent may call.
type Tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	URL         string          `json:"url,omitempty"`
	InputSchema json.RawMessage `json:"inputSchema,omitempty"`
}

// Limits are the limits of an agent.
type Limits struct {
	TokensPerCall   int64 `json:"tokensPerCall,omitempty"`
	ConcurrentTasks int64 `json:"concurrentTasks,omitempty"`
	TimeoutSeconds  int64 `json:"timeoutSeconds,omitempty"`
	Retries         int64 `json:"retries,omitempty"`
}

// Validation is the validation of a step's output.
type Validation struct {
	Contains       string   `json:"contains,omitempty"`
	Schema         string   `json:"schema,omitempty"`
	OnFailure      string   `json:"onFailure,omitempty"`
	MaxRetries     int64    `json:"maxRetries,omitempty"`
	RejectPatterns []string `json:"rejectPatterns,omitempty"`
}

// Step is one node of a pipeline, named by its role.
type Step struct {
	Role           string            `json:"role"`
	Inputs         map[string]string `json:"inputs,omitempty"`
	DependsOn      []string          `json:"dependsOn,omitempty"`
	If             string            `json:"if,omitempty"`
	OutputSchema   string            `json:"outputSchema,omitempty"`
	Validate       *Validation       `json:"validate,omitempty"`
	MaxOutputBytes int64             `json:"maxOutputBytes,omitempty"`
}

// Routing configures the choice of an agent for a run without a pipeline.
type Routing struct {
	RegistryRef  *Reference `json:"registryRef,omitempty"`
	Model        string     `json:"model,omitempty"`
	SystemPrompt string     `json:"systemPrompt,omitempty"`
	Fallback     string     `json:"fallback,omitempty"`
	MaxHops      int64      `json:"maxHops,omitempty"`
}

// Reference names another object.
type Reference struct {
	Name string `json:"name"`
}

// ContextPolicy selects the part of a step's output that the next step reads.
type ContextPolicy struct {
	Strategy string `json:"strategy,omitempty"`
}

// Snapshot is the part of a team's spec that is copied into a run.
type Snapshot struct {
	Pipeline             []Step         `json:"pipeline,omitempty"`
	Roles                []Role         `json:"roles,omitempty"`
	Routing              *Routing       `json:"routing,omitempty"`
	DefaultContextPolicy *ContextPolicy `json:"defaultContextPolicy,omitempty"`
}

// Declared is a declared input of a team.
type Declared struct {
	Name     string  `json:"name"`
	Required bool    `json:"required,omitempty"`
	Default  *string `json:"default,omitempty"`
}

// RunSpec is the immutable spec of a run.
type RunSpec struct {
	Snapshot       `json:",inline"`
	TeamRef        string            `json:"teamRef"`
	TeamGeneration *int64            `json:"teamGeneration,omitempty"`
	Input          map[string]string `json:"input,omitempty"`
	Output         *string           `json:"output,omitempty"`
	TimeoutSeconds *int64            `json:"timeoutSeconds,omitempty"`
	MaxTokens      *int64            `json:"maxTokens,omitempty"`
}

// StepStatus is the state of one step.
type StepStatus struct {
	Name   string `json:"name"`
	Phase  string `json:"phase,omitempty"`
	Output string `json:"output,omitempty"`
}

// RunStatus is the state of a run.
type RunStatus struct {
	Phase string       `json:"phase,omitempty"`
	Steps []StepStatus `json:"steps,omitempty"`
}

// ArkRun is one run of a team.
type ArkRun struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              RunSpec   `json:"spec"`
	Status            RunStatus `json:"status,omitzero"`
}

// DeepCopyObject makes ArkRun a runtime.Object; a shallow copy is enough, because copies are not modified.
func (r *ArkRun) DeepCopyObject() runtime.Object {
	out := *r
	r.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	return &out
}

// TeamSpec is the spec of a team.
type TeamSpec struct {
	Snapshot       `json:",inline"`
	Input          map[string]string `json:"input,omitempty"`
	Inputs         []Declared        `json:"inputs,omitempty"`
	Output         *string           `json:"output,omitempty"`
	TimeoutSeconds *int64            `json:"timeoutSeconds,omitempty"`
	MaxTokens      *int64            `json:"maxTokens,omitempty"`
}

// ArkTeam is a team of agents.
type ArkTeam struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              TeamSpec `json:"spec"`
}

// DeepCopyObject makes ArkTeam a runtime.Object; a shallow copy is enough, because copies are not modified.
func (t *ArkTeam) DeepCopyObject() runtime.Object {
	out := *t
	t.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	return &out
}

func newScheme() (*runtime.Scheme, error) {
	builder := &scheme.Builder{GroupVersion: groupVersion}
	return builder.Register(&ArkRun{}, &ArkTeam{}).Build()
}
