//! Pictures of the sample sites and of the three screens, for people to look at: `cargo run --example contact_sheet`.
//!
//! Writes `docs/pictures`. Needs Debian's packages chromium, chromium-driver, fonts-noto-cjk and imagemagick.

#[allow(dead_code)]
#[path = "../tests/browser/driver.rs"]
mod driver;

use std::path::{Path, PathBuf};
use std::process::Command;

use driver::Browser;
use yizhan::demo::{self, Wish};
use yizhan::error::{Error, Result};

const PAGES: [&str; 5] = ["", "products", "products/p2", "guestbook", "contact"];
/// Width and height of a screen, and how wide it is drawn on the sheet.
const SCREENS: [(u32, u32, u32); 2] = [(360, 780, 134), (1280, 1200, 256)];

/// The ground of the handset page, so that the phones stand on it.
const PAPER: &str = "#f6f3ec";

#[tokio::main]
async fn main() -> Result<()> {
    let folder = std::env::temp_dir().join(format!("yizhan-pictures-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(Error::internal)?;
    let wish = Wish {
        listen: Some(([127, 0, 0, 1], 0).into()),
        data: Some(folder.join("data")),
        modems: Vec::new(),
        wap_ports: Some((0, 0)),
    };
    let demo = demo::start(wish).await?;
    let home = demo.running.house.url.clone();
    let (browser, machine) = Browser::start(&folder).await;
    for screen in SCREENS {
        for dark in [false, true] {
            sheet(&browser, &home, &folder, screen, dark).await?;
        }
    }
    three_screens(&browser, &home, &folder).await?;
    browser.close().await;
    drop(machine);
    demo.stop().await;
    std::fs::remove_dir_all(&folder).map_err(Error::internal)
}

/// The portal and the same five pages of each sample company.
async fn sheet(browser: &Browser, home: &str, folder: &Path, screen: (u32, u32, u32), dark: bool) -> Result<()> {
    let (width, height, drawn) = screen;
    browser.screen(width, height, dark).await;
    let mut paths = vec![
        "/".to_owned(),
        "/i/restaurant".to_owned(),
        "/search?q=泉".to_owned(),
        "/help".to_owned(),
        "/nothing".to_owned(),
    ];
    for slug in ["juhelou", "quanshui", "renxin", "hongye"] {
        paths.extend(PAGES.map(|page| format!("/s/{slug}/{page}")));
    }
    let mut files = Vec::new();
    for (n, path) in paths.iter().enumerate() {
        browser.open(&format!("{home}{path}")).await;
        files.push(picture(browser, folder, n, None).await?);
    }
    let name = format!("sites-{width}-{}.jpg", if dark { "dark" } else { "light" });
    let geometry = format!("{drawn}x+5+5");
    let (ground, across) = (if dark { "#333" } else { "#ccc" }, PAGES.len().to_string());
    let mut arguments: Vec<&str> = files.iter().filter_map(|file| file.to_str()).collect();
    arguments.extend(["-tile", &across, "-geometry", &geometry, "-background", ground, "-quality", "58"]);
    magick("montage", &arguments, &name)
}

/// The same company as web page, as WAP page and by text.
async fn three_screens(browser: &Browser, home: &str, folder: &Path) -> Result<()> {
    browser.screen(1280, 1180, false).await;
    browser.open(&format!("{home}/s/juhelou/")).await;
    let web = picture(browser, folder, 0, None).await?;
    browser.screen(1280, 900, false).await;
    browser.open(&format!("{home}/handset/?open=/s/juhelou/%3Fv=wml")).await;
    browser.until("document.querySelector('.card-title').textContent === '聚和楼'", &[]).await;
    let wap = picture(browser, folder, 1, Some(".phone")).await?;
    browser.open(&format!("{home}/handset/?phone=%2B8613912345670")).await;
    browser.find(".screen[data-ready]").await;
    for (n, said) in ["1001", "3"].into_iter().enumerate() {
        browser.click("[data-test=open-messages]").await;
        browser.fill("[data-test=draft]", said).await;
        browser.click("[data-test=send]").await;
        browser.until(&format!("document.querySelectorAll('.thread .them').length > {n}"), &[]).await;
        browser.click(".keys [data-key=red]").await;
    }
    browser.click("[data-test=open-messages]").await;
    // The bubbles come in with a short movement.
    browser.until("document.getAnimations().every((one) => one.playState === 'finished')", &[]).await;
    let last = "[...document.querySelectorAll('.thread .me')].at(-1)";
    browser.run(&format!("{last}.scrollIntoView({{ block: 'start' }})"), Vec::new()).await;
    let sms = picture(browser, folder, 2, Some(".phone")).await?;
    let mut arguments = Vec::new();
    for file in [&web, &wap, &sms] {
        arguments.extend(["(", file.to_str().unwrap_or_default(), "-resize", "x680", ")"]);
    }
    arguments.extend(["-bordercolor", PAPER, "-border", "14", "+append", "-dither", "None", "-colors", "256"]);
    magick("convert", &arguments, "three-screens.png")
}

async fn picture(browser: &Browser, folder: &Path, n: usize, css: Option<&str>) -> Result<PathBuf> {
    browser.run("for (const picture of document.images) picture.loading = 'eager'", Vec::new()).await;
    browser.until("[...document.images].every((picture) => picture.complete)", &[]).await;
    let file = folder.join(format!("{n:02}.png"));
    std::fs::write(&file, browser.picture(css).await).map_err(Error::internal)?;
    Ok(file)
}

/// One of ImageMagick's tools, writing into `docs/pictures`.
fn magick(tool: &str, arguments: &[&str], name: &str) -> Result<()> {
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures").join(name);
    let status = Command::new(tool).args(arguments).arg("-strip").arg(&out).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Error::internal(format!("{tool} of {name}: {status}"))),
        Err(error) => Err(Error::internal(format!("{tool}, of Debian's package imagemagick: {error}"))),
    }
}
