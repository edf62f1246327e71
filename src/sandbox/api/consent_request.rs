//! What a consent request may say, and the terms that it and the product's defaults make together.

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use super::refusal::Refusal;
use crate::sandbox::data::filter;
use crate::sandbox::domain::consent::NewConsent;
use crate::sandbox::domain::context::{ContextEntry, ContextKey};
use crate::sandbox::domain::fair_use;
use crate::sandbox::domain::moment::Moment;
use crate::sandbox::domain::terms::{
    ConsentDuration, ConsentMode, ConsentType, DataFilter, DataLife, DataRange, DurationUnit,
    FetchType, FiType, Frequency, FrequencyUnit, Purpose, PurposeCode, Terms,
};
use crate::sandbox::domain::vua::{Vua, VuaError};
use crate::sandbox::setup::{ProductDefaults, Setup};

const LONGEST_TAG: usize = 100;
/// Bounds on what a consent keeps. Setu names none, and nobody needs more.
const MOST_ITEMS: usize = 100;
const LONGEST_TEXT: usize = 2_048;

/// A request as JSON. Unknown keys are ignored, as Setu's description does not forbid them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConsentRequest {
    pub(super) vua: String,
    pub(super) data_range: DataRange,
    pub(super) consent_duration: Option<DurationRequest>,
    pub(super) consent_date_range: Option<DateRange>,
    pub(super) consent_mode: Option<ConsentMode>,
    pub(super) fetch_type: Option<FetchType>,
    pub(super) consent_types: Option<Vec<ConsentType>>,
    pub(super) fi_types: Option<Vec<FiType>>,
    pub(super) purpose: Option<Purpose>,
    pub(super) data_life: Option<DataLife>,
    pub(super) frequency: Option<FrequencyRequest>,
    pub(super) data_filter: Option<Vec<DataFilter>>,
    pub(super) redirect_url: Option<String>,
    pub(super) context: Option<Vec<ContextEntry>>,
    #[serde(rename = "PAN")]
    pub(super) pan: Option<String>,
    pub(super) additional_params: Option<AdditionalParams>,
    pub(super) enable_additional_phone_number: Option<bool>,
    /// Named by v1 alone, whose answers repeat it.
    #[serde(skip)]
    pub(super) data_consumer: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct DurationRequest {
    unit: DurationUnit,
    value: Count,
}

#[derive(Debug, Deserialize)]
pub(super) struct FrequencyRequest {
    unit: FrequencyUnit,
    value: Count,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DateRange {
    pub(super) start_date: Moment,
    pub(super) end_date: Moment,
}

#[derive(Debug, Deserialize)]
pub(super) struct AdditionalParams {
    #[serde(default)]
    tags: Vec<String>,
}

/// A whole number, and whether it came as a number: Setu takes text for some.
#[derive(Clone, Copy, Debug)]
enum Count {
    Number(i64),
    Text(Option<i64>),
}

impl Count {
    fn positive(self) -> Option<u32> {
        let (Count::Number(number) | Count::Text(Some(number))) = self else {
            return None;
        };
        u32::try_from(number).ok().filter(|number| *number > 0)
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Count, D::Error> {
        struct CountVisitor;
        impl Visitor<'_> for CountVisitor {
            type Value = Count;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a whole number")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Count, E> {
                Ok(Count::Number(number))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Count, E> {
                Ok(Count::Number(i64::try_from(number).unwrap_or(i64::MAX)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Count, E> {
                let digits = text.bytes().all(|byte| byte.is_ascii_digit());
                Ok(Count::Text(text.parse().ok().filter(|_| digits)))
            }
        }
        deserializer.deserialize_any(CountVisitor)
    }
}

/// The request in a body, if it is one.
pub(super) fn read_request(body: &[u8]) -> Result<ConsentRequest, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::invalid_body())
}

/// The consent that a request asks for, still without an id, or why it is refused.
pub(super) fn new_consent(
    request: ConsentRequest,
    setup: &Setup,
    now: Moment,
) -> Result<NewConsent, Refusal> {
    check_sizes(&request)?;
    let vua = Vua::parse(&request.vua).map_err(|error| match error {
        VuaError::Malformed => Refusal::invalid_body(),
        VuaError::UnsupportedHandle(handle) => {
            Refusal::invalid(format!("AA handle '{handle}' is not supported"))
        }
    })?;
    let (start, expiry) = dates(&request, &setup.defaults, now)?;
    let context = context(&request)?;
    let data_filter = request.data_filter.clone().unwrap_or_default();
    if !data_filter.iter().all(filter::is_valid) || !request.data_range.is_ordered() {
        return Err(Refusal::invalid_body());
    }
    let (defaults, aggregators) = (&setup.defaults, setup.aggregators);
    let fetch_type = request.fetch_type.unwrap_or(defaults.fetch_type);
    let consent_mode = request.consent_mode.unwrap_or(defaults.consent_mode);
    let terms = Terms {
        start,
        expiry,
        fi_types: some_words(&request.fi_types, &defaults.fi_types)?,
        fetch_type,
        purpose: purpose(&request, &context, defaults),
        data_range: request.data_range,
        consent_types: some_words(&request.consent_types, &defaults.consent_types)?,
        consent_mode,
        frequency: frequency(&request, fetch_type, defaults)?,
        data_life: data_life(&request, consent_mode, defaults)?,
        data_filter,
        context,
    };
    if aggregators.refuse(&vua.handle) {
        return Err(Refusal::upstream());
    }
    if aggregators.limit(&vua.handle)
        && let Some(broken) = fair_use::broken_limit(&terms)
    {
        return Err(Refusal::invalid(broken));
    }
    Ok(NewConsent {
        id: String::new(),
        vua,
        terms,
        tags: tags(&request, setup)?,
        pan: pan(&request)?,
        redirect_url: request
            .redirect_url
            .unwrap_or_else(|| defaults.redirect_url.clone()),
        additional_phone_number: request.enable_additional_phone_number,
        data_consumer: request.data_consumer,
        selects_fip: setup.fip_selector && !request.vua.contains('@'),
    })
}

fn check_sizes(request: &ConsentRequest) -> Result<(), Refusal> {
    let items = [
        request.context.as_ref().map_or(0, Vec::len),
        request.data_filter.as_ref().map_or(0, Vec::len),
        request.fi_types.as_ref().map_or(0, Vec::len),
        request.consent_types.as_ref().map_or(0, Vec::len),
        request
            .additional_params
            .as_ref()
            .map_or(0, |params| params.tags.len()),
    ];
    let purpose = request
        .purpose
        .iter()
        .flat_map(|purpose| [&purpose.text, &purpose.ref_uri, &purpose.category.kind]);
    let texts = (request.context.iter().flatten().map(|entry| &entry.value))
        .chain(
            request
                .data_filter
                .iter()
                .flatten()
                .map(|filter| &filter.value),
        )
        .chain(&request.redirect_url)
        .chain(&request.data_consumer)
        .chain(purpose);
    if items.into_iter().any(|count| count > MOST_ITEMS)
        || texts.into_iter().any(|text| text.len() > LONGEST_TEXT)
    {
        return Err(Refusal::invalid_body());
    }
    Ok(())
}

/// From when to when the consent is good. A duration counts before dates.
fn dates(
    request: &ConsentRequest,
    defaults: &ProductDefaults,
    now: Moment,
) -> Result<(Moment, Moment), Refusal> {
    if let Some(duration) = &request.consent_duration {
        let value = duration
            .value
            .positive()
            .ok_or_else(Refusal::invalid_body)?;
        let expiry = ConsentDuration {
            value,
            unit: duration.unit,
        }
        .after(now);
        return Ok((now, expiry.ok_or_else(Refusal::invalid_body)?));
    }
    match &request.consent_date_range {
        Some(range) if range.start_date < range.end_date && range.end_date > now => {
            Ok((range.start_date, range.end_date))
        }
        Some(_) => Err(Refusal::invalid_body()),
        None => Ok((
            now,
            defaults
                .consent_duration
                .after(now)
                .ok_or_else(Refusal::invalid_body)?,
        )),
    }
}

fn context(request: &ConsentRequest) -> Result<Vec<ContextEntry>, Refusal> {
    let context = request.context.clone().unwrap_or_default();
    if context.iter().all(ContextEntry::is_valid) {
        Ok(context)
    } else {
        Err(Refusal::invalid_body())
    }
}

/// A list that may be left out but not empty, each word once.
fn some_words<T: Copy + PartialEq>(
    words: &Option<Vec<T>>,
    default: &[T],
) -> Result<Vec<T>, Refusal> {
    let Some(words) = words else {
        return Ok(default.to_vec());
    };
    let mut distinct = Vec::new();
    for word in words {
        if !distinct.contains(word) {
            distinct.push(*word);
        }
    }
    if distinct.is_empty() {
        Err(Refusal::invalid_body())
    } else {
        Ok(distinct)
    }
}

/// The request's own purpose, or the product's, of which the context may change the code.
fn purpose(
    request: &ConsentRequest,
    context: &[ContextEntry],
    defaults: &ProductDefaults,
) -> Purpose {
    if let Some(purpose) = &request.purpose {
        return purpose.clone();
    }
    context
        .iter()
        .rev()
        .find(|entry| entry.key == ContextKey::PurposeCode)
        .and_then(|entry| PurposeCode::from_number(&entry.value))
        .map_or_else(|| defaults.purpose.clone(), Purpose::standard)
}

/// A default frequency of more than one does not spoil a ONETIME request that names none; a named one does.
fn frequency(
    request: &ConsentRequest,
    fetch_type: FetchType,
    defaults: &ProductDefaults,
) -> Result<Frequency, Refusal> {
    let Some(frequency) = &request.frequency else {
        return match (fetch_type, defaults.frequency) {
            (FetchType::OneTime, default) => Ok(Frequency {
                value: 1,
                unit: default.map_or(FrequencyUnit::Month, |default| default.unit),
            }),
            (FetchType::Periodic, default) => default.ok_or_else(Refusal::invalid_body),
        };
    };
    let too_many_for_once =
        || Refusal::invalid("Cannot have frequency greater than 1 if fetchType is ONETIME");
    let value = match (frequency.value, fetch_type) {
        (Count::Text(_), FetchType::OneTime) => return Err(too_many_for_once()),
        (Count::Text(_), FetchType::Periodic) => return Err(Refusal::invalid_body()),
        (Count::Number(2..), FetchType::OneTime) => return Err(too_many_for_once()),
        (count @ Count::Number(_), _) => count.positive().ok_or_else(Refusal::invalid_body)?,
    };
    if frequency
        .unit
        .most_fetches()
        .is_some_and(|most| value > most)
    {
        return Err(Refusal::invalid_body());
    }
    Ok(Frequency {
        value,
        unit: frequency.unit,
    })
}

/// Data that is not stored has no life. That a product's default has one does not spoil a request that names none.
fn data_life(
    request: &ConsentRequest,
    mode: ConsentMode,
    defaults: &ProductDefaults,
) -> Result<DataLife, Refusal> {
    match (mode, request.data_life) {
        (ConsentMode::Store, named) => Ok(named.unwrap_or(defaults.data_life)),
        (_, None) => Ok(DataLife {
            value: 0,
            unit: defaults.data_life.unit,
        }),
        (_, Some(named)) if named.value == 0 => Ok(named),
        (_, Some(_)) => Err(Refusal::invalid(
            "Data life value must be 0 for consent mode",
        )),
    }
}

fn tags(request: &ConsentRequest, setup: &Setup) -> Result<Vec<String>, Refusal> {
    let tags = request
        .additional_params
        .as_ref()
        .map(|params| params.tags.clone())
        .unwrap_or_default();
    for tag in &tags {
        if tag.chars().count() > LONGEST_TAG {
            return Err(Refusal::invalid(format!(
                "Tags must be at most {LONGEST_TAG} characters long"
            )));
        }
        if !setup.tags.contains(tag) {
            return Err(Refusal::invalid(format!(
                "Tag '{tag}' does not exist on the product instance"
            )));
        }
    }
    Ok(tags)
}

fn pan(request: &ConsentRequest) -> Result<Option<String>, Refusal> {
    let is_pan = |text: &str| {
        let bytes = text.as_bytes();
        bytes.len() == 10
            && bytes[..5].iter().all(u8::is_ascii_uppercase)
            && bytes[5..9].iter().all(u8::is_ascii_digit)
            && bytes[9].is_ascii_uppercase()
    };
    match &request.pan {
        Some(pan) if !pan.is_empty() && !is_pan(pan) => Err(Refusal::invalid_body()),
        pan => Ok(pan.clone()),
    }
}
