//! A connection's socket, and how it ends. Whoever closes first keeps the port of a connection taken for a minute, so
//! that a run of many short cases, each with a sandbox of its own, has no ports left. A sandbox that is dropped
//! therefore breaks its idle connections off, after which neither side has anything left to wait for.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use axum::body::{Body, HttpBody as _};
use axum::http::Response;
use futures_util::StreamExt as _;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// What the system surely hands over to the other side at once. More of an answer may still wait for its reader when
/// all of it is written, and breaking off would lose that.
const SURELY_DELIVERED: usize = 32 * 1024;

/// Whether the sandbox has been dropped.
#[derive(Clone, Debug, Default)]
pub(super) struct Dropped(Arc<AtomicBool>);

impl Dropped {
    /// Notes that it has.
    pub(super) fn note(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_noted(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Whether a connection's request is being answered.
#[derive(Clone, Debug, Default)]
pub(super) struct Exchange(Arc<AtomicBool>);

/// A request that is being answered, until this is dropped.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<AtomicBool>);

impl Exchange {
    /// A request has come.
    pub(super) fn begin(&self) -> UnderWay {
        self.0.store(true, Ordering::Release);
        UnderWay(Arc::clone(&self.0))
    }

    fn is_under_way(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl UnderWay {
    /// The answer to the request. One that comes in pieces is under way until the last is taken; of one that is whole,
    /// the connection writes all that it can before it does anything else, and the wire knows of the rest.
    pub(super) fn until_taken(self, response: Response<Body>) -> Response<Body> {
        if response.body().size_hint().exact().is_some() {
            return response;
        }
        let (parts, body) = response.into_parts();
        let pieces = body.into_data_stream().map(move |piece| {
            let _until_dropped = &self;
            piece
        });
        Response::from_parts(parts, Body::from_stream(pieces))
    }
}

/// A connection's socket.
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
    exchange: Exchange,
    sandbox: Dropped,
    /// Whether something is left to be written.
    is_stalled: bool,
    /// How much was written since the other side last asked for something: it has read what was written before.
    unread: usize,
}

impl Wire {
    pub(super) fn new(stream: TcpStream, exchange: Exchange, sandbox: Dropped) -> Wire {
        Wire {
            stream,
            exchange,
            sandbox,
            is_stalled: false,
            unread: 0,
        }
    }

    /// Whether to break the connection off, which loses nothing.
    fn breaks_off(&self) -> bool {
        self.sandbox.is_noted()
            && !self.exchange.is_under_way()
            && !self.is_stalled
            && self.unread <= SURELY_DELIVERED
    }

    /// Remembers what became of writing.
    fn note_written(&mut self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        self.is_stalled = written.is_pending();
        if let Poll::Ready(Ok(count)) = &written {
            self.unread += count;
        }
        written
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.breaks_off() {
            // Where it cannot be set, the port is free a minute later.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            self.unread = 0;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note_written(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.note_written(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.breaks_off() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
