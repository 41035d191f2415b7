//! The way of commands: a connection to the node that leads, and a session on it.

use std::time::Duration;

use eventstore::{ClientSettings, Endpoint};
use tokio::time::{sleep, timeout};
use tonic::{
    Code, Request,
    metadata::{MetadataMap, MetadataValue},
    transport::Channel,
};

use super::{
    address::Address,
    channel::Connector,
    connection::{CONNECT_WAIT, unusable},
    diagnosis,
    interface::event_store::client::{
        Empty,
        gossip::{MemberInfo, gossip_client::GossipClient, member_info::VNodeState},
        server_features::server_features_client::ServerFeaturesClient,
        streams::streams_client::StreamsClient,
    },
    session::Session,
};
use crate::StoreError;

/// How long a node may take to say who leads.
const GOSSIP_WAIT: Duration = Duration::from_secs(3);

/// The service whose method tells that sessions can be had.
const STREAMS: &str = "event_store.client.streams.streams";

/// The way to the node that leads, as far as is known.
pub(super) struct Link {
    pub address: Address,
    channel: Channel,
    headers: MetadataMap,
    /// None where the server has none.
    session: Option<Session>,
}

impl Link {
    /// The way to `leader`, if one is named, else to the node that the nodes of `address` say leads.
    ///
    /// # Errors
    ///
    /// When none can be reached, or none is ready.
    pub async fn open(address: Address, leader: Option<Endpoint>) -> Result<Self, StoreError> {
        let connector = Connector::new(address.settings()).map_err(|error| unusable(&error))?;
        let headers = headers(&address)?;
        let to_named = match leader {
            Some(leader) => connector.connect(&leader, CONNECT_WAIT).await.ok(),
            None => None,
        };
        let channel = match to_named {
            Some(channel) => Ok(channel),
            None => to_leader(&connector, address.settings()).await,
        };
        let opened = match channel {
            Ok(channel) => has_sessions(&channel).await.map(|has| (channel, has)),
            Err(error) => Err(error),
        };
        match opened {
            Ok((channel, has_sessions)) => {
                let session = has_sessions.then(|| Session::open(channel.clone(), headers.clone()));
                Ok(Self { address, channel, headers, session })
            }
            Err(said) => Err(diagnosis::why_unreached(&address, &said).await),
        }
    }

    /// The session, where the server has any.
    pub const fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// It is of no use any more.
    pub fn give_up(&self) {
        if let Some(session) = &self.session {
            session.give_up();
        }
    }

    /// Whether it was of use and is not any more.
    pub fn is_over(&self) -> bool {
        self.session.as_ref().is_some_and(Session::is_over)
    }

    /// What calls of their own are made with.
    pub fn streams(&self) -> StreamsClient<Channel> {
        StreamsClient::new(self.channel.clone())
    }

    /// `message` with who asks, and that it is for the leader.
    pub fn request<T>(&self, message: T) -> Request<T> {
        Request::from_parts(self.headers.clone(), tonic::Extensions::default(), message)
    }
}

fn headers(address: &Address) -> Result<MetadataMap, StoreError> {
    let mut headers = MetadataMap::new();
    headers.insert("requires-leader", MetadataValue::from_static("true"));
    headers.insert("connection-name", MetadataValue::from_static("milepost"));
    if let Some(authorization) = address.authorization() {
        let value = authorization.parse().map_err(|_| unusable(&"the user or the password can't be sent"))?;
        headers.insert("authorization", value);
    }
    Ok(headers)
}

/// A connection to the node that leads: where the address names one node only, to that one.
async fn to_leader(connector: &Connector, settings: &ClientSettings) -> Result<Channel, String> {
    let hosts = settings.hosts();
    let mut last = "discovery attempt: no host is named".to_owned();
    if let [host] = hosts.as_slice()
        && !settings.is_dns_discovery_enabled()
    {
        return connector.connect(host, CONNECT_WAIT).await.map_err(|error| error.to_string());
    }
    for attempt in 0..settings.max_discover_attempts().max(1) {
        if attempt > 0 {
            sleep(settings.discovery_interval()).await;
        }
        for host in hosts {
            match timeout(GOSSIP_WAIT, leader_by(connector, host)).await {
                Ok(Ok(channel)) => return Ok(channel),
                Ok(Err(error)) => last = error,
                Err(_) => "discovery attempt: no answer in time".clone_into(&mut last),
            }
        }
    }
    Err(last)
}

/// A connection to the node that leads according to `host`.
async fn leader_by(connector: &Connector, host: &Endpoint) -> Result<Channel, String> {
    let text = |error: &dyn ToString| format!("discovery attempt: {}", error.to_string());
    let channel = connector.connect(host, GOSSIP_WAIT).await.map_err(|error| text(&error))?;
    let told = GossipClient::new(channel.clone()).read(Empty {}).await.map_err(|status| text(&status.message()))?;
    let leads = |member: &MemberInfo| member.is_alive && member.state == VNodeState::Leader as i32;
    let leader = told.into_inner().members.into_iter().find(leads).and_then(|member| member.http_end_point);
    let leader = leader.ok_or("discovery attempt: no node leads")?;
    let leader = Endpoint { host: leader.address, port: leader.port };
    if leader == *host {
        return Ok(channel);
    }
    connector.connect(&leader, GOSSIP_WAIT).await.map_err(|error| text(&error))
}

/// Whether the server takes appends in sessions.
async fn has_sessions(channel: &Channel) -> Result<bool, String> {
    let mut features = ServerFeaturesClient::new(channel.clone());
    let asked = timeout(CONNECT_WAIT, features.get_supported_methods(Empty {})).await;
    match asked.map_err(|_| "it does not answer in time")? {
        Ok(told) => {
            let methods = told.into_inner().methods;
            Ok(methods.iter().any(|method| method.service_name == STREAMS && method.method_name == "batchappend"))
        }
        Err(status) if matches!(status.code(), Code::Unimplemented | Code::NotFound) => Ok(false),
        Err(status) => Err(format!("error: {:?}: {}", status.code(), status.message())),
    }
}
