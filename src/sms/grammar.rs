//! What a text means before any page is looked at: its normal form, and the words that are commands. Pure.
//!
//! An answer to an open form is never normalised: it is taken as it was written.

use crate::page::form::narrow;

/// A text that is a command as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// This company, or what was last pushed.
    OptOut,
    OptOutList,
    OptOutAll,
    Up,
    Portal,
    Next,
    Help,
    English,
    Chinese,
    /// The company's card, as a text; and as what a phone puts into its book.
    Card,
    SendCard,
    /// A word that opens a form of some section: message, order, complaint. What follows it is an answer.
    Form(&'static str),
    Search(String),
    Subscribe,
    Unsubscribe,
    Subscriptions,
}

/// The text as commands, numbers, codes and names are compared: half-width, without blanks and stops at the ends, and in
/// capitals. `回复` in front and Chinese digits give way only where the whole text then is a number or a command.
pub fn normal(text: &str) -> String {
    let trimmed = |text: &str| plain(text).to_uppercase();
    let plain = trimmed(text);
    let without = plain.strip_prefix("回复").or_else(|| plain.strip_prefix('回')).map(trimmed).unwrap_or_default();
    for candidate in [&plain, &without] {
        if let Some(digits) = chinese_number(candidate) {
            return digits;
        }
    }
    let means = is_number(&without) || opt_out(&without).is_some() || command(&without).is_some();
    if means { without } else { plain }
}

/// The opt-out words; they outrank an open form, so this is asked first.
pub fn opt_out(normal: &str) -> Option<Command> {
    match normal {
        "TD" | "T" | "R" | "退订" | "拒收" | "STOP" => Some(Command::OptOut),
        "0000" => Some(Command::OptOutList),
        "00000" => Some(Command::OptOutAll),
        _ => None,
    }
}

/// The other commands.
pub fn command(normal: &str) -> Option<Command> {
    let (word, rest) = normal.split_once(' ').map_or((normal, ""), |(w, r)| (w, r.trim()));
    match (word, rest) {
        ("0", "") => Some(Command::Up),
        // What the portal's pages say to text.
        ("00" | "你好" | "您好" | "HELLO" | "HI", "") => Some(Command::Portal),
        ("#" | "下" | "下页" | "MORE", "") => Some(Command::Next),
        ("?" | "帮助" | "BZ" | "HELP", "") => Some(Command::Help),
        ("EN" | "ENGLISH", "") => Some(Command::English),
        ("中文" | "ZH", "") => Some(Command::Chinese),
        ("LY" | "留言", _) => Some(Command::Form("LY")),
        ("MP" | "名片", _) => Some(Command::Card),
        ("MPK", "") => Some(Command::SendCard),
        ("DG", _) => Some(Command::Form("DG")),
        ("TS", _) => Some(Command::Form("TS")),
        ("S" | "搜", rest) => Some(Command::Search(rest.to_owned())),
        ("KT", _) => Some(Command::Subscribe),
        ("QX", _) => Some(Command::Unsubscribe),
        ("CX", _) => Some(Command::Subscriptions),
        _ => None,
    }
}

/// The rest of a text after its command word, as it was written.
pub fn rest_of(text: &str) -> &str {
    let text = text.trim();
    text.find(|c: char| c.is_whitespace()).map_or("", |at| text[at..].trim_start())
}

pub fn is_number(normal: &str) -> bool {
    !normal.is_empty() && normal.bytes().all(|b| b.is_ascii_digit())
}

/// The text half-width, with single blanks, without blanks and stops at its ends: words to search for.
pub fn plain(text: &str) -> String {
    // A digit drawn as a key (1️⃣) is that digit.
    let plain: String = narrow(text).chars().filter(|c| !matches!(c, '\u{fe0f}' | '\u{20e3}' | '\u{200b}')).collect();
    let one_blank = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let stop = |c: char| matches!(c, '。' | '.' | ',' | '、' | '!' | '?' | ';' | '~' | '…' | ' ');
    let cut = one_blank.trim_end_matches(stop);
    // A text of nothing but stops stays: "?" is a command.
    if cut.is_empty() { one_blank } else { cut.to_owned() }
}

/// 一 … 九十九 as digits, only when the whole text is such a number.
fn chinese_number(text: &str) -> Option<String> {
    const DIGITS: &str = "零一二三四五六七八九";
    let digit = |c: char| match c {
        '〇' => Some(0),
        '两' => Some(2),
        c => DIGITS.chars().position(|d| d == c),
    };
    let chars: Vec<char> = text.chars().collect();
    match chars[..] {
        ['十'] => Some("10".to_owned()),
        ['十', b] => Some((10 + digit(b)?).to_string()),
        [a, '十'] => Some((10 * digit(a)?).to_string()),
        [a, '十', b] => Some((10 * digit(a)? + digit(b)?).to_string()),
        [] => None,
        _ if chars.len() <= 5 => chars.iter().map(|c| digit(*c).map(|d| d.to_string())).collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_a_normal_form() {
        for (raw, expected) in [
            ("1", "1"),
            (" 1。", "1"),
            ("１", "1"),
            ("回复1", "1"),
            ("回1", "1"),
            ("一", "1"),
            ("十二", "12"),
            ("回复 三", "3"),
            ("1️⃣", "1"),
            ("td", "TD"),
            ("td。", "TD"),
            ("?", "?"),
            ("？", "?"),
            ("回复td", "TD"),
            ("stop!", "STOP"),
            ("00", "00"),
            ("零零", "00"),
            ("回复我一下", "回复我一下"),
            ("一家人", "一家人"),
            ("你好!", "你好"),
            ("s  茶 叶", "S 茶 叶"),
            ("", ""),
            ("  ", ""),
            ("。。", "。。"),
            ("more", "MORE"),
            ("＃", "#"),
            ("回", "回"),
            ("1001", "1001"),
        ] {
            assert_eq!(normal(raw), expected, "{raw:?}");
        }
    }

    #[test]
    fn opt_out_is_the_whole_text_only() {
        for yes in ["td", "T", "r", "退订", "拒收。", "STOP", "回复TD"] {
            assert_eq!(opt_out(&normal(yes)), Some(Command::OptOut), "{yes}");
        }
        for no in ["td 1", "退订报纸", "T恤", "STOP THE BUS", "tdd"] {
            assert_eq!(opt_out(&normal(no)), None, "{no}");
        }
        assert_eq!(opt_out("0000"), Some(Command::OptOutList));
        assert_eq!(opt_out("00000"), Some(Command::OptOutAll));
    }

    #[test]
    fn command_words_are_no_codes() {
        for word in crate::words::COMMANDS {
            let known = command(word).is_some() || opt_out(word).is_some();
            assert!(known, "{word}");
        }
    }
}
