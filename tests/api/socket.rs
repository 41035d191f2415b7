//! A client of the protocol `graphql-transport-ws`, which says what it is told to say.

use std::net::TcpStream;

use serde_json::{Value, json};
use tungstenite::{
    ClientRequestBuilder, Error, HandshakeError, Message, WebSocket,
    client::client,
    handshake::client::Response,
    http::{StatusCode, Uri},
};

use crate::world::{Client, PATIENCE, World};

pub const PROTOCOL: &str = "graphql-transport-ws";

/// A WebSocket to the API.
pub struct Socket {
    pub inner: WebSocket<TcpStream>,
}

/// Opens a WebSocket with this subprotocol and these headers, or says with which status it is refused.
pub fn open(world: &World, protocol: Option<&str>, headers: &[(&str, &str)]) -> Result<(Socket, Response), StatusCode> {
    let uri: Uri = format!("ws://{}/graphql", world.address()).parse().unwrap();
    let mut request = ClientRequestBuilder::new(uri);
    if let Some(protocol) = protocol {
        request = request.with_sub_protocol(protocol);
    }
    for (name, value) in headers {
        request = request.with_header(*name, *value);
    }
    let stream = TcpStream::connect(world.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    match client(request, stream) {
        Ok((inner, response)) => Ok((Socket { inner }, response)),
        Err(HandshakeError::Failure(Error::Http(response))) => Err(response.status()),
        Err(error) => unreachable!("{error}"),
    }
}

impl Socket {
    /// A WebSocket on which nothing was said yet.
    pub fn silent(world: &World) -> Self {
        open(world, Some(PROTOCOL), &[]).unwrap().0
    }

    /// A WebSocket of `client`, whose token was accepted.
    pub fn of(world: &World, client: &Client) -> Self {
        let mut socket = Self::silent(world);
        socket.init(client.token());
        socket
    }

    /// Says who is there.
    #[track_caller]
    pub fn init(&mut self, token: &str) {
        self.say(&json!({ "type": "connection_init", "payload": { "Authorization": format!("Bearer {token}") } }));
        assert_eq!(self.hear(), json!({ "type": "connection_ack" }));
    }

    pub fn say(&mut self, message: &Value) {
        self.say_text(&message.to_string());
    }

    pub fn say_text(&mut self, text: &str) {
        self.inner.send(Message::text(text)).unwrap();
    }

    /// Asks under the name `id`.
    pub fn ask(&mut self, id: &str, query: &str, variables: &Value) {
        self.say(&json!({ "id": id, "type": "subscribe", "payload": { "query": query, "variables": variables } }));
    }

    /// The next message, as it came; `Err` with the code with which the socket closed.
    pub fn hear_text(&mut self) -> Result<String, u16> {
        loop {
            match self.inner.read().unwrap() {
                Message::Text(text) => return Ok(text.to_string()),
                Message::Close(frame) => return Err(frame.map_or(1005, |frame| frame.code.into())),
                _ => {}
            }
        }
    }

    #[track_caller]
    pub fn hear(&mut self) -> Value {
        serde_json::from_str(&self.hear_text().unwrap()).unwrap()
    }

    /// The code with which the socket closes, whatever is said before.
    pub fn closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.hear_text() {
                return code;
            }
        }
    }

    /// Waits until all that was said is understood.
    #[track_caller]
    pub fn settle(&mut self) {
        self.say(&json!({ "type": "ping", "payload": { "settled": true } }));
        assert_eq!(self.hear(), json!({ "type": "pong", "payload": { "settled": true } }));
    }

    /// The next result of the operation `id`.
    #[track_caller]
    pub fn next(&mut self, id: &str) -> Value {
        let message = self.hear();
        assert_eq!((&message["type"], &message["id"]), (&json!("next"), &json!(id)), "{message}");
        assert!(message["payload"]["errors"].is_null(), "{message}");
        message["payload"]["data"].clone()
    }

    /// The code of the error with which the operation `id` ends.
    #[track_caller]
    pub fn refusal(&mut self, id: &str) -> String {
        let message = self.hear();
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!(id)), "{message}");
        message["payload"][0]["extensions"]["code"].as_str().unwrap().to_owned()
    }
}
