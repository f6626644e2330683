//! A kube-rs webhook on axum with the rules of ours, to be measured beside it.
mod rules;
mod types;

use axum::{Json, Router, extract::DefaultBodyLimit, extract::State, routing::post};
use axum_server::tls_rustls::RustlsConfig;
use kube::core::DynamicObject;
use kube::core::admission::{AdmissionRequest, AdmissionResponse, AdmissionReview, Operation};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use types::{ArkRun, ArkTeam, TEAM_LABEL};

/// The answers of GETs, which each look-up decodes anew, as a client without a cache does.
type Teams = Arc<HashMap<String, Vec<u8>>>;
type Answer = Json<AdmissionReview<DynamicObject>>;

#[tokio::main]
async fn main() {
    let [port, certificates, folder] = std::array::from_fn(|index| {
        std::env::args().nth(index + 1).expect("arguments: PORT CERTIFICATES TEAMS")
    });
    let app = Router::new()
        .route("/validate/arkruns", post(validate))
        .route("/mutate/arkruns", post(mutate))
        .layer(DefaultBodyLimit::max(7 * 1024 * 1024))
        .with_state(read_teams(&folder));
    let tls = RustlsConfig::from_pem_file(
        format!("{certificates}/tls.crt"),
        format!("{certificates}/tls.key"),
    )
    .await
    .expect("a certificate and its key");
    let address = SocketAddr::from(([127, 0, 0, 1], port.parse().expect("a port")));
    axum_server::bind_rustls(address, tls)
        .serve(app.into_make_service())
        .await
        .expect("a free port");
}

fn read_teams(folder: &str) -> Teams {
    let files = std::fs::read_dir(folder).expect("the folder of the teams");
    let paths = files.map(|file| file.expect("a file").path());
    let read = |path: std::path::PathBuf| {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        (name, std::fs::read(&path).expect("a team"))
    };
    Arc::new(paths.map(read).collect())
}

fn get(teams: &Teams, name: &str) -> Result<ArkTeam, String> {
    let body = teams.get(name).ok_or_else(|| format!("ArkTeam {name:?} does not exist"))?;
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

async fn validate(State(teams): State<Teams>, Json(review): Json<AdmissionReview<ArkRun>>) -> Answer {
    answer(review, |request, response| match (&request.operation, &request.old_object, &request.object) {
        (Operation::Update, Some(old), Some(new)) => refuse_any(rules::changes(old, new), response),
        (Operation::Create, _, Some(run)) => {
            let team = get(&teams, &run.spec.team_ref)?;
            let labels = run.metadata.labels.as_ref();
            if run.spec.team_generation.is_none() || labels.is_none_or(|held| !held.contains_key(TEAM_LABEL)) {
                return Err("the run is not stamped".into());
            }
            refuse_any(rules::contradictions(run, &team), response)
        }
        _ => Ok(response),
    })
}

async fn mutate(State(teams): State<Teams>, Json(review): Json<AdmissionReview<ArkRun>>) -> Answer {
    answer(review, |request, response| match (&request.operation, &request.object) {
        (Operation::Create, Some(run)) => {
            let team = get(&teams, &run.spec.team_ref)?;
            let response = refuse_any(rules::contradictions(run, &team), response)?;
            let patch = rules::stamp(run, &team)?;
            response.with_patch(patch).map_err(|error| error.to_string())
        }
        _ => Ok(response),
    })
}

fn refuse_any(found: Vec<&'static str>, response: AdmissionResponse) -> Result<AdmissionResponse, String> {
    if found.is_empty() { Ok(response) } else { Err(format!("{}: written once", found.join(", "))) }
}

fn answer<F>(review: AdmissionReview<ArkRun>, decide: F) -> Answer
where
    F: FnOnce(&AdmissionRequest<ArkRun>, AdmissionResponse) -> Result<AdmissionResponse, String>,
{
    let request: AdmissionRequest<ArkRun> = match review.try_into() {
        Ok(request) => request,
        Err(error) => return Json(AdmissionResponse::invalid(error).into_review()),
    };
    let response = AdmissionResponse::from(&request);
    let refused = response.clone();
    Json(decide(&request, response).unwrap_or_else(|reason| refused.deny(reason)).into_review())
}
