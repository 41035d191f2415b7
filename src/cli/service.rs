//! A service that runs on this machine, asked by HTTP.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use access::{
    Grant, Role, operator,
    token::{self, Request, Verifier},
};
use chrono::Utc;

use super::Failure;
use crate::{
    settings::{Hosts, Settings},
    startup,
};

/// How long the token lives with which a running service is asked.
const TOKEN_LIFETIME: Duration = Duration::from_mins(15);

/// The most bytes of a line of an answer.
const LINE_BYTES_MAX: u64 = 4 << 20;

/// A service, by its address.
pub(super) struct Service {
    /// Where it is reached.
    pub address: SocketAddr,
    /// What it is called.
    host: String,
}

/// What it answers.
pub(super) struct Answer {
    /// The status, such as `200`.
    pub status: String,
    /// The body.
    pub body: String,
}

/// A token for the operator of a data directory, as an administrator.
pub(super) struct OperatorToken {
    /// The token.
    pub token: String,
    /// When it was made, in seconds since 1970.
    pub now: u64,
    /// Says that it is valid.
    pub verifier: Verifier,
}

impl OperatorToken {
    /// A token for the operator of the data directory of `settings`.
    pub fn of(settings: &Settings) -> Result<Self, Failure> {
        let key = startup::signing_key(&settings.data, false)?;
        let grant = Grant::of(Role::Administrator);
        let request = Request { subject: operator(), grants: vec![grant], lifetime: TOKEN_LIFETIME };
        let now = Utc::now().timestamp().try_into().unwrap_or_default();
        Ok(Self { token: token::issue(&key, request, now)?, now, verifier: Verifier::new([key.public().clone()]) })
    }
}

impl Service {
    /// The service that runs on the data directory of `settings`. One that is reached by TLS can't be asked: `instead` says
    /// while what it has to be stopped.
    pub fn on(settings: &Settings, instead: &str) -> Result<Self, Failure> {
        if settings.tls_files().is_some() {
            let reason = "the service that runs here is reached by TLS, which this command does not speak: stop it while";
            return Err(Failure::Refused(format!("{reason} {instead}")));
        }
        let hosts = settings.hosts().map_err(|error| Failure::refused(&error))?;
        Ok(Self::at(settings.listen).called(&hosts))
    }

    /// Why it can't be asked: nothing answers.
    pub fn silent(&self, error: &io::Error) -> Failure {
        let address = self.address;
        let found = "the data directory is in use by a service, and nothing answers at";
        Failure::Refused(format!("{found} {address}: {error}; say where it listens with --listen"))
    }

    /// Why it can't be asked: something else answers, with this status.
    pub fn other(&self, status: &str) -> Failure {
        let address = self.address;
        let sentence = format!("what answers at {address} is no service on this data directory (status {status})");
        Failure::Refused(format!("{sentence}; say where it listens with --listen"))
    }

    /// The service that listens on `listen`: one that listens on every address of the machine answers on this one too.
    pub fn at(listen: SocketAddr) -> Self {
        let address = match listen {
            SocketAddr::V4(address) if address.ip().is_unspecified() => SocketAddr::from(([127, 0, 0, 1], address.port())),
            SocketAddr::V6(address) if address.ip().is_unspecified() => {
                SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], address.port()))
            }
            address => address,
        };
        Self { address, host: address.to_string() }
    }

    /// The same, which takes nothing that is meant for another than one of `hosts`.
    pub fn called(self, hosts: &Hosts) -> Self {
        let host = hosts.first().map_or(self.host, ToOwned::to_owned);
        Self { host, ..self }
    }

    /// What it answers at `path`.
    pub fn get(&self, path: &str, patience: Duration, bytes_max: u64) -> io::Result<Answer> {
        let head = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.host);
        self.send(&head, "", patience, bytes_max)
    }

    /// What it answers when `body`, which is JSON, is sent to `path` by the bearer of `token`.
    pub fn post(&self, path: &str, token: &str, body: &str, patience: Duration, bytes_max: u64) -> io::Result<Answer> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nAccept: application/json\r\nContent-Length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        self.send(&head, body, patience, bytes_max)
    }

    /// Sends `body`, which is an archive, to `path` by the bearer of `token`, and has `told` each line of the answer as it
    /// comes. Gives the status, and the body where that is not 200.
    pub fn post_archive(
        &self,
        path: &str,
        token: &str,
        body: &[u8],
        patience: Duration,
        mut told: impl FnMut(&str),
    ) -> io::Result<Answer> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/zip\r\nContent-Length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        let mut answer = BufReader::new(self.sent(&head, body, patience)?);
        let status = line(&mut answer)?.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut is_chunked = false;
        loop {
            let field = line(&mut answer)?;
            if field.is_empty() {
                break;
            }
            is_chunked |= field.eq_ignore_ascii_case("transfer-encoding: chunked");
        }
        if status != "200" || !is_chunked {
            let mut body = String::new();
            answer.take(LINE_BYTES_MAX).read_to_string(&mut body)?;
            return Ok(Answer { status, body });
        }
        let mut rest = Vec::new();
        while let Some(chunk) = chunk(&mut answer)? {
            rest.extend(chunk);
            while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = rest.drain(..=end).collect();
                told(String::from_utf8_lossy(&line).trim_end());
            }
        }
        Ok(Answer { status, body: String::new() })
    }

    fn send(&self, head: &str, body: &str, patience: Duration, bytes_max: u64) -> io::Result<Answer> {
        let stream = self.sent(head, body.as_bytes(), patience)?;
        let mut answer = Vec::new();
        stream.take(bytes_max).read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer.as_str(), ""));
        let status = head.split(' ').nth(1).unwrap_or_default();
        Ok(Answer { status: status.to_owned(), body: body.to_owned() })
    }

    /// The connection on which a request was sent.
    fn sent(&self, head: &str, body: &[u8], patience: Duration) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect_timeout(&self.address, patience)?;
        stream.set_read_timeout(Some(patience))?;
        stream.set_write_timeout(Some(patience))?;
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        Ok(stream)
    }
}

/// The next line, without its end.
fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    from.take(LINE_BYTES_MAX).read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// The next chunk of an answer that comes in chunks (RFC 9112, section 7.1); `None` at its end.
fn chunk(from: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let head = line(from)?;
    let unreadable = |_| io::Error::new(io::ErrorKind::InvalidData, "the answer can't be read");
    let length = u64::from_str_radix(head.split(';').next().unwrap_or_default().trim(), 16).map_err(unreadable)?;
    if length > LINE_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the answer is too long"));
    }
    let mut bytes = Vec::new();
    from.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    line(from)?;
    Ok(Some(bytes).filter(|_| length > 0))
}
