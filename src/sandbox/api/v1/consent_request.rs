//! What a consent request of v1 says, in the words of v2. Without a product instance there are no defaults, so what
//! a consent is made of must be there; only the filter, the context and the redirect URL may be left out.

use serde::Deserialize;

use super::super::consent_request::{ConsentRequest, DateRange, FrequencyRequest};
use super::super::refusal::Refusal;
use crate::sandbox::domain::context::ContextEntry;
use crate::sandbox::domain::moment::Moment;
use crate::sandbox::domain::terms::{
    ConsentMode, ConsentType, DataFilter, DataLife, DataRange, FetchType, FiType, Purpose,
    PurposeCategory, PurposeCode,
};

#[derive(Deserialize)]
struct Request {
    #[serde(rename = "Detail")]
    detail: Detail,
    #[serde(rename = "redirectUrl")]
    redirect_url: Option<String>,
    context: Option<Vec<ContextEntry>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    consent_start: Moment,
    consent_expiry: Moment,
    #[serde(rename = "Customer")]
    customer: Party,
    #[serde(rename = "FIDataRange")]
    data_range: DataRange,
    consent_mode: ConsentMode,
    consent_types: Vec<ConsentType>,
    fetch_type: FetchType,
    #[serde(rename = "Frequency")]
    frequency: FrequencyRequest,
    #[serde(rename = "DataFilter")]
    data_filter: Option<Vec<DataFilter>>,
    #[serde(rename = "DataLife")]
    data_life: DataLife,
    #[serde(rename = "DataConsumer")]
    data_consumer: Party,
    #[serde(rename = "Purpose")]
    purpose: PurposeRequest,
    fi_types: Vec<FiType>,
}

#[derive(Deserialize)]
struct Party {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PurposeRequest {
    #[serde(rename = "Category")]
    category: PurposeCategory,
    code: PurposeCode,
    text: String,
    ref_uri: String,
}

/// The request in a body, if it is one of v1.
pub(super) fn read_request(body: &[u8]) -> Result<ConsentRequest, Refusal> {
    let request: Request = serde_json::from_slice(body).map_err(|_| Refusal::invalid_body())?;
    let detail = request.detail;
    let purpose = Purpose {
        category: detail.purpose.category,
        ref_uri: detail.purpose.ref_uri,
        code: detail.purpose.code,
        text: detail.purpose.text,
    };
    Ok(ConsentRequest {
        vua: detail.customer.id,
        data_range: detail.data_range,
        consent_duration: None,
        consent_date_range: Some(DateRange {
            start_date: detail.consent_start,
            end_date: detail.consent_expiry,
        }),
        consent_mode: Some(detail.consent_mode),
        fetch_type: Some(detail.fetch_type),
        consent_types: Some(detail.consent_types),
        fi_types: Some(detail.fi_types),
        purpose: Some(purpose),
        data_life: Some(detail.data_life),
        frequency: Some(detail.frequency),
        data_filter: detail.data_filter,
        redirect_url: request.redirect_url,
        context: request.context,
        pan: None,
        additional_params: None,
        enable_additional_phone_number: None,
        data_consumer: Some(detail.data_consumer.id),
    })
}
