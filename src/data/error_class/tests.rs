//! Errors as they are met, what they are, and what they only seem to be.

use proptest::prelude::*;

use super::class::ErrorClass::{
    self, Network, Permanent, Permission, Resource, Transient, Unknown, Validation,
};
use super::classify;

/// Errors and what they are.
const TABLE: &[(ErrorClass, &[&str])] = &[
    (
        Transient,
        &[
            "requests.exceptions.HTTPError: 503 Server Error: Service Unavailable for url: https://a.example/x",
            "HTTPError: 429 Client Error: Too Many Requests for url: https://api.example/v1/orders",
            "Request failed with status code 502",
            "unexpected response: HTTP/1.1 503",
            "{\"error\":{\"code\":429,\"message\":\"slow down\"}}",
            "upstream said {\"status\": 503}",
            "{'code': 429, 'message': 'later'}",
            "sqlalchemy.exc.OperationalError: (psycopg2.errors.DeadlockDetected) deadlock detected",
            "psycopg2.errors.SerializationFailure: could not serialize access due to concurrent update",
            "SQLSTATE[40001]: Serialization failure",
            "ERROR: canceling statement due to statement timeout (SQLSTATE 57014)",
            "pymysql.err.OperationalError: (1213, 'Deadlock found when trying to get lock; try restarting transaction')",
            "ERROR 1205 (HY000): Lock wait timeout exceeded; try restarting transaction",
            "ORA-00060: deadlock detected while waiting for resource",
            "rpc error: code = Unavailable desc = transport is closing",
            "14 UNAVAILABLE: No connection established",
            "<_InactiveRpcError of RPC that terminated with: status = StatusCode.UNAVAILABLE>",
            "BlockingIOError: [Errno 11] Resource temporarily unavailable",
            "smtplib.SMTPRecipientsRefused: (450, b'4.2.0 Greylisted')",
            "An error occurred (ThrottlingException) when calling the PutItem operation: Rate exceeded",
            "sqlite3.OperationalError: database is locked",
            "rate_limit_exceeded: too many requests from this account",
            "FATAL: the database system is starting up",
            "org.hibernate.StaleObjectStateException: Row was updated by another transaction",
        ],
    ),
    (
        Network,
        &[
            "ConnectionRefusedError: [Errno 111] Connection refused",
            "Error: connect ECONNREFUSED 10.0.0.7:5432",
            "Error: getaddrinfo ENOTFOUND db.internal",
            "dial tcp 10.3.0.12:8443: i/o timeout",
            "read tcp 10.0.0.1:41022->10.0.0.2:6379: read: connection reset by peer",
            "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='a.example', port=443): Max retries exceeded with url: /x (Caused by NewConnectionError('<urllib3.connection.HTTPSConnection object>: Failed to establish a new connection: [Errno -2] Name or service not known'))",
            "requests.exceptions.ReadTimeout: HTTPSConnectionPool(host='a.example', port=443): Read timed out. (read timeout=10)",
            "TimeoutError",
            "asyncio.exceptions.TimeoutError",
            "java.net.SocketTimeoutException: Read timed out",
            "Net::ReadTimeout with #<TCPSocket:(closed)>",
            "Faraday::ConnectionFailed: Failed to open TCP connection to a.example:443",
            "System.TimeoutException: The operation has timed out.",
            "context deadline exceeded",
            "rpc error: code = DeadlineExceeded desc = context deadline exceeded",
            "SQLSTATE[08006] [7] could not translate host name",
            "psycopg2.OperationalError: connection to server at \"10.0.0.7\", port 5432 failed: Connection refused",
            "asyncpg.exceptions.ConnectionDoesNotExistError: connection was closed in the middle of operation",
            "pymysql.err.OperationalError: (2013, 'Lost connection to MySQL server during query')",
            "Connection refused (os error 111)",
            "OSError: [WinError 10061] No connection could be made",
            "** (DBConnection.ConnectionError) tcp recv: closed",
            "socket.gaierror: [Errno -3] Temporary failure in name resolution",
            "504 Gateway Timeout",
        ],
    ),
    (
        Resource,
        &[
            "MemoryError",
            "java.lang.OutOfMemoryError: Java heap space",
            "OSError: [Errno 28] No space left on device: '/var/lib/x'",
            "FATAL: sorry, too many clients already",
            "Error: ENOSPC: no space left on device, write",
            "rpc error: code = ResourceExhausted desc = quota",
            "quota exceeded for project 4711",
            "subprocess.CalledProcessError: Command 'ffmpeg' returned non-zero exit status 137.",
            "billiard.exceptions.WorkerLostError: Worker exited prematurely: signal 9 (SIGKILL)",
            "HTTP 507",
            "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
        ],
    ),
    (
        Permission,
        &[
            "403 Client Error: Forbidden for url: https://a.example/x",
            "HTTP status client error (401 Unauthorized) for url (https://a.example/x)",
            "PermissionError: [Errno 13] Permission denied: '/srv/out'",
            "psycopg2.errors.InsufficientPrivilege: permission denied for table orders",
            "FATAL: password authentication failed for user \"app\"",
            "connection to server at \"db\", port 5432 failed: FATAL: password authentication failed for user \"app\"",
            "OAuth2TokenExpired: refresh it",
            "OAuth2TokenExpired (attempt 5 of 5)",
            "AccessDenied: Access Denied (Service: Amazon S3; Status Code: 403)",
            "rpc error: code = PermissionDenied desc = caller lacks it",
            "pymysql.err.OperationalError: (1045, \"Access denied for user 'app'\")",
            "smtplib.SMTPAuthenticationError: (535, b'5.7.8 Bad credentials')",
            "{\"error\":\"invalid_grant\",\"error_description\":\"Token has been revoked\"}",
            "botocore.exceptions.NoCredentialsError: Unable to locate credentials",
        ],
    ),
    (
        Validation,
        &[
            "400 Client Error: Bad Request for url: https://a.example/timeout",
            "requests.exceptions.HTTPError: 422 Client Error: Unprocessable Entity for url: https://a.example/x",
            "ERROR: duplicate key value violates unique constraint \"orders_timeout_key\"",
            "sqlalchemy.exc.IntegrityError: (psycopg2.errors.UniqueViolation) duplicate key value violates unique constraint \"connection_pkey\"",
            "ERROR:  23505: duplicate key value",
            "ValueError: invalid literal for int() with base 10: 'connection timeout'",
            "ValueError: timeout must be positive, got timeout=10",
            "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)",
            "pydantic_core._pydantic_core.ValidationError: 2 validation errors for Connection",
            "java.lang.IllegalArgumentException: connection",
            "invalid timeout value",
            "rpc error: code = InvalidArgument desc = connection reset mode is bad",
            "TypeError: connect() got an unexpected keyword argument 'timeout'",
            "AssertionError",
        ],
    ),
    (
        Permanent,
        &[
            "KeyError: 'timeout'",
            "KeyError: 'HTTP 503'",
            "IndexError: list index out of range",
            "AttributeError: 'NoneType' object has no attribute 'connection'",
            "ImportError: cannot import name 'connection' from 'app.db'",
            "NoMethodError: undefined method `timeout' for nil:NilClass",
            "404 Client Error: Not Found for url: https://a.example/unavailable",
            "HTTP 404",
            "panic: runtime error: invalid memory address or nil pointer dereference",
            "java.lang.NullPointerException",
            "ERROR: relation \"connection_timeouts\" does not exist",
            "FileNotFoundError: [Errno 2] No such file or directory: '/srv/timeout.txt'",
            "ModuleNotFoundError: No module named 'connection'",
            "card_declined: insufficient funds",
            "smtplib.SMTPDataError: (550, b'5.1.1 no such user')",
            "ssl.SSLCertVerificationError: certificate verify failed: certificate has expired",
            "rpc error: code = Unimplemented desc = temporarily",
            "sh: exit status 127",
        ],
    ),
    (
        Unknown,
        &[
            "",
            "it broke",
            "RuntimeError: something went wrong",
            "Exception: step 3 out of 5 did not finish",
            "RuntimeError: accessory order for the information desk stuck",
            "could not process order 503",
            "took 502 ms, port 429",
            "failed with retries=3 timeout=10 connection=main",
            "no answer from /srv/timeout/connection.py:12",
            "gave up at timeout.svc.cluster.local",
            "unexpected value in \"connection refused\"",
            "RuntimeError: reconnection attempts: busyness",
            "409 Conflict",
            "exit status 1",
        ],
    ),
];

#[test]
fn errors_are_judged_by_code_name_and_words() {
    let mut wrong = Vec::new();
    for (class, errors) in TABLE {
        for error in *errors {
            let found = classify(error);
            if found != *class {
                wrong.push(format!("{} is said to be {}", error, found.as_str()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn of_a_traceback_only_the_exception_counts() {
    let traceback = |raised: &str| {
        format!(
            "Traceback (most recent call last):\n  File \"/srv/app/connection.py\", line 503, in retry\n    \
             requests.get(url, timeout=10)  # connection refused\n  File \"/srv/app/timeout.py\", line 9, in run\n    \
             connection.reset()\n{raised}"
        )
    };
    for (raised, class) in [
        ("KeyError: 'timeout'", Permanent),
        ("ValueError: bad", Validation),
        ("RuntimeError: it broke", Unknown),
        ("TimeoutError: The read operation timed out", Network),
    ] {
        assert_eq!(classify(&traceback(raised)), class, "{raised}");
    }
}

#[test]
fn only_what_passes_is_said_to_pass() {
    let passing = ErrorClass::ALL.into_iter().filter(|class| class.passes());
    assert_eq!(passing.collect::<Vec<_>>(), [Transient, Network]);
    let mut names: Vec<_> = ErrorClass::ALL.iter().map(|class| class.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ErrorClass::ALL.len());
}

proptest! {
    #[test]
    fn nothing_panics(error in "(?s).{0,200}") {
        prop_assert!(ErrorClass::ALL.contains(&classify(&error)));
    }

    #[test]
    fn neither_with_awkward_text(error in "[a-zA-Z0-9{}()\\[\\]'\"`:;,.=/@« _\\-]{0,200}") {
        prop_assert!(ErrorClass::ALL.contains(&classify(&error)));
    }

    /// What a task's data says in quotes changes nothing.
    #[test]
    fn quoted_text_decides_nothing(
        word in "(timeout|connection refused|HTTP 503|access denied|out of memory|invalid)",
    ) {
        let error = format!("cannot do it for order \"{word}\"");
        prop_assert_eq!(classify(&error), Unknown);
    }
}
