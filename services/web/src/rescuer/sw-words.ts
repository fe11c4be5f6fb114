/** What a notification says: nothing of the patient, nothing of the rescuer. */
const en = {
  alert: "Somebody near you needs help",
  alertBody: "Cardiac arrest near you. Open to see how far, and answer.",
  update: "Your task has changed",
  updateBody: "Open to see what to do now.",
  stand_down: "You can stop",
  stand_downBody: "You are no longer needed there. Thank you.",
  follow_up: "How did it go? How are you?",
  follow_upBody: "Three questions about your last task, and a talk if you want one. No hurry.",
  test: "Test arrived",
  testBody: "Notifications work on this phone.",
  other: "Open the rescuer's app",
  otherBody: "There is news for you.",
} as const;

const zh: Record<keyof typeof en, string> = {
  alert: "附近有人需要急救",
  alertBody: "附近有人心脏骤停。请打开查看距离并应答。",
  update: "您的任务有变化",
  updateBody: "请打开查看现在要做什么。",
  stand_down: "您可以停下了",
  stand_downBody: "那里已不再需要您，谢谢。",
  follow_up: "上次任务怎么样？您还好吗？",
  follow_upBody: "关于上次任务有几个问题，需要的话可以找人聊聊。不着急。",
  test: "测试已到达",
  testBody: "本机可以收到通知。",
  other: "请打开救护员应用",
  otherBody: "有新消息。",
};

type Kind = "alert" | "update" | "stand_down" | "follow_up" | "test" | "other";

/** Title and text of a notification in the language that is kept on the phone. */
export function noticeWords(kind: Kind, language: string): { title: string; body: string } {
  const words = language === "en" ? en : zh;
  return { title: words[kind], body: words[`${kind}Body`] };
}
