//! The services at one port.

use std::{
    net::TcpListener,
    pin::Pin,
    sync::{Arc, PoisonError},
};

use futures::{Stream, StreamExt};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{
    Request, Response, Status, Streaming,
    transport::{Identity, Server, ServerTlsConfig},
};

use crate::{
    Nodes, append,
    faults::{Faults, Features},
    interface::event_store::client::{
        Empty,
        gossip::{
            ClusterInfo, EndPoint, MemberInfo,
            gossip_server::{Gossip, GossipServer},
            member_info::VNodeState,
        },
        server_features::{
            SupportedMethod, SupportedMethods,
            server_features_server::{ServerFeatures, ServerFeaturesServer},
        },
        streams::{
            AppendReq, AppendResp, BatchAppendReq, BatchAppendResp, ReadReq, ReadResp,
            streams_server::{Streams, StreamsServer},
        },
    },
    log::Log,
    open::{Connection, Open, while_open},
    read, session,
};

/// The version that the double says it is.
const VERSION: &str = "24.10.0";

/// A node of the server.
#[derive(Clone)]
pub(crate) struct Node {
    pub log: Arc<Log>,
    pub faults: Arc<Faults>,
    pub nodes: Nodes,
    pub calls: Open,
    pub connections: Open,
}

/// How many calls a connection carries at once; the next one waits (EVENTSTOREDB.md, 'Seen on a real server').
const CALLS_PER_CONNECTION: u32 = 100;

/// Serves until dropped.
pub(crate) async fn serve(listener: TcpListener, node: Node, identity: Option<(String, String)>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let connections = node.connections.clone();
    let incoming =
        TcpListenerStream::new(listener).map(move |stream| Ok::<_, std::io::Error>(Connection::new(stream?, connections.one())));
    let mut server = Server::builder().max_concurrent_streams(CALLS_PER_CONNECTION);
    if let Some((certificate, key)) = identity {
        let tls = ServerTlsConfig::new().identity(Identity::from_pem(certificate, key));
        match server.tls_config(tls) {
            Ok(with_tls) => server = with_tls,
            Err(error) => {
                eprintln!("the double can't serve over TLS: {error}");
                return;
            }
        }
    }
    let router = server
        .add_service(ServerFeaturesServer::new(node.clone()))
        .add_service(GossipServer::new(node.clone()))
        .add_service(StreamsServer::new(node).max_decoding_message_size(64 << 20));
    if let Err(error) = router.serve_with_incoming(incoming).await {
        eprintln!("the double has stopped: {error}");
    }
}

#[tonic::async_trait]
impl ServerFeatures for Node {
    async fn get_supported_methods(&self, _: Request<Empty>) -> Result<Response<SupportedMethods>, Status> {
        let method = |name: &str| SupportedMethod {
            method_name: name.to_owned(),
            service_name: "event_store.client.streams.streams".to_owned(),
            features: Vec::new(),
        };
        let methods = match self.faults.features() {
            Features::Offered => ["append", "read", "batchappend"].map(method).to_vec(),
            Features::WithoutBatches => ["append", "read"].map(method).to_vec(),
            Features::Unimplemented => return Err(Status::unimplemented("")),
            Features::Unavailable => return Err(Status::unavailable("Server Is Not Ready")),
        };
        Ok(Response::new(SupportedMethods { methods, event_store_server_version: VERSION.to_owned() }))
    }
}

#[tonic::async_trait]
impl Gossip for Node {
    async fn read(&self, _: Request<Empty>) -> Result<Response<ClusterInfo>, Status> {
        let nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        let member = |(port, faults): &(u16, Arc<Faults>)| MemberInfo {
            instance_id: None,
            time_stamp: 0,
            state: if faults.is_leader() { VNodeState::Leader } else { VNodeState::Follower } as i32,
            is_alive: true,
            http_end_point: Some(EndPoint { address: "127.0.0.1".to_owned(), port: u32::from(*port) }),
        };
        Ok(Response::new(ClusterInfo { members: nodes.iter().map(member).collect() }))
    }
}

#[tonic::async_trait]
impl Streams for Node {
    type ReadStream = Pin<Box<dyn Stream<Item = Result<ReadResp, Status>> + Send>>;
    type BatchAppendStream = Pin<Box<dyn Stream<Item = Result<BatchAppendResp, Status>> + Send>>;

    async fn read(&self, request: Request<ReadReq>) -> Result<Response<Self::ReadStream>, Status> {
        let call = self.calls.one();
        self.faults.admit(request.metadata())?;
        let headers = request.metadata().clone();
        let answers = read::read(&self.log, &self.faults, headers, request.into_inner())?;
        Ok(Response::new(while_open(call, answers)))
    }

    async fn append(&self, request: Request<Streaming<AppendReq>>) -> Result<Response<AppendResp>, Status> {
        let _call = self.calls.one();
        self.faults.admit(request.metadata())?;
        Ok(Response::new(append::one(&self.log, &self.faults, request.into_inner()).await?))
    }

    async fn batch_append(
        &self,
        request: Request<Streaming<BatchAppendReq>>,
    ) -> Result<Response<Self::BatchAppendStream>, Status> {
        let call = self.calls.one();
        self.faults.admit(request.metadata())?;
        let headers = request.metadata().clone();
        let (log, faults) = (Arc::clone(&self.log), Arc::clone(&self.faults));
        Ok(Response::new(while_open(call, session::answers(log, faults, headers, request.into_inner()))))
    }
}
