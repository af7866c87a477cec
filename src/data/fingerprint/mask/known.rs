//! Words that have digits and are no values, and other lists. Pure.

use super::super::text::is_one_of;

/// Names with digits, in small letters and sorted: algorithms, types, protocols, products.
const NAMES: &[&str] = &[
    "1xx",
    "2d",
    "2fa",
    "2xx",
    "3d",
    "3ds",
    "3ds2",
    "3xx",
    "4xx",
    "5xx",
    "aarch64",
    "aes128",
    "aes192",
    "aes256",
    "amd64",
    "arm64",
    "ascii85",
    "base16",
    "base32",
    "base36",
    "base58",
    "base62",
    "base64",
    "base85",
    "boto3",
    "bz2",
    "crc16",
    "crc32",
    "crc32c",
    "crc64",
    "db2",
    "decimal128",
    "ec2",
    "ed25519",
    "es256",
    "ext3",
    "ext4",
    "f16",
    "f32",
    "f64",
    "float16",
    "float32",
    "float4",
    "float64",
    "float8",
    "h2",
    "h264",
    "h265",
    "h2c",
    "h3",
    "hs256",
    "http2",
    "http3",
    "i128",
    "i16",
    "i18n",
    "i32",
    "i386",
    "i64",
    "i8",
    "inet4",
    "inet6",
    "int128",
    "int16",
    "int2",
    "int32",
    "int4",
    "int64",
    "int8",
    "ip4",
    "ip6",
    "ipv4",
    "ipv6",
    "k8s",
    "l10n",
    "latin1",
    "log4j",
    "log4j2",
    "lz4",
    "md4",
    "md5",
    "mp3",
    "mp4",
    "neo4j",
    "o365",
    "oauth1",
    "oauth2",
    "p12",
    "pbkdf2",
    "pkcs1",
    "pkcs11",
    "pkcs12",
    "pkcs7",
    "pkcs8",
    "psycopg2",
    "rc4",
    "route53",
    "rs256",
    "s3",
    "secp256k1",
    "sha0",
    "sha1",
    "sha2",
    "sha224",
    "sha256",
    "sha3",
    "sha384",
    "sha512",
    "slf4j",
    "socks4",
    "socks5",
    "sqlite3",
    "ssh2",
    "tcp4",
    "tcp6",
    "u128",
    "u16",
    "u32",
    "u64",
    "u8",
    "ucs2",
    "udp4",
    "udp6",
    "uint128",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "urllib3",
    "utf16",
    "utf32",
    "utf7",
    "utf8",
    "utf8mb3",
    "utf8mb4",
    "varchar2",
    "win32",
    "win64",
    "x509",
    "x64",
    "x86",
    "x86_64",
];

/// The longest of these names.
const LONGEST: usize = 12;

/// What error codes begin with that are letters and digits: `ORA-00942`, `AADSTS50076`, `TS2345`.
const CODE_STARTS: &[&str] = &[
    "ora", "pls", "tns", "err", "ts", "cs", "pgrst", "aadsts", "hy", "nu", "msb", "rpc", "sql",
    "sqlcode", "err_",
];

/// Whether a word with digits is a name that many know.
pub(super) fn is_name(word: &str) -> bool {
    let mut small = [0; LONGEST];
    let Some(small) = small.get_mut(..word.len()) else {
        return false;
    };
    small.copy_from_slice(word.as_bytes());
    small.make_ascii_lowercase();
    NAMES
        .binary_search_by(|name| name.as_bytes().cmp(small))
        .is_ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_short_enough_to_be_found() {
        assert!(NAMES.is_sorted());
        assert!(NAMES.iter().all(|name| is_name(&name.to_uppercase())));
    }
}
