//! A headless Chromium, as Debian packs it (`chromium` and `chromium-driver`).
//!
//! What holds: each test has a browser of its own with a fresh profile, one at a time; a machine
//! without one is told so on standard error, whatever the test harness captures, and fails where
//! `AURA_BROWSER=required`.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::common::print::PrintParameters;
use thirtyfour::prelude::*;
use thirtyfour::{ChromiumLikeCapabilities, LoggingPrefsLogLevel};

const CHROMIUM: [&str; 2] = ["chromium", "chromium-browser"];
const ARGUMENTS: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// The browsers take turns: one takes more memory than all tests together.
static TURN: Mutex<()> = Mutex::new(());

/// The driver's process, which ends with the test.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        // One that has ended already needs no end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A tab, and a folder for the pages that it opens.
pub(crate) struct Tab {
    driver: WebDriver,
    folder: TempDir,
}

/// Runs a test in a browser, or says loudly that there is none.
pub(crate) fn in_browser(name: &str, test: impl AsyncFnOnce(&Tab)) {
    let found = |program: &&str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    };
    let chromium = CHROMIUM.iter().find(|program| found(program));
    let (Some(chromium), true) = (chromium, found(&"chromedriver")) else {
        let required = std::env::var_os("AURA_BROWSER").is_some_and(|value| value == "required");
        assert!(!required, "{name} needs chromium and chromedriver");
        // Not a macro: the harness would keep it from whoever ought to read it.
        let _ = writeln!(
            std::io::stderr(),
            "\n*** SKIPPED: {name} needs a browser (Debian: chromium, chromium-driver) ***\n"
        );
        return;
    };
    let _turn = TURN
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let (_process, port) = driver();
    let profile = tempfile::tempdir().unwrap();
    let mut wanted = DesiredCapabilities::chrome();
    wanted.set_binary(&which(chromium)).unwrap();
    for argument in ARGUMENTS {
        wanted.add_arg(argument).unwrap();
    }
    let folder = format!("--user-data-dir={}", profile.path().display());
    wanted.add_arg(&folder).unwrap();
    wanted
        .set_logging_prefs("browser", LoggingPrefsLogLevel::All)
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let tab = runtime.block_on(async {
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted);
        Tab {
            driver: driver.await.unwrap(),
            folder: tempfile::tempdir().unwrap(),
        }
    });
    // A browser ends with its test, however that ends.
    let tested = catch_unwind(AssertUnwindSafe(|| runtime.block_on(test(&tab))));
    runtime.block_on(tab.driver.quit()).unwrap();
    if let Err(failed) = tested {
        resume_unwind(failed);
    }
}

fn which(program: &str) -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = std::env::split_paths(&path).map(|folder| folder.join(program));
    let place = places.find(|place| place.is_file()).unwrap();
    place.to_str().unwrap().to_owned()
}

/// Starts a driver on a free port, which it names in its first lines.
fn driver() -> (Driver, u16) {
    let mut child = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let driver = Driver(child);
    for line in out.lines() {
        let line = line.unwrap();
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            return (driver, port.trim_end_matches('.').parse().unwrap());
        }
    }
    panic!("chromedriver names no port");
}

impl Tab {
    /// Opens a text as a file of that name.
    pub(crate) async fn open(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        self.visit(&path).await;
    }

    async fn visit(&self, path: &Path) {
        self.driver
            .goto(format!("file://{}", path.display()))
            .await
            .unwrap();
    }

    /// The value of a script.
    pub(crate) async fn run(&self, script: &str) -> Value {
        let ran = self.driver.execute(script, Vec::new()).await.unwrap();
        ran.json().clone()
    }

    /// A window of that width, in which it is light or dark.
    pub(crate) async fn look(&self, width: u32, scheme: &str) {
        self.emulate("screen", width, scheme).await;
    }

    /// The page as it would be printed on a sheet of that width.
    pub(crate) async fn print_as(&self, width: u32, scheme: &str) {
        self.emulate("print", width, scheme).await;
    }

    /// How many sheets the page takes when it is really printed.
    pub(crate) async fn sheets(&self) -> usize {
        let paper = PrintParameters::default();
        let pdf = self.driver.print_page(paper).await.unwrap();
        assert!(pdf.starts_with(b"%PDF-"));
        let pages = pdf.windows(11).filter(|at| *at == b"/Type /Page");
        // The tree that holds the pages is a `/Type /Pages`.
        let trees = pdf.windows(12).filter(|at| *at == b"/Type /Pages");
        pages.count() - trees.count()
    }

    async fn emulate(&self, media: &str, width: u32, scheme: &str) {
        let tools = self.driver.cdp();
        let size = json!({
            "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false,
        });
        tools
            .send_raw("Emulation.setDeviceMetricsOverride", size)
            .await
            .unwrap();
        let media = json!({
            "media": media,
            "features": [{ "name": "prefers-color-scheme", "value": scheme }],
        });
        tools
            .send_raw("Emulation.setEmulatedMedia", media)
            .await
            .unwrap();
    }

    /// Types into the element that a selector finds, in place of what stands there.
    pub(crate) async fn type_into(&self, selector: &str, text: &str) {
        let field = self.driver.find(By::Css(selector)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Presses keys wherever the focus is.
    pub(crate) async fn press(&self, key: Key) {
        let focused = self.driver.active_element().await.unwrap();
        focused.send_keys("" + key).await.unwrap();
    }

    /// What the console was told since it was last asked, notes aside.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.driver.browser_log().await.unwrap();
        log.into_iter()
            .filter(|entry| entry.level != "INFO" && entry.level != "DEBUG")
            .map(|entry| entry.message)
            .collect()
    }
}
