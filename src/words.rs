//! Every sentence the box itself says, in Chinese and English. A missing language does not compile.
//!
//! Not here: what an owner writes (that is content), and log lines (English, for the operator).

pub mod modems;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    #[default]
    Zh,
    En,
}

impl Lang {
    /// The tag of BCP 47, as in HTML's `lang`.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::Zh => "zh-CN",
            Lang::En => "en",
        }
    }

    pub fn of_tag(tag: &str) -> Option<Lang> {
        let head = tag.split(['-', '_']).next().unwrap_or("");
        match head.to_ascii_lowercase().as_str() {
            "zh" => Some(Lang::Zh),
            "en" => Some(Lang::En),
            _ => None,
        }
    }
}

/// One sentence in both languages. `{}` stands for what `with` fills in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    pub zh: &'static str,
    pub en: &'static str,
}

impl Word {
    pub const fn new(zh: &'static str, en: &'static str) -> Word {
        Word { zh, en }
    }

    pub fn say(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.zh,
            Lang::En => self.en,
        }
    }

    /// The sentence with each `{}` filled in order; what is left over stays as it is.
    pub fn with(&self, lang: Lang, values: &[&str]) -> String {
        let mut pieces = self.say(lang).split('{');
        let mut text = pieces.next().unwrap_or("").to_owned();
        let mut values = values.iter();
        for piece in pieces {
            let rest = piece.strip_prefix('}');
            text.push_str(if rest.is_some() { values.next().unwrap_or(&"{}") } else { "{" });
            text.push_str(rest.unwrap_or(piece));
        }
        text
    }
}

/// Sentences as constants. A room with many of its own keeps them in a file of its own.
macro_rules! words {
    ($($name:ident = $zh:literal / $en:literal;)*) => {
        $(pub const $name: $crate::words::Word = $crate::words::Word::new($zh, $en);)*

        #[cfg(test)]
        pub(crate) const ALL: &[(&str, $crate::words::Word)] = &[$((stringify!($name), $name)),*];
    };
}
pub(crate) use words;

words! {
    BACK = "返回" / "Back";
    HOME = "首页" / "Home";
    MORE = "更多" / "More";
    SEND = "发送" / "Send";
    SEARCH = "搜索" / "Search";

    NEXT = "下一步" / "Next";
    OLDER = "更早的" / "Older";
    READ_ON = "阅读全文" / "Read on";
    ALL_OF = "全部{}" / "All of: {}";
    PICTURE = "图" / "picture";
    REPLY = "回复" / "Answer";
    HELP = "使用帮助" / "Help";
    HELLO = "你好" / "hello";

    // Kinds and their labels.
    PROFILE = "企业介绍" / "About us";
    NEWS = "新闻公告" / "News";
    PRODUCTS = "产品管理" / "Products";
    CONTACT = "联系我们" / "Contact";
    GUESTBOOK = "留言板" / "Guestbook";
    PINNED = "置顶" / "Pinned";
    PRICE = "价格" / "Price";
    PRICE_ASK = "面议" / "on request";
    PRICE_WAS = "(原价{}元)" / " (was {} yuan)";
    PRICE_BEFORE = "原价" / "was ";
    UNIT_OF = "单位：{}" / "in {}";
    YUAN = "{}元" / "{} yuan";
    ADDRESS = "地址" / "Address";
    PHONE = "电话" / "Telephone";
    MOBILE = "手机" / "Mobile";
    EMAIL = "邮箱" / "E-mail";
    MAP = "地图" / "Map";
    WAY = "交通" / "How to get there";
    TODAY = "今天" / "Today";
    DAILY = "每天" / "Daily";
    FROM_TO = "{}至{}" / "{} to {}";
    ALL_DAY = "全天" / "all day";
    DAY_OFF = "休息" / "closed";
    OPEN_UNTIL = "营业中,到{}" / "Open until {}";
    SHUT_UNTIL = "现在休息,{}开门" / "Closed now, opens {}";
    SHUT = "现在休息" / "Closed now";
    OFF_TO = "{},到{}为止" / "{}, until {}";
    TOMORROW_AT = "明天{}" / "tomorrow {}";
    TIME_UNKNOWN = "时间未知:还没有谁报过时" / "unknown: nobody has told the time yet";
    TIME_SEEN = "接着上次运行的时间走,没有核对,可能偏慢" / "goes on from when the box last ran; not checked, may be behind";
    TIME_OF_MACHINE = "本机的时钟,没有核对" / "the machine's clock; not checked";
    TIME_OF_TEXT = "移动网络的时间,来自一条短信" / "the mobile network's, from a text";
    TIME_OF_MODEM = "移动网络的时间,来自调制解调器" / "the mobile network's, from the modem";
    TIME_OF_NTP = "本机的时钟,由时间服务器校准" / "the machine's clock, kept by a time server";
    WAITS_FOR_TIME = "本机时间还没有核对,等网络报时后再发" / "Waits until the network or a time server has told the box the time";
    WRITE_POST = "写留言" / "Write a message";
    POST_TEXT = "留言内容" / "Your message";
    POST_WHO = "怎么称呼您" / "Your name";
    VISITOR = "访客" / "Visitor";
    ANSWER_VERB = "回复" / "Answer";
    HIDE_VERB = "隐藏" / "Hide";
    SHOW_VERB = "公开" / "Show";
    THANKS_SHOWN = "谢谢,留言已发布" / "Thank you, your message is shown";
    THANKS_WAITING = "谢谢,留言已收到,看过后公开" / "Thank you, your message is shown after a look";
    WAITS_FOR_LOOK = "待审核,目前只有您能看到" / "waiting for approval; only you see it";
    OWNER_ANSWERS = "回复您的留言“{}”" / "Answer to your message \"{}\"";
    CODE_OPENS = "回{}进入本站,退订回TD" / "{} opens our site, TD opts out";

    // What stands around a page, and what its forms say of themselves.
    SKIP = "跳到正文" / "Skip to content";
    COLUMNS = "栏目" / "Columns";
    TRAIL = "当前位置" / "You are here";
    CALL = "电话" / "Call";
    TEXT_TO_SITE = "发短信 {} 到 {}，也能看本站" / "Text {} to {} for this site by SMS";
    ADDRESS_HERE = "本站地址" / "Address of this site:";
    OTHER_LANGUAGE = "English" / "中文";
    WAY_WEB = "电脑版" / "Web";
    WAY_PHONE = "彩版" / "Phone";
    WAY_OLD_PHONE = "简版" / "Old phone";
    MUST = "必填" / "required";
    MAY = "选填" / "optional";
    CHOOSE = "请选择" / "Please choose";
    FILE_LIMIT = "不超过 {} KB" / "up to {} KB";
    WRONG_ABOVE = "还没有发出去，请改正这 {} 处：" / "Not sent yet. Please correct {} of the answers:";

    // Quiet and unhappy states.
    NOTHING_WRITTEN = "这里还没有内容" / "Nothing here yet";
    NO_NEWS = "暂时没有新闻" / "No news yet";
    NO_PRODUCTS = "暂时没有上架的内容" / "Nothing on offer yet";
    NO_POSTS = "还没有留言,来写第一条" / "No messages yet; write the first";
    NO_COMPANIES = "还没有企业开通" / "No companies here yet";
    NOT_FOUND_TITLE = "没有这一页" / "No such page";
    PAGE_NOT_FOUND = "没有找到这一页,可能地址有误" / "There is no such page; the address may be wrong";
    GONE_TITLE = "已下架" / "No longer here";
    ITEM_GONE = "这一条已经没有了,看看其他的" / "Have a look at the others";
    DENIED_TITLE = "不能查看" / "Not for you";
    DENIED = "您不能查看这一页" / "You may not see this page";
    NOT_UNDERSTOOD_TITLE = "没有看懂" / "Not understood";
    NOT_UNDERSTOOD = "没有看懂您的请求" / "Your request was not understood";
    TOO_LARGE_TITLE = "内容太大" / "Too large";
    TOO_LARGE_TEXT = "发送的内容太大" / "What you sent is too large";
    FULL_TITLE = "存储已满" / "Storage full";
    STORAGE_FULL = "本站存储已满,暂时不能保存,请稍后再试" / "The box is full and cannot keep this; please try later";
    WAP_NOT_OURS_TITLE = "打不开" / "Not from here";
    WAP_NOT_OURS = "这里只有本站的网页" / "Only this box's own pages are here";
    WAP_TOO_LARGE_TITLE = "内容太大" / "Too large";
    WAP_TOO_LARGE = "这部手机装不下这一页" / "This is more than your phone can take";
    BUSY_TITLE = "请稍候" / "Busy";
    BUSY = "现在太忙,请稍后再试" / "Too busy just now, please try later";
    INTERNAL_TITLE = "出错了" / "Something broke";
    INTERNAL = "出了点问题,我们已记录,请稍后再试" / "Something went wrong; it was noted. Please try later";
    TEXTS_WAIT = "短信现在暂时收发不了,恢复后会补回复;网站照常可看" / "Texts are not answered just now, answers will follow; the sites can be read as always";
    SITE_CLOSED = "这家企业已停止服务" / "This company is no longer here";
    SUSPENDED = "{}的网站暂停服务" / "The site of {} is suspended";
    NO_SUCH_SITE = "没有这个网站:{}" / "No such site: {}";
    CONTENT_CHANGED = "内容已更新,从头显示" / "This has changed; shown from the start";

    // The portal.
    COMPANIES = "入驻企业" / "Companies";
    PORTAL_LINE = "本地企业,一站找到:上网、WAP、发短信都行" / "Local companies in one place: web, WAP or a text";
    PORTAL_HOME = "驿站首页" / "Yizhan home";
    SEARCH_FOR = "找企业、商品" / "Companies, goods";
    SEARCH_ALL = "搜公司、商品、新闻" / "Companies, goods, news";
    SEARCH_OF = "搜索:{}" / "Search: {}";
    SEARCH_WHAT = "请输入要找的词" / "Please say what to search for";
    SEARCH_WHAT_SMS = "请发 S 空格 加要找的词,如 S 鲤鱼" / "Send S, a blank and what you look for";
    SEARCH_BY_TEXT = "找东西:发S加空格和词" / "To search: S, a blank, your words";
    FOUND_NOTHING = "没有找到“{}”" / "Nothing found for \"{}\"";
    FOUND_NOTHING_WRITE = "没有找到“{}”。给商家留言请发LY加内容" / "Nothing found for \"{}\". LY and your words leave a message";
    HELP_TEXT = "回数字选择,0返回,00到门户,#下页;发企业代码或名称进入网站;S加词搜索,LY加话留言;EN英文;TD退订,00000全部退订。" / "Numbers choose, 0 back, 00 portal, # next; a company's code or name opens its site; S words searches, LY words leaves a message; 中文 for Chinese; TD opts out, 00000 of all.";
    HELP_PHONE = "客服" / "Service";
    ADDRESS_WEB = "网址" / "Web";

    // By text message.
    TEXT_TO = "发{}到{}" / "Text {} to {}";
    ANSWER_NUMBER = "回数字选择" / "Answer a number";
    ANSWER_MORE = "#下页" / "# more";
    ANSWER_BACK = "0返回" / "0 back";
    ANSWER_HELP = "?帮助" / "? help";
    ANSWER_TEXT = "请直接回复" / "Just answer";
    ANSWER_SKIP = "-跳过" / "- skip";
    ANSWER_LEAVE = "0退出" / "0 leave";
    ANSWER_GIVE_UP = "不填了请回0" / "0 to give up";
    ANSWER_CONFIRM = "回1确认 0放弃" / "1 to send, 0 to drop";
    CONFIRM = "请确认:" / "Please confirm:";
    NUMBERS_TOO_OLD = "编号过了一天已失效,请重新选" / "Numbers hold for a day; please choose again";
    NO_SUCH_NUMBER = "没有选项{}" / "There is no {} here";
    NO_MORE = "没有更多了" / "There is no more";
    NOT_HERE = "这里暂无此功能" / "Not available here";
    CARD_MORE = "回MPK收电子名片(老式手机可存电话簿) 0返回" / "MPK sends it as a card for the book of older phones, 0 back";
    CARD_SENT = "电子名片已发出,老式手机会问是否存入电话簿\n0返回" / "The card is on its way; older phones ask whether to keep it\n0 back";
    EMPTY_TEXT = "收到一条空短信" / "Your text was empty";
    FIRST_A_COMPANY = "请先发企业代码或名称,再留言" / "First open a company's site, then leave a message";
    TEXT_WITH_GAP = "短信没有收全,请分成短一点的重发" / "Your text came with a gap; please send it again, shorter";
    FORM_OVER = "等候太久,刚才的表单已退出,没有保存" / "The form was left after a long silence, nothing was kept";
    FORM_LEFT = "已退出,没有保存" / "Left, nothing was kept";
    FORM_HELP = "直接回复即可;0退出,00到门户" / "Just answer; 0 leaves, 00 to the portal";
    FORM_CHANGED = "表单已更新,请继续" / "The form has changed, please go on";
    BY_WEB_ONLY = "这一项请上网填写:{}" / "Please fill this in on the web: {}";
    FILE_BY_WEB = "(文件请用电脑上传)" / "(files by the web)";
    MORE_OPTIONS = "更多选项" / "More options";
    OPTED_OUT = "已退订{},不再推送。恢复回KT" / "No more from {}. KT to undo";
    OPTED_OUT_ALL = "已退订{}的全部推送。全部恢复:回00再回KT" / "No more pushed texts from {}. To undo: 00, then KT";
    OPT_OUT_OF_ALL = "全部退订" / "Opt out of all";
    OUT_OF_ALL = "您已退订全部推送。全部恢复:回00再回KT;恢复一家:打开后回KT" / "You opted out of all pushed texts. To undo: 00, then KT; for one company: open it, then KT";
    OUT_OF_NONE = "您没有退订任何企业。退订一家:打开后回TD" / "You opted out of no company. For one: open it, then TD";
    OUT_OF_SOME = "已退订:{}。恢复:打开后回KT" / "Opted out: {}. To undo: open it, then KT";
    SUBSCRIBED = "已恢复接收{}的信息,退订回TD" / "You get messages of {} again, TD opts out";

    // Answers to an owner's fields.
    WRONG_PICTURE = "不是图片文件名" / "Not a picture's name";
    WRONG_HOURS = "看不懂营业时间:{}" / "Opening hours not understood: {}";
    WRONG_CLOSED = "看不懂休息日:{}" / "Days off not understood: {}";
    UNKNOWN_FIELD = "没有这个字段" / "There is no such field";

    // Answers to forms.
    MUST_FILL = "请填写{}" / "Please fill in: {}";
    TOO_LONG = "最多{}字,现有{}字" / "At most {} characters, this has {}";
    NUMBER_BETWEEN = "请填{}到{}之间的整数" / "A whole number from {} to {}";
    MONEY_LIKE = "金额,如 12.50" / "An amount such as 12.50";
    WRONG_MONEY = "金额不对,应像 12.50" / "Not an amount; write it like 12.50";
    WRONG_PHONE = "电话号码不对" / "Not a phone number";
    DATE_LIKE = "日期,如 2026-12-31" / "A date such as 2026-12-31";
    WRONG_DATE = "日期不对,应像 2026-12-31" / "Not a date; write it like 2026-12-31";
    PICK_ONE = "请从选项中选一个" / "Please choose one of the options";
    PICK_MANY = "可多选,如 1,3" / "Choose one or more, such as 1,3";
    DATA_REPAIRED = "{} 数据曾受损,已自动修复,内容完整" / "Stored data was damaged on {}; it has been repaired and is complete";
    DATA_LOST = "{} 发生故障,少量最新内容未能恢复,请核对" / "After a fault on {} some of the latest content could not be recovered; please check yours";
    DATA_RESTORED = "{} 已从备份恢复,备份之后的内容可能缺失" / "Restored from a backup on {}; what was newer than the backup may be missing";
    INCIDENT_REPAIRED = "{} 数据受损,已自动修复,没有丢失({})" / "{}: stored data was damaged and repaired, nothing is lost ({})";
    INCIDENT_LOST = "{} 数据受损,部分内容丢失({})" / "{}: stored data was damaged and some of it is lost ({})";
    INCIDENT_RESTORED = "{} 从备份恢复({})" / "{}: restored ({})";
    RECOVERING_TITLE = "正在启动" / "Starting";
    RECOVERING = "正在检查和恢复数据({}%),请稍候,页面会自动刷新" / "Stored data is being checked and recovered ({}%); this page reloads by itself";
    CHANGED_MEANWHILE = "内容已有变动,请看过后再发" / "This has changed meanwhile; please look and send again";

    // Lengths of time.
    SPAN_SECONDS = "{} 秒" / "{} s";
    SPAN_SHORT = "{} 分 {} 秒" / "{} min {} s";
    SPAN_HOURS = "{} 小时 {} 分" / "{} h {} min";
    SPAN_DAYS = "{} 天 {} 小时" / "{} d {} h";

    // What an operator reads in `systemctl status`.
    BOX_STARTS = "正在启动,读取数据" / "Starting: reading the data";
    BOX_RUNS = "运行中:企业 {} 家,短信模块就绪 {}/{}" / "Running: companies {}, modems ready {} of {}";
    BOX_HANGS = "无响应:{}" / "No answer from {}";
    BOX_STOPS = "正在停机" / "Stopping";
}

/// A length of time as people say it: its two largest units.
pub fn span(lang: Lang, seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let (word, whole, rest) = match (days, hours) {
        (0, 0) if minutes == 0 => (SPAN_SECONDS, seconds, 0),
        (0, 0) => (SPAN_SHORT, minutes, seconds % 60),
        (0, _) => (SPAN_HOURS, hours, minutes % 60),
        _ => (SPAN_DAYS, days, hours % 24),
    };
    word.with(lang, &[&whole.to_string(), &rest.to_string()])
}

/// Monday to Sunday.
pub const DAYS: [Word; 7] = [
    Word::new("周一", "Mon"),
    Word::new("周二", "Tue"),
    Word::new("周三", "Wed"),
    Word::new("周四", "Thu"),
    Word::new("周五", "Fri"),
    Word::new("周六", "Sat"),
    Word::new("周日", "Sun"),
];

/// What is a command in every text, and so nobody's code or name (`sms::grammar` gives the meaning).
pub const COMMANDS: &[&str] = &[
    "TD", "T", "R", "STOP", "0000", "00000", "0", "00", "#", "?", "MORE", "BZ", "HELP", "EN", "ZH", "LY", "S", "KT",
    "QX", "CX", "MP", "MPK", "DG", "TS", "HELLO", "HI",
];

pub fn is_command(word: &str) -> bool {
    COMMANDS.iter().any(|c| c.eq_ignore_ascii_case(word))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    #[test]
    fn both_languages_fill_the_same_gaps() {
        fill_the_same_gaps(ALL);
    }

    #[test]
    fn lengths_of_time_have_two_units() {
        for (seconds, shown) in [(40, "40 s"), (95, "1 min 35 s"), (7_300, "2 h 1 min"), (180_000, "2 d 2 h")] {
            assert_eq!(span(Lang::En, seconds), shown);
        }
    }

    pub fn fill_the_same_gaps(words: &[(&str, Word)]) {
        for (name, word) in words {
            assert_eq!(word.zh.matches("{}").count(), word.en.matches("{}").count(), "{name}");
            assert!(!word.zh.is_empty() && !word.en.is_empty(), "{name}");
        }
    }
}
