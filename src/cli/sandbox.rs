//! `sammati sandbox`: serves the embedded sandbox until it is stopped.

use clap::Args;
use serde_json::Value;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::check::tell;
use super::environment::World;
use super::exit::Exit;
use super::interrupt::Signals;
use super::load::Texts;
use super::terminal;
use super::webhook::Webhook;
use crate::parse;
use crate::report::{Palette, shown_path, visible};
use crate::sandbox::{Options, Sandbox};

/// Serve the embedded sandbox until it is stopped
///
/// A simulated Account Aggregator gateway on a real socket, for building against. It keeps
/// everything in memory and forgets it when it stops. Ctrl-C, SIGTERM and the end of its terminal stop it with
/// status 0.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Where it listens; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4010")]
    listen: SocketAddr,
    /// What ids and data are made from: the same seed and requests give the same answers
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Sets it up from a YAML file: the `sandbox` block of a scenario
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Sends notifications to this URL, as the hosted gateway does
    #[arg(long, value_name = "URL")]
    notify: Option<String>,
    /// Leave out the control interface under /_sandbox
    #[arg(long, conflicts_with = "config")]
    no_control: bool,
}

const EXAMPLES: &str = "\
Examples:
  sammati sandbox                                on http://127.0.0.1:4010
  sammati sandbox --listen 127.0.0.1:0           on a free port
  sammati sandbox --config fips.yaml             with other FIPs, customers, faults
  sammati sandbox --notify http://127.0.0.1:9400/setu   with a webhook handler of yours
  sammati sandbox --seed 7 --no-control          other data, and nothing but the gateway";

/// Serves. Being stopped is what a server is for, so that it is no failure.
pub(super) fn sandbox(arguments: &Arguments, world: &World) -> Exit {
    // Read here and not by clap, which would repeat what may be a password.
    let webhook = match arguments.notify.as_deref().map(Webhook::parse).transpose() {
        Ok(webhook) => webhook,
        Err(why) => {
            world.error(&format!("the URL of --notify cannot be used: {why}"));
            return Exit::WrongInput;
        }
    };
    let setup = match arguments.config.as_deref().map(|path| read(path, world)) {
        None => None,
        Some(Some(setup)) => Some(setup),
        Some(None) => return Exit::WrongInput,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(serve(arguments, webhook, setup, world)),
        Err(error) => {
            world.error(&format!("the sandbox cannot be started: {error}"));
            Exit::CouldNotRun
        }
    }
}

async fn serve(
    arguments: &Arguments,
    webhook: Option<Webhook>,
    setup: Option<Value>,
    world: &World,
) -> Exit {
    let options = Options {
        listen: arguments.listen,
        seed: arguments.seed,
        control: !arguments.no_control,
        notify: webhook.as_ref().map(Webhook::url),
        ..Options::default()
    };
    let mut signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => {
            world.error(&format!("signals cannot be listened to: {error}"));
            return Exit::CouldNotRun;
        }
    };
    let sandbox = match Sandbox::start(options.clone()).await {
        Ok(sandbox) => sandbox,
        Err(error) => {
            world.error(&could_not_listen(arguments.listen, &error));
            return Exit::CouldNotRun;
        }
    };
    if let Some(setup) = setup
        && let Err(error) = set_up(sandbox.origin(), &setup).await
    {
        world.error(&format!("the set-up was refused: {}", visible(&error)));
        return Exit::WrongInput;
    }
    if !arguments.listen.ip().is_loopback() {
        world.warning(&format!(
            "{} can be reached by other machines, and anyone who reaches it can use it",
            arguments.listen
        ));
    }
    let palette = Palette::new(world.terminal.stdout);
    let greeting = greeting(sandbox.origin(), &options, webhook.as_ref(), &palette);
    let mut stdout = terminal::stdout();
    if let Err(error) = stdout
        .write_all(greeting.as_bytes())
        .and_then(|()| stdout.flush())
    {
        world.error(&format!("the addresses cannot be written: {error}"));
        return Exit::CouldNotRun;
    }
    signals.next().await;
    // A connection that will not end must not keep the process.
    tokio::select! {
        () = sandbox.stop() => {}
        _ = signals.next() => {}
    }
    Exit::Passed
}

/// The set-up that a file asks for: the block itself, or a map with nothing but `sandbox` in it.
fn read(path: &Path, world: &World) -> Option<Value> {
    let mut texts = Texts::default();
    let whole = if path == Path::new("-") {
        path.to_owned()
    } else {
        world.folder.join(path)
    };
    let node = texts
        .read(&whole, &shown_path(&whole, &world.folder))
        .and_then(|file| match parse::variables(&texts.sources, file) {
            Ok(node) => Some(node),
            Err(mistakes) => {
                texts.diagnostics.extend(mistakes);
                None
            }
        });
    tell(&texts.diagnostics, &texts.sources, world);
    let setup = node?.to_json();
    match &setup {
        Value::Object(map)
            if map.len() == 1 && map.get("sandbox").is_some_and(Value::is_object) =>
        {
            Some(map["sandbox"].clone())
        }
        _ => Some(setup),
    }
}

/// Asks as anyone would, over HTTP. One request to ourselves is not worth a client.
async fn set_up(origin: &str, setup: &Value) -> Result<(), String> {
    let authority = origin.trim_start_matches("http://");
    let body = setup.to_string();
    let request = format!(
        "PUT /_sandbox/setup HTTP/1.1\r\nhost: {authority}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let answer = async {
        let mut stream = TcpStream::connect(authority).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok::<_, io::Error>(answer)
    };
    let answer = answer.await.map_err(|error| error.to_string())?;
    let answer = String::from_utf8_lossy(&answer);
    if answer.starts_with("HTTP/1.1 200") {
        return Ok(());
    }
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Err(serde_json::from_str::<Value>(body)
        .ok()
        .and_then(|value| value["error"].as_str().map(str::to_owned))
        .unwrap_or_else(|| body.to_owned()))
}

fn could_not_listen(listen: SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "port {} is in use by another program; choose one with `--listen {}:PORT`, or 0 for a free one",
            listen.port(),
            listen.ip()
        ),
        _ => format!("the sandbox cannot listen at {listen}: {error}"),
    }
}

fn greeting(
    origin: &str,
    options: &Options,
    webhook: Option<&Webhook>,
    palette: &Palette,
) -> String {
    let (strong, accent, dim) = (palette.strong, palette.accent, palette.dim);
    let rows = [
        ("base_url", origin.to_owned()),
        ("auth_url", format!("{origin}/v1")),
        ("client_id", options.client_id.clone()),
        ("client_secret", options.client_secret.clone()),
        ("product_instance_id", options.product_instance_id.clone()),
    ];
    let mut text = format!("{strong}The sandbox is ready.{strong:#}\n\n");
    for (name, value) in rows {
        text.push_str(&format!(
            "  {dim}{name:20}{dim:#} {accent}{value}{accent:#}\n"
        ));
    }
    let login = format!(
        "curl -s {origin}/v1/users/login -H 'client: bridge' -H 'content-type: application/json' \\\n       -d '{{\"clientID\": \"{}\", \"secret\": \"{}\", \"grant_type\": \"client_credentials\"}}'",
        options.client_id, options.client_secret
    );
    text.push_str(&format!(
        "\n  {dim}Any mobile number is a customer; the OTP is 123456. A token:{dim:#}\n  {login}\n"
    ));
    if options.control {
        text.push_str(&format!(
            "\n  {dim}What happens in it:{dim:#} {accent}{origin}/_sandbox{accent:#}\n"
        ));
    }
    if let Some(webhook) = webhook {
        text.push_str(&format!(
            "\n  {dim}Notifications go to{dim:#} {accent}{}{accent:#}\n",
            visible(&webhook.to_string())
        ));
    }
    text.push_str("\nCtrl-C stops it.\n");
    text
}
