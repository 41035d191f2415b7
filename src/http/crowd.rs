//! No more connections are served than there are files for them, and no more of one address than its share: who comes beyond
//! is told so at once, and not left to wait for an answer that doesn't come.

use std::{
    any::Any,
    collections::HashMap,
    net::Shutdown,
    sync::{Arc, Mutex, PoisonError},
};

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::{
    Error,
    body::MessageBody,
    dev::{Extensions, ServiceRequest, ServiceResponse},
    middleware::Next,
    rt::net::TcpStream,
};
use graphql::{Address, Code, GraphqlError, problem::problem};
use metrics::counter;

use super::Outside;

/// What a connection beyond the last place is told.
const REFUSAL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// The connections that are open.
pub(super) struct Crowd {
    open: Mutex<Open>,
    most: usize,
    most_of_address: usize,
    outside: Outside,
}

#[derive(Default)]
struct Open {
    all: usize,
    /// Of those that come neither from the machine itself nor through a proxy.
    of_address: HashMap<Address, usize>,
}

/// A connection's place among them, which it leaves when it ends.
struct Place {
    crowd: Arc<Crowd>,
    address: Option<Address>,
    is_beyond: bool,
}

impl Crowd {
    /// Nobody yet; at most so many, and so many of one address.
    pub fn of(most: usize, most_of_address: usize, outside: Outside) -> Arc<Self> {
        Arc::new(Self { open: Mutex::default(), most, most_of_address, outside })
    }

    /// Gives a connection a place, or turns it away.
    pub fn enter(self: &Arc<Self>, connection: &dyn Any, data: &mut Extensions) {
        let address = self.outside.address(stream(connection).and_then(|stream| stream.peer_addr().ok()));
        let why_not = self.count_in(address);
        data.insert(Place { crowd: Arc::clone(self), address, is_beyond: why_not.is_some() });
        if let Some(reason) = why_not {
            counter!("milepost_connections_refused_total", "reason" => reason).increment(1);
            turn_away(connection);
        }
    }

    /// Counts one more; why there is no place for it, if there is none.
    fn count_in(&self, address: Option<Address>) -> Option<&'static str> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all += 1;
        let theirs = address.map(|address| {
            let theirs = open.of_address.entry(address).or_default();
            *theirs += 1;
            *theirs
        });
        if open.all > self.most {
            return Some("files");
        }
        theirs.is_some_and(|theirs| theirs > self.most_of_address).then_some("address")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.crowd.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all = open.all.saturating_sub(1);
        let Some(address) = self.address else { return };
        if let Some(theirs) = open.of_address.get_mut(&address) {
            *theirs = theirs.saturating_sub(1);
            if *theirs == 0 {
                open.of_address.remove(&address);
            }
        }
    }
}

/// What lies under a connection, with or without TLS.
pub(super) fn stream(connection: &dyn Any) -> Option<&TcpStream> {
    let by_tls = || connection.downcast_ref::<TlsStream<TcpStream>>().map(|stream| stream.get_ref().0);
    connection.downcast_ref::<TcpStream>().or_else(by_tls)
}

/// Tells a connection that there is no place for it, and ends it.
fn turn_away(connection: &dyn Any) {
    let Some(stream) = stream(connection) else { return };
    let socket = socket2::SockRef::from(stream);
    // A connection on which nothing was written yet takes a few bytes at once, unless it is gone. Under TLS what is not
    // encrypted would not be understood.
    let said = if connection.is::<TcpStream>() { socket.send(REFUSAL).map(drop) } else { Ok(()) };
    let told = said.and_then(|()| socket.shutdown(Shutdown::Both));
    if let Err(error) = told {
        tracing::debug!(%error, "a connection beyond the last place is gone");
    }
}

/// Does nothing of what was read on a connection that was turned away: its sender was told so.
pub(super) async fn refuse_beyond(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let place = request.request().conn_data::<Place>();
    if place.is_none_or(|place| !place.is_beyond) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let mut refusal = problem(&GraphqlError::new(Code::Busy, "there are more connections than can be served; try again"));
    refusal.head_mut().set_connection_type(actix_web::http::ConnectionType::Close);
    Ok(request.into_response(refusal).map_into_right_body())
}
