//! `sammati review --web`: the review in a browser on this machine.
//!
//! It listens on loopback only, and only to those who know the address: it has a token in it that nobody can guess.

mod desk;
mod guard;
mod item;
mod lists;
mod pages;
mod site;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::environment::World;
use super::exit::Exit;
use super::interrupt::Signals;
use super::source::Source;
use super::terminal;
use crate::report::{Palette, WebTally, plural};
use crate::snapshot::pending::Listed;
use site::Site;

/// A browser that keeps a connection open without asking anything does not keep the review from ending.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// What is reviewed, and where it is served.
pub(super) struct Errand<'a> {
    pub(super) chosen: Vec<Listed>,
    pub(super) source: Source,
    pub(super) root: PathBuf,
    pub(super) listen: SocketAddr,
    pub(super) world: &'a World,
}

/// Serves the review until everything is decided, or the person has enough.
pub(super) fn serve(errand: Errand<'_>) -> Exit {
    let world = errand.world;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            world.error(&format!("the review cannot be served: {error}"));
            return Exit::CouldNotRun;
        }
    };
    let exit = runtime.block_on(until_ended(errand));
    // What is still compared is of no use to anybody.
    runtime.shutdown_background();
    exit.unwrap_or_else(|message| {
        world.error(&message);
        Exit::CouldNotRun
    })
}

async fn until_ended(errand: Errand<'_>) -> Result<Exit, String> {
    let Errand {
        chosen,
        source,
        root,
        listen,
        world,
    } = errand;
    let mut signals =
        Signals::new().map_err(|error| format!("signals cannot be listened to: {error}"))?;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| could_not_listen(listen, &error))?;
    let address = listener
        .local_addr()
        .map_err(|error| could_not_listen(listen, &error))?;
    let base = guard::new_base().map_err(|error| format!("there is no randomness: {error}"))?;
    let total = chosen.len();
    let palette = Palette::new(world.terminal.stdout);
    let site = Arc::new(Site::new(base.clone(), total, palette));
    let compared = Arc::clone(&site);
    let folder = world.folder.clone();
    // The address is there at once; whoever opens it meanwhile is told how far it is.
    tokio::task::spawn_blocking(move || compared.compare(chosen, source, root, folder));
    say(&greeting(
        &format!("http://{address}{base}/"),
        total,
        &palette,
    ))
    .map_err(|error| format!("the address cannot be written: {error}"))?;
    let (stop, stopped) = oneshot::channel::<()>();
    let router = axum::Router::new()
        .fallback(site::answer)
        .with_state(Arc::clone(&site));
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
        // Its other end is gone only when all is over.
        let _ = stopped.await;
    });
    let serving = tokio::spawn(serving.into_future());
    let interrupted = tokio::select! {
        exit = signals.next() => Some(exit),
        () = site.ended() => None,
    };
    site.stop();
    let _ = stop.send(());
    // The last page may still be on its way.
    let _ = tokio::time::timeout(LAST_ANSWERS, serving).await;
    let (tally, has_failed) = site.outcome();
    say(&farewell(&tally)).map_err(|error| format!("the review cannot be written: {error}"))?;
    Ok(match interrupted {
        Some(exit) => exit,
        None if has_failed => Exit::CouldNotRun,
        None => Exit::Passed,
    })
}

fn could_not_listen(listen: SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "port {} is in use by another program; leave `--listen` out for a free one",
            listen.port()
        ),
        _ => format!("the review cannot be served at {listen}: {error}"),
    }
}

fn greeting(url: &str, total: usize, palette: &Palette) -> String {
    let (accent, dim) = (palette.accent, palette.dim);
    let verb = if total == 1 { "is" } else { "are" };
    let what = plural(total, "snapshot");
    format!(
        "{what} {verb} pending. Review them in a browser on this machine:\n\n  {accent}{url}{accent:#}\n\n\
         {dim}Ctrl-C ends the review; what was decided stays decided.{dim:#}\n\n"
    )
}

fn farewell(tally: &WebTally) -> String {
    let elsewhere = match tally.elsewhere {
        0 => String::new(),
        count => format!(", {count} decided elsewhere"),
    };
    format!(
        "{} accepted, {} rejected{elsewhere}, {} still pending\n",
        tally.accepted,
        tally.rejected,
        tally.pending()
    )
}

/// Writes to whoever reads along; a terminal that has gone is no reason to end the review.
fn say(text: &str) -> io::Result<()> {
    let mut stdout = terminal::stdout();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
