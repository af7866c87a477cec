//! Servers that answer in one way only, and remember what they heard.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// One of them.
pub struct Stub {
    pub port: u16,
    heard: Arc<Mutex<Vec<u8>>>,
    connected: Arc<AtomicUsize>,
}

impl Stub {
    fn each(answer: impl Fn(TcpStream, &Mutex<Vec<u8>>) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (heard, connected) = (Arc::default(), Arc::new(AtomicUsize::new(0)));
        let stub = Self {
            port,
            heard: Arc::clone(&heard),
            connected: Arc::clone(&connected),
        };
        let answer = Arc::new(answer);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                connected.fetch_add(1, Ordering::SeqCst);
                let (answer, heard) = (Arc::clone(&answer), Arc::clone(&heard));
                std::thread::spawn(move || answer(client, &heard));
            }
        });
        stub
    }

    /// Refuses everybody with this SQLSTATE and message.
    pub fn refusing(code: &'static str, message: &'static str) -> Self {
        Self::each(move |mut client, _| {
            let mut length = [0; 4];
            if client.read_exact(&mut length).is_err() {
                return;
            }
            let mut packet = vec![0; u32::from_be_bytes(length) as usize - 4];
            let _ = client.read_exact(&mut packet);
            let fields = format!("SFATAL\0VFATAL\0C{code}\0M{message}\0\0");
            let length = u32::try_from(fields.len()).unwrap() + 4;
            let _ = client.write_all(b"E");
            let _ = client.write_all(&length.to_be_bytes());
            let _ = client.write_all(fields.as_bytes());
        })
    }

    /// Says the same to everybody, and hangs up.
    pub fn saying(answer: &'static [u8]) -> Self {
        Self::each(move |mut client, _| {
            let _ = client.write_all(answer);
            let _ = client.shutdown(Shutdown::Write);
            // Not before the other side does: a reset could take the answer with it.
            let _ = std::io::copy(&mut client, &mut std::io::sink());
        })
    }

    /// Takes a connection and says nothing.
    pub fn silent() -> Self {
        Self::each(|mut client, heard| keep(&mut client, heard))
    }

    /// Has no TLS: answers the question for it with `N`, and goes on listening.
    pub fn without_tls() -> Self {
        Self::each(|mut client, heard| {
            let mut question = [0; 8];
            if client.read_exact(&mut question).is_err() {
                return;
            }
            assert_eq!(question[4..], 80_877_103_u32.to_be_bytes());
            let _ = client.write_all(b"N");
            keep(&mut client, heard);
        })
    }

    /// Hands everything on to another port, and back.
    pub fn tapping(port: u16) -> Self {
        Self::each(move |mut client, heard| {
            let mut server = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let (mut back, mut to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut back, &mut to));
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = client.read(&mut buffer) {
                heard.lock().unwrap().extend(&buffer[..read]);
                if server.write_all(&buffer[..read]).is_err() {
                    break;
                }
            }
            let _ = server.shutdown(Shutdown::Both);
        })
    }

    /// What was heard, after any answer.
    pub fn heard(&self) -> Vec<u8> {
        self.heard.lock().unwrap().clone()
    }

    /// How many have connected.
    pub fn connected(&self) -> usize {
        self.connected.load(Ordering::SeqCst)
    }
}

fn keep(client: &mut TcpStream, heard: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = client.read(&mut buffer) {
        heard.lock().unwrap().extend(&buffer[..read]);
    }
}
