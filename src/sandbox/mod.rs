//! The embedded sandbox: Setu's FIU gateway, simulated well enough that a client which works here works there.
//!
//! It is real HTTP on a real socket. Consents and sessions are state machines over a clock, data is a function of the
//! seed, and the same seed, set-up and requests give the same answers. It knows nothing of the runner: whoever wants
//! something of it asks over HTTP, its control interface under `/_sandbox` included.

mod api;
mod auth;
mod clock;
mod control;
mod data;
mod decision;
mod domain;
mod faults;
mod fetch;
mod gateway;
mod ids;
mod journal;
mod notify;
mod path_id;
mod screens;
mod server;
mod setup;
mod shelf;
mod wire;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use url::Url;

use gateway::Gateway;
use wire::Dropped;

/// How a sandbox is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What all ids and data are made from, unless a set-up names another seed.
    pub seed: u64,
    /// The client id it knows.
    pub client_id: String,
    /// The secret that goes with the client id.
    pub client_secret: String,
    /// The product instance it knows.
    pub product_instance_id: String,
    /// Whether there is a control interface under `/_sandbox`.
    pub control: bool,
    /// Where notifications go, by `http` or `https`, unless the control interface says otherwise. With none they go
    /// nowhere.
    pub notify: Option<Url>,
    /// How long an access token is good, on the sandbox's clock.
    pub token_life: Duration,
    /// How far its clock is ahead of the real time, unless a set-up fixes it.
    pub ahead: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: 0,
            client_id: "sandbox-client".to_owned(),
            client_secret: "sandbox-secret".to_owned(),
            product_instance_id: "sandbox-product".to_owned(),
            control: true,
            notify: None,
            token_life: Duration::from_secs(1_800),
            ahead: Duration::ZERO,
        }
    }
}

/// A running sandbox. It stops when it is dropped, and breaks idle connections off so that no port of theirs stays
/// taken; `stop` closes them as usual, and waits until it is gone.
#[derive(Debug)]
pub struct Sandbox {
    origin: String,
    dropped: Dropped,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Binds the address and serves it in a task of the current runtime.
    pub async fn start(options: Options) -> std::io::Result<Sandbox> {
        let listener = TcpListener::bind(options.listen).await?;
        let origin = format!("http://{}", reachable(listener.local_addr()?));
        let gateway = Gateway::new(options, origin.clone());
        let (stop, stopped) = oneshot::channel();
        let dropped = Dropped::default();
        let server = tokio::spawn(server::serve(listener, gateway, dropped.clone(), stopped));
        Ok(Sandbox {
            origin,
            dropped,
            stop: Some(stop),
            server: Some(server),
        })
    }

    /// Its scheme, host and port, such as `http://127.0.0.1:4010`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Closes the listener and all open connections, and returns when they are gone.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        if let Some(server) = self.server.take() {
            // The task ends by itself or with the runtime; either way it is gone.
            let _ = server.await;
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            self.dropped.note();
            server.abort();
        }
    }
}

/// An address that can be connected to: one that listens everywhere is reached at loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
