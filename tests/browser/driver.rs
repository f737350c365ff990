//! A person at a browser: Debian's chromium, moved through Debian's chromedriver.
//!
//! Not here: what is looked at. Waiting is always for something, and what does not come in time fails with its name.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

const CHROMIUM: &str = "/usr/bin/chromium";
const CHROMEDRIVER: &str = "/usr/bin/chromedriver";
/// Real time after which a thing that was to happen did not; generous, since the machines are shared.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks at the same thing.
const LOOK: Duration = Duration::from_millis(20);

#[derive(Clone)]
pub struct Browser {
    client: Client,
}

/// The processes and files behind a browser. They end with it.
pub struct Machine {
    driver: Child,
    profile: PathBuf,
}

impl Browser {
    /// A fresh browser with a profile of its own in `folder`.
    pub async fn start(folder: &Path) -> (Browser, Machine) {
        for (path, package) in [(CHROMIUM, "chromium"), (CHROMEDRIVER, "chromium-driver")] {
            let found = Path::new(path).exists();
            assert!(
                found,
                "{path} is missing: install Debian's packages, apt-get install chromium chromium-driver ({package})"
            );
        }
        let mut driver = Command::new(CHROMEDRIVER)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let port = port_of(&mut driver);
        let profile = folder.join("profile");
        let machine = Machine { driver, profile: profile.clone() };
        let capabilities = json!({
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": { "binary": CHROMIUM, "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--window-size=1280,900", "--force-device-scale-factor=1",
                "--hide-scrollbars", "--lang=zh-CN", format!("--user-data-dir={}", profile.display()),
            ] },
        });
        let capabilities = capabilities.as_object().cloned().expect("an object");
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("chromium starts");
        (Browser { client }, machine)
    }

    pub async fn close(self) {
        self.client.close().await.expect("chromium ends");
    }

    pub async fn open(&self, address: &str) {
        self.client.goto(address).await.expect("the page opens");
    }

    pub async fn reload(&self) {
        self.client.refresh().await.expect("the page opens again");
    }

    pub async fn back(&self) {
        self.client.back().await.expect("there is a page before");
    }

    /// The path of the page that is open, with its query.
    pub async fn path(&self) -> String {
        let url = self.client.current_url().await.expect("a page is open");
        url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }

    /// Waits for what `css` finds, and returns the first of it.
    pub async fn find(&self, css: &str) -> Element {
        let found = self.client.wait().at_most(PATIENCE).every(LOOK).for_element(Locator::Css(css)).await;
        found.unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    pub async fn click(&self, css: &str) {
        self.find(css).await.click().await.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Follows the link with exactly these words inside what `css` finds, and waits for the next page.
    pub async fn follow(&self, css: &str, words: &str) {
        let before = self.find("html").await;
        let script = "const [css, words] = arguments;
            const found = [...document.querySelectorAll(css)].find((one) => one.textContent.trim() === words);
            if (found) found.click();
            return Boolean(found);";
        let clicked = self.run(script, vec![json!(css), json!(words)]).await;
        assert_eq!(clicked, json!(true), "no link {words:?} in {css} on {}", self.path().await);
        self.left(&before).await;
    }

    /// Clicks and waits for the page to be another.
    pub async fn send(&self, css: &str) {
        let before = self.find("html").await;
        self.click(css).await;
        self.left(&before).await;
    }

    /// Writes into a field what was not there before.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.unwrap_or_else(|error| panic!("{css}: {error}"));
        field.send_keys(text).await.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    pub async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    pub async fn texts(&self, css: &str) -> Vec<String> {
        let all =
            self.run("return [...document.querySelectorAll(arguments[0])].map((e) => e.innerText)", vec![json!(css)]);
        serde_json::from_value(all.await).expect("texts")
    }

    /// Waits until the script's expression is true.
    pub async fn until(&self, expression: &str, values: &[&str]) {
        let began = Instant::now();
        let values: Vec<Value> = values.iter().map(|v| json!(v)).collect();
        while self.run(&format!("return Boolean({expression})"), values.clone()).await != json!(true) {
            assert!(began.elapsed() < PATIENCE, "never true: {expression} {values:?} on {}", self.path().await);
            tokio::time::sleep(LOOK).await;
        }
    }

    pub async fn run(&self, script: &str, values: Vec<Value>) -> Value {
        self.client.execute(script, values).await.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// A screen of this width, as a phone's is told to the page, and light or dark.
    pub async fn screen(&self, width: u32, height: u32, dark: bool) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        let scheme = json!({ "name": "prefers-color-scheme", "value": if dark { "dark" } else { "light" } });
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": [scheme] })).await;
    }

    /// What is on the screen, as PNG; of one element, if `css` names it.
    pub async fn picture(&self, css: Option<&str>) -> Vec<u8> {
        let picture = match css {
            Some(css) => self.find(css).await.screenshot().await,
            None => self.client.screenshot().await,
        };
        picture.expect("a picture of the screen")
    }

    /// What the browser complained about since the last call: errors of scripts and styles, requests that failed.
    pub async fn complaints(&self) -> Vec<String> {
        let lines = self.command("se/log", json!({ "type": "browser" })).await;
        let severe = |line: &&Value| line["level"] == "SEVERE" || line["level"] == "WARNING";
        lines.as_array().into_iter().flatten().filter(severe).map(|line| line["message"].to_string()).collect()
    }

    pub async fn devtools(&self, method: &str, parameters: Value) -> Value {
        self.command("goog/cdp/execute", json!({ "cmd": method, "params": parameters })).await
    }

    async fn command(&self, path: &'static str, body: Value) -> Value {
        let answer = self.client.issue_cmd(Extension { path, body: body.to_string() }).await;
        answer.unwrap_or_else(|error| panic!("{path} {body}: {error}"))
    }

    /// A page is another when nothing of the one before can be asked any more, and its own have come.
    async fn left(&self, before: &Element) {
        let began = Instant::now();
        while before.tag_name().await.is_ok() {
            assert!(began.elapsed() < PATIENCE, "still the same page: {}", self.path().await);
            tokio::time::sleep(LOOK).await;
        }
        self.until("document.readyState === 'complete'", &[]).await;
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

/// A command of chromedriver beside those of the standard (W3C WebDriver 6.5, extension commands).
#[derive(Debug)]
struct Extension {
    path: &'static str,
    body: String,
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.clone()))
    }
}

/// Chromedriver says which port it found free.
fn port_of(driver: &mut Child) -> u16 {
    let said = BufReader::new(driver.stdout.take().expect("stdout is a pipe"));
    let mut lines = said.lines().map_while(Result::ok);
    let port = lines.find_map(|line| line.rsplit_once("successfully on port ")?.1.trim_end_matches('.').parse().ok());
    // What it says later must not find a closed pipe.
    std::thread::spawn(move || lines.for_each(drop));
    port.expect("chromedriver names its port")
}
