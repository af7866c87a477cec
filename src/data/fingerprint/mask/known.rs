//! Words that have digits and are no values, and other lists. Pure.

use super::super::text::is_one_of;

/// Names with digits, in small letters: algorithms, types, protocols, products.
const NAMES: &[&str] = &[
    "md4",
    "md5",
    "sha0",
    "sha1",
    "sha2",
    "sha3",
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "crc16",
    "crc32",
    "crc32c",
    "crc64",
    "utf7",
    "utf8",
    "utf16",
    "utf32",
    "utf8mb3",
    "utf8mb4",
    "ucs2",
    "latin1",
    "base16",
    "base32",
    "base36",
    "base58",
    "base62",
    "base64",
    "base85",
    "ascii85",
    "int2",
    "int4",
    "int8",
    "int16",
    "int32",
    "int64",
    "int128",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "uint128",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "f16",
    "f32",
    "f64",
    "float4",
    "float8",
    "float16",
    "float32",
    "float64",
    "decimal128",
    "varchar2",
    "ipv4",
    "ipv6",
    "ip4",
    "ip6",
    "inet4",
    "inet6",
    "tcp4",
    "tcp6",
    "udp4",
    "udp6",
    "socks4",
    "socks5",
    "http2",
    "http3",
    "h2",
    "h2c",
    "h3",
    "s3",
    "ec2",
    "route53",
    "oauth1",
    "oauth2",
    "x509",
    "x86",
    "x86_64",
    "db2",
    "x64",
    "amd64",
    "arm64",
    "aarch64",
    "i386",
    "win32",
    "win64",
    "log4j",
    "log4j2",
    "slf4j",
    "ext3",
    "ext4",
    "ssh2",
    "k8s",
    "i18n",
    "l10n",
    "pkcs1",
    "pkcs7",
    "pkcs8",
    "pkcs11",
    "pkcs12",
    "p12",
    "pbkdf2",
    "rc4",
    "aes128",
    "aes192",
    "aes256",
    "ed25519",
    "secp256k1",
    "es256",
    "rs256",
    "hs256",
    "mp3",
    "mp4",
    "h264",
    "h265",
    "bz2",
    "lz4",
    "sqlite3",
    "boto3",
    "urllib3",
    "psycopg2",
    "o365",
    "neo4j",
    "3ds",
];

/// Others that begin with a digit.
const BEGUN_WITH_A_DIGIT: &[&str] = &[
    "2fa", "3ds", "3ds2", "1xx", "2xx", "3xx", "4xx", "5xx", "2d", "3d",
];

/// What error codes begin with that are letters and digits: `ORA-00942`, `AADSTS50076`, `TS2345`.
const CODE_STARTS: &[&str] = &[
    "ora", "pls", "tns", "err", "ts", "cs", "pgrst", "aadsts", "hy", "nu", "msb", "rpc", "sql",
    "sqlcode", "err_",
];

/// Whether a word with digits is a name that many know.
pub(super) fn is_name(word: &str) -> bool {
    is_one_of(word, NAMES) || is_one_of(word, BEGUN_WITH_A_DIGIT)
}

/// Whether a word is an error code by its form: `ORA-00942`, `E11000`; one letter is enough where a code is expected.
pub(super) fn is_code(word: &str, is_expected: bool) -> bool {
    let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = word.len() - letters.len();
    let start = letters.trim_end_matches('-');
    let large = !start.is_empty() && start.bytes().all(|c| c.is_ascii_uppercase() || c == b'_');
    let is_letter =
        start.len() == 1 && letters.len() == 1 && (is_expected || (start == "E" && digits >= 4));
    (3..=6).contains(&digits) && large && (is_letter || is_one_of(start, CODE_STARTS))
}

/// Words that end in "code" and are followed by data.
const DATA_CODES: &[&str] = &[
    "postcode",
    "zipcode",
    "barcode",
    "keycode",
    "promocode",
    "couponcode",
    "areacode",
    "vouchercode",
    "qrcode",
    "countrycode",
];

/// Words before "code" that make it data.
const BEFORE_DATA_CODE: &[&str] = &[
    "postal",
    "post",
    "zip",
    "promo",
    "promotion",
    "discount",
    "coupon",
    "country",
    "area",
    "product",
    "voucher",
    "invite",
    "verification",
    "tracking",
    "source",
    "currency",
];

/// Whether a word names a code that decides: `code`, `error_code`, `statusCode`.
pub(super) fn is_code_word(word: &str, before: Option<&str>) -> bool {
    let ends =
        word.len() >= 4 && word.is_ascii() && word[word.len() - 4..].eq_ignore_ascii_case("code");
    let plain = word.replace('_', "");
    ends && !is_one_of(&plain, DATA_CODES)
        && !before.is_some_and(|before| word.len() == 4 && is_one_of(before, BEFORE_DATA_CODE))
        || is_one_of(
            word,
            &[
                "errno",
                "sqlstate",
                "hresult",
                "winerror",
                "ntstatus",
                "rc",
                "errorlevel",
            ],
        )
}
