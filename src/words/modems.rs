//! How modems and the queue are and what a person can do about it: said by the modem page, the API and `doctor`.
//!
//! Not here: hints by error code, which stand beside the codes (`modem::errors`), and what only `doctor` looks at.

crate::words::words! {
    // One sentence for how a modem is, and one for what to do.
    MODEM_IS_READY = "就绪" / "ready";
    MODEM_STARTING = "正在启动" / "is starting";
    MODEM_WAIT = "等一分钟再看;插上后最多要半分钟" / "look again in a minute; a modem needs up to half of one";
    MODEM_IS_LOST = "连不上: {}" / "lost: {}";
    MODEM_IS_LOST_HELP = "检查供电和插头,重新插好;运行 yizhan doctor 查看本机串口" / "check power and plug, and plug it in again; yizhan doctor lists the serial lines";
    NO_SIM = "没有 SIM 卡" / "there is no SIM";
    NO_SIM_HELP = "断电,取出 SIM 卡擦净重插(注意方向);换一张卡试" / "with the power off take the SIM out, wipe it, put it back the right way; try another";
    PIN_NEEDED = "SIM 卡要 PIN 码" / "the SIM asks for its PIN";
    PIN_NEEDED_HELP = "在配置 [[modem]] 写 pin_file;或用手机取消 PIN 码" / "write pin_file in [[modem]], or turn the PIN off with a phone";
    PIN_WRONG = "配置里的 PIN 码不对,已停用以免锁卡" / "the PIN in the config is wrong; it is not tried again, lest the SIM lock";
    PIN_WRONG_HELP = "用手机确认 PIN 码,改正配置后重启: systemctl restart yizhan" / "find the right one with a phone, correct it, then: systemctl restart yizhan";
    PUK_NEEDED = "SIM 卡已锁,要 PUK 码" / "the SIM is locked and asks for its PUK";
    PUK_NEEDED_HELP = "把卡放进手机输入 PUK 码(运营商客服提供),再设新 PIN" / "put it in a phone, enter the PUK (the operator has it), and set a new PIN";
    NO_NETWORK = "没有网络" / "there is no network";
    NO_NETWORK_HELP = "检查天线和位置;确认卡没有停机,当地有这个制式的信号(2G/4G)" / "look at antenna and place; see that the SIM is paid for, and that the modem's network (2G, 4G) is there";
    SIGNAL_LOW = "信号太弱: {},{}/31" / "the signal is weak: {}, {} of 31";
    SIGNAL_HELP = "拧紧天线,把天线移到窗边或高处" / "tighten the antenna, and move it to a window or higher up";
    SIM_REFUSED = "能收不能发,网络拒绝了这张卡" / "receives but sends nothing: the network has refused its SIM";
    SLOTS_FULL = "短信存储已满({}/{}),收不到新短信" / "its storage is full ({} of {}) and takes no new texts";
    SLOTS_FULL_HELP = "在手机里清空 SIM 卡上的短信" / "delete the texts on the SIM with a phone";

    NO_MODEM = "没有配置,只提供网站和 WAP" / "none is configured: web and WAP only";
    NO_MODEM_HELP = "要用短信: 插上模块,在配置里加 [[modem]]" / "for texts plug one in and add a [[modem]] to the config";

    // The queue.
    QUEUE_GOOD = "{} 条" / "{} waiting";
    QUEUE_HELD = "已由管理员暂停,{} 条在等" / "held back by the operator, {} waiting";
    QUEUE_HELD_HELP = "看完后放行: yizhan queue release" / "let it go when you are done: yizhan queue release";
    QUEUE_STUCK = "{} 条,最早的已等 {}" / "{} waiting, the oldest for {}";
    QUEUE_HELP = "先看“短信模块”一项;模块正常而不发,多半是欠费或被限制" / "see Modem first; if that is well and nothing leaves, the SIM may be unpaid or barred";

    // The modem page.
    MODEMS_TITLE = "短信模块" / "Modems";
    ALL_WELL = "一切正常:{} 个模块就绪,{} 条短信待发" / "All is well: modems ready {}, messages waiting {}";
    MUST_DO = "有 {} 件事要处理" / "Things to see to: {}";
    MAY_DO = "能用,有 {} 件事值得看一下" / "It works; things to look at: {}";
    OF = "{}: {}" / "{}: {}";
    HOW_IT_IS = "状态" / "State";
    SINCE = "{}({},已 {})" / "{} (since {}, for {})";
    SIGNAL = "信号" / "Signal";
    SIGNAL_IS = "{}/31" / "{} of 31";
    OPERATOR = "运营商" / "Operator";
    NUMBER = "号码" / "Number";
    SIM = "SIM 卡" / "SIM";
    DEVICE = "型号" / "Device";
    SLOTS = "短信存储" / "Storage";
    SLOTS_ARE = "{} 已用 {}/{}" / "{}: {} of {} used";
    LAST_CONTACT = "最近应答" / "Last contact";
    AGO = "{},{}前" / "{}, {} ago";
    TRAFFIC = "短信" / "Texts";
    TRAFFIC_IS = "发出 {},收到 {},不明 {}" / "sent {}, received {}, in doubt {}";
    FALLS = "掉线" / "Losses";
    FALLS_ARE = "{} 次,复位 {} 次" / "{}, resets {}";
    FALLS_BY = "{} 次,复位 {} 次({})" / "{}, resets {} ({})";
    FAILURES = "被拒的短信" / "Refused messages";
    FAILED = "{} 次,最近 {}。{}" / "{} times, last {}. {}";
    QUEUE_TITLE = "待发短信" / "Queue";
    WAITING = "等待的" / "Waiting";
    OLDEST = "最早的" / "Oldest";
    HELD = "暂停" / "Held back";
    HELD_ALL = "全部" / "everything";
    HELD_NOTHING = "没有" / "nothing";
    CLASS_WAITS = "{} 条,最早的已等 {}。{}" / "{}, the oldest for {}. {}";
    AS_OF = "截至 {},本页不自动刷新" / "As of {}; this page does not reload by itself";
    CLASS_REPLY = "回复" / "replies";
    CLASS_CODE = "验证码" / "codes";
    CLASS_TRANSACTIONAL = "通知" / "transactional";
    CLASS_CARE = "关怀" / "care";
    CLASS_BULK = "群发" / "bulk";
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_languages_fill_the_same_gaps() {
        crate::words::tests::fill_the_same_gaps(super::ALL);
    }
}
