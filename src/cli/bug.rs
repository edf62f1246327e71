//! What is said of a bug of ours that ends in a panic: where it is, and never what it stumbled over. A message that was
//! put together while running may have a secret in it.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt;
use std::panic;

use super::terminal;

/// From now on panics are told so.
pub(super) fn tell_without_values() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(|place| place as &dyn fmt::Display);
        terminal::say_plainly(&told(info.payload(), place));
        let trace = Backtrace::capture();
        if trace.status() == BacktraceStatus::Captured {
            terminal::say_plainly(&trace.to_string());
        }
    }));
}

fn told(payload: &(dyn Any + Send), place: Option<&dyn fmt::Display>) -> String {
    let place = place.map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let why = payload.downcast_ref::<&'static str>().copied();
    let why = why.unwrap_or("what it says is not shown, as there may be a secret in it");
    format!("error: this is a bug of sammati: it panicked at {place}: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_together_is_not_shown() {
        let place: &dyn fmt::Display = &"src/run/case.rs:1:2";
        let secret = "hunter2".to_owned();
        let caught = panic::catch_unwind(|| panic!("of {secret}")).unwrap_err();
        let said = told(caught.as_ref(), Some(place));
        assert!(said.contains("src/run/case.rs:1:2"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
        let caught = panic::catch_unwind(|| panic!("cases do not panic")).unwrap_err();
        let said = told(caught.as_ref(), Some(place));
        assert!(said.ends_with("case.rs:1:2: cases do not panic"), "{said}");
        assert!(told(&7, None).contains("an unknown place"));
    }
}
