package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// ArkRun: The record of one execution of an ArkTeam: what was run, and what came of it.
// +kubebuilder:validation:XValidation:rule=`!has(oldSelf.status) || has(self.status)`,message="a run that Succeeded is sealed: only its conditions can change",reason=FieldValueForbidden,fieldPath=".status"
// +kubebuilder:validation:XValidation:rule=`(has(self.status) && has(self.status.phase) ? self.status.phase : ”) in {”: [”, 'Pending', 'Running', 'Failed'], 'Pending': [”, 'Pending', 'Running', 'Failed'], 'Running': ['Running', 'Succeeded', 'Failed'], 'Succeeded': ['Succeeded'], 'Failed': ['Failed', 'Pending', 'Running']}[(has(oldSelf.status) && has(oldSelf.status.phase) ? oldSelf.status.phase : ”)]`,message="a run goes from Pending to Running or Failed, from Running to Succeeded or Failed, from Failed back only by a retry, and from Succeeded nowhere",reason=FieldValueForbidden,fieldPath=".status.phase"
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=aorun,categories=ark
// +kubebuilder:printcolumn:name="Team",type=string,JSONPath=`.spec.teamRef`
// +kubebuilder:printcolumn:name="Phase",type=string,JSONPath=`.status.phase`
// +kubebuilder:printcolumn:name="Tokens",type=integer,JSONPath=`.status.totalTokenUsage.totalTokens`
// +kubebuilder:printcolumn:name="Started",type=date,JSONPath=`.status.startTime`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:selectablefield:JSONPath=`.spec.teamRef`
// +kubebuilder:selectablefield:JSONPath=`.status.phase`
type ArkRun struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// What was run; written once.
	Spec ArkRunSpec `json:"spec"`
	// What has happened so far.
	// +optional
	Status *ArkRunStatus `json:"status,omitempty"`
}

// ArkRunSpec: What was run; written once.
// +kubebuilder:validation:XValidation:rule=`has(self.teamGeneration) == has(oldSelf.teamGeneration)`,message="a run is a record: its spec cannot change after creation; trigger a new run instead",reason=FieldValueForbidden,fieldPath=".teamGeneration"
// +kubebuilder:validation:XValidation:rule=`has(self.input) == has(oldSelf.input)`,message="a run is a record: its spec cannot change after creation; trigger a new run instead",reason=FieldValueForbidden,fieldPath=".input"
// +kubebuilder:validation:XValidation:rule=`has(self.pipeline) == has(oldSelf.pipeline)`,message="a run is a record: its spec cannot change after creation; trigger a new run instead",reason=FieldValueForbidden,fieldPath=".pipeline"
// +kubebuilder:validation:XValidation:rule=`has(self.roles) == has(oldSelf.roles)`,message="a run is a record: its spec cannot change after creation; trigger a new run instead",reason=FieldValueForbidden,fieldPath=".roles"
// +kubebuilder:validation:XValidation:rule=`has(self.routing) == has(oldSelf.routing)`,message="a run is a record: its spec cannot change after creation; trigger a new run instead",reason=FieldValueForbidden,fieldPath=".routing"
// +kubebuilder:validation:XValidation:rule=`has(self.output) == has(oldSelf.output)`,message="a run is a record: its spec cannot change after creation; trigger a new run instead",reason=FieldValueForbidden,fieldPath=".output"
// +kubebuilder:validation:XValidation:rule=`has(self.timeoutSeconds) == has(oldSelf.timeoutSeconds)`,message="a run is a record: its spec cannot change after creation; trigger a new run instead",reason=FieldValueForbidden,fieldPath=".timeoutSeconds"
// +kubebuilder:validation:XValidation:rule=`has(self.maxTokens) == has(oldSelf.maxTokens)`,message="a run is a record: its spec cannot change after creation; trigger a new run instead",reason=FieldValueForbidden,fieldPath=".maxTokens"
type ArkRunSpec struct {
	// Input of this run: the defaults of the team, overridden by what the trigger gave.
	// +kubebuilder:validation:MaxProperties=256
	// +kubebuilder:validation:XValidation:rule=`self == oldSelf`,message="a run is a record: its spec cannot change after creation; trigger a new run instead",reason=FieldValueForbidden
	// +optional
	Input map[string]string `json:"input,omitempty"`
	// Tokens that all steps together may use; zero means no limit.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:XValidation:rule=`self == oldSelf`,message="a run is a record: its spec cannot change after creation; trigger a new run instead",reason=FieldValueForbidden
	// +optional
	MaxTokens *int64 `json:"maxTokens,omitempty"`
	// Go template that makes the final result from the steps' outputs.
	// +kubebuilder:validation:MaxLength=1048576
	// +kubebuilder:validation:XValidation:rule=`self == oldSelf`,message="a run is a record: its spec cannot change after creation; trigger a new run instead",reason=FieldValueForbidden
	// +optional
	Output string `json:"output,omitempty"`
	// The team's pipeline when the run was triggered.
	// +listType=atomic
	// +kubebuilder:validation:XValidation:rule=`self == oldSelf`,message="a run is a record: its spec cannot change after creation; trigger a new run instead",reason=FieldValueForbidden
	// +optional
	Pipeline []ArkRunSpecPipelineItem `json:"pipeline,omitempty"`
	// The team's roles when the run was triggered.
	// +listType=atomic
	// +kubebuilder:validation:XValidation:rule=`self == oldSelf`,message="a run is a record: its spec cannot change after creation; trigger a new run instead",reason=FieldValueForbidden
	// +optional
	Roles []ArkRunSpecRolesItem `json:"roles,omitempty"`
	// The team's routing when the run was triggered, if it is a routed team.
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	Routing *ArkRunSpecRouting `json:"routing,omitempty"`
	// metadata.generation of the team when the run was triggered.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:XValidation:rule=`self == oldSelf`,message="a run is a record: its spec cannot change after creation; trigger a new run instead",reason=FieldValueForbidden
	// +optional
	TeamGeneration *int64 `json:"teamGeneration,omitempty"`
	// ArkTeam that is run, in the same namespace.
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +kubebuilder:validation:XValidation:rule=`self == oldSelf`,message="a run is a record: its spec cannot change after creation; trigger a new run instead",reason=FieldValueForbidden
	TeamRef string `json:"teamRef"`
	// Seconds that the whole run may take; zero means no limit.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:XValidation:rule=`self == oldSelf`,message="a run is a record: its spec cannot change after creation; trigger a new run instead",reason=FieldValueForbidden
	// +optional
	TimeoutSeconds *int64 `json:"timeoutSeconds,omitempty"`
}

// ArkRunSpecPipelineItem: One node of the graph: which role works, on what, and after whom.
type ArkRunSpecPipelineItem struct {
	// How much of earlier outputs this step is shown.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	ContextPolicy *runtime.RawExtension `json:"contextPolicy,omitempty"`
	// Roles whose steps must have ended before this one starts.
	// +nullable
	// +listType=atomic
	// +optional
	DependsOn []string `json:"dependsOn,omitempty"`
	// Go template; the step is skipped unless it renders true.
	// +nullable
	// +optional
	If string `json:"if,omitempty"`
	// Files of earlier steps that this one reads, by their name here.
	// +nullable
	// +optional
	InputArtifacts map[string]string `json:"inputArtifacts,omitempty"`
	// Values for the role's prompt: Go templates over .input and .steps.
	// +nullable
	// +optional
	Inputs map[string]string `json:"inputs,omitempty"`
	// Repeats the step; absent means once.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	Loop *ArkRunSpecPipelineItemLoop `json:"loop,omitempty"`
	// Bytes after which the step's output is cut.
	// +nullable
	// +optional
	MaxOutputBytes *int64 `json:"maxOutputBytes,omitempty"`
	// Files that the step leaves in the artifact store.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	OutputArtifacts *runtime.RawExtension `json:"outputArtifacts,omitempty"`
	// JSON Schema, as text, that the output is parsed with into outputJSON.
	// +nullable
	// +optional
	OutputSchema string `json:"outputSchema,omitempty"`
	// Finds the agent at run time instead of using the role's own.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	RegistryLookup *ArkRunSpecPipelineItemRegistryLookup `json:"registryLookup,omitempty"`
	// Role that does the step; it also names the step.
	// +nullable
	// +optional
	Role string `json:"role,omitempty"`
	// Checks of the output before the next step sees it.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	Validate *ArkRunSpecPipelineItemValidate `json:"validate,omitempty"`
}

// ArkRunSpecPipelineItemLoop: Repeats the step; absent means once.
type ArkRunSpecPipelineItemLoop struct {
	// Go template that is rendered after each round; the step goes on while it gives true.
	// +nullable
	// +optional
	Condition string `json:"condition,omitempty"`
	// Rounds after which the step ends whatever the condition says; absent means 10.
	// +nullable
	// +optional
	MaxIterations *int64 `json:"maxIterations,omitempty"`
}

// ArkRunSpecPipelineItemRegistryLookup: Finds the agent at run time instead of using the role's own.
type ArkRunSpecPipelineItemRegistryLookup struct {
	// Capability that the agent must offer.
	// +nullable
	// +optional
	Capability string `json:"capability,omitempty"`
	// Agent to use when none fits.
	// +nullable
	// +optional
	Fallback string `json:"fallback,omitempty"`
	// Registry to search; the team's own one if absent.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	RegistryRef *runtime.RawExtension `json:"registryRef,omitempty"`
	// How to choose among several fitting agents.
	// +nullable
	// +optional
	Strategy string `json:"strategy,omitempty"`
	// Tags that narrow the choice.
	// +nullable
	// +listType=atomic
	// +optional
	Tags []string `json:"tags,omitempty"`
}

// ArkRunSpecPipelineItemValidate: Checks of the output before the next step sees it.
type ArkRunSpecPipelineItemValidate struct {
	// Regular expression that the output must match.
	// +nullable
	// +optional
	Contains string `json:"contains,omitempty"`
	// Tries after the first one before the step fails for good.
	// +nullable
	// +optional
	MaxRetries *int64 `json:"maxRetries,omitempty"`
	// What a failed check does: end the step, or put it back to Pending for another try.
	// +nullable
	// +optional
	OnFailure string `json:"onFailure,omitempty"`
	// Regular expressions that the output must not match.
	// +nullable
	// +listType=atomic
	// +optional
	RejectPatterns []string `json:"rejectPatterns,omitempty"`
	// JSON Schema, as text, that the output must satisfy.
	// +nullable
	// +optional
	Schema string `json:"schema,omitempty"`
	// Question about the output that a model answers with pass or fail.
	// +nullable
	// +optional
	Semantic string `json:"semantic,omitempty"`
	// Model that judges the semantic check; the step's own one if empty.
	// +nullable
	// +optional
	SemanticModel string `json:"semanticModel,omitempty"`
}

// ArkRunSpecRolesItem: A member of the team: a reference to an agent or team, or an agent described inline.
type ArkRunSpecRolesItem struct {
	// ArkAgent that fills the role.
	// +nullable
	// +optional
	ArkAgent string `json:"arkAgent,omitempty"`
	// Another ArkTeam that fills the role.
	// +nullable
	// +optional
	ArkTeam string `json:"arkTeam,omitempty"`
	// Roles that this one may hand work to, in a team without a pipeline.
	// +nullable
	// +listType=atomic
	// +optional
	CanDelegate []string `json:"canDelegate,omitempty"`
	// ConfigMaps and Secrets whose keys become environment variables.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	EnvFrom *runtime.RawExtension `json:"envFrom,omitempty"`
	// Bounds of what the role may use.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	Limits *ArkRunSpecRolesItemLimits `json:"limits,omitempty"`
	// Servers of tools that the role may call.
	// +nullable
	// +listType=atomic
	// +optional
	McpServers []ArkRunSpecRolesItemMcpServersItem `json:"mcpServers,omitempty"`
	// Model of an agent that is described here.
	// +nullable
	// +optional
	Model string `json:"model,omitempty"`
	// Name of the role; steps and canDelegate refer to it.
	// +nullable
	// +optional
	Name string `json:"name,omitempty"`
	// Extensions of the agent's runtime.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	Plugins *runtime.RawExtension `json:"plugins,omitempty"`
	// Pods that serve the role.
	// +nullable
	// +optional
	Replicas *int64 `json:"replicas,omitempty"`
	// Compute resources of the role's pods.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	Resources *runtime.RawExtension `json:"resources,omitempty"`
	// Prompt fragments and parameters shared between agents.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	Settings *runtime.RawExtension `json:"settings,omitempty"`
	// Prompt of an agent that is described here.
	// +nullable
	// +optional
	SystemPrompt string `json:"systemPrompt,omitempty"`
	// Where the prompt is kept, when it is not written here.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	SystemPromptRef *ArkRunSpecRolesItemSystemPromptRef `json:"systemPromptRef,omitempty"`
	// Tools reached by plain HTTP calls.
	// +nullable
	// +listType=atomic
	// +optional
	Tools []ArkRunSpecRolesItemToolsItem `json:"tools,omitempty"`
}

// ArkRunSpecRolesItemLimits: Bounds of what the role may use.
type ArkRunSpecRolesItemLimits struct {
	// Tasks that one replica works on at a time.
	// +nullable
	// +optional
	MaxConcurrentTasks *int64 `json:"maxConcurrentTasks,omitempty"`
	// Tokens in any 24 hours.
	// +nullable
	// +optional
	MaxDailyTokens *int64 `json:"maxDailyTokens,omitempty"`
	// Tries after the first one of a failed task.
	// +nullable
	// +optional
	MaxRetries *int64 `json:"maxRetries,omitempty"`
	// Tokens of one model call.
	// +nullable
	// +optional
	MaxTokensPerCall *int64 `json:"maxTokensPerCall,omitempty"`
	// Seconds one task may take.
	// +nullable
	// +optional
	TimeoutSeconds *int64 `json:"timeoutSeconds,omitempty"`
}

// ArkRunSpecRolesItemMcpServersItem: A server of the Model Context Protocol that the role may call.
type ArkRunSpecRolesItemMcpServersItem struct {
	// Advice to the model on when to use the server.
	// +nullable
	// +optional
	Guidance string `json:"guidance,omitempty"`
	// Request headers, each with a value or the place where it is kept.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	Headers *runtime.RawExtension `json:"headers,omitempty"`
	// Name of the server inside the role.
	// +nullable
	// +optional
	Name string `json:"name,omitempty"`
	// Address of the server.
	// +nullable
	// +optional
	Url string `json:"url,omitempty"`
}

// ArkRunSpecRolesItemSystemPromptRef: Where the prompt is kept, when it is not written here.
type ArkRunSpecRolesItemSystemPromptRef struct {
	// Key of a ConfigMap.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	ConfigMapKeyRef *ArkRunSpecRolesItemSystemPromptRefConfigMapKeyRef `json:"configMapKeyRef,omitempty"`
	// Key of a Secret.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	SecretKeyRef *ArkRunSpecRolesItemSystemPromptRefSecretKeyRef `json:"secretKeyRef,omitempty"`
}

// ArkRunSpecRolesItemSystemPromptRefConfigMapKeyRef: Key of a ConfigMap.
type ArkRunSpecRolesItemSystemPromptRefConfigMapKeyRef struct {
	// Key inside the object.
	// +nullable
	// +optional
	Key string `json:"key,omitempty"`
	// Object in the team's namespace.
	// +nullable
	// +optional
	Name string `json:"name,omitempty"`
}

// ArkRunSpecRolesItemSystemPromptRefSecretKeyRef: Key of a Secret.
type ArkRunSpecRolesItemSystemPromptRefSecretKeyRef struct {
	// Key inside the object.
	// +nullable
	// +optional
	Key string `json:"key,omitempty"`
	// Object in the team's namespace.
	// +nullable
	// +optional
	Name string `json:"name,omitempty"`
}

// ArkRunSpecRolesItemToolsItem: A tool reached by a plain HTTP call.
type ArkRunSpecRolesItemToolsItem struct {
	// What the tool does, told to the model.
	// +nullable
	// +optional
	Description string `json:"description,omitempty"`
	// JSON Schema of the tool's arguments.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	InputSchema *runtime.RawExtension `json:"inputSchema,omitempty"`
	// Name by which the model calls the tool.
	// +nullable
	// +optional
	Name string `json:"name,omitempty"`
	// Address that is called.
	// +nullable
	// +optional
	Url string `json:"url,omitempty"`
}

// ArkRunSpecRouting: The team's routing when the run was triggered, if it is a routed team.
// +kubebuilder:validation:XValidation:rule=`self == oldSelf`,message="a run is a record: its spec cannot change after creation; trigger a new run instead",reason=FieldValueForbidden
type ArkRunSpecRouting struct {
	// Agent to use when the model picks none.
	// +nullable
	// +optional
	Fallback string `json:"fallback,omitempty"`
	// Agents that one run may pass through.
	// +nullable
	// +optional
	MaxHops *int64 `json:"maxHops,omitempty"`
	// Model that picks.
	// +nullable
	// +optional
	Model string `json:"model,omitempty"`
	// Registry whose agents may be picked.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	RegistryRef *runtime.RawExtension `json:"registryRef,omitempty"`
	// Prompt of the model that picks.
	// +nullable
	// +optional
	SystemPrompt string `json:"systemPrompt,omitempty"`
}

// ArkRunStatus: What has happened so far.
// +kubebuilder:validation:XValidation:rule=`!has(oldSelf.steps) || has(self.steps)`,message="no step leaves the list, so the list stays",reason=FieldValueForbidden,fieldPath=".steps"
// +kubebuilder:validation:XValidation:rule=`!has(oldSelf.startTime) || has(self.startTime)`,message="the start of a run is set once",reason=FieldValueForbidden,fieldPath=".startTime"
// +kubebuilder:validation:XValidation:rule=`!(has(oldSelf.phase) && oldSelf.phase == 'Failed' && has(self.phase) && self.phase in ['Pending', 'Running']) || (has(oldSelf.steps) && oldSelf.steps.exists(s, has(s.phase) && s.phase == 'Failed') && has(self.steps) && self.steps.exists(s, has(s.phase) && s.phase == 'Pending') && !self.steps.exists(s, has(s.phase) && s.phase == 'Failed'))`,message="a Failed run is reopened only by a retry: every Failed step goes back to Pending in the same write",reason=FieldValueForbidden,fieldPath=".phase"
// +kubebuilder:validation:XValidation:rule=`!(has(oldSelf.phase) && (oldSelf.phase == 'Succeeded')) || (has(self.phase) ? has(oldSelf.phase) && self.phase == oldSelf.phase : !has(oldSelf.phase))`,message="a run that Succeeded is sealed: only its conditions can change",reason=FieldValueForbidden,fieldPath=".phase"
// +kubebuilder:validation:XValidation:rule=`!(has(oldSelf.phase) && (oldSelf.phase == 'Succeeded')) || (has(self.steps) ? has(oldSelf.steps) && self.steps == oldSelf.steps : !has(oldSelf.steps))`,message="a run that Succeeded is sealed: only its conditions can change",reason=FieldValueForbidden,fieldPath=".steps"
// +kubebuilder:validation:XValidation:rule=`!(has(oldSelf.phase) && (oldSelf.phase == 'Succeeded')) || (has(self.output) ? has(oldSelf.output) && self.output == oldSelf.output : !has(oldSelf.output))`,message="a run that Succeeded is sealed: only its conditions can change",reason=FieldValueForbidden,fieldPath=".output"
// +kubebuilder:validation:XValidation:rule=`!(has(oldSelf.phase) && (oldSelf.phase == 'Succeeded')) || (has(self.startTime) ? has(oldSelf.startTime) && self.startTime == oldSelf.startTime : !has(oldSelf.startTime))`,message="a run that Succeeded is sealed: only its conditions can change",reason=FieldValueForbidden,fieldPath=".startTime"
// +kubebuilder:validation:XValidation:rule=`!(has(oldSelf.phase) && (oldSelf.phase == 'Succeeded')) || (has(self.completionTime) ? has(oldSelf.completionTime) && self.completionTime == oldSelf.completionTime : !has(oldSelf.completionTime))`,message="a run that Succeeded is sealed: only its conditions can change",reason=FieldValueForbidden,fieldPath=".completionTime"
// +kubebuilder:validation:XValidation:rule=`!(has(oldSelf.phase) && (oldSelf.phase == 'Succeeded')) || (has(self.totalTokenUsage) ? has(oldSelf.totalTokenUsage) && self.totalTokenUsage == oldSelf.totalTokenUsage : !has(oldSelf.totalTokenUsage))`,message="a run that Succeeded is sealed: only its conditions can change",reason=FieldValueForbidden,fieldPath=".totalTokenUsage"
type ArkRunStatus struct {
	// When the run ended.
	// +optional
	CompletionTime *metav1.Time `json:"completionTime,omitempty"`
	// Standard conditions.
	// +kubebuilder:validation:MaxItems=64
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []ArkRunStatusConditionsItem `json:"conditions,omitempty"`
	// Generation of the run that this status describes.
	// +kubebuilder:validation:Minimum=0
	// +optional
	ObservedGeneration *int64 `json:"observedGeneration,omitempty"`
	// Final result, once the run has Succeeded.
	// +kubebuilder:validation:MaxLength=1048576
	// +optional
	Output string `json:"output,omitempty"`
	// Where the run is: Pending until its first step starts, then Running, then Succeeded or Failed.
	// +kubebuilder:validation:Enum="";Pending;Running;Succeeded;Failed
	// +optional
	Phase string `json:"phase,omitempty"`
	// When the run left Pending; set once.
	// +kubebuilder:validation:XValidation:rule=`self == oldSelf`,message="the start of a run is set once",reason=FieldValueForbidden
	// +optional
	StartTime *metav1.Time `json:"startTime,omitempty"`
	// State of every step, in the order of the pipeline.
	// +kubebuilder:validation:MaxItems=1000
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:XValidation:rule=`(self + oldSelf).size() == self.size()`,message="no step leaves the list once it is there",reason=FieldValueForbidden
	// +optional
	Steps []ArkRunStatusStepsItem `json:"steps,omitempty"`
	// Tokens of all steps, tries that were retried included.
	// +optional
	TotalTokenUsage *ArkRunStatusTotalTokenUsage `json:"totalTokenUsage,omitempty"`
}

// ArkRunStatusConditionsItem: One aspect of the state as a controller sees it.
type ArkRunStatusConditionsItem struct {
	// When status changed last.
	LastTransitionTime metav1.Time `json:"lastTransitionTime"`
	// Details of the last change, for people.
	// +kubebuilder:validation:MaxLength=32768
	Message string `json:"message"`
	// Generation of the object that was looked at.
	// +kubebuilder:validation:Minimum=0
	// +optional
	ObservedGeneration *int64 `json:"observedGeneration,omitempty"`
	// Cause of the last change, one word for programs.
	// +kubebuilder:validation:MaxLength=1024
	Reason string `json:"reason"`
	// Whether the aspect holds.
	// +kubebuilder:validation:Enum=True;False;Unknown
	Status string `json:"status"`
	// Aspect that is described, in CamelCase.
	// +kubebuilder:validation:MaxLength=316
	Type string `json:"type"`
}

// ArkRunStatusStepsItem: State of one step.
// +kubebuilder:validation:XValidation:rule=`!has(oldSelf.phase) || oldSelf.phase != 'Succeeded' || self == oldSelf`,message="a step that Succeeded is part of the record: nothing of it can change",reason=FieldValueForbidden
// +kubebuilder:validation:XValidation:rule=`!has(oldSelf.phase) || oldSelf.phase != 'Failed' || (has(self.phase) && self.phase in ['Failed', 'Pending'])`,message="a Failed step stays Failed or goes back to Pending for another try",reason=FieldValueForbidden
type ArkRunStatusStepsItem struct {
	// When the step ended.
	// +optional
	CompletionTime *metav1.Time `json:"completionTime,omitempty"`
	// Rounds done, for a step with a loop.
	// +kubebuilder:validation:Minimum=0
	// +optional
	Iterations *int32 `json:"iterations,omitempty"`
	// Why the step failed, for people.
	// +kubebuilder:validation:MaxLength=1048576
	// +optional
	Message string `json:"message,omitempty"`
	// Role of the step, as in spec.pipeline[].role.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:MinLength=1
	Name string `json:"name"`
	// Raw text that the agent gave.
	// +kubebuilder:validation:MaxLength=1048576
	// +optional
	Output string `json:"output,omitempty"`
	// The output parsed by the step's outputSchema, as JSON text.
	// +kubebuilder:validation:MaxLength=1048576
	// +optional
	OutputJSON string `json:"outputJSON,omitempty"`
	// Where the step is; a step that Succeeded never changes again.
	// +kubebuilder:validation:Enum=Pending;Running;Succeeded;Failed;Skipped
	// +optional
	Phase string `json:"phase,omitempty"`
	// When the task was put into the queue.
	// +optional
	StartTime *metav1.Time `json:"startTime,omitempty"`
	// Message ID in the task queue; traces carry it.
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	TaskID string `json:"taskID,omitempty"`
	// Tokens of this step.
	// +optional
	TokenUsage *ArkRunStatusStepsItemTokenUsage `json:"tokenUsage,omitempty"`
}

// ArkRunStatusStepsItemTokenUsage: Tokens of this step.
// +kubebuilder:validation:XValidation:rule=`(has(self.totalTokens) ? self.totalTokens : 0) == (has(self.inputTokens) ? self.inputTokens : 0) + (has(self.outputTokens) ? self.outputTokens : 0)`,message="totalTokens must be inputTokens + outputTokens"
type ArkRunStatusStepsItemTokenUsage struct {
	// Tokens of the prompts.
	// +kubebuilder:validation:Minimum=0
	// +optional
	InputTokens *int64 `json:"inputTokens,omitempty"`
	// Tokens of the completions.
	// +kubebuilder:validation:Minimum=0
	// +optional
	OutputTokens *int64 `json:"outputTokens,omitempty"`
	// inputTokens + outputTokens.
	// +kubebuilder:validation:Minimum=0
	// +optional
	TotalTokens *int64 `json:"totalTokens,omitempty"`
}

// ArkRunStatusTotalTokenUsage: Tokens of all steps, tries that were retried included.
// +kubebuilder:validation:XValidation:rule=`(has(self.totalTokens) ? self.totalTokens : 0) == (has(self.inputTokens) ? self.inputTokens : 0) + (has(self.outputTokens) ? self.outputTokens : 0)`,message="totalTokens must be inputTokens + outputTokens"
type ArkRunStatusTotalTokenUsage struct {
	// Tokens of the prompts.
	// +kubebuilder:validation:Minimum=0
	// +optional
	InputTokens *int64 `json:"inputTokens,omitempty"`
	// Tokens of the completions.
	// +kubebuilder:validation:Minimum=0
	// +optional
	OutputTokens *int64 `json:"outputTokens,omitempty"`
	// inputTokens + outputTokens.
	// +kubebuilder:validation:Minimum=0
	// +optional
	TotalTokens *int64 `json:"totalTokens,omitempty"`
}

// ArkTeam: Roles and the way they work together; each execution is recorded as an ArkRun.
// +kubebuilder:validation:XValidation:rule=`self.metadata.name.size() <= 63`,message="the name of a team labels its runs, so it must not be longer than 63 characters"
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=aoteam,categories=ark
// +kubebuilder:printcolumn:name="Last Run",type=string,JSONPath=`.status.lastRunName`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type ArkTeam struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// How the team works.
	// +kubebuilder:pruning:PreserveUnknownFields
	Spec ArkTeamSpec `json:"spec"`
	// State of the team.
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	Status *ArkTeamStatus `json:"status,omitempty"`
}

// ArkTeamSpec: How the team works.
type ArkTeamSpec struct {
	// Where the steps' files are kept.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	ArtifactStore *runtime.RawExtension `json:"artifactStore,omitempty"`
	// How the roles' replicas follow the load.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	Autoscaling *runtime.RawExtension `json:"autoscaling,omitempty"`
	// Budget that the runs are charged to.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	BudgetRef *runtime.RawExtension `json:"budgetRef,omitempty"`
	// How much of earlier outputs a step is shown, unless it says so itself.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	DefaultContextPolicy *runtime.RawExtension `json:"defaultContextPolicy,omitempty"`
	// Role that gets the task first, in a team without a pipeline.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:MinLength=1
	// +optional
	Entry string `json:"entry,omitempty"`
	// Failed runs to keep; older ones are deleted.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:default=3
	// +optional
	FailedRunsHistoryLimit *int32 `json:"failedRunsHistoryLimit,omitempty"`
	// Default values of the runs' inputs.
	// +kubebuilder:validation:MaxProperties=256
	// +optional
	Input map[string]string `json:"input,omitempty"`
	// Declared inputs: which are required, and their defaults.
	// +kubebuilder:validation:MaxItems=256
	// +listType=map
	// +listMapKey=name
	// +optional
	Inputs []ArkTeamSpecInputsItem `json:"inputs,omitempty"`
	// Bounds of what all runs together may use.
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	Limits *ArkTeamSpecLimits `json:"limits,omitempty"`
	// Tokens that a run may use; zero means no limit.
	// +kubebuilder:validation:Minimum=0
	// +optional
	MaxTokens *int64 `json:"maxTokens,omitempty"`
	// ArkNotify that tells of the runs' ends.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	NotifyRef *runtime.RawExtension `json:"notifyRef,omitempty"`
	// Go template that makes a run's final result from the steps' outputs.
	// +kubebuilder:validation:MaxLength=262144
	// +optional
	Output string `json:"output,omitempty"`
	// Steps of a run, a graph without cycles.
	// +kubebuilder:validation:MaxItems=200
	// +listType=map
	// +listMapKey=role
	// +optional
	Pipeline []ArkTeamSpecPipelineItem `json:"pipeline,omitempty"`
	// Registry for steps that look agents up.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	RegistryRef *runtime.RawExtension `json:"registryRef,omitempty"`
	// Members of the team.
	// +kubebuilder:validation:MaxItems=200
	// +listType=map
	// +listMapKey=name
	// +optional
	Roles []ArkTeamSpecRolesItem `json:"roles,omitempty"`
	// Lets a model choose the agents, in a team without roles.
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	Routing *ArkTeamSpecRouting `json:"routing,omitempty"`
	// Age after which an ended run is deleted (168h, 30m); absent means no limit by age.
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[-+]?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$`
	// +optional
	RunRetainFor string `json:"runRetainFor,omitempty"`
	// Succeeded runs to keep; older ones are deleted.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:default=10
	// +optional
	SuccessfulRunsHistoryLimit *int32 `json:"successfulRunsHistoryLimit,omitempty"`
	// Seconds that a run may take; zero means no limit.
	// +kubebuilder:validation:Minimum=0
	// +optional
	TimeoutSeconds *int64 `json:"timeoutSeconds,omitempty"`
}

// ArkTeamSpecInputsItem: Declaration of one input of the team's runs.
type ArkTeamSpecInputsItem struct {
	// Value of a run that gives none.
	// +kubebuilder:validation:MaxLength=1048576
	// +optional
	Default string `json:"default,omitempty"`
	// What the value is for.
	// +kubebuilder:validation:MaxLength=262144
	// +optional
	Description string `json:"description,omitempty"`
	// Key under which a run gives the value.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:MinLength=1
	Name string `json:"name"`
	// Whether a run without the value is refused.
	// +optional
	Required *bool `json:"required,omitempty"`
	// Kind of value, for forms and checks; it travels as text.
	// +kubebuilder:validation:Enum=string;number;boolean;object;array
	// +optional
	Type string `json:"type,omitempty"`
}

// ArkTeamSpecLimits: Bounds of what all runs together may use.
type ArkTeamSpecLimits struct {
	// Tokens in any 24 hours; zero means no limit.
	// +kubebuilder:validation:Minimum=0
	// +optional
	MaxDailyTokens *int64 `json:"maxDailyTokens,omitempty"`
}

// ArkTeamSpecPipelineItem: One node of the graph: which role works, on what, and after whom.
type ArkTeamSpecPipelineItem struct {
	// How much of earlier outputs this step is shown.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	ContextPolicy *runtime.RawExtension `json:"contextPolicy,omitempty"`
	// Roles whose steps must have ended before this one starts.
	// +kubebuilder:validation:MaxItems=200
	// +listType=atomic
	// +optional
	DependsOn []string `json:"dependsOn,omitempty"`
	// Go template; the step is skipped unless it renders true.
	// +kubebuilder:validation:MaxLength=262144
	// +optional
	If string `json:"if,omitempty"`
	// Files of earlier steps that this one reads, by their name here.
	// +kubebuilder:validation:MaxProperties=64
	// +optional
	InputArtifacts map[string]string `json:"inputArtifacts,omitempty"`
	// Values for the role's prompt: Go templates over .input and .steps.
	// +kubebuilder:validation:MaxProperties=256
	// +optional
	Inputs map[string]string `json:"inputs,omitempty"`
	// Repeats the step; absent means once.
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	Loop *ArkTeamSpecPipelineItemLoop `json:"loop,omitempty"`
	// Bytes after which the step's output is cut.
	// +kubebuilder:validation:Minimum=0
	// +optional
	MaxOutputBytes *int64 `json:"maxOutputBytes,omitempty"`
	// Files that the step leaves in the artifact store.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	OutputArtifacts *runtime.RawExtension `json:"outputArtifacts,omitempty"`
	// JSON Schema, as text, that the output is parsed with into outputJSON.
	// +kubebuilder:validation:MaxLength=262144
	// +optional
	OutputSchema string `json:"outputSchema,omitempty"`
	// Finds the agent at run time instead of using the role's own.
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	RegistryLookup *ArkTeamSpecPipelineItemRegistryLookup `json:"registryLookup,omitempty"`
	// Role that does the step; it also names the step.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:MinLength=1
	Role string `json:"role"`
	// Checks of the output before the next step sees it.
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	Validate *ArkTeamSpecPipelineItemValidate `json:"validate,omitempty"`
}

// ArkTeamSpecPipelineItemLoop: Repeats the step; absent means once.
type ArkTeamSpecPipelineItemLoop struct {
	// Go template that is rendered after each round; the step goes on while it gives true.
	// +kubebuilder:validation:MaxLength=262144
	// +optional
	Condition string `json:"condition,omitempty"`
	// Rounds after which the step ends whatever the condition says; absent means 10.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	// +optional
	MaxIterations *int32 `json:"maxIterations,omitempty"`
}

// ArkTeamSpecPipelineItemRegistryLookup: Finds the agent at run time instead of using the role's own.
type ArkTeamSpecPipelineItemRegistryLookup struct {
	// Capability that the agent must offer.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:MinLength=1
	// +optional
	Capability string `json:"capability,omitempty"`
	// Agent to use when none fits.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:MinLength=1
	// +optional
	Fallback string `json:"fallback,omitempty"`
	// Registry to search; the team's own one if absent.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	RegistryRef *runtime.RawExtension `json:"registryRef,omitempty"`
	// How to choose among several fitting agents.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:MinLength=1
	// +optional
	Strategy string `json:"strategy,omitempty"`
	// Tags that narrow the choice.
	// +kubebuilder:validation:MaxItems=64
	// +listType=atomic
	// +optional
	Tags []string `json:"tags,omitempty"`
}

// ArkTeamSpecPipelineItemValidate: Checks of the output before the next step sees it.
type ArkTeamSpecPipelineItemValidate struct {
	// Regular expression that the output must match.
	// +kubebuilder:validation:MaxLength=262144
	// +optional
	Contains string `json:"contains,omitempty"`
	// Tries after the first one before the step fails for good.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=10
	// +optional
	MaxRetries *int32 `json:"maxRetries,omitempty"`
	// What a failed check does: end the step, or put it back to Pending for another try.
	// +kubebuilder:validation:Enum=fail;retry
	// +optional
	OnFailure string `json:"onFailure,omitempty"`
	// Regular expressions that the output must not match.
	// +kubebuilder:validation:MaxItems=64
	// +listType=atomic
	// +optional
	RejectPatterns []string `json:"rejectPatterns,omitempty"`
	// JSON Schema, as text, that the output must satisfy.
	// +kubebuilder:validation:MaxLength=262144
	// +optional
	Schema string `json:"schema,omitempty"`
	// Question about the output that a model answers with pass or fail.
	// +kubebuilder:validation:MaxLength=262144
	// +optional
	Semantic string `json:"semantic,omitempty"`
	// Model that judges the semantic check; the step's own one if empty.
	// +kubebuilder:validation:MaxLength=4096
	// +optional
	SemanticModel string `json:"semanticModel,omitempty"`
}

// ArkTeamSpecRolesItem: A member of the team: a reference to an agent or team, or an agent described inline.
type ArkTeamSpecRolesItem struct {
	// ArkAgent that fills the role.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:MinLength=1
	// +optional
	ArkAgent string `json:"arkAgent,omitempty"`
	// Another ArkTeam that fills the role.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:MinLength=1
	// +optional
	ArkTeam string `json:"arkTeam,omitempty"`
	// Roles that this one may hand work to, in a team without a pipeline.
	// +kubebuilder:validation:MaxItems=200
	// +listType=atomic
	// +optional
	CanDelegate []string `json:"canDelegate,omitempty"`
	// ConfigMaps and Secrets whose keys become environment variables.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	EnvFrom *runtime.RawExtension `json:"envFrom,omitempty"`
	// Bounds of what the role may use.
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	Limits *ArkTeamSpecRolesItemLimits `json:"limits,omitempty"`
	// Servers of tools that the role may call.
	// +kubebuilder:validation:MaxItems=64
	// +listType=atomic
	// +optional
	McpServers []ArkTeamSpecRolesItemMcpServersItem `json:"mcpServers,omitempty"`
	// Model of an agent that is described here.
	// +kubebuilder:validation:MaxLength=4096
	// +optional
	Model string `json:"model,omitempty"`
	// Name of the role; steps and canDelegate refer to it.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:MinLength=1
	Name string `json:"name"`
	// Extensions of the agent's runtime.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	Plugins *runtime.RawExtension `json:"plugins,omitempty"`
	// Pods that serve the role.
	// +kubebuilder:validation:Minimum=0
	// +optional
	Replicas *int32 `json:"replicas,omitempty"`
	// Compute resources of the role's pods.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	Resources *runtime.RawExtension `json:"resources,omitempty"`
	// Prompt fragments and parameters shared between agents.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	Settings *runtime.RawExtension `json:"settings,omitempty"`
	// Prompt of an agent that is described here.
	// +kubebuilder:validation:MaxLength=262144
	// +optional
	SystemPrompt string `json:"systemPrompt,omitempty"`
	// Where the prompt is kept, when it is not written here.
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	SystemPromptRef *ArkTeamSpecRolesItemSystemPromptRef `json:"systemPromptRef,omitempty"`
	// Tools reached by plain HTTP calls.
	// +kubebuilder:validation:MaxItems=128
	// +listType=atomic
	// +optional
	Tools []ArkTeamSpecRolesItemToolsItem `json:"tools,omitempty"`
}

// ArkTeamSpecRolesItemLimits: Bounds of what the role may use.
type ArkTeamSpecRolesItemLimits struct {
	// Tasks that one replica works on at a time.
	// +kubebuilder:validation:Minimum=0
	// +optional
	MaxConcurrentTasks *int32 `json:"maxConcurrentTasks,omitempty"`
	// Tokens in any 24 hours.
	// +kubebuilder:validation:Minimum=0
	// +optional
	MaxDailyTokens *int64 `json:"maxDailyTokens,omitempty"`
	// Tries after the first one of a failed task.
	// +kubebuilder:validation:Minimum=0
	// +optional
	MaxRetries *int32 `json:"maxRetries,omitempty"`
	// Tokens of one model call.
	// +kubebuilder:validation:Minimum=0
	// +optional
	MaxTokensPerCall *int64 `json:"maxTokensPerCall,omitempty"`
	// Seconds one task may take.
	// +kubebuilder:validation:Minimum=0
	// +optional
	TimeoutSeconds *int64 `json:"timeoutSeconds,omitempty"`
}

// ArkTeamSpecRolesItemMcpServersItem: A server of the Model Context Protocol that the role may call.
type ArkTeamSpecRolesItemMcpServersItem struct {
	// Advice to the model on when to use the server.
	// +kubebuilder:validation:MaxLength=262144
	// +optional
	Guidance string `json:"guidance,omitempty"`
	// Request headers, each with a value or the place where it is kept.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	Headers *runtime.RawExtension `json:"headers,omitempty"`
	// Name of the server inside the role.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:MinLength=1
	Name string `json:"name"`
	// Address of the server.
	// +kubebuilder:validation:MaxLength=4096
	// +optional
	Url string `json:"url,omitempty"`
}

// ArkTeamSpecRolesItemSystemPromptRef: Where the prompt is kept, when it is not written here.
type ArkTeamSpecRolesItemSystemPromptRef struct {
	// Key of a ConfigMap.
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	ConfigMapKeyRef *ArkTeamSpecRolesItemSystemPromptRefConfigMapKeyRef `json:"configMapKeyRef,omitempty"`
	// Key of a Secret.
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	SecretKeyRef *ArkTeamSpecRolesItemSystemPromptRefSecretKeyRef `json:"secretKeyRef,omitempty"`
}

// ArkTeamSpecRolesItemSystemPromptRefConfigMapKeyRef: Key of a ConfigMap.
type ArkTeamSpecRolesItemSystemPromptRefConfigMapKeyRef struct {
	// Key inside the object.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:MinLength=1
	// +optional
	Key string `json:"key,omitempty"`
	// Object in the team's namespace.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:MinLength=1
	// +optional
	Name string `json:"name,omitempty"`
}

// ArkTeamSpecRolesItemSystemPromptRefSecretKeyRef: Key of a Secret.
type ArkTeamSpecRolesItemSystemPromptRefSecretKeyRef struct {
	// Key inside the object.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:MinLength=1
	// +optional
	Key string `json:"key,omitempty"`
	// Object in the team's namespace.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:MinLength=1
	// +optional
	Name string `json:"name,omitempty"`
}

// ArkTeamSpecRolesItemToolsItem: A tool reached by a plain HTTP call.
type ArkTeamSpecRolesItemToolsItem struct {
	// What the tool does, told to the model.
	// +kubebuilder:validation:MaxLength=262144
	// +optional
	Description string `json:"description,omitempty"`
	// JSON Schema of the tool's arguments.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	InputSchema *runtime.RawExtension `json:"inputSchema,omitempty"`
	// Name by which the model calls the tool.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:MinLength=1
	Name string `json:"name"`
	// Address that is called.
	// +kubebuilder:validation:MaxLength=4096
	// +optional
	Url string `json:"url,omitempty"`
}

// ArkTeamSpecRouting: Lets a model choose the agents, in a team without roles.
type ArkTeamSpecRouting struct {
	// Agent to use when the model picks none.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:MinLength=1
	// +optional
	Fallback string `json:"fallback,omitempty"`
	// Agents that one run may pass through.
	// +kubebuilder:validation:Minimum=0
	// +optional
	MaxHops *int32 `json:"maxHops,omitempty"`
	// Model that picks.
	// +kubebuilder:validation:MaxLength=4096
	// +optional
	Model string `json:"model,omitempty"`
	// Registry whose agents may be picked.
	// +nullable
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	RegistryRef *runtime.RawExtension `json:"registryRef,omitempty"`
	// Prompt of the model that picks.
	// +kubebuilder:validation:MaxLength=262144
	// +optional
	SystemPrompt string `json:"systemPrompt,omitempty"`
}

// ArkTeamStatus: State of the team.
type ArkTeamStatus struct {
	// Standard conditions.
	// +kubebuilder:validation:MaxItems=64
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []ArkTeamStatusConditionsItem `json:"conditions,omitempty"`
	// Newest ArkRun of the team.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:MinLength=1
	// +optional
	LastRunName string `json:"lastRunName,omitempty"`
	// Generation of the team that this status describes.
	// +kubebuilder:validation:Minimum=0
	// +optional
	ObservedGeneration *int64 `json:"observedGeneration,omitempty"`
}

// ArkTeamStatusConditionsItem: One aspect of the state as a controller sees it.
type ArkTeamStatusConditionsItem struct {
	// When status changed last.
	LastTransitionTime metav1.Time `json:"lastTransitionTime"`
	// Details of the last change, for people.
	// +kubebuilder:validation:MaxLength=32768
	Message string `json:"message"`
	// Generation of the object that was looked at.
	// +kubebuilder:validation:Minimum=0
	// +optional
	ObservedGeneration *int64 `json:"observedGeneration,omitempty"`
	// Cause of the last change, one word for programs.
	// +kubebuilder:validation:MaxLength=1024
	Reason string `json:"reason"`
	// Whether the aspect holds.
	// +kubebuilder:validation:Enum=True;False;Unknown
	Status string `json:"status"`
	// Aspect that is described, in CamelCase.
	// +kubebuilder:validation:MaxLength=316
	Type string `json:"type"`
}
