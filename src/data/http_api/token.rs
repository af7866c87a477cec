//! Where the token or the key of an API is stored. It is read for each call, and never shown.

use std::env;
use std::fmt;
use std::path::PathBuf;

use crate::files::trust::read_secret;

/// Where a token or a key is kept.
#[derive(Clone, PartialEq, Eq)]
pub enum Token {
    /// None is needed.
    None,
    /// In a variable of the environment, of this name.
    Variable(String),
    /// In a file that only its owner can read.
    File(PathBuf),
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Variable(_) => "variable",
            Self::File(_) => "file",
        })
    }
}

impl Token {
    /// The secret itself, if one is needed, or why it cannot be read. `named` is what its keys in a profile
    /// begin with: `api_token`.
    pub(super) fn fetch(&self, named: &str) -> Result<Option<String>, String> {
        let kept = match self {
            Self::None => return Ok(None),
            Self::Variable(name) => env::var(name)
                .map_err(|_| format!("the variable {name} ({named}_env) is not set"))?,
            Self::File(path) => read_secret(path)?,
        };
        let token = kept.trim();
        if token.is_empty() {
            return Err(match self {
                Self::Variable(name) => format!("the variable {name} ({named}_env) is empty"),
                _ => format!("the file of {named}_file is empty"),
            });
        }
        Ok(Some(token.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_it_is_kept_is_not_what_it_is() {
        let token = Token::Variable("HOME".to_owned());
        assert_eq!(format!("{token:?}"), "variable");
        assert!(token.fetch("api_token").unwrap().is_some());
        let missing = Token::Variable("DLQTOP_NO_SUCH_TOKEN".to_owned());
        assert_eq!(
            missing.fetch("api_token").unwrap_err(),
            "the variable DLQTOP_NO_SUCH_TOKEN (api_token_env) is not set"
        );
        assert_eq!(
            missing.fetch("api_key").unwrap_err(),
            "the variable DLQTOP_NO_SUCH_TOKEN (api_key_env) is not set"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_not_taken() {
        use std::fs;
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "s3cret\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = Token::File(path.clone()).fetch("api_token").unwrap_err();
        assert!(error.contains("chmod 0600"), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(
            Token::File(path).fetch("api_token"),
            Ok(Some("s3cret".to_owned()))
        );
    }
}
