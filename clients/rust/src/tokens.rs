use std::error::Error as StdError;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Keeps the resume token of one stream, so that it goes on after a restart of the program. The stream's filters must stay
/// the same, or the gateway starts it over.
///
/// Both methods may block: they are called on a thread that is meant for it.
pub trait TokenStore: Send + Sync {
    /// The token saved last; none to start afresh.
    fn load(&self) -> Result<Option<String>, Box<dyn StdError + Send + Sync>>;

    /// Keeps a token. All items before it have been processed.
    fn save(&self, token: &str) -> Result<(), Box<dyn StdError + Send + Sync>>;
}

/// Keeps a token in a file that is replaced as a whole: after a crash it holds the former token or the new one.
#[derive(Clone, Debug)]
pub struct FileTokenStore {
    path: PathBuf,
}

impl FileTokenStore {
    /// Keeps the token at this path. Its folder is made when it is needed.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    fn replace(&self, token: &str) -> io::Result<()> {
        let folder = match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder)?;
        let name = self.path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let name = format!(".{}.{}", name.to_string_lossy(), uuid::Uuid::now_v7());
        let beside = folder.join(name);
        let written = write(&beside, token).and_then(|()| fs::rename(&beside, &self.path));
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written.and_then(|()| sync(folder))
    }
}

fn write(path: &Path, token: &str) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    writeln!(file, "{token}")?;
    file.sync_all()
}

/// Makes a rename last. Only Unix opens folders.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

impl TokenStore for FileTokenStore {
    fn load(&self) -> Result<Option<String>, Box<dyn StdError + Send + Sync>> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(Some(text.trim().to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn save(&self, token: &str) -> Result<(), Box<dyn StdError + Send + Sync>> {
        Ok(self.replace(token)?)
    }
}
