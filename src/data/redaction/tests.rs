use proptest::prelude::*;
use serde_json::json;

use super::*;

fn hidden(said: &str) -> String {
    text(said).into_owned()
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of keys")]
fn keys_are_told_by_whole_words() {
    let rule = Rule::default();
    for key in [
        "password",
        "PASSWORD",
        "Password",
        "db_password",
        "dbPassword",
        "password1",
        "new-password",
        "passwordConfirmation",
        "PGPASSWORD",
        "dbpassword",
        "passwd",
        "pwd",
        "passphrase",
        "token",
        "access_token",
        "accessToken",
        "access-token",
        "ACCESS_TOKEN",
        "X-Auth-Token",
        "refreshToken",
        "csrf_token",
        "token_hash",
        "password_reset_token",
        "tokens.token",
        "authorization",
        "Authorization",
        "proxy-authorization",
        "authorizationHeader",
        "cookie",
        "Set-Cookie",
        "set_cookie",
        "cookies",
        "secret",
        "client_secret",
        "clientSecret",
        "secret_key",
        "aws_secret_access_key",
        "api_key",
        "apiKey",
        "APIKey",
        "api-key",
        "x-api-key",
        "apikey",
        "API_KEY_2",
        "stripe_api_key_live",
        "private_key",
        "privateKeyPem",
        "ssh_private_key",
        "credentials",
        "aws_credentials",
        "spring.datasource.password",
        "jwt",
        "session_cookie",
        "secret_id",
        "auth",
        "basic_auth",
        "bearer",
        "oauth2Token",
    ] {
        assert!(rule.is_secret(key), "{key}");
    }
    for key in [
        "max_tokens",
        "maxTokens",
        "tokens",
        "prompt_tokens",
        "tokenizer",
        "token_count",
        "tokenCount",
        "token_type",
        "token_limit",
        "token_expires_at",
        "tokenization",
        "secretary",
        "secretariat",
        "secrecy",
        "cookie_consent",
        "cookbook",
        "password_policy",
        "password_changed_at",
        "password_required",
        "passwordless",
        "passenger",
        "compass",
        "pass",
        "author",
        "authority",
        "authorized",
        "authorization_url",
        "authorization_status",
        "cost_per_token",
        "key",
        "monkey",
        "api",
        "api_version",
        "keyboard",
        "primary_key",
        "idempotency_key",
        "private",
        "private_key_path",
        "secret_name",
        "api_key_id",
        "credit",
        "basic",
        "otpauth",
        "",
    ] {
        assert!(!rule.is_secret(key), "{key}");
    }
}

#[test]
fn keys_are_added_and_taken_away() {
    let named = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
    let rule = Rule::new(
        &named(&["ssn", "cardNumber", "token_count"]),
        &named(&["page_token", "cookie"]),
    );
    for key in [
        "ssn",
        "customer_ssn",
        "card_number",
        "CARD-NUMBER",
        "token_count",
        "token",
        "pageable_token",
    ] {
        assert!(rule.is_secret(key), "{key}");
    }
    for key in [
        "page_token",
        "nextPageToken",
        "cookie",
        "session_cookie",
        "Set-Cookie",
        "number",
        "assn",
    ] {
        assert!(!rule.is_secret(key), "{key}");
    }
    assert_eq!(
        rule.text("ssn=123-45-6789 cookie: a=b"),
        "ssn=••• cookie: a=b"
    );
}

#[test]
fn too_many_keys_to_be_looked_for_at_once_are_found_all_the_same() {
    let rule = Rule {
        candidates: None,
        ..Rule::default()
    };
    let text = "say token=abc, at postgres://ana:pw@db: Bearer abc123def";
    assert_eq!(rule.text(text), hidden(text));
    assert!(!rule.text(text).contains("abc"), "{}", rule.text(text));
}

#[test]
fn passwords_of_addresses_are_hidden() {
    for (text, want) in [
        (
            "postgres://ana:pw@db/prod is down",
            "postgres://ana:•••@db/prod is down",
        ),
        (
            "postgresql+psycopg://u:p%40w@h:5432/d?sslmode=require",
            "postgresql+psycopg://u:•••@h:5432/d?sslmode=require",
        ),
        ("redis://:pw@cache:6379/0", "redis://:•••@cache:6379/0"),
        ("amqp://guest:gu:est@mq//", "amqp://guest:•••@mq//"),
        ("https://ana:p@ss@host/x", "https://ana:•••@host/x"),
        ("postgres://ana:12#34@db/prod", "postgres://ana:•••@db/prod"),
        (
            "postgres://ana:pa/ss?w#d@db/prod",
            "postgres://ana:•••@db/prod",
        ),
        (
            "('postgres://ana:pw@db/prod',)",
            "('postgres://ana:•••@db/prod',)",
        ),
        (
            "cannot reach postgres://ana:pw",
            "cannot reach postgres://ana:•••",
        ),
        (
            "mongodb://u:pw@h1:27017,h2:27017/db",
            "mongodb://u:•••@h1:27017,h2:27017/db",
        ),
        (
            "https://h/p?user=a&password=x&token=y#z",
            "https://h/p?user=a&password=•••&token=•••",
        ),
    ] {
        assert_eq!(hidden(text), want);
        assert_eq!(hidden(want), want, "twice");
    }
    for text in [
        "postgres://ana@db/prod",
        "http://host:8080/users/a@b.c",
        "https://h/@scope/pkg",
        "http://[::1]:80/x",
        "mongodb://h1:1,h2:2/db",
        "see http://host:80.",
        "file:///etc/hosts",
        "{\"a\":\"http://h:80\",\"b\":\"x@y.z\"}",
        "ssh://git@host:22/x",
        "://",
        "a://",
        "mail a@b.c",
    ] {
        assert_eq!(hidden(text), text);
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of texts")]
fn values_of_keys_are_hidden_however_they_are_written() {
    for (text, want) in [
        (
            "host=db password=s3cret user=ana",
            "host=db password=••• user=ana",
        ),
        (
            "host=db password='a b\\'c' user=ana",
            "host=db password='•••' user=ana",
        ),
        ("password=ab,cd;e&f host=x", "password=••• host=x"),
        (
            "Server=x;Password=a;b,c;Database=y",
            "Server=x;Password=•••;Database=y",
        ),
        (
            "Password=a;b,c;User Id=sa;Data Source=y",
            "Password=•••;User Id=sa;Data Source=y",
        ),
        ("password: hunter2", "password: •••"),
        ("password:hunter2", "password:•••"),
        (
            "{\"password\": \"a\\\"b\", \"n\": 1}",
            "{\"password\": \"•••\", \"n\": 1}",
        ),
        (
            "{\"a\":1,\"token\":\"x\",\"b\":2}",
            "{\"a\":1,\"token\":\"•••\",\"b\":2}",
        ),
        ("{\"token\": 12345}", "{\"token\": •••}"),
        (
            "{\"secrets\": {\"a\": [\"}\", 2]}, \"b\": 1}",
            "{\"secrets\": •••, \"b\": 1}",
        ),
        (
            "\"{\\\"api_key\\\": \\\"x y\\\", \\\"b\\\": 1}\"",
            "\"{\\\"api_key\\\": \\\"•••\\\", \\\"b\\\": 1}\"",
        ),
        (
            "{'password': b'abc', 'x': 1}",
            "{'password': b'•••', 'x': 1}",
        ),
        ("{:api_key=>\"x\", :b=>1}", "{:api_key=>\"•••\", :b=>1}"),
        (
            "User(name='a', password='b')",
            "User(name='a', password='•••')",
        ),
        ("User(password=abc)", "User(password=•••)"),
        (
            "[('Authorization', 'Bearer x'), ('Host', 'y')]",
            "[('Authorization', '•••'), ('Host', 'y')]",
        ),
        ("Authorization: Bearer abc", "Authorization: •••"),
        (
            "Authorization: Bearer abc, status 401",
            "Authorization: •••, status 401",
        ),
        (
            "GET / Authorization: Digest username=\"a\", response=\"b\"\nHost: y",
            "GET / Authorization: •••\nHost: y",
        ),
        (
            "curl -H \"Authorization: Bearer x.y-z\" https://h",
            "curl -H \"Authorization: •••\" https://h",
        ),
        (
            "curl -H 'Cookie: a=b; c=d' https://h",
            "curl -H 'Cookie: •••' https://h",
        ),
        (
            "Set-Cookie: sid=1; Path=/\nHost: y",
            "Set-Cookie: •••\nHost: y",
        ),
        ("X-Api-Key: k-1\r\nHost: y", "X-Api-Key: •••\r\nHost: y"),
        (
            "{Authorization=[Bearer x], Host=y}",
            "{Authorization=•••, Host=y}",
        ),
        ("401 for Bearer abc123def.", "401 for Bearer •••."),
        ("sent Basic QWxhZGRpbjpvcGVu", "sent Basic •••"),
        (
            "run --password hunter2 --host db",
            "run --password ••• --host db",
        ),
        ("run --api-key=k1 x", "run --api-key=••• x"),
        (
            "create role ana password 'x y'",
            "create role ana password '•••'",
        ),
        (
            "<wsse:Password>x</wsse:Password>",
            "<wsse:Password>•••</wsse:Password>",
        ),
        (
            "Incorrect API key provided: k-abc.",
            "Incorrect API key provided: •••.",
        ),
        ("a\\npassword=x\\nb", "a\\npassword=•••\\nb"),
        ("token: 'abc", "token: '•••"),
        ("DB_PASSWORD=\"x\"", "DB_PASSWORD=\"•••\""),
        ("ghp_abcdefghij0123456789 leaked", "••• leaked"),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc", "•••"),
        ("jwt eyJhbGciOiJI.eyJzdWIiOiIx.c2ln here", "jwt ••• here"),
    ] {
        assert_eq!(hidden(text), want);
        assert_eq!(hidden(want), want, "twice");
    }
}

#[test]
fn what_tells_no_secret_stays() {
    for text in [
        "max_tokens=4096, tokenizer: bpe, secretary: Ana",
        "token_count: 5",
        "Access denied (using password: YES)",
        "password=None",
        "{\"token\": null, \"password\": \"\"}",
        "token: signature has expired",
        "Unexpected token: punc (})",
        "Unexpected token '<', \"<!DOCTYPE\" is not valid JSON",
        "KeyError: 'password'",
        "authorization: required",
        "the password was wrong",
        "invalid token",
        "std::token::Kind",
        "Bearer authentication",
        "Basic authentication failed",
        "password authentication failed for user \"ana\"",
        "at /api/password/reset",
        "HTTP 502 for https://pay.example/charge",
        "",
    ] {
        assert_eq!(hidden(text), text);
    }
}

#[test]
fn json_is_hidden_by_key_whole_and_by_text() {
    let mut value = json!({
        "user": "ana", "password": "x", "pin": null, "max_tokens": 7,
        "nested": { "apiKey": 5, "tokens": [1, 2], "secret": { "a": { "b": ["c"] } }, "token": null, "cookie": "" },
        "list": [{ "name": "Authorization", "value": "Bearer x" }, { "name": "Host", "value": "y" }],
        "headers": [["Cookie", "a=b"], ["Host", "y"]],
        "fields": ["password", "email"],
        "url": "postgres://ana:pw@db", "text": "{\"token\": \"x\"}",
        "redis://:pw@h": true, "has_password": true
    });
    assert!(Rule::default().json(&mut value));
    assert_eq!(
        value,
        json!({
            "user": "ana", "password": "•••", "pin": null, "max_tokens": 7,
            "nested": { "apiKey": "•••", "tokens": [1, 2], "secret": "•••", "token": null, "cookie": "" },
            "list": [{ "name": "Authorization", "value": "•••" }, { "name": "Host", "value": "y" }],
            "headers": [["Cookie", "•••"], ["Host", "y"]],
            "fields": ["password", "email"],
            "url": "postgres://ana:•••@db", "text": "{\"token\": \"•••\"}",
            "redis://:•••@h": true, "has_password": true
        })
    );
    let before = value.clone();
    Rule::default().json(&mut value);
    assert_eq!(value, before);
    assert!(holds_mark(&value));
    assert!(!Rule::default().json(&mut json!({ "a": [1, "b"] })));
}

proptest! {
    #[test]
    fn no_character_of_a_password_is_left(password in "[A-Z][A-Z0-9,;&)('./!%+-]{3,12}[A-Z]") {
        let rule = Rule::default();
        let json = json!({ "password": &password, "n": 1 }).to_string();
        for text in [
            format!("host=db password={password} user=ana"),
            format!("cannot log in: password: {password}"),
            format!("{{'password': \"{password}\"}}"),
            json,
        ] {
            let said = rule.text(&text);
            prop_assert!(!said.contains(|c: char| c.is_ascii_uppercase()), "{said}");
        }
    }

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        let _ = hidden(&text);
    }
}
