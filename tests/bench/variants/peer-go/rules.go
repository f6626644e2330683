package main

import (
	"context"
	"maps"
	"reflect"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

var (
	runKind     = groupVersion.WithKind("ArkRun").GroupKind()
	runResource = schema.GroupResource{Group: groupVersion.Group, Resource: "arkruns"}
	labelPath   = field.NewPath("metadata", "labels").Key(teamLabel)
	specPath    = field.NewPath("spec")
)

// teams reads teams from the API server.
type teams struct{ reader client.Reader }

func (t teams) of(ctx context.Context, run *ArkRun) (*ArkTeam, error) {
	request, err := admission.RequestFromContext(ctx)
	if err != nil {
		return nil, err
	}
	team := &ArkTeam{}
	return team, t.reader.Get(ctx, client.ObjectKey{Namespace: request.Namespace, Name: run.Spec.TeamRef}, team)
}

// defaulter stamps a new run.
type defaulter struct{ teams teams }

var _ admission.Defaulter[*ArkRun] = defaulter{}

// Default reads the team and stamps the run.
func (d defaulter) Default(ctx context.Context, run *ArkRun) error {
	team, err := d.teams.of(ctx, run)
	if err != nil {
		return err
	}
	return stamp(run, team)
}

// validator verifies the stamp and refuses changes of a stored run.
type validator struct{ teams teams }

var _ admission.Validator[*ArkRun] = validator{}

// ValidateCreate verifies the stamp: stamping the run again must change nothing.
func (v validator) ValidateCreate(ctx context.Context, run *ArkRun) (admission.Warnings, error) {
	team, err := v.teams.of(ctx, run)
	if err != nil {
		return nil, err
	}
	again := &ArkRun{Spec: run.Spec}
	again.Name, again.Labels = run.Name, maps.Clone(run.Labels)
	if err := stamp(again, team); err != nil {
		return nil, err
	}
	found := changes(&run.Spec, &again.Spec, "differs from the team")
	if run.Labels[teamLabel] != again.Labels[teamLabel] {
		found = append(found, field.Required(labelPath, "the run is not stamped"))
	}
	return nil, refusal(run, found)
}

// ValidateUpdate refuses each change of the spec and of the label.
func (validator) ValidateUpdate(_ context.Context, old, run *ArkRun) (admission.Warnings, error) {
	found := changes(&old.Spec, &run.Spec, "is written once")
	before, held := old.Labels[teamLabel]
	if after := run.Labels[teamLabel]; after != before && (held || after != run.Spec.TeamRef) {
		found = append(found, field.Forbidden(labelPath, "is written once"))
	}
	return nil, refusal(run, found)
}

// ValidateDelete allows every deletion.
func (validator) ValidateDelete(context.Context, *ArkRun) (admission.Warnings, error) {
	return nil, nil
}

func stamp(run *ArkRun, team *ArkTeam) error {
	spec := &run.Spec
	if label, given := run.Labels[teamLabel]; given && label != team.Name {
		return refusal(run, field.ErrorList{field.Invalid(labelPath, label, "differs from the team")})
	}
	if generation := spec.TeamGeneration; generation != nil && *generation != team.Generation {
		return apierrors.NewConflict(runResource, run.Name, field.Invalid(specPath.Child("teamGeneration"), *generation, "differs from the team"))
	}
	input := mergedInput(spec, team)
	for _, one := range team.Spec.Inputs {
		if _, given := input[one.Name]; one.Required && !given {
			return refusal(run, field.ErrorList{field.Required(specPath.Child("input").Key(one.Name), "required by the team")})
		}
	}
	spec.TeamGeneration, spec.Input = &team.Generation, input
	spec.Snapshot = team.Spec.Snapshot
	spec.Output = orElse(spec.Output, team.Spec.Output)
	spec.TimeoutSeconds = orElse(spec.TimeoutSeconds, team.Spec.TimeoutSeconds)
	spec.MaxTokens = orElse(spec.MaxTokens, team.Spec.MaxTokens)
	if run.Labels == nil {
		run.Labels = map[string]string{}
	}
	run.Labels[teamLabel] = team.Name
	return nil
}

func mergedInput(spec *RunSpec, team *ArkTeam) map[string]string {
	input := map[string]string{}
	for _, one := range team.Spec.Inputs {
		if one.Default != nil {
			input[one.Name] = *one.Default
		}
	}
	maps.Copy(input, team.Spec.Input)
	maps.Copy(input, spec.Input)
	return input
}

// orElse returns the run's own value if it is set: zero and "" are values.
func orElse[T any](own, offered *T) *T {
	if own != nil {
		return own
	}
	return offered
}

func changes(old, run *RunSpec, what string) field.ErrorList {
	var found field.ErrorList
	before, after := reflect.ValueOf(*old), reflect.ValueOf(*run)
	for index := range before.NumField() {
		if reflect.DeepEqual(before.Field(index).Interface(), after.Field(index).Interface()) {
			continue
		}
		found = append(found, field.Forbidden(specPath.Child(before.Type().Field(index).Name), what))
	}
	return found
}

func refusal(run *ArkRun, found field.ErrorList) error {
	if len(found) == 0 {
		return nil
	}
	return apierrors.NewInvalid(runKind, run.Name, found)
}
