//! Connections for commands, with TCP's delay of small packets off: with it a call waits 44 ms for its second packet.

use std::{error::Error, io, sync::Arc, time::Duration};

use eventstore::{ClientSettings, Endpoint};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Uri};
use tower::service_fn;

use super::{address::place, tls};

/// How often it is asked whether the other side is there, and how long that may take.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Bytes both ways, sealed or not.
trait Bytes: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Bytes for T {}

/// Why there is no connection.
pub(super) type Unreached = Box<dyn Error + Send + Sync>;

/// Opens connections as one address asks for them.
#[derive(Clone)]
pub(super) struct Connector(Option<TlsConnector>);

impl Connector {
    /// # Errors
    ///
    /// When a file that `settings` name can't be read.
    pub fn new(settings: &ClientSettings) -> io::Result<Self> {
        if !settings.is_secure_mode_enabled() {
            return Ok(Self(None));
        }
        Ok(Self(Some(TlsConnector::from(Arc::new(tls::config(settings)?)))))
    }

    /// A connection to `endpoint`.
    ///
    /// # Errors
    ///
    /// When it does not come about within `wait`.
    pub async fn connect(&self, endpoint: &Endpoint, wait: Duration) -> Result<Channel, Unreached> {
        let place = place(endpoint);
        let scheme = if self.0.is_some() { "https" } else { "http" };
        let origin: Uri = format!("{scheme}://{place}").parse()?;
        // The connector seals what it opens, so that the transport need not.
        let transport = Channel::from_shared(format!("http://{place}"))?
            .origin(origin)
            .connect_timeout(wait)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE)
            .keep_alive_while_idle(true);
        let (connector, host) = (self.clone(), endpoint.host.clone());
        let open = move |_: Uri| opened(connector.clone(), place.clone(), host.clone());
        Ok(transport.connect_with_connector(service_fn(open)).await?)
    }
}

async fn opened(connector: Connector, place: String, host: String) -> io::Result<TokioIo<Box<dyn Bytes>>> {
    let stream = TcpStream::connect(place).await?;
    stream.set_nodelay(true)?;
    let stream: Box<dyn Bytes> = match connector.0 {
        None => Box::new(stream),
        Some(tls) => {
            let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).map_err(io::Error::other)?;
            Box::new(tls.connect(name, stream).await?)
        }
    };
    Ok(TokioIo::new(stream))
}
