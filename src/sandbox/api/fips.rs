//! `/v2/fips`: the institutions and how well they do. Their success rates are fixed; no one's hour is measured.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::Call;
use super::refusal::Refusal;
use crate::sandbox::domain::fip::{Fip, FipStatus, InstitutionType, SuccessRate};
use crate::sandbox::domain::moment::Moment;
use crate::sandbox::domain::terms::FiType;
use crate::sandbox::path_id::PathId;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FipsAnswer<'a> {
    data: Vec<FipEntry>,
    trace_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FipEntry {
    name: &'static str,
    fip_id: &'static str,
    fi_types: Vec<FiType>,
    institution_type: InstitutionType,
    status: FipStatus,
    consent_conversion_rate: Option<f64>,
    data_fetch_success_rate: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aa_wise_success_rate: Option<Vec<AaRate>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aa_wise_health_metrics: Option<BTreeMap<&'static str, Vec<HealthMetric>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AaRate {
    consent_conversion_rate: f64,
    data_fetch_success_rate: f64,
    aa: &'static str,
}

#[derive(Serialize)]
struct HealthMetric {
    #[serde(rename = "eventName")]
    event_name: &'static str,
    metrics_as_of: String,
    latency_avg: f64,
    latency_p50: f64,
    latency_p95: f64,
    latency_p99: f64,
    success_rate: f64,
}

const EVENTS: [(&str, f64); 8] = [
    ("DISCOVERY", 170.0),
    ("CONSENT_REQUEST", 50.0),
    ("LINKING", 390.0),
    ("LINKING_CONFIRM", 70.0),
    ("FI_NOTIFICATION", 6.0),
    ("FI_REQUEST", 65.0),
    ("DATA_FETCH", 40.0),
    ("UNLINKING", 55.0),
];

/// What of the FIPs is asked for.
struct Question {
    aa: Option<String>,
    status: Option<FipStatus>,
    expanded: bool,
}

pub(crate) async fn list(call: Call) -> Response {
    let outcome = question(&call).map(|question| answer(&call, &question, |_| true));
    call.answer(outcome.map(|answer| (StatusCode::OK, answer)))
}

pub(crate) async fn show(PathId(id): PathId, call: Call) -> Response {
    let outcome = question(&call).and_then(|question| {
        // Only the list is filtered by status.
        let question = Question {
            status: None,
            ..question
        };
        let is_known = call.gateway.world().setup.fip(&id).is_some();
        if is_known {
            Ok(answer(&call, &question, |fip| fip.id == id))
        } else {
            Err(Refusal::not_found("FIP not found"))
        }
    });
    call.answer(outcome.map(|answer| (StatusCode::OK, answer)))
}

fn question(call: &Call) -> Result<Question, Refusal> {
    let status = call.query("status").map(|status| {
        FipStatus::deserialize(serde_json::Value::String(status))
            .map_err(|_| Refusal::invalid_body())
    });
    Ok(Question {
        aa: call.query("aa"),
        status: status.transpose()?,
        expanded: call.query_flag("expanded")?,
    })
}

fn answer<'a>(
    call: &'a Call,
    question: &Question,
    is_meant: impl Fn(&Fip) -> bool,
) -> FipsAnswer<'a> {
    let world = call.gateway.world();
    let now = world.now();
    let data = world
        .setup
        .fips
        .iter()
        .filter(|fip| is_meant(fip))
        .filter_map(|fip| entry(fip, question, now));
    FipsAnswer {
        data: data.collect(),
        trace_id: &call.trace,
    }
}

/// A FIP as the question sees it; none if the question leaves it out.
fn entry(fip: &Fip, question: &Question, now: Moment) -> Option<FipEntry> {
    if question.status.is_some_and(|status| status != fip.status) {
        return None;
    }
    let rates: Vec<SuccessRate> = fip
        .rates
        .iter()
        .filter(|rate| question.aa.as_ref().is_none_or(|aa| is_called(rate, aa)))
        .copied()
        .collect();
    if question.aa.is_some() && rates.is_empty() {
        return None;
    }
    Some(FipEntry {
        name: fip.name,
        fip_id: fip.id,
        fi_types: fip.fi_types.clone(),
        institution_type: fip.institution_type,
        status: fip.status,
        consent_conversion_rate: average(rates.iter().map(|rate| rate.consent_conversion)),
        data_fetch_success_rate: average(rates.iter().map(|rate| rate.data_fetch)),
        aa_wise_success_rate: question
            .aa
            .is_none()
            .then(|| rates.iter().map(aa_rate).collect()),
        aa_wise_health_metrics: question.expanded.then(|| {
            rates
                .iter()
                .map(|rate| (rate.aa, health_metrics(rate, now)))
                .collect()
        }),
    })
}

/// Setu's own aggregator goes by two names.
fn is_called(rate: &SuccessRate, aa: &str) -> bool {
    rate.aa == aa || (rate.aa == "setu-aa" && aa == "setu")
}

fn aa_rate(rate: &SuccessRate) -> AaRate {
    AaRate {
        consent_conversion_rate: rate.consent_conversion,
        data_fetch_success_rate: rate.data_fetch,
        aa: rate.aa,
    }
}

/// To two places; none of none, as for a FIP with too few samples.
fn average(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    let count = values.len() as f64;
    (count > 0.0).then(|| (values.iter().sum::<f64>() / count * 100.0).round() / 100.0)
}

fn health_metrics(rate: &SuccessRate, now: Moment) -> Vec<HealthMetric> {
    EVENTS
        .iter()
        .map(|(event_name, latency)| HealthMetric {
            event_name,
            metrics_as_of: now.to_string().replace('Z', "+00:00"),
            latency_avg: *latency,
            latency_p50: latency * 0.8,
            latency_p95: latency * 1.5,
            latency_p99: latency * 2.0,
            success_rate: rate.data_fetch,
        })
        .collect()
}
