//! What is known of a request before anything in it is looked at: by which name it asks for the service, through whom it
//! comes, and from where.

use std::net::{IpAddr, SocketAddr};

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        header::{self, HeaderMap, HeaderName, HeaderValue},
        uri::Authority,
    },
    middleware::Next,
    web,
};
use graphql::{Address, Code, GraphqlError, problem::problem};

use crate::settings::{Hosts, Proxies};

/// How the service stands to whoever asks it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outside {
    /// The hosts that it is reached by; any if there are none.
    pub hosts: Hosts,
    /// The proxies before it. Nobody else is believed who says for whom they ask.
    pub proxies: Proxies,
}

/// What a proxy says of the request that it passes on.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// What lies outside the fence of hosts: it is asked by machines that know an address only, and says nothing.
const PROBES: [&str; 2] = ["/livez", "/readyz"];

/// A browser that came by TLS once comes by nothing else for a year.
const BY_TLS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

impl Outside {
    /// The address of who is at the other end of a connection from `peer`, unless that is a proxy.
    pub(super) fn address(&self, peer: Option<SocketAddr>) -> Option<Address> {
        let ip = peer?.ip();
        (!self.proxies.has(ip)).then(|| ip.into())
    }

    /// The address that `request` comes from; takes away what was said of that by others than a proxy.
    fn note(&self, request: &mut ServiceRequest) -> Option<Address> {
        let peer = request.peer_addr();
        let headers = request.headers_mut();
        // Another way to say the same, which proxies pass on as it came.
        headers.remove(header::FORWARDED);
        if peer.is_some_and(|peer| self.proxies.has(peer.ip())) {
            return self.forwarded(headers);
        }
        for said in [FORWARDED_FOR, FORWARDED_HOST, FORWARDED_PROTO] {
            headers.remove(said);
        }
        self.address(peer)
    }

    /// The last address in `X-Forwarded-For` that is not a proxy's: what stands before it anybody can have written.
    fn forwarded(&self, headers: &HeaderMap) -> Option<Address> {
        let said: Vec<&str> = headers.get_all(FORWARDED_FOR).filter_map(|value| value.to_str().ok()).collect();
        let addresses = said.iter().rev().flat_map(|value| value.rsplit(','));
        let mut strangers = addresses.filter_map(|text| text.trim().parse::<IpAddr>().ok()).filter(|ip| !self.proxies.has(*ip));
        strangers.next().map(Address::from)
    }

    /// Whether `request` asks for one of our hosts, wherever it names one.
    fn is_meant(&self, request: &ServiceRequest) -> bool {
        if self.hosts.is_any() || PROBES.contains(&request.path()) {
            return true;
        }
        let mut hosts = request.headers().get_all(header::HOST);
        let (host, more) = (hosts.next().and_then(|host| host.to_str().ok()), hosts.next());
        let in_address = request.uri().authority().map(Authority::as_str);
        let forwarded = request.headers().get(FORWARDED_HOST).map(|host| host.to_str().unwrap_or_default());
        let others = in_address.into_iter().chain(forwarded.into_iter().flat_map(|hosts| hosts.split(',').map(str::trim)));
        more.is_none() && host.is_some() && host.into_iter().chain(others).all(|host| self.hosts.allow(host))
    }
}

/// Refuses what is meant for another host, and notes where the rest comes from.
pub(super) async fn refuse_other_hosts(
    outside: web::Data<Outside>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if let Some(address) = outside.note(&mut request) {
        request.extensions_mut().insert(address);
    }
    if !outside.is_meant(&request) {
        let message = "the service is not called so; ask for it by its own name, which the operator sets by hosts";
        let refusal = problem(&GraphqlError::new(Code::Misdirected, message));
        return Ok(request.into_response(refusal).map_into_right_body());
    }
    let by_tls = request.connection_info().scheme() == "https";
    let mut response = next.call(request).await?;
    if by_tls {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, BY_TLS_ONLY);
    }
    Ok(response.map_into_left_body())
}
