//! The same address leads dlqtop and psql to the same database, as the same user, or neither to any. The one that
//! decides is the psql that is installed here.

mod addresses;
mod recorder;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use support::dlqtop::{Run, command, run};
use support::server;
use tempfile::TempDir;

use self::addresses::{
    BY_PASSWORD, BY_SERVICE, CREDENTIALS, PARTS_OF_PASSWORDS, PASSWORDS, PATHS, QUERIES, SERVERS,
    SERVICES, VARIABLES, WORDS,
};
use self::recorder::{Login, Recorder};

/// How many addresses are put together from parts, besides those with one part that is not plain.
const MIXED: usize = 120;
/// What dlqtop does not do although psql does; it says so and asks nobody.
const REFUSED_BY_NAME: [&str; 3] = [
    "names several servers",
    "is no text in UTF-8",
    "behind its first /",
];

/// Both programs at one home.
struct Both {
    psql: PathBuf,
    recorder: Recorder,
    home: TempDir,
    differences: String,
    reached: usize,
    asked: usize,
}

impl Both {
    /// Nothing, if there is no psql here.
    fn new() -> Option<Self> {
        Some(Self {
            psql: server::psql()?,
            recorder: Recorder::new(),
            home: TempDir::new().unwrap(),
            differences: String::new(),
            reached: 0,
            asked: 0,
        })
    }

    fn filled(&self, text: &str) -> String {
        let folder = self.recorder.socket_folder().display().to_string();
        let socket = folder
            .replace('/', "%2F")
            .replace('#', "%23")
            .replace('?', "%3F");
        text.replace("PORT", &self.recorder.port.to_string())
            .replace("SOCKET", &socket)
            .replace("FOLDER", &folder)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.home.path().join(name);
        fs::write(&path, self.filled(text)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path.display().to_string()
    }

    /// What psql asks the recorder for.
    fn psql(&self, address: &str, variables: &[(String, String)]) -> Option<Login> {
        let mut psql = Command::new(&self.psql);
        psql.args(["-w", "-X", "-c", "select 1"])
            .env_clear()
            .env("LC_ALL", "C.UTF-8")
            .env("HOME", self.home.path())
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        if !address.is_empty() {
            psql.args(["-d", address]);
        }
        psql.output().unwrap();
        self.recorder.first()
    }

    fn dlqtop(&self, address: &str, variables: &[(String, String)]) -> (Run, Option<Login>) {
        let mut dlqtop = command(&["info"]);
        dlqtop
            .env("HOME", self.home.path())
            .envs(variables.iter().map(|(name, value)| (name, value)));
        if !address.is_empty() {
            dlqtop.env("DATABASE_URL", address);
        }
        (run(&mut dlqtop), self.recorder.first())
    }

    fn compare(&mut self, address: &str, variables: &[(&str, &str)]) {
        let address = self.filled(address);
        let variables: Vec<_> = (variables.iter())
            .map(|(name, value)| ((*name).to_owned(), self.filled(value)))
            .collect();
        let theirs = self.psql(&address, &variables);
        let (run, ours) = self.dlqtop(&address, &variables);
        self.asked += 1;
        self.reached += usize::from(theirs.is_some() && theirs == ours);
        let by_name = || {
            let named = |part: &str| run.stderr.contains(part);
            run.code == Some(2) && REFUSED_BY_NAME.iter().any(|part| named(part))
        };
        // A newer psql refuses white space that stands there as it is; to an older one it is a character of a name.
        let newer =
            theirs.is_none() && address.contains("://") && address.contains(char::is_whitespace);
        if theirs != ours && !newer && !(ours.is_none() && by_name()) {
            let _ = writeln!(
                self.differences,
                "{address:?} {variables:?}\n  psql   {theirs:?}\n  dlqtop {ours:?} {:?}",
                run.stderr
            );
        }
        for part in PARTS_OF_PASSWORDS {
            if run.stdout.contains(part) || run.stderr.contains(part) {
                let _ = writeln!(self.differences, "{address:?} shows a password: {run:?}");
            }
        }
    }

    fn expect_no_difference(&self, reached: usize) {
        assert!(self.differences.is_empty(), "{}", self.differences);
        assert!(self.reached >= reached, "only {} arrived", self.reached);
    }
}

/// Addresses of parts: each part once beside plain ones, then a mixture from a fixed seed.
fn put_together() -> BTreeSet<String> {
    let plain = ["ana:kq7@", "127.0.0.1:PORT", "/work", ""];
    let parts = [CREDENTIALS, SERVERS, PATHS, QUERIES];
    let mut all = BTreeSet::new();
    for (at, choices) in parts.iter().enumerate() {
        for choice in *choices {
            let mut four = plain;
            four[at] = choice;
            all.insert(format!("postgres://{}", four.concat()));
        }
    }
    let mut seed = fastrand::Rng::with_seed(11);
    for _ in 0..MIXED {
        let mut four = parts.map(|choices| seed.choice(choices).copied().unwrap_or_default());
        // Most of them must arrive, else nothing is compared.
        if seed.u8(..4) > 0 {
            four[1] = SERVERS[seed.usize(..4)];
        }
        all.insert(format!("postgres://{}", four.concat()));
    }
    all
}

#[test]
fn every_address_leads_where_psql_goes_or_nowhere() {
    let Some(mut both) = Both::new() else { return };
    for address in put_together() {
        both.compare(&address, &[]);
    }
    for address in WORDS {
        both.compare(address, &[]);
    }
    both.expect_no_difference(120);
    println!(
        "{} addresses: {} led to psql's database, 0 to another",
        both.asked, both.reached
    );
}

#[test]
fn variables_services_and_password_files_say_what_they_say_to_psql() {
    let Some(mut both) = Both::new() else { return };
    for (address, variables) in VARIABLES {
        both.compare(address, variables);
    }
    let services = both.file("services", SERVICES);
    for address in BY_SERVICE {
        both.compare(address, &[("PGSERVICEFILE", &services)]);
    }
    let passwords = both.file("passwords", PASSWORDS);
    for address in BY_PASSWORD {
        both.compare(address, &[("PGPASSFILE", &passwords)]);
    }
    both.expect_no_difference(25);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of addresses")]
fn what_the_driver_lacks_is_refused_by_name_and_nobody_is_asked() {
    let Some(both) = Both::new() else { return };
    let on = |query: &str| format!("postgres://ana:kq7zx8@127.0.0.1:PORT/w{query}");
    for (address, variables, said) in [
        (
            "postgres://127.0.0.1:PORT,127.0.0.1:1/w".to_owned(),
            vec![],
            "names several servers",
        ),
        (
            "host=127.0.0.1,127.0.0.1 port=1,PORT".to_owned(),
            vec![],
            "names several servers",
        ),
        (
            on("?hostaddr=127.0.0.1,127.0.0.1"),
            vec![],
            "hostaddr names several servers",
        ),
        (on("?host=@abstract"), vec![], "an abstract socket"),
        (on("x%FF"), vec![], "no text in UTF-8"),
        (on("?sslcrl=kq7"), vec![], "cannot do what sslcrl asks for"),
        (
            on("?sslpassword=kq7"),
            vec![],
            "cannot do what sslpassword asks for",
        ),
        (
            on("?target_session_attrs=read-write"),
            vec![],
            "what target_session_attrs asks",
        ),
        (on("?options=-d%205"), vec![], "options must be settings"),
        (
            on("?options=-c%20jit%3Doff"),
            vec![("PGOPTIONS", "-c role=boss")],
            "its role would be in force",
        ),
        (
            on("?options="),
            vec![("PGOPTIONS", "-c role=boss")],
            "unset PGOPTIONS",
        ),
        (
            on(""),
            vec![("PGREQUIREAUTH", "scram-sha-256")],
            "PGREQUIREAUTH: dlqtop cannot do",
        ),
    ] {
        let variables: Vec<_> = (variables.into_iter())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let (run, reached) = both.dlqtop(&both.filled(&address), &variables);
        run.expect_complaint(2, &[said]);
        assert_eq!(reached, None, "{address}");
        for part in PARTS_OF_PASSWORDS {
            assert!(!run.stderr.contains(part), "{run:?}");
        }
    }
    // What names nothing else than PGOPTIONS does has the last word, and that can be done.
    let both_say = [("PGOPTIONS".to_owned(), "-c jit=on".to_owned())];
    let (_, reached) = both.dlqtop(&both.filled(&on("?options=-c%20jit%3Doff")), &both_say);
    assert_eq!(reached.unwrap().options, "-c jit=on -c jit=off");
}

#[test]
fn the_address_that_info_prints_leads_to_the_same_database() {
    let Some(both) = Both::new() else { return };
    let mut pasted = 0;
    for address in [
        "postgres://ana:kq7@127.0.0.1:PORT/work",
        "postgres://an%40a%2F:kq7@localhost:PORT/my%23db%3F%2F..%2F100%25",
        "postgres://%C3%BC%20b@[::1]:PORT/a%26b%3D%0A",
        "postgres://u@/x%3A%2F%2Fy?host=SOCKET&port=PORT",
        "host='FOLDER' port=PORT user='a b' dbname='it\\'s'",
        "postgres://ana@127.0.0.1:PORT/work?sslmode=disable",
    ] {
        let (run, wanted) = both.dlqtop(&both.filled(address), &[]);
        let Some(wanted) = wanted else {
            assert!(address.contains("[::1]"), "{address}: {run:?}");
            continue;
        };
        let line = run.stdout.lines().find(|line| line.contains("postgres://"));
        let printed = line
            .and_then(|line| line.split_whitespace().nth(1))
            .unwrap();
        assert!(!printed.contains("kq7"), "{printed}");
        let wanted = Login {
            password: String::new(),
            ..wanted
        };
        let (_, again) = both.dlqtop(printed, &[]);
        assert_eq!(again.as_ref(), Some(&wanted), "{printed}");
        assert_eq!(both.psql(printed, &[]), Some(wanted), "{printed}");
        pasted += 1;
    }
    assert!(pasted >= 5, "{pasted}");
}
