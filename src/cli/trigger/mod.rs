//! `sammati trigger`: makes one notification really happen, and delivers it to the handler that is being built.

mod events;
mod stage;

use std::io::{self, Write as _};
use std::time::Duration;

use bytes::Bytes;
use clap::Args;

use super::environment::World;
use super::exit::Exit;
use super::interrupt::Signals;
use super::terminal;
use super::webhook::Webhook;
use crate::model::duration;
use crate::model::exchange::Response;
use crate::model::secret::Secrets;
use crate::report::{Palette, visible_line};
use crate::run::Errands;
use events::{EVENTS, Event};
use stage::Version;

/// How much of a refusal is shown.
const MOST_SHOWN: usize = 300;
const LONGEST_TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// Make one notification really happen and deliver it to your webhook handler
///
/// A sandbox starts, a client, a customer and its clock bring the event about in it, and the notification that it
/// sends is delivered as it is: once, without a signature, redirects not followed. Only that of the event is
/// delivered, not those on the way to it. The status is 0 if the handler answered with 2xx, 1 if it did not.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// What is to happen, such as `consent.active`; --list has them all
    #[arg(value_name = "EVENT", required_unless_present = "list")]
    event: Option<String>,
    /// Delivers it to this URL
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// Prints its body on stdout; without --to nothing is delivered
    #[arg(long)]
    print: bool,
    /// Lists the events
    #[arg(long, conflicts_with_all = ["event", "to", "print"])]
    list: bool,
    /// Spells it as for consents of the first version of the API
    #[arg(long)]
    v1: bool,
    /// What ids and accounts are made from
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// How long the handler may take to answer
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = timeout)]
    timeout: Duration,
}

const EXAMPLES: &str = "\
Examples:
  sammati trigger --list                                             what there is
  sammati trigger consent.active --to http://127.0.0.1:9400/setu     the customer approves
  sammati trigger session.completed --to http://127.0.0.1:9400/setu  all data is there
  sammati trigger fi-data.ready --print > ready.json                 only to look at
  sammati trigger consent.rejected --v1 --print                      as the first version spells it";

fn timeout(text: &str) -> Result<Duration, String> {
    let time = duration::parse(text)?;
    if time.is_zero() || time > LONGEST_TIMEOUT {
        return Err("it must be more than nothing, and at most an hour".into());
    }
    Ok(time)
}

/// What is to be done, once the command line is understood.
struct Order {
    event: &'static Event,
    version: Version,
    target: Option<Webhook>,
    seed: u64,
    print: bool,
    timeout: Duration,
}

/// Triggers, or lists.
pub(super) fn trigger(arguments: &Arguments, world: &World) -> Exit {
    let done = match (arguments.list, order(arguments)) {
        (true, _) => list(arguments.v1, world),
        (false, Ok(order)) => return carry_out(&order, world),
        (false, Err(why)) => Err((Exit::WrongInput, why)),
    };
    ended(done, world)
}

fn order(arguments: &Arguments) -> Result<Order, String> {
    let name = arguments.event.as_deref().unwrap_or_default();
    let event = events::find(name).map_err(|why| visible_line(&why))?;
    let version = match arguments.v1 {
        true if !event.is_in_version_one() => {
            let why = "the first version of the API has no such notification";
            return Err(format!("`{name}` does not go with --v1: {why}"));
        }
        true => Version::One,
        false => Version::Two,
    };
    let target = arguments.to.as_deref().map(Webhook::parse).transpose();
    let target = target.map_err(|why| format!("the URL of --to cannot be used: {why}"))?;
    if target.is_none() && !arguments.print {
        return Err(
            "say where it is to be delivered: `--to URL`, or `--print` to look at it".into(),
        );
    }
    Ok(Order {
        event,
        version,
        target,
        seed: arguments.seed,
        print: arguments.print,
        timeout: arguments.timeout,
    })
}

fn list(v1: bool, world: &World) -> Result<(), (Exit, String)> {
    let palette = Palette::new(world.terminal.stdout);
    let accent = palette.accent;
    let text: String = EVENTS
        .iter()
        .filter(|event| !v1 || event.is_in_version_one())
        .map(|event| format!("{accent}{:24}{accent:#} {}\n", event.name, event.about))
        .collect();
    write(text.as_bytes())
}

/// Runs until it has ended or was interrupted, whichever is first: nothing that was begun outlives it.
fn carry_out(order: &Order, world: &World) -> Exit {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            world.error(&format!("nothing can be started: {error}"));
            return Exit::CouldNotRun;
        }
    };
    let exit = runtime.block_on(async {
        match Signals::new() {
            Err(error) => {
                let why = format!("signals cannot be listened to: {error}");
                ended(Err((Exit::CouldNotRun, why)), world)
            }
            Ok(mut signals) => tokio::select! {
                biased;
                signal = signals.next() => signal,
                done = happen(order, world) => ended(done, world),
            },
        }
    });
    // A name that is still looked up must not keep the process.
    runtime.shutdown_background();
    exit
}

fn ended(done: Result<(), (Exit, String)>, world: &World) -> Exit {
    match done {
        Ok(()) => Exit::Passed,
        Err((exit, why)) => {
            world.error(&why);
            exit
        }
    }
}

async fn happen(order: &Order, world: &World) -> Result<(), (Exit, String)> {
    let errands = Errands::new();
    let body = stage::cause(order.event, order.version, order.seed, &errands)
        .await
        .map_err(|why| (Exit::CouldNotRun, visible_line(&why)))?;
    if order.print {
        write(&[&body[..], b"\n"].concat())?;
    }
    let Some(target) = &order.target else {
        return Ok(());
    };
    let secrets = target.secrets();
    let size = body.len();
    let answer = deliver(target, body, order.timeout, &errands).await;
    let answer = answer.map_err(|why| {
        let why = secrets.hide(&why);
        let why = format!("{target} did not take `{}`: {why}", order.event.name);
        (Exit::Failed, visible_line(&why))
    })?;
    let said = format!(
        "{} ({size} bytes): {target} answered {} in {}\n",
        order.event.name,
        answer.status,
        duration::display(answer.duration)
    );
    if !(200..300).contains(&answer.status) {
        return Err((
            Exit::Failed,
            format!(
                "{}{}",
                visible_line(said.trim_end()),
                refusal(&answer, &secrets)
            ),
        ));
    }
    if order.print {
        // Standard output is the body's.
        let _ = io::stderr().write_all(said.as_bytes());
        return Ok(());
    }
    let palette = Palette::new(world.terminal.stdout);
    write(format!("{}{}{:#}", palette.good, said.trim_end(), palette.good).as_bytes())?;
    write(b"\n")
}

/// Sends it as the sandbox would.
async fn deliver(
    target: &Webhook,
    body: Bytes,
    patience: Duration,
    errands: &Errands,
) -> Result<Response, String> {
    errands
        .send("POST", target.url(), Vec::new(), Some(body), patience)
        .await
}

/// What else the handler said, without what it repeats of the URL.
fn refusal(answer: &Response, secrets: &Secrets) -> String {
    if (300..400).contains(&answer.status) {
        return ": redirects are not followed".into();
    }
    let text = secrets.hide(&answer.text());
    let shown: String = text.trim().chars().take(MOST_SHOWN).collect();
    if shown.is_empty() {
        return String::new();
    }
    let rest = if shown.len() < text.trim().len() {
        "…"
    } else {
        ""
    };
    format!(": {}{rest}", visible_line(&shown))
}

fn write(bytes: &[u8]) -> Result<(), (Exit, String)> {
    let mut stdout = terminal::stdout();
    stdout
        .write_all(bytes)
        .and_then(|()| stdout.flush())
        .map_err(|error| (Exit::CouldNotRun, format!("it cannot be written: {error}")))
}
