//! What a modem's refusal means: one row a code, with what helps and a sentence for people (3GPP TS 27.005, 3.2.5;
//! TS 27.007, 9.2; RP causes of TS 24.011, 8.2.5.4; TP-FCS of TS 23.040, 9.2.3.22). A pure table.
//!
//! Not here: how often something is tried again (the SMS room), and what the driver does about its own commands.

use crate::sms::bearer::{Retry, SubmitError};
use crate::words::Word;

struct Row {
    from: u16,
    to: u16,
    class: Retry,
    hint: Word,
}

const fn row(from: u16, to: u16, class: Retry, hint: Word) -> Row {
    Row { from, to, class, hint }
}

/// What helps after `error`, and the sentence that tells a person.
pub fn advice(error: &SubmitError) -> (Retry, Word) {
    let (table, code, otherwise) = match error {
        SubmitError::Cms(code) => (CMS, *code, (Retry::Soon, VENDOR)),
        SubmitError::Cme(code) => (CME, *code, (Retry::Later, VENDOR)),
        // With CMEE on there would be a code: the modem has forgotten what it was told.
        SubmitError::Text(_) => return (Retry::Reset, MODE),
    };
    let found = table.iter().find(|row| (row.from..=row.to).contains(&code));
    found.map_or(otherwise, |row| (row.class, row.hint))
}

const NUMBER: Word = Word::new("号码不存在或写错了", "The number does not exist or is wrong");
const CREDIT: Word =
    Word::new("运营商限制发送，常见原因是欠费，请查话费", "Barred by the operator, often for lack of credit");
const BARRED: Word = Word::new("此号码被限制呼叫", "Sending to this number is barred");
const BUSY: Word = Word::new("网络忙，稍后会再试", "The network is busy; it is tried again later");
const SERVICE: Word = Word::new("此卡没有开通短信业务，请联系运营商", "This SIM has no SMS service; ask the operator");
const CONTENT: Word = Word::new("网络不接受这条短信的格式", "The network does not accept the form of this message");
const FULL: Word = Word::new("卡或模块的短信存储已满，正在清理", "The message storage is full and is being emptied");
const DUPLICATE: Word = Word::new("短信中心认为这条已经发过", "The service centre has this message already");
const DEVICE: Word = Word::new("模块出错，正在重试", "The modem failed; it is tried again");
const MODE: Word =
    Word::new("模块暂时不允许此操作，正在重试", "The modem does not allow it just now; it is tried again");
const SIM: Word =
    Word::new("SIM卡未插好、被锁或已损坏，请检查", "The SIM is missing, locked or broken; please check it");
const CENTRE: Word =
    Word::new("短信中心号码没有设置，请用AT+CSCA设置", "No service centre number is set; set it with AT+CSCA");
const COVERAGE: Word = Word::new("没有网络信号，请看天线和信号", "No network; look at the antenna and the signal");
const SILENCE: Word = Word::new("网络没有回答，不知是否已发出", "The network did not answer; it may have been sent");
const EMERGENCY: Word =
    Word::new("网络只允许紧急呼叫，请检查SIM卡是否有效", "Emergency calls only; check that the SIM is active");
const VENDOR: Word =
    Word::new("模块厂商自定的错误，稍后再试", "An error of the modem's maker; it is tried again later");

/// 1 to 127 are RP causes, 128 to 255 TP-FCS, 300 and above the modem's own.
const CMS: &[Row] = &[
    row(1, 1, Retry::Never, NUMBER),
    row(8, 8, Retry::StopPort, CREDIT),
    row(10, 10, Retry::Never, BARRED),
    row(11, 11, Retry::Never, CONTENT),
    row(21, 21, Retry::Later, BUSY),
    row(22, 22, Retry::AfterSweep, FULL),
    row(27, 27, Retry::Later, BUSY),
    row(28, 28, Retry::Never, NUMBER),
    row(29, 29, Retry::Later, BUSY),
    row(30, 30, Retry::Never, NUMBER),
    row(38, 38, Retry::Later, BUSY),
    row(41, 42, Retry::Later, BUSY),
    row(47, 47, Retry::Later, BUSY),
    row(50, 50, Retry::StopPort, SERVICE),
    row(69, 69, Retry::StopPort, SERVICE),
    row(81, 81, Retry::Soon, CONTENT),
    row(95, 99, Retry::Soon, CONTENT),
    row(111, 111, Retry::Soon, CONTENT),
    row(127, 127, Retry::Later, BUSY),
    row(0x80, 0x82, Retry::Never, CONTENT),
    row(0x8F, 0x92, Retry::Never, CONTENT),
    row(0x9F, 0xA1, Retry::Never, CONTENT),
    row(0xAF, 0xB0, Retry::Never, CONTENT),
    row(0xC0, 0xC0, Retry::Later, BUSY),
    row(0xC1, 0xC1, Retry::StopPort, SERVICE),
    row(0xC2, 0xC2, Retry::Later, BUSY),
    row(0xC3, 0xC4, Retry::Never, NUMBER),
    row(0xC5, 0xC5, Retry::Never, DUPLICATE),
    row(0xC6, 0xC7, Retry::Never, CONTENT),
    row(0xD0, 0xD0, Retry::AfterSweep, FULL),
    row(0xD1, 0xD2, Retry::Soon, DEVICE),
    row(0xD3, 0xD3, Retry::AfterSweep, FULL),
    row(0xD4, 0xD5, Retry::Soon, DEVICE),
    row(0xFF, 0xFF, Retry::Soon, DEVICE),
    row(300, 300, Retry::Soon, DEVICE),
    row(301, 302, Retry::Reset, MODE),
    row(303, 305, Retry::Never, CONTENT),
    row(310, 313, Retry::StopPort, SIM),
    row(314, 314, Retry::Soon, MODE),
    row(315, 318, Retry::StopPort, SIM),
    row(320, 322, Retry::AfterSweep, FULL),
    row(330, 330, Retry::StopPort, CENTRE),
    row(331, 331, Retry::Later, COVERAGE),
    row(332, 332, Retry::Later, SILENCE),
    row(340, 340, Retry::Soon, MODE),
    row(500, 500, Retry::Later, VENDOR),
];

const CME: &[Row] = &[
    row(0, 2, Retry::Reset, DEVICE),
    row(3, 4, Retry::Soon, MODE),
    row(5, 7, Retry::StopPort, SIM),
    row(10, 13, Retry::StopPort, SIM),
    row(14, 14, Retry::Soon, MODE),
    row(15, 18, Retry::StopPort, SIM),
    row(20, 23, Retry::AfterSweep, FULL),
    row(24, 27, Retry::Never, CONTENT),
    row(30, 31, Retry::Later, COVERAGE),
    row(32, 32, Retry::StopPort, EMERGENCY),
    row(40, 47, Retry::StopPort, SIM),
    row(50, 50, Retry::Soon, MODE),
    row(100, 100, Retry::Later, VENDOR),
    row(148, 149, Retry::Later, BUSY),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_order_and_apart() {
        for table in [CMS, CME] {
            for pair in table.windows(2) {
                assert!(pair[0].from <= pair[0].to && pair[0].to < pair[1].from, "{} {}", pair[0].to, pair[1].from);
            }
        }
    }

    #[test]
    fn codes_have_their_class() {
        let class = |code| advice(&SubmitError::Cms(code)).0;
        assert_eq!([8, 41, 69, 304, 322, 330, 500].map(class), {
            use Retry::*;
            [StopPort, Later, StopPort, Never, AfterSweep, StopPort, Later]
        });
        assert_eq!(class(512), Retry::Soon, "mostly a collision with a message coming in");
        assert_eq!(advice(&SubmitError::Cme(10)), (Retry::StopPort, SIM));
        assert_eq!(advice(&SubmitError::Cme(0)).0, Retry::Reset);
        assert_eq!(advice(&SubmitError::Text("ERROR".into())).0, Retry::Reset);
    }
}
