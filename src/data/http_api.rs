//! A system's own HTTP API, for acts that the system carries out itself. The request for each act is in
//! `[api.FILE]` of its `source.toml`; the address and the token are in a profile.
//!
//! The worker is the only caller that sends a request.

mod call;
mod token;

use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response, Url};
use serde_json::Value;

pub use self::call::Call;
pub(super) use self::call::Words;
pub use self::token::Token;

/// The time limit for connecting.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// The time limit for an answer.
const LIMIT: Duration = Duration::from_secs(10);
/// The most bytes of an answer that are read.
const LONGEST: usize = 64 * 1024;
/// The most characters of it that are shown.
const REPEATED: usize = 500;
/// The header that an API key goes in.
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The address of a system's API, and what it asks for: a bearer token, an API key, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api {
    base: Url,
    token: Token,
    key: Token,
    limit: Duration,
}

/// What is sent to prove who asks.
#[derive(Default)]
struct Secrets {
    token: Option<String>,
    key: Option<String>,
}

/// The result of a call.
#[derive(Debug)]
pub(super) enum Answer {
    /// It was done.
    Done,
    /// It was refused, with the server's message.
    Refused(String),
    /// The server failed, with its message; the act may have been done all the same.
    Failed(String),
    /// Nothing was sent, for this reason.
    Unsent(String),
    /// It was sent, and the result is unknown.
    Lost(String),
}

impl Api {
    /// The API at this address: `https://` with a certificate that is verified, or `http://` to this machine.
    /// Nothing allows less: the token that goes there may do what the operator may.
    ///
    /// # Errors
    ///
    /// What is wrong with the address, without any secret in it.
    pub fn new(address: &str, token: Token) -> Result<Self, String> {
        let base = Url::parse(address.trim_end_matches('/'))
            .map_err(|_| "it must be an address such as https://tasker.example:8080".to_owned())?;
        if !base.username().is_empty() || base.password().is_some() {
            return Err(
                "it must hold no user and no password: a token goes into api_token_env or api_token_file, \
                 a key into api_key_env or api_key_file"
                    .to_owned(),
            );
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err("it must end with its path: without ? and #".to_owned());
        }
        match base.scheme() {
            "https" => {}
            "http" if is_this_machine(&base) => {}
            "http" => {
                return Err(
                    "it must begin with https:// (http:// only to this machine; insecure_tls is for the \
                     database alone)"
                        .to_owned(),
                );
            }
            _ => return Err("it must begin with https://".to_owned()),
        }
        Ok(Self {
            base,
            token,
            key: Token::None,
            limit: LIMIT,
        })
    }

    /// The same, with an API key, which is sent as `X-API-Key`.
    #[must_use]
    pub fn with_key(mut self, key: Token) -> Self {
        self.key = key;
        self
    }

    /// The same, with another time limit.
    #[must_use]
    pub const fn answering_within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// The address, to be shown.
    #[must_use]
    pub fn address(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// Makes one call, once.
    pub(super) async fn make(&self, call: &Call, words: &Words) -> Answer {
        let (secrets, request) = match self.prepared(call, words) {
            Ok(prepared) => prepared,
            Err(why) => return Answer::Unsent(why),
        };
        let hidden = |text: String| secrets.hidden_in(&text);
        let at = self.address();
        match request.send().await {
            Ok(response) => {
                let status = response.status();
                let said = hidden(words_of(response).await);
                match status.as_u16() {
                    200..=299 => Answer::Done,
                    // The server or a proxy before it gave up waiting; the act may go on all the same.
                    408 | 499 | 502 | 504 | 520 | 522 | 524 | 598 | 599 => {
                        Answer::Lost(format!("{at} answered {status}{said}"))
                    }
                    500.. => Answer::Failed(format!("{at} failed ({status}){said}")),
                    _ => Answer::Refused(format!("{at} refused ({status}){said}")),
                }
            }
            Err(error) if error.is_connect() || error.is_builder() => Answer::Unsent(hidden(
                format!("{at} cannot be reached: {}", causes(&error)),
            )),
            Err(error) if error.is_timeout() => Answer::Lost(format!(
                "{at} gave no answer within {} s",
                self.limit.as_secs_f64()
            )),
            Err(error) => Answer::Lost(hidden(format!(
                "the answer of {at} was lost: {}",
                causes(&error)
            ))),
        }
    }

    /// The request and the secrets in it, which are read again for each call.
    fn prepared(
        &self,
        call: &Call,
        words: &Words,
    ) -> Result<(Secrets, reqwest::RequestBuilder), String> {
        let secrets = Secrets {
            token: self.token.fetch("api_token")?,
            key: self.key.fetch("api_key")?,
        };
        let request = self.request(call, words, &secrets)?;
        Ok((secrets, request))
    }

    fn request(
        &self,
        call: &Call,
        words: &Words,
        secrets: &Secrets,
    ) -> Result<reqwest::RequestBuilder, String> {
        let address = format!("{}{}", self.address(), call.path(words)?);
        let url = Url::parse(&address).map_err(|_| "its path makes no address".to_owned())?;
        let method = Method::from_bytes(call.method.as_bytes())
            .map_err(|_| format!("{} is no method", call.method))?;
        let mut request = self.client()?.request(method, url);
        let body = call.body(words);
        if !body.is_null() {
            request = request
                .header(CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        if let Some(token) = &secrets.token {
            let bearer = secret_header(&format!("Bearer {token}"))
                .ok_or("the token holds what no token can")?;
            request = request.header(AUTHORIZATION, bearer);
        }
        if let Some(key) = &secrets.key {
            let key = secret_header(key).ok_or("the API key holds what no key can")?;
            request = request.header(API_KEY, key);
        }
        Ok(request)
    }

    /// A client for one call: acts are few, and a token read again each time may have been renewed.
    fn client(&self) -> Result<Client, String> {
        // Another part of the program may have installed it; all install the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = Client::builder()
            .user_agent(concat!("dlqtop/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_LIMIT)
            .timeout(self.limit)
            // A redirect must not carry the token to another server.
            .redirect(Policy::none());
        if is_this_machine(&self.base) {
            client = client.no_proxy();
        }
        client
            .build()
            .map_err(|error| format!("no client can be made: {}", causes(&error)))
    }
}

/// Whether an address is that of this machine.
fn is_this_machine(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The server's message, shortened: `: the step is not in error`.
async fn words_of(mut response: Response) -> String {
    let mut bytes = Vec::new();
    // The rest of a long message is not needed.
    while let Ok(Some(chunk)) = response.chunk().await {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LONGEST {
            break;
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    let told = serde_json::from_str(&text)
        .ok()
        .and_then(|answer| message(&answer))
        .unwrap_or_else(|| text.trim().to_owned());
    let told: String = told.chars().take(REPEATED).collect();
    if told.is_empty() {
        told
    } else {
        format!(": {told}")
    }
}

/// The message in an answer, wherever the API puts it.
fn message(answer: &Value) -> Option<String> {
    ["/error/message", "/message", "/error", "/detail", "/title"]
        .iter()
        .find_map(|path| answer.pointer(path)?.as_str())
        .filter(|text| !text.trim().is_empty())
        .map(|text| text.trim().to_owned())
}

/// The value of a header that no log shows.
fn secret_header(value: &str) -> Option<HeaderValue> {
    let mut header = HeaderValue::from_str(value).ok()?;
    header.set_sensitive(true);
    Some(header)
}

impl Secrets {
    /// The text without them: a server may repeat what it was sent.
    fn hidden_in(&self, text: &str) -> String {
        let mut both = [self.token.as_deref(), self.key.as_deref()].map(Option::unwrap_or_default);
        // One may be a part of the other.
        both.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let mut text = text.to_owned();
        for secret in both.into_iter().filter(|secret| !secret.is_empty()) {
            text = text.replace(secret, "…");
        }
        text
    }
}

/// An error with its causes, which reqwest does not show; without the address, which is shown already.
fn causes(error: &reqwest::Error) -> String {
    let mut source = std::error::Error::source(error);
    let mut told = Vec::new();
    while let Some(cause) = source {
        told.push(cause.to_string());
        source = cause.source();
    }
    told.pop().unwrap_or_else(|| "no more is known".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(address: &str) -> Result<Api, String> {
        Api::new(address, Token::None)
    }

    #[test]
    fn a_token_goes_nowhere_unencrypted_but_to_this_machine() {
        for address in [
            "https://tasker.example",
            "http://localhost:8080/api",
            "http://127.0.0.1",
            "http://[::1]:9",
        ] {
            assert!(api(address).is_ok(), "{address}");
        }
        for address in [
            "http://tasker.example",
            "http://127.0.0.1.example",
            "http://localhost.example",
            "ftp://localhost",
            "tasker.example",
            "https://ana:secret@tasker.example",
            "https://tasker.example?token=x",
        ] {
            let error = api(address).unwrap_err();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn an_address_is_shown_without_a_last_stroke() {
        let address = |text| api(text).unwrap().address().to_owned();
        assert_eq!(address("https://tasker.example/"), "https://tasker.example");
        assert_eq!(
            address("https://tasker.example/api//"),
            "https://tasker.example/api"
        );
    }

    #[test]
    fn the_message_is_found_where_servers_put_it() {
        for answer in [
            r#"{"error": {"code": 400, "message": "not in error"}}"#,
            r#"{"error": "not in error"}"#,
            r#"{"message": " not in error "}"#,
            r#"{"title": "not in error"}"#,
        ] {
            let answer: Value = serde_json::from_str(answer).unwrap();
            assert_eq!(message(&answer).as_deref(), Some("not in error"));
        }
        assert_eq!(message(&serde_json::json!({"error": {"code": 4}})), None);
    }

    #[test]
    fn a_secret_that_comes_back_is_not_repeated() {
        let secrets = Secrets {
            token: Some("s3cret".to_owned()),
            key: Some("s3cret-key".to_owned()),
        };
        let told = "bad token s3cret, bad key s3cret-key!";
        assert_eq!(secrets.hidden_in(told), "bad token …, bad key …!");
        let none = Secrets {
            token: Some(String::new()),
            key: None,
        };
        assert_eq!(none.hidden_in("nothing"), "nothing");
    }
}
