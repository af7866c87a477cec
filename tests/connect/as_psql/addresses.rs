//! Addresses of all kinds. `PORT` stands for the recorder's port, `SOCKET` for the folder of its socket as a URL
//! writes it, `FOLDER` for that folder as it is.

/// What can stand between the scheme and the host. The password's parts are those of [`PARTS_OF_PASSWORDS`].
#[rustfmt::skip]
pub const CREDENTIALS: &[&str] = &[
    "", "ana@", "@", ":@", "ana:@", ":kq7@", "ana:kq7@", "ana:kq7:zx8@", "ana:kq7#zx8@", "ana:kq7?zx8@",
    "ana:kq7&zx8=@", "ana:kq7%40zx8%2F@", "ana:kq7%zx8@", "a%6Ea:%6Bq7@", "an a@", "a#b@", "a?b@", "Ana@", "%@",
    "ana:%00@",
];

/// No answer of dlqtop's may hold one.
pub const PARTS_OF_PASSWORDS: [&str; 2] = ["kq7", "zx8"];

#[rustfmt::skip]
pub const SERVERS: &[&str] = &[
    "127.0.0.1:PORT", "localhost:PORT", "LocalHost:PORT", "[::1]:PORT", "[::1]PORT", "[]:PORT", "[::1:PORT", "::1:PORT",
    "%31%32%37.0.0.1:PORT", "127.0.0.1:0PORT", "127.0.0.1:+PORT", "127.0.0.1: PORT", "127.0.0.1:PORT%20",
    "127.0.0.1:%30PORT", "127.0.0.1:-1", "127.0.0.1:0", "127.0.0.1:70000", "127.0.0.1:x", "127.0.0.1:PORT,PORT",
    "SOCKET:PORT", "SOCKET", "", ":PORT", ":", "127.0.0.1:PORT#",
];

#[rustfmt::skip]
pub const PATHS: &[&str] = &[
    "", "/", "/work", "/my#db", "/#", "/x/../work", "/./work", "//work", "/work/", "/100%", "/100%25", "/%2", "/a%00b",
    "/a@b", "/w%0Aork", "/wo\nrk", "/work\n", "/wo\trk", "/wo rk", "/a%2Fb", "/%77ork", "/W", "/ü", "/%C3%BC", "/a+b",
    "/a:b", "/a\\b", "/a=b&c", "/postgres:%2F%2Fx",
];

#[rustfmt::skip]
pub const QUERIES: &[&str] = &[
    "", "?", "?user=bo&user=cy", "?host=SOCKET&port=PORT", "?host=SOCKET", "?host=", "?port=PORT", "?port=", "?user=",
    "?dbname=", "?dbname=q#q", "?dbname=postgres://x@127.0.0.1:PORT/y", "?password=kq7%23zx8", "?password=",
    "?password=kq7#zx8", "?ssl=true", "?ssl=1", "?ssl=false", "?sslmode=disable", "?sslmode=", "?sslmode=nonsense",
    "?sslmode=prefer&sslmode=disable", "?application_name=x&", "?application_name=x&&port=PORT", "?a&b", "?&", "?=", "?=x",
    "?options=-c%20jit%3Doff", "?options=-c jit=off", "?options=", "?requiressl=0", "?connect_timeout=",
    "?connect_timeout=3", "?connect_timeout=%203%20", "?connect_timeout=x", "?hostaddr=127.0.0.1", "?hostaddr=nonsense",
    "?keepalives=x", "?keepalives=1", "?user=bo#x", "?user=b?o", "?service=", "?service=nonsense", "?nonsense=1",
    "?User=bo", "?user=%6%6F", "?target_session_attrs=any", "?target_session_attrs=", "?channel_binding=",
    "?us%65r=bo", "?user=ana@tenant", "?fallback_application_name=x",
];

/// In words, or with what else begins an address.
pub const WORDS: &[&str] = &[
    "host=127.0.0.1 port=PORT",
    "host=127.0.0.1 port=PORT user=a user=b dbname=x",
    "host=127.0.0.1 port=PORT user=a dbname=",
    "host = 127.0.0.1 port= PORT user='a b\\'c' dbname=x\\ y",
    "host=127.0.0.1\tport=PORT\nuser=a\u{b}dbname=x",
    "host=127.0.0.1 port=PORT user=a\u{a0}dbname=x",
    "host=127.0.0.1 port=PORT user=a\u{3000}dbname=x",
    "host=127.0.0.1 port=PORT user=\"a\"",
    "host=127.0.0.1 port=PORT user='a'dbname=x",
    "host=127.0.0.1 port=PORT user=a'b",
    "host=127.0.0.1 port=PORT dbname=postgres://u@127.0.0.1:PORT/zz",
    "host=127.0.0.1 port=PORT dbname=my#db password=kq7#zx8",
    "host=127.0.0.1 port=PORT password='kq7 zx8' user=''",
    "host=127.0.0.1 port=PORT password=kq7 zx8=1",
    "host=127.0.0.1 port=PORT password=kq7 zx8",
    "host=127.0.0.1 port=PORT password='kq7zx8",
    "host='FOLDER' port=PORT user=u",
    "host='FOLDER' port=PORT hostaddr=127.0.0.1 user=u",
    "host=[::1] port=PORT",
    "host=::1 port=PORT",
    "host=127.0.0.1 port='PORT '",
    "host=127.0.0.1 port=PORT,PORT",
    "host=127.0.0.1 port=PORT ssl=true",
    "host=127.0.0.1 port=PORT requiressl=0 user=q",
    "host=127.0.0.1 port=PORT requiressl=1 user=q",
    "host=127.0.0.1 port=PORT user",
    "=x host=127.0.0.1 port=PORT",
    "host=127.0.0.1 port=PORT user=a\\",
    "hostaddr=127.0.0.1 port=PORT user=a",
    "dbname=x",
    "work",
    " postgres://ana@127.0.0.1:PORT/work",
    "POSTGRES://ana@127.0.0.1:PORT/work",
    "postgres:/ana@127.0.0.1:PORT/work",
    "postgresql://ana@127.0.0.1:PORT/work",
    "postgres://ana:kq7/zx8@127.0.0.1:PORT/work",
    "postgres://ana:1/zx8@127.0.0.1:PORT/work",
    "postgres://ana:kq7@zx8@127.0.0.1:PORT/work",
    "postgres://kq7zx8/x:zx8@127.0.0.1:PORT/work",
    "postgres://ana:kq7?zx8/1@127.0.0.1:PORT/work",
];

#[rustfmt::skip]
/// Variables, with an address or without.
pub const VARIABLES: &[(&str, &[(&str, &str)])] = &[
    ("", &[("PGHOST", "127.0.0.1"), ("PGPORT", "PORT")]),
    ("", &[("PGHOST", "FOLDER"), ("PGPORT", "PORT"), ("PGUSER", ""), ("PGDATABASE", "")]),
    ("", &[("PGHOST", "127.0.0.1"), ("PGPORT", "PORT"), ("PGDATABASE", "postgres://u@127.0.0.1:PORT/z")]),
    ("", &[("PGHOST", "127.0.0.1"), ("PGPORT", "PORT"), ("PGDATABASE", "dbname=z")]),
    ("", &[("PGHOST", "127.0.0.1"), ("PGPORT", "PORT"), ("PGUSER", "bo"), ("PGOPTIONS", "-c jit=off")]),
    ("postgres://127.0.0.1:PORT/w", &[("PGUSER", "bo"), ("PGDATABASE", "q"), ("PGHOST", "nowhere.invalid"), ("PGPORT", "x")]),
    ("postgres://127.0.0.1:PORT/w?user=", &[("PGUSER", "bo")]),
    ("postgres://127.0.0.1:PORT/?dbname=", &[("PGDATABASE", "bo")]),
    ("postgres://127.0.0.1:PORT/", &[("PGDATABASE", "bo")]),
    ("postgres://127.0.0.1:PORT/w?password=", &[("PGPASSWORD", "kq7")]),
    ("postgres://ana:@127.0.0.1:PORT/w", &[("PGPASSWORD", "kq7zx8")]),
    ("postgres://ana:zx8@127.0.0.1:PORT/w", &[("PGPASSWORD", "kq7")]),
    ("postgres://127.0.0.1:PORT/w", &[("PGSSLMODE", "")]),
    ("postgres://127.0.0.1:PORT/w", &[("PGSSLMODE", "disable")]),
    ("postgres://127.0.0.1:PORT/w?sslmode=prefer", &[("PGSSLMODE", "nonsense")]),
    ("postgres://127.0.0.1:PORT/w?sslmode=disable", &[("PGREQUIRESSL", "1")]),
    ("postgres://127.0.0.1:PORT/w", &[("PGREQUIRESSL", "1")]),
    ("postgres://127.0.0.1:PORT/w", &[("PGREQUIRESSL", "0")]),
    ("postgres://127.0.0.1:PORT/w", &[("PGSERVICE", "")]),
    ("postgres://127.0.0.1:PORT/w", &[("PGCONNECT_TIMEOUT", "")]),
    ("postgres:///w", &[("PGHOST", "127.0.0.1"), ("PGPORT", "PORT")]),
    ("postgres:///w?host=", &[("PGHOST", "127.0.0.1"), ("PGPORT", "PORT")]),
    ("postgres:///w", &[("PGHOSTADDR", "127.0.0.1"), ("PGPORT", "PORT")]),
    ("postgres://127.0.0.1:PORT/w", &[("PGHOSTADDR", "")]),
    ("postgres://u@/w?port=PORT", &[("PGHOST", "FOLDER")]),
    ("postgres://u@:PORT/w", &[("PGHOST", "FOLDER")]),
    ("postgres://u@:PORT", &[("PGHOST", "")]),
    ("host='FOLDER'", &[("PGPORT", "PORT")]),
    ("postgres://127.0.0.1:PORT/w?options=", &[("PGOPTIONS", "")]),
    ("postgres://127.0.0.1:PORT/w?target_session_attrs=any", &[("PGTARGETSESSIONATTRS", "nonsense")]),
    ("postgres://127.0.0.1:PORT/w", &[("PGTARGETSESSIONATTRS", "")]),
];

/// Of a service file and a file of passwords.
pub const SERVICES: &str = "
# ours
[first] and more
host=127.0.0.1
port=PORT
user=from service
user=never
dbname=my#db
password=kq7 zx8
  [ second ]
host=127.0.0.1
[typo]
host = 127.0.0.1
[first]
dbname=never
[socket]
host=FOLDER
port=PORT
";

/// What is asked by service.
pub const BY_SERVICE: &[&str] = &[
    "service=first",
    "service=first dbname=x user=",
    "postgres://ana@/w?service=first",
    "postgres:///?service=socket",
    "service=second",
    "service=' second '",
    "service=typo",
    "service=nowhere",
];

pub const PASSWORDS: &str = "
# 127.0.0.1:PORT:*:ana:never
localhost:PORT:*:sock:never
127.0.0.1:PORT:work:ana:kq7\\:zx8
FOLDER:PORT:*:sock:kq7zx8
127.0.0.1:*:*:bo:zx8\\\\:more
";

/// What finds a password there, or none.
pub const BY_PASSWORD: &[&str] = &[
    "postgres://ana@127.0.0.1:PORT/work",
    "postgres://ana@127.0.0.1:PORT/other",
    "postgres://ana@localhost:PORT/work",
    "postgres://ana@localhost:PORT/work?hostaddr=127.0.0.1",
    "postgres://bo@127.0.0.1:PORT/any?password=",
    "postgres://bo:kq7@127.0.0.1:PORT/any",
    "postgres://sock@/x?host=SOCKET&port=PORT",
];
