//! What the doctor says, for a technician who has never seen the box: what is wrong in one line, then what to type or do.
//!
//! Not here: log lines and what the system says of its own errors, which stay in English.

crate::words::words! {
    TITLE = "驿站 {} 体检: {}" / "Yizhan {} looks at this machine: {}";
    SUM = "正常 {} 项,注意 {} 项,有问题 {} 项" / "{} well, {} to note, {} wrong";

    RIGHTS = "权限" / "Rights";
    RIGHTS_FEW = "以 {} 的身份运行,看不全(端口、串口被谁占用)" / "run as {}, which cannot see who holds ports and serial lines";
    RIGHTS_SUDO = "用 sudo 再看一次: sudo yizhan doctor" / "look again with: sudo yizhan doctor";

    CONFIG = "配置" / "Config";
    CONFIG_GOOD = "{} 没有错误" / "{} is good";
    CONFIG_UNREADABLE = "读不到 {}: {}" / "{} cannot be read: {}";
    CONFIG_NAME_IT = "配置在别处时写明: yizhan --config 文件 doctor" / "if it is elsewhere: yizhan --config FILE doctor";
    CONFIG_WRONG = "{} 有 {} 处错误" / "{} has {} mistake(s)";
    CONFIG_MEND = "{}\n改正后运行 yizhan check,再重启: systemctl restart yizhan" / "{}\ncorrect it, run yizhan check, then: systemctl restart yizhan";
    CONFIG_SECRETS = "{}\n文件须能被用户 {} 读取,内容须符合要求" / "{}\nthe user {} must be able to read it, and it must hold what is said";

    BOX = "驿站" / "Box";
    BOX_RUNS = "在运行,版本 {},已运行 {}(进程 {})" / "runs, version {}, for {} (process {})";
    BOX_OTHER = "运行的是版本 {},这里装的是 {}" / "version {} runs, and {} is installed";
    BOX_STOPPED = "没有运行,谁也得不到服务" / "does not run, so nobody is served";
    BOX_START = "启动: systemctl start yizhan;起不来看原因: journalctl -u yizhan -n 50" / "start it: systemctl start yizhan; if it does not, see why: journalctl -u yizhan -n 50";
    BOX_START_BY_HAND = "启动: systemctl start yizhan,或手工运行 yizhan serve" / "start it: systemctl start yizhan, or by hand: yizhan serve";
    BOX_DENIED = "在运行,但您无权问它({})" / "runs, but you may not ask it ({})";
    BOX_DENIED_HELP = "用 sudo,或加入组后重新登录: usermod -aG {} 用户名" / "use sudo, or join its group and log in again: usermod -aG {} USER";
    BOX_SILENT = "{} 有程序但不回答: {}" / "somebody is at {} and gives no account: {}";
    RESTART = "重启: systemctl restart yizhan;仍不好看日志: journalctl -u yizhan -n 50" / "restart it: systemctl restart yizhan; if that does not help: journalctl -u yizhan -n 50";

    UNIT = "系统服务" / "Service";
    UNIT_GOOD = "systemd 在看管它" / "systemd watches over it";
    UNIT_FAILED = "启动失败,systemd 已放弃({})" / "failed, and systemd has given up ({})";
    UNIT_LOOPS = "反复退出又重启,已 {} 次({})" / "ends and is restarted again and again, {} times ({})";
    UNIT_FAILED_HELP = "看原因: journalctl -u yizhan -n 50;解决后: systemctl reset-failed yizhan && systemctl start yizhan" / "see why: journalctl -u yizhan -n 50; then: systemctl reset-failed yizhan && systemctl start yizhan";
    UNIT_RESTARTED = "被 systemd 重启过 {} 次" / "was restarted by systemd {} times";
    UNIT_DISABLED = "开机不会自动启动" / "will not start with the machine";
    UNIT_ENABLE = "设为开机启动: systemctl enable yizhan" / "let it start: systemctl enable yizhan";
    UNIT_IS = "systemd 状态: {}" / "systemd says: {}";
    UNIT_LOG = "看日志: journalctl -u yizhan -p warning" / "read the log: journalctl -u yizhan -p warning";

    DATA = "数据" / "Data";
    DATA_GOOD = "{}(属于 {})" / "{} (of {})";
    DATA_NEW = "{} 还没有,第一次启动时建立" / "{} is made at the first start";
    DATA_MISSING = "{} 不存在,用户 {} 也无权建立" / "{} is not there, and the user {} may not make it";
    DATA_MAKE = "建立: install -d -m 700 -o {} {}" / "make it: install -d -m 700 -o {} {}";
    DATA_NO_FOLDER = "{} 不是文件夹" / "{} is no folder";
    DATA_NAME_ONE = "在配置 box.data 中写一个文件夹" / "name a folder in box.data of the config";
    DATA_UNREADABLE = "{} 打不开: {}" / "{} cannot be opened: {}";
    DATA_FOREIGN = "{} 属于 {},驿站(用户 {})不能读写" / "{} belongs to {}, and the box (user {}) may not read and write it";
    DATA_OWN = "改归驿站: systemctl stop yizhan; chown -R {}: {}; systemctl start yizhan" / "give it to the box: systemctl stop yizhan; chown -R {}: {}; systemctl start yizhan";
    DATA_IN_USE = "{} 正被另一个进程使用: {}" / "{} is in use by another process: {}";
    DATA_OTHER = "运行中的驿站用的是 {},配置写的是 {}" / "the running box has its data in {}, and the config says {}";
    DATA_END_IT = "那是另一个驿站(演示或手工启动的),先结束它" / "that is another box, a demo or one started by hand: end it first";
    DATA_OPEN = "本机任何用户都能看 {},里面有客户号码" / "everybody on this machine may look into {}, and customers' numbers are in it";
    DATA_CLOSE = "关上: chmod -R o-rwx {}" / "close it: chmod -R o-rwx {}";

    DISK = "磁盘" / "Disk";
    DISK_GOOD = "剩余 {}(保留 {}),{}" / "{} free (reserve {}), {}";
    DISK_LOW = "快满了: 剩余 {},低于保留量 {} 就停止接收" / "nearly full: {} free; below the reserve of {} nothing new is taken";
    DISK_FULL = "满了: 剩余 {},低于保留量 {},新内容一律不收" / "full: {} free, less than the reserve of {}; nothing new is taken";
    DISK_HELP = "找出大文件并清理: du -xh {} | sort -h | tail -20;已存的内容不会丢" / "find what is large and clear it: du -xh {} | sort -h | tail -20; what is stored stays";
    NO_FILES_LEFT = "文件数已用完" / "no more files can be made";
    READ_ONLY = "{} 所在磁盘是只读的,什么也存不下" / "the disk of {} is read-only, so nothing can be kept";
    READ_ONLY_HELP = "存储卡可能坏了,看: dmesg | grep -i -E 'error|ext4|mmc';先备份,换卡;好的卡可: mount -o remount,rw {}" / "the card may be failing: dmesg | grep -i -E 'error|ext4|mmc'; back up and replace it; a good one: mount -o remount,rw {}";
    UNSURE_DISK = "{} 不宜存数据: {}" / "{} is no safe place: {}";
    SURE_DISK = "把 box.data 改到 ext4 或 f2fs 分区上" / "move box.data to a partition with ext4 or f2fs";
    IN_MEMORY = "{} 在内存里,断电全丢" / "{} is memory, and all is lost with the power";
    NO_JOURNAL = "{} 没有日志,断电会坏,也分不清用户" / "{} is damaged by power cuts and knows no users";
    OVER_NETWORK = "{} 在网络上,断网即停,也不保证落盘" / "{} is another machine's disk, there only with the network";
    OVERLAID = "{} 可能重启就还原" / "{} may be as before after a restart";

    PORT = "端口" / "Port";
    PORT_OURS = "{} 由驿站监听" / "{} is the box's";
    PORT_FREE = "{} 空闲" / "{} is free";
    PORT_SILENT = "驿站在运行,但没有监听 {}(改过配置?)" / "the box runs and does not listen on {} (was the config changed?)";
    PORT_TAKEN = "{} 被占用: {}" / "{} is taken by {}";
    PORT_TAKEN_HELP = "停掉它: systemctl disable --now {},或改配置 {}" / "stop it: systemctl disable --now {}, or change {} in the config";
    PORT_SECOND_BOX = "那是另一个驿站,结束它: kill {},或改配置 {}" / "that is another box: kill {}, or change {} in the config";
    PORT_TAKEN_BY_ONE = "{} 被别的程序占用" / "{} is taken by another program";
    PORT_TAKEN_BY_ONE_HELP = "看是谁: sudo yizhan doctor;停掉它,或改配置 {}" / "see which: sudo yizhan doctor; stop it, or change {} in the config";
    WEB = "网站" / "Web";
    WEB_GOOD = "{} 回答正常" / "{} answers well";
    WEB_UNWELL = "{} 回答: {}" / "{} answers: {}";

    STORE = "存储" / "Store";
    CLOCK_TRUSTED = "本机时间可信: {}" / "the box's time can be trusted: {}";
    CLOCK_UNTRUSTED = "本机时间尚不可信: {};群发和关怀短信暂缓" / "the box's time cannot be trusted yet: {}; care and marketing texts wait";
    CLOCK_UNTRUSTED_HELP = "等手机网络报时,或让本机连上时间服务器" / "wait for the mobile network to tell it, or let the machine follow a time server";
    STORE_GOOD = "正常,已提交 {} 次" / "well, {} commits";
    STORE_BROKEN = "写磁盘失败过,不再接收任何内容" / "a write to the disk has failed, and nothing more is taken";
    STORE_BROKEN_HELP = "重启: systemctl restart yizhan;再出现多半是卡坏了: dmesg | grep -i error,先备份再换卡" / "restart it: systemctl restart yizhan; if it comes again the card is failing: dmesg | grep -i error, back up and replace it";
    STORE_FULL = "磁盘已到保留量,新内容一律不收" / "the disk's reserve is reached, and nothing new is taken";
    STORE_FULL_HELP = "见“磁盘”一项" / "see Disk";
    STORE_INCIDENT = "出过事: {}" / "it happened: {}";
    STORE_INCIDENT_HELP = "核对最近的内容;断电频繁请加电源保护" / "look whether the newest content is there; after many power cuts think of a battery";

    MODEM = "短信模块" / "Modem";
    MODEM_READY = "就绪,{},信号 {}/31,号码 {}" / "ready, {}, signal {} of 31, number {}";
    MODEM_ANSWERS = "能用,{},信号 {}/31,型号 {}" / "answers, {}, signal {} of 31, {}";
    WORK = "模块收发" / "Modem's work";
    WORK_IS = "{}前应答过,存储 {};发出 {},收到 {},不明 {};掉线 {} 次,复位 {} 次" / "answered {} ago, storage {}; sent {}, received {}, in doubt {}; losses {}, resets {}";
    MODEM_UNKNOWN = "配置里有,运行中的驿站不知道" / "is in the config and not known to the running box";
    MODEM_LOST = "{} 连不上: {}" / "{} is lost: {}";
    LINES_THERE = "检查供电和插头。本机的串口如下,写进配置 [[modem]] 的 port(一个模块有几个口,逐个试):\n{}" / "check power and plug. These lines are here for port of [[modem]] (a modem has several, try each):\n{}";
    LINE_PLUG_IN = "检查供电和 USB 线,重新插好模块;本机没有发现别的串口" / "check power and cable and plug the modem in again; no other serial line was found";
    LINE_MISSING = "没有 {}" / "there is no {}";
    LINE_FAILS = "{} 打不开: {}" / "{} cannot be opened: {}";
    LINE_NO_DEVICE = "{} 不是串口" / "{} is no serial line";
    LINE_HELD = "{} 被占用: {}" / "{} is held by {}";
    LINE_MODEM_MANAGER = "ModemManager 会抢模块,停掉: systemctl disable --now ModemManager" / "it takes modems for itself: systemctl disable --now ModemManager";
    LINE_GETTY = "那是登录终端,停掉: systemctl disable --now serial-getty@{}.service" / "that waits for a login: systemctl disable --now serial-getty@{}.service";
    LINE_END_IT = "结束那个程序: kill {}" / "end that program: kill {}";
    LINE_DENIED = "{} 不许用户 {} 使用" / "{} is not open to the user {}";
    LINE_JOIN = "加入组再重启: usermod -aG {} {} && systemctl restart yizhan" / "join its group: usermod -aG {} {} && systemctl restart yizhan";
    LINE_OPEN_UP = "没有组能用它,检查 udev 规则: ls -l {}" / "no group may use it; look at the udev rules: ls -l {}";
    LINE_CONSOLE = "内核控制台也在这个串口上({}),会往模块里写字" / "the kernel's console is on this line too ({}) and writes to the modem";
    LINE_CONSOLE_HELP = "从 /boot/firmware/cmdline.txt(或 /boot/cmdline.txt)删去 console={} 一项,重启机器" / "take console={} out of /boot/firmware/cmdline.txt (or /boot/cmdline.txt) and restart the machine";
    PIN_WAITS = "能用,SIM 卡的 PIN 码在启动时输入,型号 {}" / "answers, the box enters the PIN when it starts, {}";
    NETWORK_DENIES = "网络拒绝这张卡" / "the network refuses this SIM";
    NETWORK_DENIES_HELP = "多半是欠费停机、未实名或被风控,打运营商客服" / "mostly unpaid, not registered or barred: call the operator";
    NO_CENTRE = "短信中心号码没有设置,发不出短信" / "no service centre number is set, so no text leaves";
    NO_CENTRE_HELP = "向运营商问号码,用 AT+CSCA 写入,或把卡放进手机设置" / "ask the operator for it and set it with AT+CSCA, or in a phone";

    QUEUE = "待发短信" / "Queue";

    WEBHOOK = "事件推送" / "Webhook";
    WEBHOOK_GOOD = "已送达 {} 条" / "{} events taken";
    WEBHOOK_FAILS = "连续失败 {} 次({})" / "failed {} times in a row ({})";
    WEBHOOK_FAILS_HELP = "看对方程序是否在运行、地址和证书是否正确;会自动重试" / "see whether the other program runs, and that address and certificate are right; it is tried again by itself";
    WEBHOOK_LOST = "已送达 {} 条,放弃 {} 条" / "{} events taken, {} given up";
    WEBHOOK_LOST_HELP = "放弃的仍可用 GET /api/v1/events 取回" / "GET /api/v1/events still has what was given up";

    CLOCK = "时钟" / "Clock";
    CLOCK_GOOD = "{}({})" / "{} ({})";
    CLOCK_ALONE = "{}({}),没有与网络对时" / "{} ({}), and no time server is followed";
    CLOCK_NEVER_SET = "{},显然不对" / "{} cannot be right";
    CLOCK_BEHIND = "{},比最新的数据({})还早" / "{} is before the newest record ({})";
    CLOCK_SET = "对时: timedatectl set-ntp true;没有上网就手工设: timedatectl set-time '年-月-日 时:分'" / "let it follow a server: timedatectl set-ntp true; without a network: timedatectl set-time 'YYYY-MM-DD HH:MM'";

    MEMORY = "内存" / "Memory";
    MEMORY_GOOD = "可用 {}" / "{} available";
    MEMORY_BOX = "可用 {},驿站占 {}" / "{} available, the box takes {}";
    MEMORY_LOW = "只剩 {}" / "only {} left";
    MEMORY_KILLS = "可用 {},但开机以来有程序因内存不足被杀" / "{} available, but programs were killed for want of memory since the start";
    MEMORY_HELP = "看谁占得多: ps aux --sort=-rss | head;停掉不需要的服务" / "see who takes it: ps aux --sort=-rss | head; stop what is not needed";

    LATELY = "近况" / "Lately";
    LATELY_SOME = "日志里最近的 {} 条警告(最新在前)" / "the last {} warnings of the log, the newest first";
    LATELY_LINES = "{}" / "{}";
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_languages_fill_the_same_gaps() {
        crate::words::tests::fill_the_same_gaps(super::ALL);
    }
}
