//! Just enough of a reader for our own HTML, XHTML and WML: tags in their order, each with the text behind it.

/// `name` is in front of a slash for an end tag.
#[derive(Debug, Default)]
pub struct Tag {
    pub name: String,
    attributes: Vec<(String, String)>,
    /// Up to the next tag.
    pub text: String,
}

impl Tag {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub fn all(&self) -> &[(String, String)] {
        &self.attributes
    }

    pub fn value(&self, name: &str) -> String {
        self.get(name).unwrap_or("").to_owned()
    }
}

pub fn tags(markup: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    for piece in markup.split('<').skip(1) {
        if piece.starts_with(['!', '?']) {
            continue;
        }
        let (inside, text) = piece.split_once('>').unwrap_or_else(|| panic!("a tag without end: <{piece}"));
        let mut rest = inside.trim_end_matches('/').trim();
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let mut tag = Tag { name: rest[..end].to_owned(), text: plain(text), ..Tag::default() };
        rest = rest[end..].trim_start();
        while !rest.is_empty() {
            let end = rest.find(['=', ' ']).unwrap_or(rest.len());
            let name = rest[..end].to_owned();
            rest = &rest[end..];
            let mut value = String::new();
            if let Some(quoted) = rest.strip_prefix("=\"") {
                let (inner, after) = quoted.split_once('"').unwrap_or_else(|| panic!("an open quote: <{piece}"));
                value = plain(inner);
                rest = after;
            }
            rest = rest.trim_start();
            tag.attributes.push((name, value));
        }
        tags.push(tag);
    }
    tags
}

/// With its references resolved.
pub fn plain(text: &str) -> String {
    let known = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&#10;", "\n"),
        ("&amp;", "&"),
    ];
    known.iter().fold(text.to_owned(), |text, (reference, c)| text.replace(reference, c))
}

/// A text of WML with its variables filled in (WAP-191, 10.3).
pub fn substituted(text: &str, variable: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else {
            let (name, after) = after.strip_prefix('(').and_then(|a| a.split_once(')')).expect("a variable of WML");
            out.push_str(&variable(name));
            rest = after;
        }
    }
    out + rest
}

/// A form's body as browsers write it (`application/x-www-form-urlencoded`).
pub fn encoded(pairs: &[(String, String)]) -> String {
    let octet = |b: u8| match b {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'.' | b'_' => char::from(b).to_string(),
        _ => format!("%{b:02X}"),
    };
    let word = |text: &str| text.bytes().map(octet).collect::<String>();
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{}={}", word(name), word(value))).collect();
    pairs.join("&")
}
