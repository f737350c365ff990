//! `/cgi-bin/sendsms` as Kannel 1.4.5 answers it, so that programs written for it work unchanged (Kannel user's guide, "SMS
//! push"). `tests/data/sendsms` holds what the program itself answered to the same requests, and where we differ.
//!
//! Not here: its XML form of POST, compression, reply-path and message-waiting, which are taken and not acted on; another
//! sender than one of our numbers, which no SIM can have.

use std::time::Duration;

use encoding_rs::Encoding;

use super::api::texts::{Callback, Content, Order, Texts};
use super::message::{Request, Response, text_of};
use crate::config::{Http, SendSms, is_web_url};
use crate::error::Error;
use crate::number::Number;

pub const PATH: &str = "/cgi-bin/sendsms";

/// One text to more people than this is another kind of program.
const RECEIVERS: usize = 100;
/// Ports of a header with 8 and 16 bits (3GPP TS 23.040, 9.2.3.24.3 and .4).
const PORTS: [(u8, usize); 2] = [(0x04, 2), (0x05, 4)];
const MONTH_MINUTES: i64 = 30 * 24 * 60;

const DENIED: &str = "Authorization failed for sendsms";
const UNSUPPORTED: &str = "Unsupported content-type, rejected";
const NO_NUMBER: &str = "Number(s) has/have been denied by white- and/or black-lists.";

/// A request as either method says it.
#[derive(Default)]
struct Asked {
    /// By the names of the address line; a text is octets until its charset is known.
    fields: Vec<(String, Vec<u8>)>,
    /// A POST of a kind that Kannel knows and cannot send as it is.
    is_unsupported: bool,
}

/// Why not, as Kannel says it.
type Refusal = (u16, String);

pub async fn answer(texts: &dyn Texts, http: &Http, users: &[SendSms], request: &Request) -> Response {
    let (status, body) = match request.peer.is_none_or(|peer| http.is_private(peer)) {
        true => send(texts, users, request).await.unwrap_or_else(|refusal| refusal),
        false => (403, DENIED.to_owned()),
    };
    // Kannel calls every answer HTML.
    Response::new(status, "text/html", body).with("pragma", "no-cache").with("cache-control", "no-cache")
}

async fn send(texts: &dyn Texts, users: &[SendSms], request: &Request) -> Result<(u16, String), Refusal> {
    if request.too_large {
        return Err((413, "Request is too large, rejected".to_owned()));
    }
    let is_post = match request.method.as_str() {
        "POST" => true,
        // There are programs that send by HEAD.
        "GET" | "HEAD" => false,
        _ => return Err((400, String::new())),
    };
    let asked = if is_post { Asked::of_post(request)? } else { Asked::of_query(request.query()) };
    let user = authorised(users, &asked).ok_or((403, DENIED.to_owned()))?;
    let to = match asked.text("to") {
        None if is_post => return Err(rejected("Missing receiver(s) number(s)")),
        None => return Err(rejected("Missing receiver number")),
        Some(to) if to.is_empty() => return Err(rejected("Empty receiver number not allowed")),
        Some(to) => to,
    };
    if asked.is_unsupported {
        return Err((415, UNSUPPORTED.to_owned()));
    }
    let udh = asked.octets("udh").filter(|udh| !udh.is_empty());
    if udh.is_some_and(|udh| udh.len() != usize::from(udh[0]) + 1) {
        return Err(rejected("UDH field misformed"));
    }
    let receivers = receivers(&to)?;
    let callback = callback(&asked, &user.username)?;
    let (text, content) = content(&asked, udh)?;
    let minutes = |name, message| asked.within(name, 0..=i64::from(i32::MAX), message);
    let validity = minutes("validity", "Validity")?.filter(|n| *n > 0).map(period);
    let wait = minutes("deferred", "Deferred")?.map(period).unwrap_or_default();
    asked.within("priority", 0..=3, "Priority")?;
    let modems = texts.modems(crate::words::Lang::En);
    let from = asked.text("from").and_then(|from| Number::parse(&from));
    let smsc = asked.text("smsc").unwrap_or_default();
    let from = modems.iter().find(|m| m.number.is_some() && m.number == from || m.name == smsc);
    let from = from.and_then(|modem| modem.number.clone());
    let is_ready = modems.iter().any(|modem| modem.ready);
    for to in receivers {
        let order = Order {
            to,
            from: from.clone(),
            text: text.clone(),
            content: content.clone(),
            class: String::new(),
            site: None,
            validity,
            wait,
            key: String::new(),
            callback: callback.clone(),
        };
        texts.send(order).await.map_err(refused)?;
    }
    log::info!("sendsms used by {}", user.username);
    Ok((202, if is_ready { "0: Accepted for delivery" } else { "3: Queued for later delivery" }.to_owned()))
}

fn rejected(why: &str) -> Refusal {
    (400, format!("{why}, rejected"))
}

fn refused(error: Error) -> Refusal {
    match error {
        Error::Invalid { field, why } => (400, format!("{field}: {why}, rejected")),
        // What Kannel says when its own queue is full, with a status that programs take for "later".
        Error::Full | Error::Busy => (503, "Not routable or the queue is full. Try again later.".to_owned()),
        error => {
            log::error!("sendsms: {error}");
            (500, "Sending failed.".to_owned())
        }
    }
}

fn authorised<'a>(users: &'a [SendSms], asked: &Asked) -> Option<&'a SendSms> {
    let name = asked.text("username").or_else(|| asked.text("user"))?;
    let password = asked.text("password").or_else(|| asked.text("pass"))?;
    users.iter().find(|u| u.username == name && u.password.as_ref().is_some_and(|secret| secret.is(&password)))
}

/// Those of the words that are numbers; it is an error only when none is.
fn receivers(to: &str) -> Result<Vec<Number>, Refusal> {
    let mut all: Vec<Number> = Vec::new();
    for number in to.split_ascii_whitespace().filter_map(Number::parse) {
        if !all.contains(&number) {
            all.push(number);
        }
    }
    match all.len() {
        0 => Err((400, NO_NUMBER.to_owned())),
        count if count > RECEIVERS => Err(rejected(&format!("More than {RECEIVERS} receivers"))),
        _ => Ok(all),
    }
}

fn callback(asked: &Asked, user: &str) -> Result<Option<Callback>, Refusal> {
    let url = asked.text("dlr-url").or_else(|| asked.text("dlrurl")).unwrap_or_default();
    if !url.is_empty() && !is_callable(&url) {
        return Err(rejected("DLR-URL field misformed"));
    }
    let name = if asked.octets("dlr-mask").is_some() { "dlr-mask" } else { "dlrmask" };
    // Kannel 1.4.5 takes any mask from -1 on; only its five lowest bits mean something.
    let mask = asked.within(name, 0..=i64::from(i32::MAX), "DLR-Mask")?.unwrap_or(0) & 31;
    let [account, smsc] = ["account", "smsc"].map(|name| asked.text(name).unwrap_or_default());
    let asks = !url.is_empty() && mask != 0;
    Ok(asks.then(|| Callback { user: user.to_owned(), url, mask: mask as u8, account, smsc }))
}

/// Whether an address with escapes in it can be called: they stand behind the host.
fn is_callable(url: &str) -> bool {
    is_web_url(&url.replace([' ', '%'], "0"))
}

/// The text, and what it goes out as.
fn content(asked: &Asked, udh: Option<&[u8]>) -> Result<(String, Content), Refusal> {
    let class = asked.within("mclass", 0..=3, "MClass")?;
    let pid = asked.within("pid", 0..=255, "PID")?;
    asked.within("rpi", 0..=2, "RPI")?;
    asked.within("alt-dcs", 0..=1, "Alt-DCS")?;
    asked.within("mwi", 0..=7, "MWI")?;
    let coding = asked.within("coding", 0..=2, "Coding")?;
    asked.within("compress", 0..=1, "Compress")?;
    let octets = asked.octets("text").unwrap_or_default();
    if let Some(udh) = udh {
        let (destination, source) =
            ports(udh).ok_or_else(|| rejected("UDH field without ports is not supported here"))?;
        let shown = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        return Ok((shown, Content::Data { destination, source, octets: octets.to_vec() }));
    }
    if coding == Some(1) {
        return Err(rejected("Coding field 1 without UDH ports is not supported here"));
    }
    let charset = asked.text("charset").filter(|name| !name.is_empty());
    let text = match (charset, coding) {
        (Some(name), _) => match Encoding::for_label(name.as_bytes()) {
            Some(charset) => charset.decode(octets).0.into_owned(),
            None if asked.octets("x-post").is_some() => return Err((400, "Invalid charset".to_owned())),
            None => return Err(rejected("Charset or body misformed")),
        },
        (None, Some(2)) => encoding_rs::UTF_16BE.decode(octets).0.into_owned(),
        (None, _) => text_of(octets, None),
    };
    let content = match (class, pid) {
        (Some(0), _) => Content::Flash,
        // Replace short message types 1 to 7 (3GPP TS 23.040, 9.2.3.9).
        (_, Some(pid @ 0x41..=0x47)) => Content::Replace((pid - 0x40) as u8),
        _ => Content::Text,
    };
    Ok((text, content))
}

/// Destination and source in a user data header.
fn ports(udh: &[u8]) -> Option<(u16, u16)> {
    let mut rest = udh.get(1..)?;
    while let [id, length, behind @ ..] = rest {
        let data = behind.get(..usize::from(*length))?;
        match data {
            _ if !PORTS.contains(&(*id, data.len())) => {}
            [dh, dl, sh, sl] => return Some((u16::from_be_bytes([*dh, *dl]), u16::from_be_bytes([*sh, *sl]))),
            [destination, source] => return Some((u16::from(*destination), u16::from(*source))),
            _ => {}
        }
        rest = &behind[usize::from(*length)..];
    }
    None
}

fn period(minutes: i64) -> Duration {
    Duration::from_secs(60 * minutes.clamp(0, MONTH_MINUTES).unsigned_abs())
}

impl Asked {
    fn of_query(query: &str) -> Asked {
        let octets = |text: &str| percent_encoding::percent_decode_str(&text.replace('+', " ")).collect::<Vec<u8>>();
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let fields = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (String::from_utf8_lossy(&octets(name)).into_owned(), octets(value))
        });
        Asked { fields: fields.collect(), is_unsupported: false }
    }

    /// The text is the body, and all else stands in headers.
    fn of_post(request: &Request) -> Result<Asked, Refusal> {
        let kind = request.header("content-type").unwrap_or_default();
        let (kind, parameters) = kind.split_once(';').unwrap_or((kind, ""));
        let kind = kind.trim().to_ascii_lowercase();
        match kind.as_str() {
            // Without a type there are no headers to read, and so no user.
            "" => return Err((403, DENIED.to_owned())),
            "text/plain" | "application/octet-stream" | "text/html" | "text/vnd.wap.wml" => {}
            // User and password stand in the document.
            "text/xml" => return Err((415, UNSUPPORTED.to_owned())),
            _ => return Err((400, "Invalid content-type".to_owned())),
        }
        let headers = request.headers.iter().filter_map(|(name, value)| Some((name.strip_prefix("x-kannel-")?, value)));
        let mut fields: Vec<(String, Vec<u8>)> = Vec::new();
        for (name, value) in headers {
            let value = value.trim();
            let octets = if name == "udh" { octets_of_hex(value) } else { value.as_bytes().to_vec() };
            fields.push((name.to_owned(), octets));
        }
        let charset = parameters.split(';').filter_map(|p| p.trim().split_once('=')).find(|(n, _)| *n == "charset");
        if let Some((_, charset)) = charset {
            fields.push(("charset".to_owned(), charset.trim_matches('"').as_bytes().to_vec()));
        }
        fields.push(("text".to_owned(), request.body.to_vec()));
        fields.push(("x-post".to_owned(), Vec::new()));
        Ok(Asked { fields, is_unsupported: !matches!(kind.as_str(), "text/plain" | "application/octet-stream") })
    }

    fn octets(&self, name: &str) -> Option<&[u8]> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }

    fn text(&self, name: &str) -> Option<String> {
        self.octets(name).map(|octets| String::from_utf8_lossy(octets).into_owned())
    }

    /// A number as C reads one: what begins with none is not said, and -1 means the same.
    fn within(&self, name: &str, range: std::ops::RangeInclusive<i64>, field: &str) -> Result<Option<i64>, Refusal> {
        let text = self.text(name).unwrap_or_default();
        let text = text.trim_start();
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let length = digits.bytes().take_while(u8::is_ascii_digit).take(10).count();
        let Ok(number) = digits[..length].parse::<i64>() else { return Ok(None) };
        match if text.starts_with('-') { -number } else { number } {
            -1 => Ok(None),
            number if range.contains(&number) => Ok(Some(number)),
            _ => Err(rejected(&format!("{field} field misformed"))),
        }
    }
}

fn octets_of_hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().filter_map(|c| c.to_digit(16)).map(|d| d as u8).collect();
    digits.chunks_exact(2).map(|pair| (pair[0] << 4) | pair[1]).collect()
}
