//! A kube-rs webhook on axum with the rules of ours, to be measured beside it.
//!
//! Nothing that costs time for no reason: one thread for its one core, no delay of small writes, the
//! body read from the bytes, and the patch as base64 where kube-rs writes a list of numbers.
mod rules;
mod types;

use axum::body::Bytes;
use axum::http::{StatusCode, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::{Router, extract::DefaultBodyLimit, extract::State, routing::post};
use axum_server::{accept::NoDelayAcceptor, tls_rustls::RustlsConfig};
use base64::{Engine, prelude::BASE64_STANDARD};
use json_patch::Patch;
use kube::core::admission::{AdmissionRequest, AdmissionResponse, AdmissionReview, Operation};
use serde::Serialize;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use types::{ArkRun, ArkTeam, TEAM_LABEL};

/// The answers of GETs, which each look-up decodes anew, as a client without a cache does.
type Teams = Arc<HashMap<String, Vec<u8>>>;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let [port, certificates, folder] = std::array::from_fn(|index| {
        std::env::args().nth(index + 1).expect("arguments: PORT CERTIFICATES TEAMS")
    });
    let app = Router::new()
        .route("/0123456789abcdef0123456789abcdef/validate/arkruns", post(validate))
        .route("/0123456789abcdef0123456789abcdef/mutate/arkruns", post(mutate))
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
        .map(|acceptor| acceptor.acceptor(NoDelayAcceptor::new()))
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

async fn validate(State(teams): State<Teams>, body: Bytes) -> Response {
    answer(&body, |request| match (&request.operation, &request.old_object, &request.object) {
        (Operation::Update, Some(old), Some(new)) => refuse_any(rules::changes(old, new)),
        (Operation::Create, _, Some(run)) => {
            let team = get(&teams, &run.spec.team_ref)?;
            let labels = run.metadata.labels.as_ref();
            if run.spec.team_generation.is_none() || labels.is_none_or(|held| !held.contains_key(TEAM_LABEL)) {
                return Err("the run is not stamped".into());
            }
            refuse_any(rules::contradictions(run, &team))
        }
        _ => Ok(None),
    })
}

async fn mutate(State(teams): State<Teams>, body: Bytes) -> Response {
    answer(&body, |request| match (&request.operation, &request.object) {
        (Operation::Create, Some(run)) => {
            let team = get(&teams, &run.spec.team_ref)?;
            refuse_any(rules::contradictions(run, &team))?;
            Ok(Some(rules::stamp(run, &team)?))
        }
        _ => Ok(None),
    })
}

fn refuse_any(found: Vec<&'static str>) -> Result<Option<Patch>, String> {
    if found.is_empty() { Ok(None) } else { Err(format!("{}: written once", found.join(", "))) }
}

fn answer<F>(body: &[u8], decide: F) -> Response
where
    F: FnOnce(&AdmissionRequest<ArkRun>) -> Result<Option<Patch>, String>,
{
    let review = serde_json::from_slice::<AdmissionReview<ArkRun>>(body);
    let request: AdmissionRequest<ArkRun> = match review.map(TryInto::try_into) {
        Ok(Ok(request)) => request,
        Ok(Err(error)) => return json(&AdmissionResponse::invalid(error).into_review()),
        Err(error) => return (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    };
    match decide(&request) {
        Ok(Some(patch)) => json(&Stamped::new(&request.uid, &patch)),
        Ok(None) => json(&AdmissionResponse::from(&request).into_review()),
        Err(reason) => json(&AdmissionResponse::from(&request).deny(reason).into_review()),
    }
}

fn json<T: Serialize>(review: &T) -> Response {
    let body = serde_json::to_vec(review).expect("the types have string keys");
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

/// An AdmissionReview that answers with a patch.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stamped<'a> {
    api_version: &'static str,
    kind: &'static str,
    response: StampedResponse<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StampedResponse<'a> {
    uid: &'a str,
    allowed: bool,
    patch: String,
    patch_type: &'static str,
}

impl<'a> Stamped<'a> {
    fn new(uid: &'a str, patch: &Patch) -> Self {
        let patch = BASE64_STANDARD.encode(serde_json::to_vec(patch).expect("paths and JSON values"));
        let response = StampedResponse { uid, allowed: true, patch, patch_type: "JSONPatch" };
        Stamped { api_version: "admission.k8s.io/v1", kind: "AdmissionReview", response }
    }
}
