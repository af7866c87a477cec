use super::*;

fn of(text: &str) -> Result<Parameters, String> {
    Parameters::of_address(text, "the database URL")
}

/// What it says of host, port, database, user, password and sslmode; `-` for nothing.
fn six(text: &str) -> [String; 6] {
    let found = of(text).unwrap();
    let names = ["host", "port", "dbname", "user", "password", "sslmode"];
    names.map(|name| found.get(name).unwrap_or("-").to_owned())
}

#[test]
fn an_address_is_read_as_libpq_reads_it() {
    let cases = [
        (
            "postgres://ana:p%40ss@db.example:6432/work?sslmode=require",
            ["db.example", "6432", "work", "ana", "p@ss", "require"],
        ),
        (
            "postgresql:///work?host=%2Frun%2Fpg&user=ana&password=a+b",
            ["/run/pg", "-", "work", "ana", "a+b", "-"],
        ),
        (
            "postgres://ana@[::1]:5433/",
            ["::1", "5433", "-", "ana", "-", "-"],
        ),
        (
            "postgres://%2Frun%2Fpg/work",
            ["/run/pg", "-", "work", "-", "-", "-"],
        ),
        (
            "host=db port = 5 dbname='my work' password='it\\'s' user=a\\ b",
            ["db", "5", "my work", "a b", "it's", "-"],
        ),
        (
            "postgres://a:b@c/d?user=e&dbname=f&user=g",
            ["c", "-", "f", "g", "b", "-"],
        ),
        (
            "postgres://ana:12#34@db/my#db",
            ["db", "-", "my#db", "ana", "12#34", "-"],
        ),
        (
            "postgres://ana:12?34@db/x/../work",
            ["db", "-", "x/../work", "ana", "12?34", "-"],
        ),
        (
            "postgres://u@:55432/?host=/sock",
            ["/sock", "55432", "-", "u", "-", "-"],
        ),
        (
            "postgres://u@one:1,[::2],three:3/wo\nrk\n?ssl=true",
            ["one,::2,three", "1,,3", "wo\nrk\n", "u", "-", "require"],
        ),
        (
            "postgres://localhost:5432/a@b?user=ana@tenant",
            ["localhost", "5432", "a@b", "ana@tenant", "-", "-"],
        ),
        (
            "user=a\u{a0}b user=c\u{b}dbname=postgres://u@h/d requiressl=0",
            ["-", "-", "postgres://u@h/d", "c", "-", "prefer"],
        ),
    ];
    for (text, wanted) in cases {
        assert_eq!(six(text), wanted, "{text}");
    }
}

#[test]
fn a_slip_is_named_with_what_was_meant_and_no_secret() {
    let cases = [
        (
            "postgres://db/w?sslmod=require",
            "no parameter sslmod: did you mean sslmode?",
        ),
        (
            "postgres://db/w?ssl_root_cert=x",
            "did you mean sslrootcert?",
        ),
        (
            "postgres://db/w?zzz=canary",
            "no parameter zzz: there are service,",
        ),
        ("postgres://db/w?ssl=1", "take sslmode=require"),
        ("postgres://db/w?sslmode", "lacks its =value"),
        ("postgres://db/w?user=a&&port=1", "lacks its =value"),
        ("postgres://db/w?&", "lacks its =value"),
        ("postgres://db/w?options=-c a=b", "the second one as %3D"),
        ("postgres://a:canary%f@db/w", "two hexadecimal digits"),
        ("postgres://a:canary@db/100%", "write a % as %25"),
        ("postgres://a:canary%00@db/w", "stands for no letter"),
        ("postgres://a:canary%ff@db/w", "no text in UTF-8"),
        ("postgres://a:canary@[::1/w", "is not closed"),
        ("postgres://a:canary@[]/w", "no address in its []"),
        ("postgres://a:canary@[::1]x/w", "behind the ]"),
        (" postgres://a:canary@db/w", "begins with white space"),
        ("POSTGRES://a:canary@db/w", "begins with POSTGRES://"),
        ("mysql://a:canary@db/w", "begins with mysql://"),
        ("mysql://a:canary@db/w?a=b", "begins with mysql://"),
        ("a:canary@db/w", "it looks like postgres://"),
        ("canary", "it looks like postgres://"),
        ("password='canary", "a quote is not closed"),
        ("password=canary host", "lacks its =value"),
        ("password=my canary=1", "one of its parameters is not known"),
        ("password=my sslmod=1", "did you mean sslmode?"),
        // The password has a sign in it that ends the part before it.
        ("postgres://ana:canary/12@db/w", "write / as %2F"),
        ("postgres://ana:1/canary@db/w", "write / as %2F"),
        ("postgres://ana:canary@12@db/w", "write / as %2F"),
        ("postgres://ana:12@canary/x@db/w", "write / as %2F"),
        ("postgres://ana:1?canary@2/x@db/w", "write / as %2F"),
        ("postgres://a/x:canary@db/w", "write / as %2F"),
        ("postgres://ana:1/2?canary@db/w", "lacks its =value"),
        ("postgres://ana:1/2?canary=3@db/w", "one of its parameters"),
    ];
    for (text, wanted) in cases {
        let said = of(text).err().unwrap_or_else(|| panic!("{text}"));
        assert!(said.starts_with("the database URL"), "{text}: {said}");
        assert!(said.contains(wanted), "{text}: {said}");
        assert!(!said.contains("canary"), "{text}: {said}");
    }
}

#[test]
fn what_cannot_be_done_is_refused_by_name_if_it_is_in_force() {
    let judged = |text: &str| of(text).unwrap().judge();
    for (text, wanted) in [
        (
            "postgres://db/w?sslcrl=canary",
            "cannot do what sslcrl asks for",
        ),
        (
            "postgres://db/w?target_session_attrs=any&target_session_attrs=read-write",
            "cannot do what target_session_attrs asks for",
        ),
        ("sslpassword=canary", "cannot do what sslpassword asks for"),
        ("oauth_client_secret=canary", "oauth_client_secret asks for"),
        ("channel_binding=''", "channel_binding is empty"),
        ("keepalives=canary", "keepalives must be a whole number"),
    ] {
        let said = judged(text).unwrap_err();
        assert!(said.contains(wanted), "{text}: {said}");
        assert!(!said.contains("canary"), "{text}: {said}");
    }
    for text in [
        "postgres://db/w?target_session_attrs=read-write&target_session_attrs=any",
        "postgres://db/w?keepalives=1&gssencmode=prefer&require_auth=",
        "postgres://db/w?ssl_min_protocol_version=TLSv1.2&connect_timeout=3&",
        "postgres://db",
    ] {
        assert_eq!(judged(text), Ok(()), "{text}");
    }
}

#[test]
fn the_environment_fills_only_what_is_missing() {
    let mut found = of("postgres://db/w?passfile=").unwrap();
    let variable = |name: &str| match name {
        "PGHOST" => Some("elsewhere".into()),
        "PGUSER" => Some("bo".into()),
        "PGPORT" => Some(OsString::new()),
        "PGPASSFILE" => Some("/file".into()),
        "PGREQUIRESSL" => Some("1".into()),
        _ => None,
    };
    found.complete(variable).unwrap();
    assert_eq!(found.get("host"), Some("db"));
    assert_eq!(found.get("port"), None);
    assert_eq!(found.get("passfile"), None, "an empty value is one");
    assert_eq!(found.get("sslmode"), Some("require"));
    let user = found.value("user").unwrap();
    assert_eq!(
        (user.value.as_str(), user.origin.as_str()),
        ("bo", "PGUSER")
    );
    let unsafe_one = |name: &str| (name == "PGREQUIREAUTH").then(|| "scram-sha-256".into());
    found.complete(unsafe_one).unwrap();
    let said = found.judge().unwrap_err();
    assert!(said.starts_with("PGREQUIREAUTH: "), "{said}");
}
