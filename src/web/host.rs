//! Whose host a request is for. The host chooses the site; nothing else of the request does.

use std::net::IpAddr;

use crate::error::Result;
use crate::sites::{House, enterprise};
use crate::store::Read;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    Portal { wap: bool },
    Site { slug: String, wap: bool },
    Unknown(String),
}

impl Host {
    pub fn is_wap(&self) -> bool {
        match self {
            Host::Portal { wap } | Host::Site { wap, .. } => *wap,
            Host::Unknown(name) => name.starts_with("wap."),
        }
    }
}

/// Reads the `Host` header: case, a port and a final dot do not matter.
pub fn host(house: &House, read: &dyn Read, header: Option<&str>) -> Result<Host> {
    let name = name_of(header.unwrap_or(""));
    if name.is_empty() || name.parse::<IpAddr>().is_ok() || name == "localhost" {
        return Ok(Host::Portal { wap: false });
    }
    // As it is first: a name of one's own may begin with any of these.
    for (prefix, wap) in [("", false), ("wap.", true), ("www.", false), ("m.", false)] {
        if let Some(name) = name.strip_prefix(prefix)
            && let Some(found) = known(house, read, name, wap)?
        {
            return Ok(found);
        }
    }
    Ok(Host::Unknown(name.chars().take(NAME_MAX).collect()))
}

/// The name or address of a `Host` header.
pub fn name_of(header: &str) -> String {
    let header = header.trim();
    // [::1]:8080 has its port behind the bracket.
    let name = match header.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => header.rsplit_once(':').filter(|(n, _)| !n.contains(':')).map_or(header, |(n, _)| n),
    };
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// No name of the DNS is longer (RFC 1035, 2.3.4); what is, is not repeated whole.
const NAME_MAX: usize = 253;

fn known(house: &House, read: &dyn Read, name: &str, wap: bool) -> Result<Option<Host>> {
    if name == house.domain {
        return Ok(Some(Host::Portal { wap }));
    }
    if let Some(slug) = name.strip_suffix(&house.domain).and_then(|n| n.strip_suffix('.'))
        && enterprise::enterprise(read, slug).is_ok()
    {
        return Ok(Some(Host::Site { slug: slug.to_owned(), wap }));
    }
    Ok(enterprise::by_domain(read, name)?.map(|slug| Host::Site { slug, wap }))
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn names_lose_port_dot_and_case() {
        for (raw, name) in [
            ("Tea.Example.com:8080", "tea.example.com"),
            ("a.b.", "a.b"),
            ("[::1]:80", "::1"),
            ("::1", "::1"),
            ("", ""),
            (":80", ""),
        ] {
            assert_eq!(name_of(raw), name, "{raw}");
        }
    }
}
