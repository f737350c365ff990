//! The numbers that WSP has for HTTP's words (WAP-230, appendix A, and what later versions of it registered).
//!
//! Tables and looking up in them; which of them a value is read by is `headers`'.

/// Header names by their number; where one word has several, the later ones came with versions after 1.2. Profile has the
/// name that phones give it over HTTP (WAP-248, 9.1).
#[rustfmt::skip]
const NAMES: [&str; 75] = [
    "accept", "accept-charset", "accept-encoding", "accept-language", "accept-ranges", "age", "allow",
    "authorization", "cache-control", "connection", "content-base", "content-encoding", "content-language",
    "content-length", "content-location", "content-md5", "content-range", "content-type", "date", "etag", "expires",
    "from", "host", "if-modified-since", "if-match", "if-none-match", "if-range", "if-unmodified-since", "location",
    "last-modified", "max-forwards", "pragma", "proxy-authenticate", "proxy-authorization", "public", "range",
    "referer", "retry-after", "server", "transfer-encoding", "upgrade", "user-agent", "vary", "via", "warning",
    "www-authenticate", "content-disposition", "x-wap-application-id", "x-wap-content-uri", "x-wap-initiator-uri",
    "accept-application", "bearer-indication", "push-flag", "x-wap-profile", "profile-diff", "profile-warning", "expect",
    "te", "trailer", "accept-charset", "accept-encoding", "cache-control", "content-range", "x-wap-tod",
    "content-id", "set-cookie", "cookie", "encoding-version", "profile-warning", "content-disposition",
    "x-wap-security", "cache-control", "expect", "x-wap-loc-invocation", "x-wap-loc-delivery",
];

/// How many of them the version 1.1 of the encoding knows: what every phone reads.
pub const NAMES_OF_1_1: usize = 0x2F;

/// Media types by their number.
#[rustfmt::skip]
const TYPES: [&str; 80] = [
    "*/*", "text/*", "text/html", "text/plain", "text/x-hdml", "text/x-ttml", "text/x-vcalendar", "text/x-vcard",
    "text/vnd.wap.wml", "text/vnd.wap.wmlscript", "application/vnd.wap.catc", "multipart/*", "multipart/mixed",
    "multipart/form-data", "multipart/byteranges", "multipart/alternative", "application/*", "application/java-vm",
    "application/x-www-form-urlencoded", "application/x-hdmlc", "application/vnd.wap.wmlc",
    "application/vnd.wap.wmlscriptc", "application/vnd.wap.wsic", "application/vnd.wap.uaprof",
    "application/vnd.wap.wtls-ca-certificate", "application/vnd.wap.wtls-user-certificate",
    "application/x-x509-ca-cert", "application/x-x509-user-cert", "image/*", "image/gif", "image/jpeg", "image/tiff",
    "image/png", "image/vnd.wap.wbmp", "application/vnd.wap.multipart.*", "application/vnd.wap.multipart.mixed",
    "application/vnd.wap.multipart.form-data", "application/vnd.wap.multipart.byteranges",
    "application/vnd.wap.multipart.alternative", "application/xml", "text/xml", "application/vnd.wap.wbxml",
    "application/x-x968-cross-cert", "application/x-x968-ca-cert", "application/x-x968-user-cert", "text/vnd.wap.si",
    "application/vnd.wap.sic", "text/vnd.wap.sl", "application/vnd.wap.slc", "text/vnd.wap.co",
    "application/vnd.wap.coc", "application/vnd.wap.multipart.related", "application/vnd.wap.sia",
    "text/vnd.wap.connectivity-xml", "application/vnd.wap.connectivity-wbxml", "application/pkcs7-mime",
    "application/vnd.wap.hashed-certificate", "application/vnd.wap.signed-certificate",
    "application/vnd.wap.cert-response", "application/xhtml+xml", "application/wml+xml", "text/css",
    "application/vnd.wap.mms-message", "application/vnd.wap.rollover-certificate", "application/vnd.wap.locc+wbxml",
    "application/vnd.wap.loc+xml", "application/vnd.syncml.dm+wbxml", "application/vnd.syncml.dm+xml",
    "application/vnd.syncml.notification", "application/vnd.wap.xhtml+xml", "application/vnd.wv.csp.cir",
    "application/vnd.oma.dd+xml", "application/vnd.oma.drm.message", "application/vnd.oma.drm.content",
    "application/vnd.oma.drm.rights+xml", "application/vnd.oma.drm.rights+wbxml", "application/vnd.wv.csp+xml",
    "application/vnd.wv.csp+wbxml", "application/vnd.syncml.ds.notification", "audio/*",
];

/// How many of them are as old as WAP 1.2 (appendix A of its WSP ends with the multipart types and XML).
const TYPES_OF_1_2: usize = 0x2A;
const OCTET_STREAM: u32 = 0x5A;

/// Media types that were registered later, beyond what fits an octet.
const LONG_TYPES: [(u32, &str); 6] = [
    (0x0302, "application/vnd.syncml+xml"),
    (0x0303, "application/vnd.syncml+wbxml"),
    (0x0304, "text/vnd.wap.emn+xml"),
    (0x0305, "text/calendar"),
    (0x030A, "application/vnd.wap.emn+wbxml"),
    (0x030E, "application/vnd.cmcc.setting+wbxml"),
];

/// Parameters by their number; where one word has several, the later ones came with version 1.4.
#[rustfmt::skip]
const PARAMETERS: [&str; 30] = [
    "q", "charset", "level", "type", "uaprof", "name", "filename", "differences", "padding", "type", "start",
    "start-info", "comment", "domain", "max-age", "path", "secure", "sec", "mac", "creation-date",
    "modification-date", "read-date", "size", "name", "filename", "start", "start-info", "comment", "domain", "path",
];
pub const CHARSET: u8 = 0x01;

/// Character sets by their number with IANA (MIBenum).
const CHARSETS: [(u32, &str); 26] = [
    (3, "us-ascii"),
    (4, "iso-8859-1"),
    (5, "iso-8859-2"),
    (6, "iso-8859-3"),
    (7, "iso-8859-4"),
    (8, "iso-8859-5"),
    (9, "iso-8859-6"),
    (10, "iso-8859-7"),
    (11, "iso-8859-8"),
    (12, "iso-8859-9"),
    (17, "shift_jis"),
    (18, "euc-jp"),
    (38, "euc-kr"),
    (39, "iso-2022-jp"),
    (106, "utf-8"),
    (111, "iso-8859-15"),
    (113, "gbk"),
    (114, "gb18030"),
    (1000, "iso-10646-ucs-2"),
    (1013, "utf-16be"),
    (1014, "utf-16le"),
    (1015, "utf-16"),
    (2025, "gb2312"),
    (2026, "big5"),
    (2084, "koi8-r"),
    (2252, "windows-1252"),
];

/// Languages by their number, those of China and its neighbours, and some that phones are sold with.
const LANGUAGES: [(u32, &str); 13] = [
    (0x0F, "bo"),
    (0x16, "de"),
    (0x19, "en"),
    (0x1B, "es"),
    (0x22, "fr"),
    (0x36, "ja"),
    (0x3A, "za"),
    (0x3D, "ko"),
    (0x41, "zh"),
    (0x4A, "mn"),
    (0x5F, "ru"),
    (0x7F, "ug"),
    (0x00, "*"),
];

pub const CODINGS: [&str; 3] = ["gzip", "compress", "deflate"];

pub fn name(number: u8) -> Option<&'static str> {
    NAMES.get(usize::from(number)).copied()
}

/// The number of a name that every phone knows.
pub fn number_of(name: &str) -> Option<u8> {
    NAMES[..NAMES_OF_1_1].iter().position(|known| *known == name).map(|at| at as u8)
}

pub fn media_type(number: u32) -> Option<&'static str> {
    let long = || LONG_TYPES.iter().find(|(known, _)| *known == number).map(|(_, name)| *name);
    let short = TYPES.get(number as usize).copied();
    short.or_else(|| (number == OCTET_STREAM).then_some("application/octet-stream")).or_else(long)
}

/// The number of a media type that phones of WAP 1.2 know.
pub fn number_of_type(name: &str) -> Option<u8> {
    TYPES[..TYPES_OF_1_2].iter().position(|known| *known == name).map(|at| at as u8)
}

pub fn parameter(number: u8) -> Option<&'static str> {
    PARAMETERS.get(usize::from(number)).copied()
}

pub fn charset(number: u32) -> Option<&'static str> {
    CHARSETS.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

pub fn number_of_charset(name: &str) -> Option<u32> {
    CHARSETS.iter().find(|(_, known)| *known == name).map(|(number, _)| *number)
}

pub fn language(number: u32) -> Option<&'static str> {
    LANGUAGES.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

/// The status octet of an HTTP status (WAP-230, table 36). What it has no octet for becomes the nearest that has.
pub fn status(http: u16) -> u8 {
    let known = match http {
        100..=101 | 200..=206 | 300..=305 | 307 | 400..=417 | 500..=505 => http,
        429 => 503,
        507 => 413,
        _ => http / 100 * 100,
    };
    match known / 100 {
        1..=4 => (known / 100 * 0x10) as u8 + (known % 100) as u8,
        5 => 0x60 + (known % 100) as u8,
        _ => 0x60,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_have_no_hole() {
        for (number, expected) in [
            (0x00, "accept"),
            (0x16, "host"),
            (0x29, "user-agent"),
            (0x2E, "content-disposition"),
            (0x2F, "x-wap-application-id"),
            (0x35, "x-wap-profile"),
            (0x3B, "accept-charset"),
            (0x43, "encoding-version"),
            (0x4A, "x-wap-loc-delivery"),
        ] {
            assert_eq!(name(number), Some(expected));
        }
        for (number, expected) in [
            (0x08, "text/vnd.wap.wml"),
            (0x14, "application/vnd.wap.wmlc"),
            (0x21, "image/vnd.wap.wbmp"),
            (0x2E, "application/vnd.wap.sic"),
            (0x45, "application/vnd.wap.xhtml+xml"),
            (0x5A, "application/octet-stream"),
            (0x030A, "application/vnd.wap.emn+wbxml"),
        ] {
            assert_eq!(media_type(number), Some(expected));
        }
        assert_eq!((name(0x4B), media_type(0x50), media_type(u32::MAX), parameter(30)), (None, None, None, None));
        assert_eq!((number_of("accept-charset"), number_of("x-wap-profile")), (Some(1), None));
        assert_eq!((number_of_type("image/vnd.wap.wbmp"), number_of_type("text/css")), (Some(0x21), None));
        assert_eq!(
            (parameter(0x0E), parameter(0x1D), charset(2025), language(0x41)),
            (Some("max-age"), Some("path"), Some("gb2312"), Some("zh"))
        );
    }

    #[test]
    fn statuses_have_their_octet() {
        for (http, octet) in [
            (200, 0x20),
            (303, 0x33),
            (304, 0x34),
            (404, 0x44),
            (410, 0x4A),
            (413, 0x4D),
            (417, 0x51),
            (422, 0x40),
            (429, 0x63),
            (500, 0x60),
            (502, 0x62),
            (507, 0x4D),
            (599, 0x60),
            (0, 0x60),
            (999, 0x60),
        ] {
            assert_eq!(status(http), octet, "{http}");
        }
    }
}
