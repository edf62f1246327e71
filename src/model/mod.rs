//! The nouns that the stages hand each other: plain data, no I/O, no async.
//!
//! Nothing here knows of a stage. The four engines that the stages share (templates,
//! JSONPath, XPath, matchers) are here too, because `check` compiles what `run` evaluates.

pub mod browsing;
pub mod bytes;
pub mod change;
pub mod diagnostic;
mod disguise;
pub mod duration;
mod encodings;
pub mod exchange;
pub mod files;
mod finder;
pub mod jsonpath;
pub mod keyboard;
pub mod marked;
pub mod matcher;
pub mod media_type;
pub mod natural;
pub mod node;
pub mod outcome;
pub mod pem;
pub mod plan;
pub mod preview;
pub mod project;
pub mod rate;
pub mod scenario;
pub mod secret;
pub mod source;
pub mod template;
pub mod xpath;
