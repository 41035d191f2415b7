//! A service that runs on this machine, asked by HTTP.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// A service, by its address.
pub(super) struct Service {
    /// Where it is reached.
    pub address: SocketAddr,
}

/// What it answers.
pub(super) struct Answer {
    /// The status, such as `200`.
    pub status: String,
    /// The body.
    pub body: String,
}

impl Service {
    /// The service that listens on `listen`: one that listens on every address of the machine answers on this one too.
    pub fn at(listen: SocketAddr) -> Self {
        let address = match listen {
            SocketAddr::V4(address) if address.ip().is_unspecified() => SocketAddr::from(([127, 0, 0, 1], address.port())),
            SocketAddr::V6(address) if address.ip().is_unspecified() => {
                SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], address.port()))
            }
            address => address,
        };
        Self { address }
    }

    /// What it answers at `path`.
    pub fn get(&self, path: &str, patience: Duration, bytes_max: u64) -> io::Result<Answer> {
        let head = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address);
        self.send(&head, "", patience, bytes_max)
    }

    /// What it answers when `body`, which is JSON, is sent to `path` by the bearer of `token`.
    pub fn post(&self, path: &str, token: &str, body: &str, patience: Duration, bytes_max: u64) -> io::Result<Answer> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nAccept: application/json\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        self.send(&head, body, patience, bytes_max)
    }

    fn send(&self, head: &str, body: &str, patience: Duration, bytes_max: u64) -> io::Result<Answer> {
        let mut stream = TcpStream::connect_timeout(&self.address, patience)?;
        stream.set_read_timeout(Some(patience))?;
        stream.set_write_timeout(Some(patience))?;
        stream.write_all(head.as_bytes())?;
        stream.write_all(body.as_bytes())?;
        let mut answer = Vec::new();
        stream.take(bytes_max).read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer.as_str(), ""));
        let status = head.split(' ').nth(1).unwrap_or_default();
        Ok(Answer { status: status.to_owned(), body: body.to_owned() })
    }
}
