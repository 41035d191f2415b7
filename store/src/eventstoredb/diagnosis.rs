//! Why a node can't be reached. The client says 'client error (Connect)' to everything, so each step is taken again by
//! hand: the name, the connection, the certificate.

use std::{
    io,
    net::{TcpStream, ToSocketAddrs},
    sync::Arc,
    time::Duration,
};

use rustls::{ClientConnection, pki_types::ServerName};
use tokio::{task::spawn_blocking, time::timeout};

use super::{
    address::{Address, place},
    meaning::shortened,
    tls,
};
use crate::StoreError;

/// How long a step may take.
const STEP_WAIT: Duration = Duration::from_secs(2);
/// How long all of it may take.
const WHOLE_WAIT: Duration = Duration::from_secs(5);

/// A sentence on why the client could not reach the first of the nodes, and what to do about it.
pub(super) async fn why_unreached(address: &Address, said: &str) -> StoreError {
    let (address, said) = (address.clone(), said.to_owned());
    let found = timeout(WHOLE_WAIT, spawn_blocking(move || why(&address, &said))).await;
    StoreError(match found {
        Ok(Ok(sentence)) => sentence,
        Ok(Err(error)) => format!("EventStoreDB can't be reached: {error}"),
        Err(_) => "EventStoreDB can't be reached: neither its name nor its port answers in time".to_owned(),
    })
}

fn why(address: &Address, said: &str) -> String {
    let settings = address.settings();
    let Some(host) = settings.hosts().first() else { return "the store's address names no host".to_owned() };
    let place = place(host);
    let stream = match reach(&place) {
        Ok(stream) => stream,
        Err(error) => {
            return format!("EventStoreDB at {place} can't be reached ({error}); start it, or correct the store's address");
        }
    };
    if settings.is_secure_mode_enabled()
        && let Err(error) = shake_hands(address, &host.host, stream)
    {
        return match certificate_problem(&error) {
            Some(problem) if problem.contains("name") => format!(
                "the certificate of EventStoreDB at {place} is for another host ({problem}); write the host in the store's \
                 address as the certificate names it"
            ),
            Some(problem) => format!(
                "the certificate of EventStoreDB at {place} is not trusted ({problem}); name the authority that issued it by \
                 tlsCAFile=… in the store's address"
            ),
            None => {
                format!("what answers at {place} does not speak TLS ({error}); correct the port, or write tls=false for a test")
            }
        };
    }
    if said.contains("Unavailable") {
        return format!("EventStoreDB at {place} is not ready; wait, or look at its log");
    }
    if said.contains("discovery attempt") {
        return format!("EventStoreDB at {} says nothing of its nodes; see that they run", address.hosts());
    }
    let said = shortened(said.rsplit("error: ").next().unwrap_or(said));
    format!(
        "what answers at {place} does not speak as EventStoreDB does ({said}): if a proxy stands before it, it may be down; \
         see that it runs, or correct the host, the port or tls= in the store's address"
    )
}

fn reach(place: &str) -> io::Result<TcpStream> {
    let mut last = io::Error::other("the name has no address");
    for address in place.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, STEP_WAIT) {
            Ok(stream) => {
                stream.set_read_timeout(Some(STEP_WAIT))?;
                stream.set_write_timeout(Some(STEP_WAIT))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn shake_hands(address: &Address, host: &str, mut stream: TcpStream) -> io::Result<()> {
    if !address.settings().is_tls_certificate_verification_enabled() {
        return Ok(());
    }
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let mut connection = ClientConnection::new(Arc::new(tls::config(address.settings())?), name).map_err(io::Error::other)?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream)?;
    }
    Ok(())
}

fn certificate_problem(error: &io::Error) -> Option<String> {
    match error.get_ref()?.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(problem) => Some(problem.to_string()),
        _ => None,
    }
}
