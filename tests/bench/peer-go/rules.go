package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// teams holds the answers of GETs, which each look-up decodes anew, as a client without a cache does.
type teams map[string][]byte

func (t teams) get(name string) (*ArkTeam, error) {
	body, known := t[name]
	if !known {
		return nil, fmt.Errorf("ArkTeam %q does not exist", name)
	}
	team := &ArkTeam{}
	return team, json.Unmarshal(body, team)
}

// validator keeps the record as it was written.
type validator struct{ teams teams }

var _ admission.Validator[*ArkRun] = validator{}

// ValidateCreate proves the stamp.
func (v validator) ValidateCreate(_ context.Context, run *ArkRun) (admission.Warnings, error) {
	team, err := v.teams.get(run.Spec.TeamRef)
	if err != nil {
		return nil, err
	}
	if found := contradictions(run, team); len(found) > 0 {
		return nil, refusal(run, found)
	}
	if run.Spec.TeamGeneration == 0 || run.Labels[teamLabel] == "" {
		return nil, errors.New("the run is not stamped")
	}
	return nil, nil
}

// ValidateUpdate refuses each change of the spec and of the label.
func (validator) ValidateUpdate(_ context.Context, old, run *ArkRun) (admission.Warnings, error) {
	found := specChanges(&old.Spec, &run.Spec)
	before, held := old.Labels[teamLabel]
	if after := run.Labels[teamLabel]; after != before && (held || after != run.Spec.TeamRef) {
		path := field.NewPath("metadata", "labels").Key(teamLabel)
		found = append(found, field.Forbidden(path, "is written once"))
	}
	if len(found) > 0 {
		return nil, refusal(run, found)
	}
	return nil, nil
}

// ValidateDelete lets every run go.
func (validator) ValidateDelete(context.Context, *ArkRun) (admission.Warnings, error) {
	return nil, nil
}

// defaulter stamps a new run.
type defaulter struct{ teams teams }

var _ admission.Defaulter[*ArkRun] = defaulter{}

// Default fills what the run leaves out and refuses what it says wrongly.
func (d defaulter) Default(_ context.Context, run *ArkRun) error {
	team, err := d.teams.get(run.Spec.TeamRef)
	if err != nil {
		return err
	}
	if found := contradictions(run, team); len(found) > 0 {
		return refusal(run, found)
	}
	return stamp(run, team)
}

func stamp(run *ArkRun, team *ArkTeam) error {
	input, spec := map[string]string{}, &run.Spec
	for _, one := range team.Spec.Inputs {
		if one.Default != nil {
			input[one.Name] = *one.Default
		}
	}
	for _, given := range []map[string]string{team.Spec.Input, spec.Input} {
		for key, value := range given {
			input[key] = value
		}
	}
	for _, one := range team.Spec.Inputs {
		if _, given := input[one.Name]; one.Required && !given {
			return fmt.Errorf("spec.input.%s: required by ArkTeam %q", one.Name, team.Name)
		}
	}
	spec.TeamGeneration, spec.Input = team.Generation, input
	spec.Pipeline, spec.Roles = team.Spec.Pipeline, team.Spec.Roles
	if spec.Output == "" {
		spec.Output = team.Spec.Output
	}
	if spec.TimeoutSeconds == 0 {
		spec.TimeoutSeconds = team.Spec.TimeoutSeconds
	}
	if spec.MaxTokens == 0 {
		spec.MaxTokens = team.Spec.MaxTokens
	}
	if run.Labels == nil {
		run.Labels = map[string]string{}
	}
	run.Labels[teamLabel] = team.Name
	return nil
}

func contradictions(run *ArkRun, team *ArkTeam) field.ErrorList {
	var found field.ErrorList
	path := field.NewPath("spec")
	if label, given := run.Labels[teamLabel]; given && label != team.Name {
		found = append(found, field.Invalid(field.NewPath("metadata", "labels").Key(teamLabel), label, "differs from the team"))
	}
	if run.Spec.TeamGeneration != 0 && run.Spec.TeamGeneration != team.Generation {
		found = append(found, field.Invalid(path.Child("teamGeneration"), run.Spec.TeamGeneration, "differs from the team"))
	}
	if len(run.Spec.Pipeline) > 0 && !reflect.DeepEqual(run.Spec.Pipeline, team.Spec.Pipeline) {
		found = append(found, field.Forbidden(path.Child("pipeline"), "differs from the team"))
	}
	if len(run.Spec.Roles) > 0 && !reflect.DeepEqual(run.Spec.Roles, team.Spec.Roles) {
		found = append(found, field.Forbidden(path.Child("roles"), "differs from the team"))
	}
	return found
}

func specChanges(old, run *RunSpec) field.ErrorList {
	var found field.ErrorList
	before, after := reflect.ValueOf(*old), reflect.ValueOf(*run)
	for index := range before.NumField() {
		if reflect.DeepEqual(before.Field(index).Interface(), after.Field(index).Interface()) {
			continue
		}
		name := before.Type().Field(index).Name
		found = append(found, field.Forbidden(field.NewPath("spec", name), "is written once"))
	}
	return found
}

func refusal(run *ArkRun, found field.ErrorList) error {
	return apierrors.NewInvalid(groupVersion.WithKind("ArkRun").GroupKind(), run.Name, found)
}
