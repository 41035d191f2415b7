//! From where a request comes, as far as that is known before who sends it.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::{HttpMessage, HttpRequest};

/// The address of a client. Of IPv6 it is the network that one client has as a whole (64 bits): it can change the rest at will.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Address(IpAddr);

impl Address {
    /// The address that `request` comes from, if whoever took it in has noted one. Of what comes from the machine itself or
    /// from a proxy that names nobody, none is.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Option<Self> {
        request.extensions().get::<Self>().copied()
    }
}

impl From<IpAddr> for Address {
    fn from(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V6(ip) => Self(IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)))),
            ip @ IpAddr::V4(_) => Self(ip),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_one_address_however_it_is_written() {
        let address = |text: &str| Address::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(address("192.0.2.7"), address("::ffff:192.0.2.7"));
        assert_ne!(address("192.0.2.7"), address("192.0.2.8"));
        assert_eq!(address("2001:db8::1"), address("2001:db8::ffff:1"));
        assert_ne!(address("2001:db8::1"), address("2001:db8:0:1::1"));
    }
}
