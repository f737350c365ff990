//! Whose site it is: the contract (name, code, state), and the front of the site. The provisioning verbs are here.

use serde::{Deserialize, Serialize};

use crate::clock::Time;
use crate::error::{Error, Result};
use crate::page::Lang;
use crate::sections::context::{Column, record};
use crate::store::{Never, Read, Record, Records, Table, Tx};
use crate::words::{self, Word};

/// What the hub or the operator writes of a company.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Enterprise {
    pub slug: String,
    pub code: String,
    pub name: String,
    pub short_name: String,
    pub industry: String,
    pub contact_phone: String,
    pub plan: String,
    pub state: State,
    /// The order it was opened by, so that the same order opens it once.
    pub order: String,
    pub opened: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Open,
    Suspended,
    Closed,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Suspended => "suspended",
            State::Closed => "closed",
        }
    }
}

/// What the owner writes of the site as a whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Site {
    pub slogan: String,
    pub address: String,
    pub licence: String,
    pub icp: String,
    /// name|width|height
    pub picture: String,
    pub columns: Vec<Column>,
    /// The company's own host names.
    pub domains: Vec<String>,
}

/// Whose a code, a name, an order or a host name is: the slug.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Owner {
    pub slug: String,
}

record!(Enterprise, Enterprise);
record!(Site, Section);
record!(Owner, Code);

/// An order to open a site.
#[derive(Clone, Debug, Default)]
pub struct Opening {
    pub order: String,
    pub name: String,
    pub short_name: String,
    pub slug: String,
    /// Chosen by the box when empty.
    pub code: String,
    pub industry: String,
    pub contact_phone: String,
    pub plan: String,
}

/// The industries of the portal, in its order, with their columns' look.
pub const INDUSTRIES: &[(&str, Word)] = &[
    ("restaurant", Word::new("餐饮美食", "Food")),
    ("hotel", Word::new("酒店住宿", "Hotels")),
    ("clinic", Word::new("医疗健康", "Health")),
    ("farm", Word::new("农业特产", "Farms")),
    ("retail", Word::new("零售商店", "Shops")),
    ("service", Word::new("生活服务", "Services")),
    ("education", Word::new("教育培训", "Education")),
    ("factory", Word::new("工业制造", "Industry")),
    ("other", Word::new("其他企业", "Others")),
];

/// Names that are hosts or paths of the portal itself.
const RESERVED: &[&str] = &["wap", "m", "www", "console", "api", "s"];
/// A DNS label may have 63 octets (RFC 1035, 2.3.4); people have to type it.
const SLUG_MAX: usize = 20;
/// The register's names are shorter, with few exceptions; the short one has to fit a line of an old phone.
const NAME_MAX: u16 = 40;
const SHORT_NAME_MAX: u16 = 12;
/// An order's number in any system's style, UUIDs included; it is part of a key.
const ORDER_MAX: usize = 100;
/// The first code the box gives out: four digits, so never a menu number.
const FIRST_CODE: u32 = 1001;

pub fn industry_name(id: &str, lang: Lang) -> Option<&'static str> {
    INDUSTRIES.iter().find(|(name, _)| *name == id).map(|(_, word)| word.say(lang))
}

/// A company by its slug, whatever its state.
pub fn enterprise(read: &dyn Read, slug: &str) -> Result<Enterprise> {
    read.get(slug.as_bytes())?.ok_or(Error::NotFound)
}

pub fn site(read: &dyn Read, slug: &str) -> Result<Site> {
    Ok(read.get(site_key(slug).as_slice())?.unwrap_or_default())
}

/// At most `limit` companies in the order of their slugs.
pub fn enterprises(read: &dyn Read, after: Option<&str>, limit: usize) -> Result<Vec<Enterprise>> {
    let found: Vec<(Vec<u8>, Enterprise)> = read.scan(b"", after.map(str::as_bytes), limit)?;
    Ok(found.into_iter().map(|(_, e)| e).collect())
}

/// Whose code that is.
pub fn by_code(read: &dyn Read, code: &str) -> Result<Option<String>> {
    Ok(read.get::<Owner>(code_key(code).as_slice())?.map(|o| o.slug))
}

/// Whose exact name (whole or short) that is; two companies of one name are both named.
pub fn by_name(read: &dyn Read, name: &str) -> Result<Vec<String>> {
    let prefix = format!("name/{}/", plain_name(name));
    let found: Vec<(Vec<u8>, Owner)> = read.scan(prefix.as_bytes(), None, 20)?;
    Ok(found.into_iter().map(|(_, o)| o.slug).collect())
}

/// Whose host name that is.
pub fn by_domain(read: &dyn Read, host: &str) -> Result<Option<String>> {
    Ok(read.get::<Owner>(format!("domain/{host}").as_bytes())?.map(|o| o.slug))
}

/// Opens a site. The same order again answers with what it opened; a taken slug or code is a conflict.
pub fn open(tx: &mut Tx, opening: &Opening, now: Time, lang: Lang) -> Result<Enterprise> {
    if !opening.order.is_empty()
        && let Some(owner) = tx.get::<Owner>(order_key(&opening.order).as_slice())?
    {
        return enterprise(tx, &owner.slug);
    }
    if opening.order.len() > ORDER_MAX {
        return Err(Error::invalid("order", format!("at most {ORDER_MAX} octets")));
    }
    let made = Enterprise {
        slug: checked_slug(&opening.slug)?,
        code: checked_code(tx, &opening.code)?,
        name: named("name", &opening.name, NAME_MAX, lang)?,
        short_name: named(
            "short_name",
            if opening.short_name.is_empty() { &opening.name } else { &opening.short_name },
            SHORT_NAME_MAX,
            lang,
        )?,
        industry: checked_industry(&opening.industry)?,
        contact_phone: checked_phone(&opening.contact_phone, lang)?,
        plan: if opening.plan.is_empty() { "standard".to_owned() } else { checked_plan(&opening.plan)? },
        state: State::Open,
        order: opening.order.clone(),
        opened: now,
    };
    if tx.get::<Enterprise>(made.slug.as_bytes())?.is_some() {
        return Err(Error::Conflict(format!("slug {} is taken", made.slug)));
    }
    let owner = Owner { slug: made.slug.clone() };
    tx.put(&code_key(&made.code), &owner)?;
    for name in [&made.name, &made.short_name] {
        tx.put(format!("name/{}/{}", plain_name(name), made.slug).as_bytes(), &owner)?;
    }
    if !made.order.is_empty() {
        tx.put(&order_key(&made.order), &owner)?;
    }
    tx.put(made.slug.as_bytes(), &made)?;
    Ok(made)
}

/// All that is wrong with an order at once, as far as it can be told without the other companies: field and why.
pub fn faults(opening: &Opening, lang: Lang) -> Vec<(String, String)> {
    let short_name = if opening.short_name.is_empty() { &opening.name } else { &opening.short_name };
    let checks = [
        checked_slug(&opening.slug).err(),
        checked_code_words(&opening.code).err(),
        named("name", &opening.name, NAME_MAX, lang).err(),
        named("short_name", short_name, SHORT_NAME_MAX, lang).err(),
        checked_industry(&opening.industry).err(),
        checked_phone(&opening.contact_phone, lang).err(),
    ];
    let fault = |error: Error| match error {
        Error::Invalid { field, why } => (field, why),
        other => (String::new(), other.to_string()),
    };
    checks.into_iter().flatten().map(fault).collect()
}

/// Suspends, resumes or closes. What is so already stays so; what is closed does not come back.
pub fn set_state(tx: &mut Tx, slug: &str, state: State) -> Result<Enterprise> {
    let mut found = enterprise(tx, slug)?;
    if found.state == State::Closed && state != State::Closed {
        return Err(Error::Conflict(format!("{slug} is closed")));
    }
    if found.state != state {
        found.state = state;
        tx.put(slug.as_bytes(), &found)?;
    }
    Ok(found)
}

/// Writes the site's front, and whose its own host names are.
pub fn put_site(tx: &mut Tx, slug: &str, site: &Site) -> Result<()> {
    check_domains(tx, slug, &site.domains)?;
    for old in self::site(tx, slug)?.domains {
        tx.delete::<Owner>(format!("domain/{old}").as_bytes())?;
    }
    for domain in &site.domains {
        tx.put(format!("domain/{domain}").as_bytes(), &Owner { slug: slug.to_owned() })?;
    }
    tx.put(&site_key(slug), site)
}

/// Whether these host names are nobody else's.
pub fn check_domains(read: &dyn Read, slug: &str, domains: &[String]) -> Result<()> {
    for domain in domains {
        if by_domain(read, domain)?.is_some_and(|owner| owner != slug) {
            return Err(Error::Conflict(format!("domain {domain} belongs to another site")));
        }
    }
    Ok(())
}

/// The site's front stands before its sections, whose keys go on with a slash and a name.
fn site_key(slug: &str) -> Vec<u8> {
    slug.as_bytes().to_vec()
}

fn code_key(code: &str) -> Vec<u8> {
    format!("code/{}", code.to_lowercase()).into_bytes()
}

fn order_key(order: &str) -> Vec<u8> {
    format!("order/{order}").into_bytes()
}

/// Blanks and case do not make another name.
fn plain_name(name: &str) -> String {
    crate::page::form::narrow(name).to_lowercase().split_whitespace().collect::<String>().replace('/', "")
}

fn checked_slug(slug: &str) -> Result<String> {
    let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let inner = !slug.starts_with('-') && !slug.ends_with('-') && !slug.contains("--");
    if slug.is_empty() || slug.len() > SLUG_MAX || !slug.bytes().all(good) || !inner {
        return Err(Error::invalid("slug", "a slug is 1 to 20 of a-z, 0-9 and single - inside"));
    }
    if RESERVED.contains(&slug) {
        return Err(Error::invalid("slug", format!("{slug} is reserved")));
    }
    Ok(slug.to_owned())
}

fn checked_code(tx: &mut Tx, code: &str) -> Result<String> {
    if code.is_empty() {
        return next_code(tx);
    }
    checked_code_words(code)?;
    match by_code(tx, code)? {
        Some(_) => Err(Error::Conflict(format!("code {code} is taken"))),
        None => Ok(code.to_owned()),
    }
}

/// Letters or at least four digits; never what the grammar already means. Empty: the box chooses.
fn checked_code_words(code: &str) -> Result<()> {
    if code.is_empty() {
        return Ok(());
    }
    let digits = code.bytes().all(|b| b.is_ascii_digit());
    let plain = code.bytes().all(|b| b.is_ascii_alphanumeric()) && code.len() <= 12;
    if !plain || (digits && code.len() < 4) || (!digits && code.len() < 2) || code.bytes().all(|b| b == b'0') {
        return Err(Error::invalid("code", "a code is 4 to 12 digits, or 2 to 12 letters and digits"));
    }
    if words::is_command(code) {
        return Err(Error::invalid("code", format!("{code} is a command word")));
    }
    Ok(())
}

fn next_code(tx: &mut Tx) -> Result<String> {
    loop {
        let number = FIRST_CODE.saturating_add(u32::try_from(tx.next_id("code")?).unwrap_or(u32::MAX) - 1);
        let code = number.to_string();
        if by_code(tx, &code)?.is_none() {
            return Ok(code);
        }
    }
}

fn named(field: &str, value: &str, max: u16, lang: Lang) -> Result<String> {
    let ask = crate::page::form::Ask::Line { max };
    match ask.check(value, lang) {
        Ok(name) if name.is_empty() => Err(Error::invalid(field, words::MUST_FILL.with(lang, &[field]))),
        Ok(name) => Ok(name),
        Err(why) => Err(Error::invalid(field, why)),
    }
}

fn checked_industry(id: &str) -> Result<String> {
    match INDUSTRIES.iter().find(|(name, _)| *name == id) {
        Some(_) => Ok(id.to_owned()),
        None => {
            let all: Vec<&str> = INDUSTRIES.iter().map(|(name, _)| *name).collect();
            Err(Error::invalid("industry", format!("one of {}", all.join(", "))))
        }
    }
}

fn checked_phone(raw: &str, lang: Lang) -> Result<String> {
    use crate::sections::field::{FieldDef, FieldKind};
    const PHONE: FieldDef = FieldDef::may("contact_phone", Word::new("联系电话", "Telephone"), FieldKind::Phone);
    PHONE.check(raw, lang).map_err(|why| Error::invalid("contact_phone", why))
}

fn checked_plan(plan: &str) -> Result<String> {
    match plan {
        "standard" | "business" => Ok(plan.to_owned()),
        _ => Err(Error::invalid("plan", "standard or business")),
    }
}
