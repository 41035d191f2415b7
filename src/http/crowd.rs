//! No more connections are served than there are files for them: who comes beyond is told so at once, and not left to wait
//! for an answer that doesn't come.

use std::{
    any::Any,
    net::Shutdown,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use actix_web::{
    Error,
    body::MessageBody,
    dev::{Extensions, ServiceRequest, ServiceResponse},
    middleware::Next,
};
use metrics::counter;

use crate::graphql::{Code, GraphqlError, problem::problem};

/// What a connection beyond the last place is told.
const REFUSAL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// The connections that are open.
pub(super) struct Crowd {
    open: AtomicUsize,
    most: usize,
}

/// A connection's place among them, which it leaves when it ends.
struct Place {
    crowd: Arc<Crowd>,
    is_beyond: bool,
}

impl Crowd {
    /// Nobody yet, and at most so many.
    pub fn of(most: usize) -> Arc<Self> {
        Arc::new(Self { open: AtomicUsize::new(0), most })
    }

    /// Gives a connection a place, or turns it away.
    pub fn enter(self: &Arc<Self>, connection: &dyn Any, data: &mut Extensions) {
        let is_beyond = self.open.fetch_add(1, Ordering::Relaxed) >= self.most;
        data.insert(Place { crowd: Arc::clone(self), is_beyond });
        if is_beyond {
            counter!("milepost_connections_refused_total").increment(1);
            turn_away(connection);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.crowd.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Tells a connection that there is no place for it, and ends it.
fn turn_away(connection: &dyn Any) {
    let Some(stream) = connection.downcast_ref::<actix_web::rt::net::TcpStream>() else { return };
    let socket = socket2::SockRef::from(stream);
    // A connection on which nothing was written yet takes a few bytes at once, unless it is gone.
    let told = socket.send(REFUSAL).and_then(|_| socket.shutdown(Shutdown::Both));
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
