//! A server that lets nobody in, and writes down who asked for what: the same for psql and dlqtop.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;

const ASKS_FOR_TLS: u32 = 80_877_103;
const ASKS_FOR_GSS: u32 = 80_877_104;

/// What somebody wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Login {
    /// Which listener it reached.
    pub at: &'static str,
    /// Whether it asked for TLS first.
    pub asked_for_tls: bool,
    pub user: String,
    pub database: String,
    pub options: String,
    /// Empty if none was sent.
    pub password: String,
}

/// Listens on one port of 127.0.0.1 and of `::1`, and on the socket of that port in a folder.
pub struct Recorder {
    pub port: u16,
    folder: TempDir,
    seen: Arc<Mutex<Vec<Login>>>,
}

impl Recorder {
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let recorder = Self {
            port: 0,
            folder,
            seen: Arc::default(),
        };
        std::fs::create_dir(recorder.socket_folder()).unwrap();
        let four = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = four.local_addr().unwrap().port();
        recorder.listen("127.0.0.1", four.incoming_owned());
        if let Ok(six) = TcpListener::bind(("::1", port)) {
            recorder.listen("::1", six.incoming_owned());
        }
        let socket = recorder.socket_folder().join(format!(".s.PGSQL.{port}"));
        let socket = UnixListener::bind(socket).unwrap();
        recorder.listen("the socket", move || socket.accept().map(|(wire, _)| wire));
        Self { port, ..recorder }
    }

    /// Its name has what ends a part of a URL.
    pub fn socket_folder(&self) -> PathBuf {
        self.folder.path().join("so#ck?t")
    }

    /// What was wanted first since the last time.
    pub fn first(&self) -> Option<Login> {
        let mut seen = self.seen.lock().unwrap();
        let first = seen.first().cloned();
        seen.clear();
        first
    }

    fn listen<W: Read + Write + Send + 'static>(
        &self,
        at: &'static str,
        mut accept: impl FnMut() -> std::io::Result<W> + Send + 'static,
    ) {
        let seen = Arc::clone(&self.seen);
        std::thread::spawn(move || {
            while let Ok(wire) = accept() {
                let seen = Arc::clone(&seen);
                std::thread::spawn(move || receive(wire, at, &seen));
            }
        });
    }
}

/// A listener as a function, so that both kinds are one.
trait IncomingOwned {
    fn incoming_owned(self) -> Box<dyn FnMut() -> std::io::Result<TcpStream> + Send>;
}

impl IncomingOwned for TcpListener {
    fn incoming_owned(self) -> Box<dyn FnMut() -> std::io::Result<TcpStream> + Send> {
        Box::new(move || {
            let (wire, _) = self.accept()?;
            wire.set_read_timeout(Some(Duration::from_secs(20)))?;
            Ok(wire)
        })
    }
}

fn receive(mut wire: impl Read + Write, at: &'static str, seen: &Mutex<Vec<Login>>) {
    let mut login = Login {
        at,
        ..Login::default()
    };
    let Some(packet) = start_up(&mut wire, &mut login) else {
        return;
    };
    let mut texts = packet.split(|byte| *byte == 0);
    while let (Some(name @ [_, ..]), Some(value)) = (texts.next(), texts.next()) {
        let value = String::from_utf8_lossy(value).into_owned();
        match name {
            b"user" => login.user = value,
            b"database" => login.database = value,
            b"options" => login.options = value,
            _ => {}
        }
    }
    // The password is asked for in the clear, written down, and refused. psql hangs up if it has none.
    let place = {
        let mut seen = seen.lock().unwrap();
        seen.push(login);
        seen.len() - 1
    };
    let _ = wire.write_all(b"R\0\0\0\x08\0\0\0\x03");
    let mut head = [0; 5];
    if wire.read_exact(&mut head).is_ok()
        && let Some(mut password) = read_rest(&mut wire, &head[1..])
    {
        password.pop();
        if let Some(login) = seen.lock().unwrap().get_mut(place) {
            login.password = String::from_utf8_lossy(&password).into_owned();
        }
    }
    let fields = "SFATAL\0VFATAL\0C28P01\0Mnobody comes in\0\0";
    let length = u32::try_from(fields.len()).unwrap() + 4;
    let _ = wire.write_all(&[b"E", &length.to_be_bytes()[..], fields.as_bytes()].concat());
}

/// What follows the version in the packet that begins a session.
fn start_up(wire: &mut (impl Read + Write), login: &mut Login) -> Option<Vec<u8>> {
    loop {
        let mut length = [0; 4];
        wire.read_exact(&mut length).ok()?;
        let packet = read_rest(wire, &length)?;
        let code = u32::from_be_bytes(packet.first_chunk().copied()?);
        if code != ASKS_FOR_TLS && code != ASKS_FOR_GSS {
            return Some(packet[4..].to_vec());
        }
        login.asked_for_tls |= code == ASKS_FOR_TLS;
        wire.write_all(b"N").ok()?;
    }
}

fn read_rest(wire: &mut impl Read, length: &[u8]) -> Option<Vec<u8>> {
    let length = u32::from_be_bytes(length.try_into().ok()?) as usize;
    let mut rest = vec![0; length.checked_sub(4)?];
    wire.read_exact(&mut rest).ok()?;
    Some(rest)
}
