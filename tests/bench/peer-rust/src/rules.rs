use crate::types::{ArkRun, ArkTeam, RunSpec, TEAM_LABEL};
use json_patch::{AddOperation, Patch, PatchOperation, jsonptr::PointerBuf};
use kube::ResourceExt;
use serde::Serialize;
use serde_json::json;

/// Paths that an update would change though they are written once.
pub fn changes(old: &ArkRun, new: &ArkRun) -> Vec<&'static str> {
    let mut found = spec_changes(&old.spec, &new.spec);
    let (before, after) = (old.labels().get(TEAM_LABEL), new.labels().get(TEAM_LABEL));
    if before != after && !(before.is_none() && after == Some(&new.spec.team_ref)) {
        found.push("metadata.labels[arkonis.dev/team]");
    }
    found
}

fn spec_changes(old: &RunSpec, new: &RunSpec) -> Vec<&'static str> {
    [
        ("spec.teamRef", old.team_ref == new.team_ref),
        ("spec.teamGeneration", old.team_generation == new.team_generation),
        ("spec.input", old.input == new.input),
        ("spec.pipeline", old.pipeline == new.pipeline),
        ("spec.roles", old.roles == new.roles),
        ("spec.output", old.output == new.output),
        ("spec.timeoutSeconds", old.timeout_seconds == new.timeout_seconds),
        ("spec.maxTokens", old.max_tokens == new.max_tokens),
    ]
    .into_iter()
    .filter_map(|(path, same)| (!same).then_some(path))
    .collect()
}

/// Paths where the run says something else than its team.
pub fn contradictions(run: &ArkRun, team: &ArkTeam) -> Vec<&'static str> {
    let mut found = vec![];
    if run.labels().get(TEAM_LABEL).is_some_and(|label| *label != team.name_any()) {
        found.push("metadata.labels[arkonis.dev/team]");
    }
    if run.spec.team_generation.is_some() && run.spec.team_generation != team.metadata.generation {
        found.push("spec.teamGeneration");
    }
    if run.spec.pipeline.is_some() && run.spec.pipeline != team.spec.pipeline {
        found.push("spec.pipeline");
    }
    if run.spec.roles.is_some() && run.spec.roles != team.spec.roles {
        found.push("spec.roles");
    }
    found
}

/// The operations that make a run say what team it was created from.
pub fn stamp(run: &ArkRun, team: &ArkTeam) -> Result<Patch, String> {
    let (spec, from) = (&run.spec, &team.spec);
    let mut input: std::collections::BTreeMap<_, _> = from
        .inputs
        .iter()
        .filter_map(|one| Some((one.name.clone(), one.default.clone()?)))
        .collect();
    input.extend(from.input.clone());
    input.extend(spec.input.clone());
    if let Some(one) = from.inputs.iter().find(|one| one.required && !input.contains_key(&one.name)) {
        return Err(format!("spec.input.{}: required by ArkTeam {:?}", one.name, team.name_any()));
    }
    let mut patch = vec![];
    fill(&mut patch, "/spec/teamGeneration", &spec.team_generation, &team.metadata.generation);
    fill(&mut patch, "/spec/pipeline", &spec.pipeline, &from.pipeline);
    fill(&mut patch, "/spec/roles", &spec.roles, &from.roles);
    fill(&mut patch, "/spec/output", &spec.output, &from.output);
    fill(&mut patch, "/spec/timeoutSeconds", &spec.timeout_seconds, &from.timeout_seconds);
    fill(&mut patch, "/spec/maxTokens", &spec.max_tokens, &from.max_tokens);
    if input != spec.input {
        add(&mut patch, "/spec/input", &input);
    }
    match &run.metadata.labels {
        None => add(&mut patch, "/metadata/labels", &json!({TEAM_LABEL: team.name_any()})),
        Some(labels) if !labels.contains_key(TEAM_LABEL) => {
            add(&mut patch, "/metadata/labels/arkonis.dev~1team", &team.name_any());
        }
        Some(_) => {}
    }
    Ok(Patch(patch))
}

fn fill<T: Serialize>(patch: &mut Vec<PatchOperation>, path: &str, held: &Option<T>, value: &Option<T>) {
    if let (None, Some(value)) = (held, value) {
        add(patch, path, value);
    }
}

fn add<T: Serialize>(patch: &mut Vec<PatchOperation>, path: &str, value: &T) {
    patch.push(PatchOperation::Add(AddOperation {
        path: PointerBuf::parse(path).expect("the paths are constants"),
        value: serde_json::to_value(value).expect("the types have string keys"),
    }));
}
