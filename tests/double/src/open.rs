//! How many calls and connections are open, as the server's metric `eventstore_current_incoming_grpc_calls` counts calls.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use futures::Stream;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tonic::transport::server::{Connected, TcpConnectInfo};

/// A count of what is open.
#[derive(Debug, Default, Clone)]
pub(crate) struct Open(Arc<AtomicUsize>);

/// One that is open, until it is dropped.
#[derive(Debug)]
pub(crate) struct Counted(Open);

impl Open {
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// One more.
    pub fn one(&self) -> Counted {
        self.0.fetch_add(1, Ordering::SeqCst);
        Counted(self.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The answers of a call, which is open until they are dropped.
pub(crate) fn while_open<T: Send + 'static>(
    call: Counted,
    answers: impl Stream<Item = T> + Send + 'static,
) -> Pin<Box<dyn Stream<Item = T> + Send>> {
    Box::pin(Call { answers: Box::pin(answers), _open: call })
}

struct Call<T> {
    answers: Pin<Box<dyn Stream<Item = T> + Send>>,
    _open: Counted,
}

impl<T> Stream for Call<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.answers.as_mut().poll_next(context)
    }
}

/// A connection, which is open until it is dropped.
pub(crate) struct Connection {
    stream: TcpStream,
    _open: Counted,
}

impl Connection {
    pub fn new(stream: TcpStream, open: Counted) -> Self {
        let _ = stream.set_nodelay(true);
        Self { stream, _open: open }
    }
}

impl Connected for Connection {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.stream.connect_info()
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, from)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        from: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, from)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
