//! What the handset page says, in Chinese and English, and which of the two it speaks.
//!
//! Not here: what the box says (it comes in its texts and pages).

/** Each sentence in Chinese and English; `{}` stands for a value. */
const WORDS = {
  title: ["驿站手机演示", "Yizhan on a phone"], box: ["驿站", "Yizhan"],
  lead: ["一部 2003 年的手机:给驿站发短信,打开企业的 WAP 网站。", "A phone of 2003: text the box with it, open the companies' WAP sites."],
  thisIsAPhone: ["手机", "Phone"], keys: ["手机按键", "Phone keys"], notes: ["试用说明", "What to try"], language: ["语言", "Language"],
  messages: ["短信", "Messages"], browser: ["WAP 上网", "WAP browser"], options: ["选项", "Options"], back: ["返回", "Back"],
  send: ["发送", "Send"], clear: ["清除", "Clear"], select: ["选择", "Select"], cancel: ["取消", "Cancel"], hangUp: ["挂断", "Hang up"],
  write: ["写短信", "Text message"], writeHint: ["写短信,先写几个字才能发送", "Write something, then send"],
  thread: ["与驿站的短信", "Texts with the box"], parts: ["{}条", "{} texts"], onePart: ["1条", "1 text"],
  me: ["我", "Me"], sending: ["发送中…", "Sending…"], notSent: ["没有发出:{}", "Not sent: {}"], again: ["重发", "Send again"], noMessages: ["还没有短信。发一句“你好”试试。", "No texts yet. Try “你好” (hello)."],
  push: ["WAP 推送", "WAP push"], openIt: ["打开", "Open"], newMessages: ["{} 条新短信", "New texts: {}"],
  unreachable: ["连不上驿站,{} 秒后再试", "The box does not answer; next try in {} s"], retry: ["现在重试", "Try now"],
  realModem: ["这个驿站接的是真的调制解调器。请用您自己的手机发短信到 {}。", "This box has a real modem. Text {} with your own phone."],
  address: ["地址", "Address"], home: ["首页", "Home"], reload: ["刷新", "Reload"], loading: ["正在打开", "Opening"], wapPage: ["WAP 页面", "WAP page"],
  silent: ["驿站没有回答", "the box did not answer"], noAnswer: ["连不上这个页面", "The page does not answer"], noAnswerHint: ["驿站没有回答。检查一下它是否开着,再试一次。", "The box did not answer. See that it runs, then try again."],
  httpError: ["驿站回答 {}", "The box answered {}"], httpErrorHint: ["没有这个页面,或它暂时打不开。", "There is no such page, or it cannot be opened now."],
  notWml: ["这不是 WAP 页面", "Not a WAP page"], notWmlHint: ["收到的是 {},这部手机只认 WML。", "It is {}; this phone reads WML only."],
  broken: ["页面有错", "The page is faulty"], brokenHint: ["WML 第 {} 行:{}", "WML, line {}: {}"],
  octets: ["编译后 {} / {} 字节", "{} / {} octets compiled"],
  badAddress: ["这个地址看不懂", "This address cannot be read"],
  outside: ["站外地址", "An address elsewhere"], outsideHint: ["这部演示手机只打开这个驿站的页面,不去外面取。", "This phone opens pages of this box only and fetches nothing from outside."],
  calling: ["正在呼叫…(演示,不会真的拨出)", "Calling… (a demo: nothing is dialled)"], fillIn: ["请先填写这一项", "Please fill this in first"],
  accept: ["确定", "OK"], help: ["帮助", "Help"], reset: ["重填", "Reset"], delete: ["删除", "Delete"],
  tryIt: ["发条短信", "Send a text"], hello: ["打个招呼", "say hello"], goUp: ["返回上一级", "back one level"], toPortal: ["回门户", "to the portal"], helpMe: ["帮助", "help"], more: ["下一页", "next page"],
  companies: ["企业代码", "Company codes"], companiesHint: ["发代码,就进企业的短信网站。", "Text the code and the company's SMS site opens."], wapHome: ["打开 WAP 首页", "Open the WAP front page"],
  whoseTurn: ["谁在用这部手机", "Who holds the phone"], whoseTurnHint: ["换一个号码,就是另一位访客。", "Another number is another visitor."], visitor: ["访客 {}", "Visitor {}"],
  otherPhone: ["别的号码", "Another number"], switch: ["换上", "Use it"], wrongPhone: ["请写 8 到 15 位数字的号码", "Write a number of 8 to 15 digits"],
  time: ["驿站的时间", "The box's time"], timeHint: ["往后拨,看看过了这段时间会怎样。拨过去就回不来。", "Let time pass and see what happens then. There is no way back."],
  skipHour: ["快进 1 小时", "Skip 1 hour"], skipDay: ["快进 1 天", "Skip 1 day"],
  typing: ["用电脑键盘", "On your keyboard"], typingDigits: ["手机上的同一个键", "the same key of the phone"], typingEnter: ["发送,或选中", "send, or select"], typingArrows: ["上下移动", "move up and down"], typingEscape: ["挂机键,回待机", "the red key, to the start"],
  keyLeft: ["左软键", "Left soft key"], keyRight: ["右软键", "Right soft key"], keyGreen: ["绿键,发送", "Green key, send"], keyRed: ["红键,回待机", "Red key, to the start"],
  keyUp: ["向上", "Up"], keyDown: ["向下", "Down"], keyPageUp: ["上一屏", "Page up"], keyPageDown: ["下一屏", "Page down"], keyOk: ["中键,选中", "Middle key, select"],
};

export let language = "zh";

export const speakIn = (chosen) => (language = chosen === "en" ? "en" : "zh");

export const has = (word) => word in WORDS;

export const say = (word, ...values) => WORDS[word][language === "en" ? 1 : 0].replaceAll("{}", () => values.shift() ?? "");

/** A number as both languages write it: 1,203. */
export const count = (number) => new Intl.NumberFormat(language).format(number);

/** Hours and minutes, as both languages write them. */
export const clock = (date) => new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(date);
