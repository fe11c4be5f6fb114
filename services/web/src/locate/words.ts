/** Words for a caller who opens the one-time link: few, plain and large. */
import { translator } from "@/i18n";

const en = {
  title: "Where are you?",
  lead: "The emergency centre asks where you are. Your place is sent once, to them alone.",
  send: "Send my place",
  looking: "Looking for your place…",
  sent: "Sent. Stay on the phone and do what the dispatcher says.",
  accuracy: "accurate to {metres} m",
  refused: "Your phone did not give its place. Allow it and try again, or tell the dispatcher.",
  used: "This link was used already or is too old. Ask the dispatcher for a new one.",
} as const;

const zh: Record<keyof typeof en, string> = {
  title: "您在哪里？",
  lead: "急救中心需要知道您的位置。位置只发送一次，仅急救中心可见。",
  send: "发送我的位置",
  looking: "正在获取位置……",
  sent: "已发送。请不要挂断电话，按调度员的指导操作。",
  accuracy: "精度约 {metres} 米",
  refused: "手机没有提供位置。请允许定位后重试，或直接告诉调度员。",
  used: "此链接已使用或已过期，请向调度员索取新链接。",
};

export const t = translator<keyof typeof en>({ en, zh });
