//! Documents by hand, octet by octet; what is wrong and where.

use super::super::decompile;
use super::super::wbxml::Conversion;
use super::*;

const WML_1_1: &str =
    "<!DOCTYPE wml PUBLIC \"-//WAPFORUM//DTD WML 1.1//EN\" \"http://www.wapforum.org/DTD/wml_1.1.xml\">";
const WML_1_3: &str =
    "<!DOCTYPE wml PUBLIC \"-//WAPFORUM//DTD WML 1.3//EN\" \"http://www.wapforum.org/DTD/wml13.dtd\">";

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}

/// What stands in a deck of one card with one paragraph.
fn paragraph(content: &str) -> String {
    let deck = format!("{WML_1_3}<wml><card><p>{content}</p></card></wml>");
    let octets = compile(deck.as_bytes(), None).unwrap_or_else(|e| panic!("{e}: {content}"));
    let xml = decompile::xml(&octets).unwrap_or_else(|e| panic!("{e}: {content}"));
    let (_, rest) = xml.split_once("<card>").unwrap();
    let paragraph = rest.split_once("</card>").unwrap().0;
    paragraph.trim_start_matches("<p>").trim_end_matches("</p>").to_owned()
}

/// The worked examples of the wire facts: libwbxml and Wireshark read them, Kannel makes the same but for its table.
#[test]
fn the_examples_octet_by_octet() {
    let deck = |accesskey| {
        format!(
            "<wml><card id=\"a\" title=\"企业\"><do type=\"accept\" label=\"OK\"><go href=\"http://www.example.com/s?k=$(k:e)\"/>\
             </do><p align=\"center\"><b>Hi</b> $$5 <input name=\"k\" type=\"text\"/><br/><a href=\"#b\"{accesskey}>$(k)</a></p>\
             </card></wml>"
        )
    };
    let old = "01046A007FE7550361003603E4BC81E4B89A0001E83818034F4B0001AB4BA1036578616D706C65008503733F6B3D00406B000101E0070164\
               0348690001032024352000AF21036B00480126DC4A0323620001426B0001010101";
    let new = "030A6A007FE7550361003603E4BC81E4B89A0001E83818034F4B0001AB4BA1036578616D706C65008503733F6B3D00406B000101E0070164\
               0348690001032024352000AF21036B00480126DC4A032362005E03310001426B0001010101";
    let compiled = compile_for(format!("{WML_1_1}{}", deck("")).as_bytes(), None, 1).unwrap();
    assert_eq!(hex(&compiled), old);
    let compiled = compile(format!("{WML_1_3}{}", deck(" accesskey=\"1\"")).as_bytes(), None).unwrap();
    assert_eq!(hex(&compiled), new);
    // WML 1.1 has no access keys: a phone of it gets the same deck without.
    let compiled = compile_for(format!("{WML_1_1}{}", deck(" accesskey=\"1\"")).as_bytes(), None, 1).unwrap();
    assert_eq!(hex(&compiled), old);
}

#[test]
fn the_indication_of_the_wire_facts() {
    let si = "<?xml version='1.0'?><!DOCTYPE si PUBLIC \"-//WAPFORUM//DTD SI 1.0//EN\" \"http://www.wapforum.org/DTD/si.dtd\">\n\
              <si>\n <indication href=\"http://wap.example.com/q/1\" si-id=\"q1@box\" action=\"signal-medium\" \
              created=\"2009-06-01T08:30:00Z\" si-expires=\"2009-06-08T00:00:00Z\">企业建站欢迎您</indication>\n</si>";
    assert_eq!(
        hex(&compile_for(si.as_bytes(), None, 2).unwrap()),
        "02056A0045C60C037761702E6578616D706C65008503712F31001103713140626F7800070AC30620090601083010C304200906080103E4BC81E4\
         B89AE5BBBAE7AB99E6ACA2E8BF8EE682A8000101"
    );
    let sl = "<sl href='http://www.example.com/q/1' action='execute-low'/>";
    assert_eq!(hex(&compile_for(sl.as_bytes(), None, 2).unwrap()), "02066A00850A036578616D706C65008503712F31000501");
}

#[test]
fn blanks_join_and_the_one_before_an_element_stays() {
    for (content, expected) in [
        (" Hello\n  <b>you</b> there ", "Hello <b>you</b> there"),
        ("a <b> b </b> c", "a <b>b</b> c"),
        ("<b>a </b><i>b </i>", "<b>a</b> <i>b</i>"),
        ("a<b>b</b>c", "a<b>b</b>c"),
        ("line <br/> next <br/>", "line<br/>next<br/>"),
        ("see <img src=\"i\" alt=\"i\"/> this", "see <img src=\"i\" alt=\"i\"/> this"),
        ("<b>a</b> <i>b</i>", "<b>a</b> <i>b</i>"),
        ("<!-- a --> x <!-- b --> y", "x y"),
        ("a&#32;&nbsp; b", "a \u{a0} b"),
        ("<anchor>\n Go \n<go href=\"a\"/>\n</anchor> on", "<anchor>Go<go href=\"a\"/></anchor> on"),
        (
            "Pick <select name=\"s\">\n <option value=\"1\"> one </option>\n</select> now",
            "Pick <select name=\"s\"><option value=\"1\">one</option></select> now",
        ),
        (
            "<table columns=\"2\">\n<tr> <td> a </td> <td/> </tr>\n</table>",
            "<table columns=\"2\"><tr><td>a</td><td/></tr></table>",
        ),
        ("   ", "<p/>"),
    ] {
        assert_eq!(paragraph(content), expected, "{content:?}");
    }
    let pre = format!("{WML_1_3}<wml><card><pre>a\r\n  <b> b </b>\n</pre></card></wml>");
    let xml = decompile::xml(&compile(pre.as_bytes(), None).unwrap()).unwrap();
    assert!(xml.contains("<pre>a\n  <b> b </b>\n</pre>"), "{xml}");
}

#[test]
fn variables_say_what_is_done_to_them() {
    for (content, expected) in [
        ("$a.$(b)c$(d:E)$(e:Unesc)$(f:n)", "$(a:noesc).$(b:noesc)c$(d:escape)$(e:unesc)$(f:noesc)"),
        ("$$ $$(a) 5$$", "$$ $$(a) 5$$"),
        ("&#36;&#36;", "$$"),
        ("<![CDATA[<$(a)>]]>", "&lt;$(a:noesc)&gt;"),
        ("<a href=\"/s?q=$q&amp;x=$(x:n)\">.</a>", "<a href=\"/s?q=$(q:escape)&amp;x=$(x:noesc)\">.</a>"),
        ("<input name=\"a\" format=\"$N\" value=\"$(b)\"/>", "<input name=\"a\" format=\"$N\" value=\"$(b:noesc)\"/>"),
    ] {
        assert_eq!(paragraph(content), expected, "{content:?}");
    }
    assert_eq!(Conversion::of("format"), None);
}

#[test]
fn every_character_set_of_the_market_is_read() {
    let deck = |name: &str| {
        format!("<?xml version=\"1.0\" encoding='{name}'?><wml><card title=\"鱼é\"><p>鱼</p></card></wml>")
    };
    let utf_8 = compile(deck("UTF-8").as_bytes(), None).unwrap();
    assert!(utf_8.windows(3).any(|octets| octets == "鱼".as_bytes()));
    for (name, encoding) in [("gb2312", encoding_rs::GBK), ("GBK", encoding_rs::GBK), ("gb18030", encoding_rs::GB18030)]
    {
        let (octets, _, _) = encoding.encode(Box::leak(deck(name).into_boxed_str()));
        assert_eq!(compile(&octets, None).unwrap(), utf_8, "{name}");
        let (unsaid, _, _) = encoding.encode("<wml><card title=\"鱼é\"><p>鱼</p></card></wml>");
        assert_eq!(compile(&unsaid, Some(name)).unwrap(), utf_8, "{name} by HTTP");
    }
    let text = deck("UTF-16");
    let wide = |of: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(of).collect::<Vec<u8>>();
    let (big, little) = (wide(u16::to_be_bytes), wide(u16::to_le_bytes));
    for octets in
        [big.clone(), little.clone(), [&[0xFE, 0xFF], &big[..]].concat(), [&[0xFF, 0xFE], &little[..]].concat()]
    {
        assert_eq!(compile(&octets, None).unwrap(), utf_8);
    }
    assert_eq!(compile(&[b"\xEF\xBB\xBF", deck("utf-8").as_bytes()].concat(), None).unwrap(), utf_8);
    let latin = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><wml><card title=\"caf\xE9\"/></wml>";
    assert!(compile(latin, None).unwrap().windows(6).any(|octets| octets == "café\0".as_bytes()));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let unwell = |column, why: &str| Error { line: 1, column, why: Why::NotWellFormed(why.into()) };
    for (deck, expected) in [
        ("", unwell(1, "it ends before its root element does")),
        ("<wml>", unwell(6, "it ends before its root element does")),
        ("<wml/><wml/>", unwell(7, "a second root element")),
        ("<wml/>x", unwell(7, "this has no place here")),
        ("x<wml/>", unwell(1, "this has no place here")),
        ("<wml>a\u{1}</wml>", unwell(7, "a character that XML does not have")),
        ("<wml>]]></wml>", unwell(6, "]]> outside of a CDATA section")),
        ("<wml id=\"<\"/>", unwell(1, "a < within an attribute")),
        ("<html/>", Error { line: 1, column: 1, why: Why::Language("html".into()) }),
        ("<wml>\n<p>&uuml;</p></wml>", Error { line: 2, column: 4, why: Why::Entity("uuml".into()) }),
        ("<wml>&#0;</wml>", Error { line: 1, column: 6, why: Why::Entity("#0".into()) }),
        ("<wml>\n <p>5 $</p></wml>", Error { line: 2, column: 8, why: Why::Variable }),
        ("<wml><p>$(a:x)</p></wml>", Error { line: 1, column: 15, why: Why::Variable }),
        ("<si><indication created=\"heute\"/></si>", Error { line: 1, column: 5, why: Why::Date }),
        (
            "<?xml version='1.0' encoding='klingon'?><wml/>",
            Error { line: 1, column: 1, why: Why::Charset("klingon".into()) },
        ),
        ("<!DOCTYPE html PUBLIC 'x'><wml/>", Error { line: 1, column: 1, why: Why::Language("x".into()) }),
    ] {
        assert_eq!(compile(deck.as_bytes(), None).unwrap_err(), expected, "{deck}");
    }
    for deck in [
        "<wml></card>",
        "<wml><p></wml>",
        "<wml a='1' a='2'/>",
        "<wml a=1/>",
        "<wml a/>",
        "<wml",
        "<wml>&amp</wml>",
        "<wml>&</wml>",
        "<!DOCTYPE wml [<!ENTITY a 'b'>]><wml>&a;</wml>",
        "<wml><!-- </wml>",
        "</wml>",
    ] {
        assert!(compile(deck.as_bytes(), None).is_err(), "{deck}");
    }
    let error = compile(b"<wml>\xFF</wml>", None).unwrap_err();
    assert_eq!((error.column, error.why), (6, Why::Octets("UTF-8")));
    assert_eq!(compile(&vec![b' '; DOCUMENT_MAX + 1], None).unwrap_err().why, Why::TooLarge);
    assert_eq!(compile("<wml>".repeat(70).as_bytes(), None).unwrap_err().why, Why::TooDeep);
    let names: String = (0..99).map(|n| format!("<x{n}/>")).collect();
    assert_eq!(compile(format!("<wml>{names}</wml>").as_bytes(), None).unwrap_err().why, Why::TooManyNames);
    let attributes: String = (0..30_000).map(|n| format!(" x{n}=''")).collect();
    let error = compile(format!("<wml{}/>", &attributes[..60_000]).as_bytes(), None).unwrap_err();
    assert_eq!(error.why, Why::TooManyNames);
    // The same name as often as it likes.
    assert!(compile(format!("<wml>{}</wml>", "<hr a='1'/>".repeat(500)).as_bytes(), None).is_ok());
}

#[test]
fn what_the_language_does_not_have_stands_in_the_table() {
    let deck = b"<wml><card><p><blink rate='1'>a</blink><blink mode='x'/></p></card></wml>";
    let xml = decompile::xml(&compile(deck, None).unwrap()).unwrap();
    assert!(xml.contains("<p><blink rate=\"1\">a</blink><blink mode=\"x\"/></p>"), "{xml}");
}
